//! Certificates with what their keeper says of them: the files of p11-kit's trust module, and OpenSSL's trusted
//! certificates. What is said is only read here.

use crate::der::{Reader, Tag};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::pem::{self, PemBlock};
use crate::text;

/// A section of a p11-kit file (`[p11-kit-object-v1]`): fields of a name and a value, and blocks of PEM.
#[derive(Debug, Clone, Default)]
pub struct TrustObject {
    fields: Vec<(String, Vec<u8>)>,
    /// Certificates and public keys.
    pub blocks: Vec<PemBlock>,
}

impl TrustObject {
    /// The octets of a field.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice())
    }

    /// Whether a field says `true`.
    pub fn is(&self, name: &str) -> bool {
        self.field(name) == Some(b"true")
    }
}

/// What follows a certificate in OpenSSL's `TRUSTED CERTIFICATE`.
///
/// ```asn1
/// CertAux ::= SEQUENCE { trust SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
///                        reject [0] SEQUENCE OF OBJECT IDENTIFIER OPTIONAL, ... }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedFor {
    /// The purposes that it is trusted for; `None` where nothing is said.
    pub trust: Option<Vec<Oid>>,
    /// The purposes that it is not to be used for.
    pub reject: Vec<Oid>,
}

/// Reads the sections of a p11-kit file; what stands before the first is passed over.
///
/// # Errors
/// PEM that is none, escapes that are none, and more than 10,000 sections.
pub fn read_p11_kit(bytes: &[u8]) -> Result<Vec<TrustObject>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::BadText("p11-kit file"))?;
    let mut objects = Vec::new();
    let mut section: Option<(TrustObject, String)> = None;
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_ascii() == HEADING {
            finish(section.replace(Default::default()), &mut objects)?;
            in_block = false;
            continue;
        }
        let Some((object, pem)) = &mut section else { continue };
        in_block |= line.starts_with("-----BEGIN ");
        if in_block {
            pem.push_str(line);
            pem.push('\n');
            in_block = !line.starts_with("-----END ");
        } else if !line.starts_with('#')
            && let Some((name, value)) = line.split_once(':')
        {
            object.fields.push((name.trim().to_owned(), unescape(value.trim())?));
        }
    }
    finish(section, &mut objects)?;
    Ok(objects)
}

/// Whether bytes look like such a file.
pub fn looks_like_p11_kit(bytes: &[u8]) -> bool {
    bytes.split(|b| *b == b'\n').any(|line| line.trim_ascii() == HEADING.as_bytes())
}

/// Reads the contents of a `TRUSTED CERTIFICATE`: the certificate's DER, and what is said of it.
///
/// # Errors
/// What is no certificate followed by such a structure or by nothing.
pub fn read_trusted_certificate(bytes: &[u8]) -> Result<(&[u8], TrustedFor)> {
    let mut reader = Reader::lenient(bytes);
    let certificate = reader.expect(Tag::SEQUENCE)?.raw;
    if reader.is_empty() {
        return Ok((certificate, TrustedFor::default()));
    }
    let mut aux = reader.sequence()?;
    reader.finish()?;
    let trust = aux.optional(Tag::SEQUENCE)?.map(|e| oids(e.contents)).transpose()?;
    let reject = aux.optional(Tag::context(0))?.map(|e| oids(e.contents)).transpose()?;
    Ok((certificate, TrustedFor { trust, reject: reject.unwrap_or_default() }))
}

/// Reads anything as both. For fuzzing.
pub fn fuzz_trust_objects(bytes: &[u8]) {
    let _ = read_trusted_certificate(bytes);
    for object in read_p11_kit(bytes).unwrap_or_default() {
        assert!(looks_like_p11_kit(bytes));
        let _ = object.is("trusted");
    }
}

fn finish(section: Option<(TrustObject, String)>, objects: &mut Vec<TrustObject>) -> Result<()> {
    let Some((mut object, pem)) = section else { return Ok(()) };
    if !pem.is_empty() {
        object.blocks = pem::parse(pem.as_bytes())?;
    }
    objects.push(object);
    if objects.len() > MAX_OBJECTS { Err(Error::LimitExceeded("objects of a p11-kit file")) } else { Ok(()) }
}

