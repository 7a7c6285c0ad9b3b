//! The header of an opened mail: which fields count (RFC 9788 §4), how each of them is protected, and how they are
//! written again.

use std::borrow::Cow;

use mime::{Field, Header, LEGACY_DISPLAY, Limits, address_list};

use crate::headers::{HP_OUTER, PADDING, Pair, is_structural, same_mailbox};
use crate::open::prove::{Layer, Proof};
use crate::report::FieldReport;

/// Where the fields that count come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// From the payload, hidden and protected by encryption.
    Cipher,
    /// From the payload, protected by a signature or by encryption that hides nothing.
    Clear,
    /// From the outside: nothing protects them.
    None,
}

/// How they are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RFC 9788.
    HeaderProtection,
    /// A message/rfc822 around them (RFC 8551 §3.1).
    Wrapped,
    /// `protected-headers="v1"` (draft-autocrypt-lamps-protected-headers).
    ProtectedHeaders,
}

impl Protection {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Protection::Cipher => "cipher",
            Protection::Clear => "clear",
            Protection::None => "none",
        }
    }
}

impl Scheme {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Scheme::HeaderProtection => "rfc9788",
            Scheme::Wrapped => "rfc8551",
            Scheme::ProtectedHeaders => "protected-headers-v1",
        }
    }
}

/// The header sections of a mail and what they mean together.
pub(super) struct Heads<'p> {
    /// What stood outside, as it arrived.
    pub outer: &'p Header,
    /// The root of what is shown: its structure is that of the mail as it is given out.
    pub root: &'p Header,
    /// Whether a layer of encryption is around it.
    pub encrypted: bool,
    /// Whether anything is around it.
    pub enveloped: bool,
    /// Where the fields that count come from.
    pub protection: Protection,
    /// How they are protected; none where they are not.
    pub scheme: Option<Scheme>,
    /// The fields that count.
    pub effective: Cow<'p, Header>,
    /// The fields that the sender protected (`refprotected` of RFC 9788 §4.2.1).
    pub protected: Vec<Pair>,
    /// What the sender said to have put outside (`refouter`).
    pub told: Vec<Pair>,
}

