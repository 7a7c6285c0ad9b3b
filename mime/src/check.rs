//! Defects of text that should be in canonical CRLF form, found at memory speed.

/// What a text fed in chunks contains that mail in 7-bit canonical form (RFC 8551 §3.1.1, RFC 2045 §2.7) does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextCheck {
    bare_cr: bool,
    bare_lf: bool,
    nul: bool,
    eight_bit: bool,
    /// The last byte was CR, so the next must be LF.
    after_cr: bool,
}

impl TextCheck {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        TextCheck::default()
    }

    /// Looks at the next bytes of the text.
    pub fn update(&mut self, data: &[u8]) {
        let (Some(first), Some(last)) = (data.first(), data.last()) else {
            return;
        };
        self.bare_cr |= self.after_cr && *first != b'\n';
        self.bare_lf |= !self.after_cr && *first == b'\n';
        self.after_cr = *last == b'\r';
        self.nul |= *last == 0;
        self.eight_bit |= *last >= 0x80;
        let next = data.get(1..).unwrap_or_default();
        let found = pairs(data, next);
        self.nul |= found.least == 0;
        self.eight_bit |= found.all >= 0x80;
        if found.bare != 0 {
            let mut pairs = data.iter().zip(next);
            self.bare_cr |= pairs.clone().any(|(a, b)| *a == b'\r' && *b != b'\n');
            self.bare_lf |= pairs.any(|(a, b)| *a != b'\r' && *b == b'\n');
        }
    }

    /// A CR that no LF follows; one at the very end so far counts.
    #[must_use]
    pub fn bare_cr(&self) -> bool {
        self.bare_cr || self.after_cr
    }

    /// An LF without its CR.
    #[must_use]
    pub fn bare_lf(&self) -> bool {
        self.bare_lf
    }

    /// A NUL byte.
    #[must_use]
    pub fn nul(&self) -> bool {
        self.nul
    }

    /// A byte above 127.
    #[must_use]
    pub fn eight_bit(&self) -> bool {
        self.eight_bit
    }

    /// The line ends are not all CRLF, or there is a NUL: what is signed this way can be read in two ways.
    #[must_use]
    pub fn broken(&self) -> bool {
        self.bare_cr() || self.bare_lf || self.nul
    }
}

/// What pairs of bytes show.
struct Pairs {
    /// Not 0 where a CR is followed by something else than LF, or an LF follows something else than CR.
    bare: u8,
    /// The least first byte, and all of them laid over each other.
    least: u8,
    all: u8,
}

/// Looks at each byte of `first` with the one of `second` beside it. Written for the compiler's vectors: no branches.
fn pairs(first: &[u8], second: &[u8]) -> Pairs {
    let mut found = Pairs { bare: 0, least: u8::MAX, all: 0 };
    for (a, b) in first.iter().zip(second) {
        found.bare |= u8::from(*a == b'\r') ^ u8::from(*b == b'\n');
        found.least = found.least.min(*a);
        found.all |= *a;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(text: &[u8]) -> [bool; 4] {
        let cr = |i: usize| text[i] == b'\r' && text.get(i + 1) != Some(&b'\n');
        let lf = |i: usize| text[i] == b'\n' && (i == 0 || text[i - 1] != b'\r');
        let any = |f: &dyn Fn(usize) -> bool| (0..text.len()).any(f);
        [any(&cr), any(&lf), text.contains(&0), !text.is_ascii()]
    }

    #[test]
    fn all_short_texts_in_all_splits() {
        let alphabet = [b'\r', b'\n', 0, 0x80, b'a'];
        for number in 0..5usize.pow(5) {
            let text: Vec<u8> = (0..5).map(|i| alphabet[number / 5usize.pow(i) % 5]).collect();
            for split in 0..5 {
                let mut check = TextCheck::new();
                check.update(&text[..split]);
                check.update(&text[split..]);
                let found = [check.bare_cr(), check.bare_lf(), check.nul(), check.eight_bit()];
                assert_eq!(found, naive(&text), "{text:?} {split}");
            }
        }
    }

    #[test]
    fn a_defect_anywhere_in_a_long_text() {
        for at in [0, 1, 15, 16, 31, 32, 4095, 4096, 8192] {
            for bad in [b'\r', b'\n', 0, 0xFF] {
                let mut text = vec![b'x'; 8193];
                text[at] = bad;
                let mut check = TextCheck::new();
                check.update(&text);
                let found = [check.bare_cr(), check.bare_lf(), check.nul(), check.eight_bit()];
                assert_eq!(found, naive(&text), "{at} {bad}");
            }
        }
    }
}
