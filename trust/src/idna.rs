//! The ASCII form of an internationalised domain: A-labels (RFC 5890), by the Bootstring of RFC 3492.
//!
//! Nothing is mapped: a label in capitals, in another normal form or with another kind of dot is not what RFC 5891
//! lets stand in a certificate, and the ASCII form of what it was meant to be is another one.

/// The domain with every label in ASCII; `None` where one cannot be a label. Labels that are ASCII stay as they are.
pub(crate) fn to_ascii(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split('.').map(label).collect();
    Some(labels?.join("."))
}

fn label(text: &str) -> Option<String> {
    if text.is_ascii() {
        return Some(text.to_owned());
    }
    // A label that says it is encoded is not encoded again.
    let allowed = |c: char| match c {
        'a'..='z' | '0'..='9' | '-' => true,
        c => !c.is_ascii() && !OTHER_DOTS.contains(&c) && c.to_lowercase().eq([c]),
    };
    if text.chars().count() > MAX_LABEL || !text.chars().all(allowed) || text.starts_with("xn--") {
        return None;
    }
    Some(format!("xn--{}", encode(text)?)).filter(|label| label.len() <= MAX_LABEL)
}

/// RFC 3492 section 6.3.
fn encode(text: &str) -> Option<String> {
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0u32, INITIAL_BIAS, basic);
    let total = u32::try_from(text.chars().count()).ok()?;
    while handled < total {
        let next = text.chars().map(u32::from).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in text.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                integer(delta, bias, &mut out)?;
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(out)
}

/// A number in digits whose weights depend on the bias (RFC 3492 section 3.3).
fn integer(mut q: u32, bias: u32, out: &mut String) -> Option<()> {
    for k in (BASE..).step_by(36) {
        let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if q < t {
            break;
        }
        out.push(digit(t + (q - t) % (BASE - t))?);
        q = (q - t) / (BASE - t);
    }
    out.push(digit(q)?);
    Some(())
}

fn digit(value: u32) -> Option<char> {
    let base = if value < 26 { u32::from(b'a') } else { u32::from(b'0') - 26 };
    char::from_u32(base + value).filter(|_| value < BASE)
}

/// RFC 3492 section 6.1.
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// RFC 3492 section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;
/// RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;
/// What IDNA2003 read as dots (RFC 3490 section 3.1).
const OTHER_DOTS: [char; 3] = ['\u{3002}', '\u{ff0e}', '\u{ff61}'];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3492 section 7.1: Arabic, Chinese, Hebrew, Japanese, Korean, Russian, and digits and letters among others.
    #[test]
    fn the_samples_of_rfc_3492() {
        let samples = [
            (
                "\u{644}\u{64a}\u{647}\u{645}\u{627}\u{628}\u{62a}\u{643}\u{644}\u{645}\u{648}\u{634}\u{639}\u{631}\u{628}\u{64a}\u{61f}",
                "egbpdaj6bu4bxfgehfvwxn",
            ),
            ("\u{4ed6}\u{4eec}\u{4e3a}\u{4ec0}\u{4e48}\u{4e0d}\u{8bf4}\u{4e2d}\u{6587}", "ihqwcrb4cv8a8dqg056pqjye"),
            (
                "\u{306a}\u{305c}\u{307f}\u{3093}\u{306a}\u{65e5}\u{672c}\u{8a9e}\u{3092}\u{8a71}\u{3057}\u{3066}\u{304f}\u{308c}\u{306a}\u{3044}\u{306e}\u{304b}",
                "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
            ),
            (
                "\u{43f}\u{43e}\u{447}\u{435}\u{43c}\u{443}\u{436}\u{435}\u{43e}\u{43d}\u{438}\u{43d}\u{435}\u{433}\u{43e}\u{432}\u{43e}\u{440}\u{44f}\u{442}\u{43f}\u{43e}\u{440}\u{443}\u{441}\u{441}\u{43a}\u{438}",
                "b1abfaaepdrnnbgefbadotcwatmq2g4l",
            ),
            ("3\u{5e74}b\u{7d44}\u{91d1}\u{516b}\u{5148}\u{751f}", "3b-ww4c5e180e575a65lsy2b"),
            ("\u{305d}\u{306e}\u{30b9}\u{30d4}\u{30fc}\u{30c9}\u{3067}", "d9juau41awczczp"),
        ];
        for (text, encoded) in samples {
            assert_eq!(encode(text).as_deref(), Some(encoded));
        }
    }

    #[test]
    fn domains_are_taken_as_they_are() {
        assert_eq!(to_ascii("b\u{fc}cher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(to_ascii("Example.org").as_deref(), Some("Example.org"));
        for bad in ["B\u{fc}cher.example", "b\u{dc}cher.example", "a\u{3002}b", "xn--\u{fc}", "b\u{fc} .example"] {
            assert_eq!(to_ascii(bad), None, "{bad}");
        }
        assert_eq!(to_ascii(&"\u{fc}".repeat(64)), None);
        assert!(to_ascii(&format!("{}.x", "\u{fc}".repeat(40))).is_some_and(|d| d.is_ascii()));
    }
}