impl<'p> Heads<'p> {
    /// Those of this mail; `empty` stands for what is not there.
    pub fn of(proof: &'p Proof, empty: &'p Header) -> Self {
        let payload = proof.payload().unwrap_or(empty);
        // A file by itself has no header outside: there is but one, and all of it was protected.
        let outer = if proof.way.is_file() { payload } else { proof.headers.first().unwrap_or(empty) };
        let encrypted = proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(_)));
        Heads::new(outer, payload, proof.wrapped.as_ref(), (encrypted, !proof.layers.is_empty()))
    }

    fn new(
        outer: &'p Header,
        payload: &'p Header,
        wrapped: Option<&'p Header>,
        (encrypted, enveloped): (bool, bool),
    ) -> Self {
        let inferred = if encrypted { Protection::Cipher } else { Protection::Clear };
        let (scheme, protection) = match protection(payload, encrypted, enveloped) {
            Protection::None if !enveloped => (None, Protection::None),
            Protection::None if wrapped.is_some() => (Some(Scheme::Wrapped), inferred),
            Protection::None if has_protected_headers(payload) => (Some(Scheme::ProtectedHeaders), inferred),
            Protection::None => (None, Protection::None),
            protection => (Some(Scheme::HeaderProtection), protection),
        };
        let root = match (scheme, wrapped) {
            (Some(Scheme::Wrapped), Some(wrapped)) => wrapped,
            _ => payload,
        };
        let effective = match scheme {
            None => Cow::Borrowed(outer),
            Some(Scheme::ProtectedHeaders) => merged(root, outer),
            Some(_) => Cow::Borrowed(root),
        };
        let protected = if scheme.is_some() { fields_of(root) } else { Vec::new() };
        let told = match (scheme, protection) {
            (Some(Scheme::HeaderProtection), Protection::Cipher) => {
                root.all(HP_OUTER).map(|f| Pair::told(&f)).collect()
            }
            // Nothing inside says what stood outside: what stands there now is all there is to go by (§4.10.2).
            (Some(Scheme::Wrapped | Scheme::ProtectedHeaders), Protection::Cipher) => fields_of(outer),
            _ => Vec::new(),
        };
        Heads { outer, root, encrypted, enveloped, protection, scheme, effective, protected, told }
    }

    /// Whether what is within may repeat header fields for other programs, which are not to be shown: inside of
    /// encryption alone, where the sender says so at a part (RFC 9788 §4.5.3.1).
    pub fn may_display(&self) -> bool {
        let content_type = self.root.content_type();
        self.encrypted && (content_type.kind == "multipart" || content_type.param(LEGACY_DISPLAY) == Some("1"))
    }

    /// The state of every field, those that the sender protected first (RFC 9788 §4.3.1). `signed` says that the
    /// signature counts.
    pub fn states(&self, signed: bool) -> Vec<FieldReport> {
        let protected = self.protected.iter().map(|pair| {
            let hidden = self.protection == Protection::Cipher && !self.told.contains(pair);
            let state = match (hidden, signed) {
                (true, true) => "signed-and-encrypted",
                (true, false) => "encrypted-only",
                (false, true) => "signed-only",
                (false, false) => "unprotected",
            };
            pair.report(state)
        });
        let outside = fields_of(self.outer).into_iter().filter_map(|pair| {
            let inside = self.protected.iter().any(|known| known.is(&pair.name));
            let said = self.scheme == Some(Scheme::HeaderProtection);
            if self.protected.contains(&pair) || self.told.contains(&pair) && (said || inside) {
                return None; // as the sender left it
            }
            let named = inside || said && self.told.iter().any(|known| known.is(&pair.name));
            Some(pair.report(if named { "not-valid" } else { "unprotected" }))
        });
        protected.chain(outside).collect()
    }

    /// The address in From outside and the one inside, where they differ (RFC 9788 §4.4.1.1): the actual field outside,
    /// whatever HP-Outer says of it.
    pub fn mismatch_of_from(&self) -> Option<(String, String)> {
        self.scheme?;
        let (outside, inside) = (from(self.outer), from(self.root));
        let same = match (&outside, &inside) {
            (Ok(outside), Ok(inside)) => same_mailbox(outside, inside),
            (_, Err(_)) => true, // there is none to compare with
            (Err(_), _) => false,
        };
        let text = |from: Result<mime::Mailbox, String>| from.map_or_else(|unread| unread, |from| from.addr());
        (!same).then(|| (text(outside), text(inside)))
    }

    /// The header of the mail as it is given out: what counts, then the structure of its root. `from_outside` takes From
    /// from there (RFC 9788 §4.4.3).
    pub fn restored(&self, from_outside: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if self.scheme.is_none() {
            write(&mut out, self.outer.fields().filter(|f| !is_structural(f.name())));
        } else {
            // Fields outside that the sender did not protect are not to be shown (H-08), but for the
            // traces that transports add.
            write(&mut out, self.outer.fields().filter(is_trace));
            if from_outside {
                write(&mut out, self.outer.all("From"));
            }
            let inside = |f: &Field<'_>| {
                let own = f.is(HP_OUTER) || f.is(PADDING) || from_outside && f.is("From");
                !is_structural(f.name()) && !is_trace(f) && !own
            };
            write(&mut out, self.effective.fields().filter(inside));
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        for field in self.root.fields().filter(|f| is_structural(f.name()) && !f.is("MIME-Version")) {
            match field.is("Content-Type").then(|| self.retyped(&field)).flatten() {
                Some(rewritten) => out.extend_from_slice(&rewritten),
                None => write(&mut out, std::iter::once(field)),
            }
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    /// The Content-Type field without the parameters that tell of a protection which the mail as given out no longer
    /// has; `None` where it has none of them.
    fn retyped(&self, field: &Field<'_>) -> Option<Vec<u8>> {
        let gone: &[&str] = if self.encrypted { &["hp", PROTECTED, LEGACY_DISPLAY] } else { &["hp", PROTECTED] };
        without(field, gone)
    }
}

/// What the `hp` parameter of the payload's Content-Type says; honoured only there and only inside an
/// envelope (H-02, X-24).
fn protection(payload: &Header, encrypted: bool, enveloped: bool) -> Protection {
    let content_type = payload.content_type();
    let hp = content_type.param("hp").map(str::to_ascii_lowercase);
    match hp.as_deref() {
        Some("cipher") if encrypted => Protection::Cipher,
        Some("cipher" | "clear") if enveloped => Protection::Clear,
        _ => Protection::None,
    }
}

/// The scheme before RFC 9788, at the same place and nowhere else.
fn has_protected_headers(payload: &Header) -> bool {
    payload.content_type().param(PROTECTED).is_some_and(|version| version.eq_ignore_ascii_case("v1"))
}

/// The fields inside, and those outside that have no namesake there: programs of that scheme protect the subject and
/// little else.
fn merged<'p>(root: &Header, outer: &'p Header) -> Cow<'p, Header> {
    let mut raw = Vec::new();
    write(&mut raw, root.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER)));
    write(&mut raw, outer.fields().filter(|f| !is_structural(f.name()) && root.count(f.name()) == 0));
    Header::parse(&raw, &Limits::default()).map_or(Cow::Borrowed(outer), Cow::Owned)
}

