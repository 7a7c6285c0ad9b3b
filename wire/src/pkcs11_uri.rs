//! PKCS #11 URIs (RFC 7512): which key or certificate, in which token, by which module.

use std::fmt;

use crate::error::{Error, Result};
use crate::text::unescaped;

/// `pkcs11:` with attributes of the object and its token, and behind `?` those of how it is got at (RFC 7512 section 2.3).
/// Those that are absent say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pkcs11Uri {
    /// CK_TOKEN_INFO's label.
    pub token: Option<String>,
    /// CK_TOKEN_INFO's manufacturerID.
    pub manufacturer: Option<String>,
    /// CK_TOKEN_INFO's serialNumber.
    pub serial: Option<String>,
    /// CK_TOKEN_INFO's model.
    pub model: Option<String>,
    /// CKA_LABEL of the object.
    pub object: Option<String>,
    /// CKA_CLASS of the object, as its word: `private`, `cert`, `public` and others.
    pub kind: Option<String>,
    /// CKA_ID of the object.
    pub id: Option<Vec<u8>>,
    /// The number of the slot.
    pub slot_id: Option<u64>,
    /// The file of the module.
    pub module_path: Option<String>,
    /// The name of the module, without what systems write around it.
    pub module_name: Option<String>,
    /// Where the PIN is read.
    pub pin_source: Option<String>,
}

impl Pkcs11Uri {
    /// Whether a text says that it is one.
    pub fn is_one(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// Reads one of at most 2048 octets. An attribute of the path that is not known fits nothing (section 2.5), so that such a
    /// URI is refused; those of the query are passed over.
    ///
    /// # Errors
    /// [`Error::BadText`] for what is none; [`Error::Unsupported`] for attributes that are not known, and for `pin-value`:
    /// a secret is no part of a name.
    pub fn parse(text: &str) -> Result<Pkcs11Uri> {
        let printable = |octet: u8| (0x21..0x7f).contains(&octet);
        if text.len() > MAX_URI || !Pkcs11Uri::is_one(text) || !text.bytes().all(printable) {
            return Err(BAD);
        }
        let rest = text.get(SCHEME.len()..).unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Pkcs11Uri::default();
        for attribute in path.split(';').filter(|a| !a.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(BAD)?;
            uri.path_attribute(name, value)?;
        }
        for attribute in query.split('&').filter(|a| !a.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(BAD)?;
            match name {
                "module-path" => set(&mut uri.module_path, text_of(value)?)?,
                "module-name" => set(&mut uri.module_name, text_of(value)?)?,
                "pin-source" => set(&mut uri.pin_source, text_of(value)?)?,
                "pin-value" => return Err(Error::Unsupported("pin-value in a PKCS #11 URI")),
                _ => {}
            }
        }
        if uri.module_name.as_deref().is_some_and(|name| name.contains('/')) {
            return Err(BAD);
        }
        Ok(uri)
    }

    fn path_attribute(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "token" => set(&mut self.token, text_of(value)?),
            "manufacturer" => set(&mut self.manufacturer, text_of(value)?),
            "serial" => set(&mut self.serial, text_of(value)?),
            "model" => set(&mut self.model, text_of(value)?),
            "object" => set(&mut self.object, text_of(value)?),
            "type" => set(&mut self.kind, text_of(value)?),
            "id" => set(&mut self.id, octets_of(value)?),
            "slot-id" => {
                let digits = !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit());
                set(&mut self.slot_id, value.parse().ok().filter(|_| digits).ok_or(BAD)?)
            }
            _ => Err(Error::Unsupported("attribute of a PKCS #11 URI")),
        }
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<()> {
    // None may be there twice (section 2.3).
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(BAD),
    }
}

fn text_of(escaped: &str) -> Result<String> {
    let text = String::from_utf8(octets_of(escaped)?).map_err(|_| BAD)?;
    if text.chars().any(char::is_control) { Err(BAD) } else { Ok(text) }
}

fn octets_of(escaped: &str) -> Result<Vec<u8>> {
    unescaped(escaped.as_bytes(), b'%').ok_or(BAD)
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        let slot = self.slot_id.map(|slot| slot.to_string());
        let texts = [
            ("model", &self.model),
            ("manufacturer", &self.manufacturer),
            ("serial", &self.serial),
            ("token", &self.token),
            ("slot-id", &slot),
            ("object", &self.object),
            ("type", &self.kind),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.as_bytes())));
        let path = texts.chain(self.id.iter().map(|id| ("id", id.as_slice())));
        let query =
            [("module-path", &self.module_path), ("module-name", &self.module_name), ("pin-source", &self.pin_source)];
        write_all(f, "", ";", path)?;
        write_all(f, "?", "&", query.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.as_bytes()))))
    }
}