/// A value is bare, or in quotes with `%41` for octets.
fn unescape(value: &str) -> Result<Vec<u8>> {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else {
        return Ok(value.as_bytes().to_vec());
    };
    text::unescaped(inner.as_bytes(), b'%').ok_or(Error::BadText("escape in a p11-kit file"))
}

fn oids(contents: &[u8]) -> Result<Vec<Oid>> {
    let mut reader = Reader::lenient(contents);
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(reader.oid()?);
    }
    Ok(found)
}

const HEADING: &str = "[p11-kit-object-v1]";
const MAX_OBJECTS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oids;

    const FILE: &str = "# made by hand\n[p11-kit-object-v1]\nlabel: \"A %22root%22\"\ntrusted: true\n\
        nss-email-distrust-after: \"%00\"\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n\n\
        [p11-kit-object-v1]\nclass: x-certificate-extension\nobject-id: 2.5.29.37\nvalue: \"0%06%03%55\"\n\
        -----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_heading_is_one_for_both_who_look_for_it() {
        for (before, is) in [("", true), (" \t\r", true), ("\u{b}", false), ("\u{a0}", false)] {
            let text = format!("{before}{HEADING}\nlabel: \"x\"\n");
            assert_eq!(looks_like_p11_kit(text.as_bytes()), is, "{before:?}");
            assert_eq!(!read_p11_kit(text.as_bytes()).unwrap().is_empty(), is, "{before:?}");
        }
    }

    #[test]
    fn sections_have_fields_and_blocks() {
        assert!(looks_like_p11_kit(FILE.as_bytes()) && !looks_like_p11_kit(b"-----BEGIN CERTIFICATE-----"));
        let objects = read_p11_kit(FILE.as_bytes()).unwrap();
        let [root, extension] = &objects[..] else { panic!("{objects:?}") };
        assert_eq!(root.field("label"), Some(&b"A \"root\""[..]));
        assert!(root.is("trusted") && !root.is("x-distrusted"));
        assert_eq!(root.field("nss-email-distrust-after"), Some(&[0][..]));
        assert_eq!(root.blocks[0].label, "CERTIFICATE");
        assert_eq!(extension.field("value"), Some(&b"0\x06\x03\x55"[..]));
        assert_eq!(extension.blocks[0].label, "PUBLIC KEY");
        assert!(read_p11_kit(b"x: y\n").unwrap().is_empty());
        assert!(read_p11_kit(b"[p11-kit-object-v1]\nvalue: \"%4\"\n").is_err());
        assert!(read_p11_kit(b"[p11-kit-object-v1]\n-----BEGIN CERTIFICATE-----\nMAA=\n").is_err());
    }

    #[test]
    fn cut_and_flipped_files_are_read_or_refused() {
        for end in 0..FILE.len() {
            fuzz_trust_objects(&FILE.as_bytes()[..end]);
        }
        for (at, bit) in (0..FILE.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = FILE.as_bytes().to_vec();
            flipped[at] ^= 1 << bit;
            fuzz_trust_objects(&flipped);
        }
    }

    #[test]
    fn what_openssl_says_of_a_certificate() {
        let bare = b"\x30\x00";
        assert_eq!(read_trusted_certificate(bare), Ok((&bare[..], TrustedFor::default())));
        let mail = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
        let both = [&b"\x30\x00\x30\x18\x30\x0a"[..], mail, b"\xa0\x0a", mail].concat();
        let (certificate, said) = read_trusted_certificate(&both).unwrap();
        assert_eq!(certificate, b"\x30\x00");
        assert_eq!((said.trust, said.reject), (Some(vec![oids::EMAIL_PROTECTION]), vec![oids::EMAIL_PROTECTION]));
        for end in 3..both.len() {
            assert!(read_trusted_certificate(&both[..end]).is_err(), "{end}");
        }
    }
}