/// The fields of a section that have a state: no structure, and nothing that only tells of another section.
fn fields_of(header: &Header) -> Vec<Pair> {
    let counts = |f: &Field<'_>| !is_structural(f.name()) && !f.is(HP_OUTER) && !f.is(PADDING);
    header.fields().filter(counts).map(|f| Pair::of(&f)).collect()
}

/// The one mailbox in From, or what stands there instead.
fn from(header: &Header) -> Result<mime::Mailbox, String> {
    let mut fields = header.all("From");
    let value = fields.next().map(|f| f.unfolded()).ok_or_else(|| "nobody".to_owned())?;
    let mut list = address_list(&value).unwrap_or_default();
    match (list.pop(), list.is_empty() && fields.next().is_none()) {
        (Some(one), true) => Ok(one),
        _ => Err("somebody who cannot be told".to_owned()),
    }
}

fn write<'a>(out: &mut Vec<u8>, fields: impl Iterator<Item = Field<'a>>) {
    for field in fields {
        let raw = field.raw();
        for (at, byte) in raw.iter().enumerate() {
            // To some programs a lone CR begins a new field.
            let lone = *byte == b'\r' && raw.get(at + 1) != Some(&b'\n');
            out.push(if lone { b' ' } else { *byte });
        }
        if !field.raw().ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Fields that hosts on the way add.
fn is_trace(field: &Field<'_>) -> bool {
    let name = field.name().to_ascii_lowercase();
    TRACE.contains(&name.as_str()) || name.starts_with("list-") || name.starts_with("arc-")
}

/// The Content-Type field without these parameters; `None` where it has none of them.
fn without(field: &Field<'_>, gone: &[&str]) -> Option<Vec<u8>> {
    let value = field.unfolded();
    let mut kept: Vec<&str> = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                kept.extend(value.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    kept.extend(value.get(start..));
    let all = kept.len();
    let name = |segment: &str| segment.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    kept.retain(|segment| !gone.contains(&name(segment).as_str()));
    if kept.len() == all {
        return None;
    }
    let joined = kept.iter().map(|s| s.trim()).collect::<Vec<_>>().join("; ");
    mime::fold("Content-Type", &joined).ok()
}

const PROTECTED: &str = "protected-headers";
const TRACE: [&str; 9] = [
    "return-path",
    "received",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "authentication-results",
    "received-spf",
    "dkim-signature",
    "archived-at",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn states(outer: &str, payload: &str, encrypted: bool, signed: bool) -> Vec<(String, String, &'static str)> {
        let (outer, payload) = (header(outer), header(payload));
        let heads = Heads::new(&outer, &payload, None, (encrypted, true));
        heads.states(signed).into_iter().map(|f| (f.name, f.value, f.state)).collect()
    }

    #[test]
    fn h_08_outer_fields_do_not_stand_for_protected_ones() {
        let outer =
            header("Received: by a\r\nSubject: [...]\r\nReply-To: mallory@example.org\r\nFrom: a@example.org\r\n\r\n");
        let payload = header(
            "Content-Type: text/plain; hp=\"cipher\"; hp-legacy-display=1; charset=utf-8\r\nSubject: real\r\n\
             From: a@example.org\r\nHP-Outer: Subject: [...]\r\n\r\n",
        );
        let heads = Heads::new(&outer, &payload, None, (true, true));
        assert_eq!(heads.protection, Protection::Cipher);
        assert_eq!(
            String::from_utf8(heads.restored(false)).unwrap(),
            "Received: by a\r\nSubject: real\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        );
    }

    #[test]
    fn x_24_hp_cipher_without_encryption_hides_nothing() {
        let payload = header("Content-Type: text/plain; hp=cipher\r\n\r\n");
        assert_eq!(protection(&payload, false, true), Protection::Clear);
        assert_eq!(protection(&payload, false, false), Protection::None);
    }

    #[test]
    fn h_09_every_field_has_the_state_that_the_rfc_computes() {
        let outer = "Received: by a\r\nSubject: [...]\r\nFrom: a@b.c\r\nDate: now\r\nTo: x@y.z\r\n";
        let inner = "Subject: real\r\nFrom: a@b.c\r\nDate: then\r\nTo: d@e.f\r\nCc:  g@h.i\r\n\tj@k.l\r\n";
        let told = "HP-Outer: Subject: [...]\r\nHP-Outer: from:\ta@b.c\r\nHP-Outer:\r\n Date: now\r\nHP-Outer: To: d@e.f\r\n\
            HP-Outer: Cc: g@h.i j@k.l\r\n";
        let cipher = format!("Content-Type: text/plain; hp=cipher\r\n{inner}{told}");
        let word = |hidden: &'static str, shown: &'static str| {
            let own = |(name, value, state): (&str, &str, &'static str)| (name.to_owned(), value.to_owned(), state);
            [
                ("Subject", "real", hidden),
                ("From", "a@b.c", shown),
                ("Date", "then", hidden),
                ("To", "d@e.f", shown),
                // A relay that takes a field away hides nothing (RFC 9788 section 11.3).
                ("Cc", "g@h.i j@k.l", shown),
                ("Received", "by a", "unprotected"),
                ("To", "x@y.z", "not-valid"),
            ]
            .map(own)
            .to_vec()
        };
        assert_eq!(states(outer, &cipher, true, true), word("signed-and-encrypted", "signed-only"));
        assert_eq!(states(outer, &cipher, true, false), word("encrypted-only", "unprotected"));
        // Signed only, whatever it says; and encryption that was added on the way hides nothing.
        for (payload, encrypted) in [(cipher.clone(), false), (cipher.replace("hp=cipher", "hp=clear"), true)] {
            let found = states(outer, &payload, encrypted, true);
            assert!(found[..5].iter().all(|(_, _, state)| *state == "signed-only"), "{found:?}");
            assert!(found.contains(&("Subject".to_owned(), "[...]".to_owned(), "not-valid")));
        }
        let found = states(outer, &cipher.replace("; hp=cipher", ""), true, true);
        assert!(found.len() == 5 && found.iter().all(|(_, _, state)| *state == "unprotected"), "{found:?}");
    }

    #[test]
    fn h_12_protected_headers_of_the_older_draft_are_read() {
        let outer = header("Subject: ...\r\nFrom: a@b.c\r\nDate: now\r\n");
        let payload =
            header("Content-Type: multipart/mixed; boundary=x; protected-headers=\"v1\"\r\nSubject: real\r\n");
        let heads = Heads::new(&outer, &payload, None, (true, true));
        assert_eq!((heads.scheme, heads.protection), (Some(Scheme::ProtectedHeaders), Protection::Cipher));
        assert_eq!(
            String::from_utf8(heads.restored(false)).unwrap(),
            "Subject: real\r\nFrom: a@b.c\r\nDate: now\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        );
        let words: Vec<_> = heads.states(true).into_iter().map(|f| (f.name, f.state)).collect();
        assert_eq!(words[0], ("Subject".to_owned(), "signed-and-encrypted"));
        // RFC 9788 wins where both are said, and outside of an envelope neither counts.
        let both = header("Content-Type: text/plain; protected-headers=v1; hp=clear\r\n");
        assert_eq!(Heads::new(&outer, &both, None, (false, true)).scheme, Some(Scheme::HeaderProtection));
        assert_eq!(Heads::new(&outer, &both, None, (false, false)).scheme, None);
        let other = header("Content-Type: text/plain; protected-headers=v2\r\n");
        assert_eq!(Heads::new(&outer, &other, None, (false, true)).scheme, None);
    }
}