fn write_all<'a>(
    f: &mut fmt::Formatter<'_>,
    first: &str,
    between: &str,
    attributes: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> fmt::Result {
    for (number, (name, value)) in attributes.enumerate() {
        write!(f, "{}{name}=", if number == 0 { first } else { between })?;
        for octet in value {
            // Slashes are allowed in both parts, and paths are read by people.
            if octet.is_ascii_alphanumeric() || (b"-._~/".contains(octet) && name != "id") {
                write!(f, "{}", char::from(*octet))?;
            } else {
                write!(f, "%{octet:02X}")?;
            }
        }
    }
    Ok(())
}

/// Reads arbitrary bytes as a URI; what is read is written as what is read as the same.
pub fn fuzz_pkcs11_uri(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(uri) = Pkcs11Uri::parse(text)
    {
        let written = uri.to_string();
        if written.len() <= MAX_URI {
            assert_eq!(Pkcs11Uri::parse(&written).as_ref(), Ok(&uri), "{written}");
        }
    }
}

const SCHEME: &str = "pkcs11:";
/// Octets of a URI.
const MAX_URI: usize = 2048;
const BAD: Error = Error::BadText("PKCS #11 URI");

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7512 section 3 that have no pin-value.
    #[test]
    fn tk_01_the_examples_of_rfc_7512() {
        let uri = |text: &str| Pkcs11Uri::parse(text).unwrap();
        assert_eq!(uri("pkcs11:"), Pkcs11Uri::default());
        let one = uri("pkcs11:object=my-pubkey;type=public");
        assert_eq!((one.object.as_deref(), one.kind.as_deref()), (Some("my-pubkey"), Some("public")));
        let one = uri("pkcs11:object=my-key;type=private?pin-source=file:/etc/token");
        assert_eq!(one.pin_source.as_deref(), Some("file:/etc/token"));
        let one =
            uri("pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;\
             object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin");
        assert_eq!(one.token.as_deref(), Some("The Software PKCS#11 Softtoken"));
        assert_eq!(one.manufacturer.as_deref(), Some("Snake Oil, Inc."));
        assert_eq!(one.id.as_deref(), Some(&[0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91][..]));
        assert_eq!(one.serial.as_deref(), Some(""));
        let one = uri("pkcs11:object=my-sign-key;type=private?module-name=mypkcs11");
        assert_eq!(one.module_name.as_deref(), Some("mypkcs11"));
        let one = uri("pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1");
        assert_eq!(one.module_path.as_deref(), Some("/mnt/libmypkcs11.so.1"));
        assert_eq!(
            uri("pkcs11:token=A%20name%20with%20a%20substring%20%25%3B").token.unwrap(),
            "A name with a substring %;"
        );
        assert_eq!(uri("PKCS11:slot-id=327").slot_id, Some(327));
        assert_eq!(uri("pkcs11:token=x?x-vendor=1").token.unwrap(), "x");
    }

    #[test]
    fn tk_01_what_is_no_such_uri_is_refused_and_the_others_come_back() {
        for text in [
            "",
            "pkcs11",
            "https://h/",
            "pkcs11:token",
            "pkcs11:token=a;token=b",
            "pkcs11:token=a?module-path=/x&module-path=/y",
            "pkcs11:token=%4",
            "pkcs11:token=%ff",
            "pkcs11:token=%0a",
            "pkcs11:token=a b",
            "pkcs11:token=\u{e4}",
            "pkcs11:slot-id=-1",
            "pkcs11:slot-id=",
            "pkcs11:x-vendor=1",
            "pkcs11:library-version=3",
            "pkcs11:token=a?pin-value=1234",
            "pkcs11:token=a?module-name=../evil",
        ] {
            assert!(Pkcs11Uri::parse(text).is_err(), "{text}");
        }
        let all = "pkcs11:model=m;manufacturer=n;serial=s;token=t%25%3B;slot-id=3;object=%C3%BC;type=cert;id=%2F%00%FF\
                   ?module-path=/a/b%20c.so&module-name=n&pin-source=file:/x%26y";
        let uri = Pkcs11Uri::parse(all).unwrap();
        assert_eq!(Pkcs11Uri::parse(&uri.to_string()), Ok(uri));
        for length in 0..all.len() {
            fuzz_pkcs11_uri(&all.as_bytes()[..length]);
        }
    }
}
