//! The outer structure: PFX, MacData and AuthenticatedSafe (RFC 7292 §4, §4.1).

use zeroize::Zeroizing;

use crate::algorithm::AlgorithmIdentifier;
use crate::ber;
use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;
use crate::pbe::{self, Pbmac1};
use crate::secret;

/// A PKCS#12 file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pfx {
    /// The AuthenticatedSafe as it arrived: the octets that the MAC covers.
    pub auth_safe: Zeroizing<Vec<u8>>,
    /// The parts of the AuthenticatedSafe, in file order.
    pub parts: Vec<SafePart>,
    /// The MAC under the password; absent in files without integrity.
    pub mac: Option<MacData>,
}

/// One ContentInfo of the AuthenticatedSafe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SafePart {
    /// The DER of a [`super::SafeContents`] that is not encrypted.
    Data(Zeroizing<Vec<u8>>),
    /// The same under a password.
    Encrypted {
        /// How it is encrypted.
        algorithm: AlgorithmIdentifier,
        /// A [`super::SafeContents`], encrypted.
        ciphertext: Vec<u8>,
    },
    /// Another kind of content, such as one encrypted to a public key.
    Unknown(Oid),
}

/// MacData (RFC 7292 §4, RFC 9879).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacData {
    /// The digest of the HMAC whose key Appendix B of RFC 7292 derives, or PBMAC1.
    pub algorithm: AlgorithmIdentifier,
    /// The MAC.
    pub digest: Vec<u8>,
    /// The salt, at most 1 KiB; not used by PBMAC1.
    pub salt: Vec<u8>,
    /// 1 to 10,000,000; not used by PBMAC1.
    pub iterations: u64,
}

impl Pfx {
    /// Puts a file together. The parts that cannot be written are those of unknown kind: they are left
    /// out.
    pub fn new(parts: Vec<SafePart>, mac: Option<MacData>) -> Pfx {
        Pfx { auth_safe: authenticated_safe(&parts), parts, mac }
    }

    /// Reads a file of at most 16 MiB in DER or BER. [`Error::LimitExceeded`] when the MAC's cost is out
    /// of bounds; [`Error::Unsupported`] when the file is signed in place of carrying a MAC.
    pub fn from_der(bytes: &[u8]) -> Result<Pfx> {
        if bytes.len() > MAX_FILE {
            return Err(Error::LimitExceeded("PKCS#12 file"));
        }
        let (auth_safe, mac) = ber::parse(bytes, read_pfx)?;
        let parts = ber::parse(&auth_safe, read_parts)?;
        Ok(Pfx { auth_safe, parts, mac })
    }

    /// The DER: `auth_safe` as it stands, and the MAC.
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        let mut version = Writer::new();
        version.uint(3);
        let data = data_content(&self.auth_safe);
        let mac = self.mac.as_ref().map(MacData::to_der).unwrap_or_default();
        secret::element(Tag::SEQUENCE, &[version.as_bytes(), &data, &mac])
    }
}

impl MacData {
    /// The parameters of PBMAC1, when that is the algorithm; with their costs checked.
    pub fn pbmac1(&self) -> Result<Option<Pbmac1>> {
        if self.algorithm.oid != oids::PBMAC1 {
            return Ok(None);
        }
        let parameters = self.algorithm.parameters.as_deref().ok_or(Error::BadValue("PBMAC1"))?;
        Pbmac1::from_parameters(parameters).map(Some)
    }

    fn read(mut reader: Reader<'_>) -> Result<MacData> {
        let mut info = reader.sequence()?;
        let algorithm = AlgorithmIdentifier::read(&mut info)?;
        let digest = info.octet_string()?.to_vec();
        info.finish()?;
        let salt = reader.octet_string()?.to_vec();
        let iterations = if reader.is_empty() { 1 } else { reader.uint()? };
        reader.finish()?;
        let mac = MacData { algorithm, digest, salt, iterations };
        if mac.pbmac1()?.is_none() {
            pbe::check_iterations(mac.iterations)?;
        }
        pbe::check_salt(&mac.salt)?;
        Ok(mac)
    }

    fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.sequence(|w| {
                self.algorithm.write(w);
                w.octet_string(&self.digest);
            });
            w.octet_string(&self.salt);
            if self.iterations != 1 {
                w.uint(self.iterations);
            }
        });
        w.into_bytes()
    }
}

/// The DER of an AuthenticatedSafe: what a new file's MAC is to cover.
pub fn authenticated_safe(parts: &[SafePart]) -> Zeroizing<Vec<u8>> {
    let encoded: Vec<_> = parts.iter().filter_map(write_part).collect();
    let slices: Vec<&[u8]> = encoded.iter().map(|part| part.as_slice()).collect();
    secret::element(Tag::SEQUENCE, &slices)
}

fn read_pfx(bytes: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Option<MacData>)> {
    let mut outer = Reader::lenient(bytes);
    let mut reader = outer.sequence()?;
    outer.finish()?;
    if reader.uint()? != 3 {
        return Err(Error::Unsupported("PKCS#12 version"));
    }
    let mut content = reader.sequence()?;
    if content.oid()? != oids::DATA {
        return Err(Error::Unsupported("PKCS#12 integrity by signature"));
    }
    let auth_safe = explicit_octets(&mut content)?;
    content.finish()?;
    let mac = if reader.is_empty() { None } else { Some(MacData::read(reader.sequence()?)?) };
    reader.finish()?;
    Ok((auth_safe, mac))
}

fn read_parts(bytes: &[u8]) -> Result<Vec<SafePart>> {
    let mut outer = Reader::lenient(bytes);
    let mut reader = outer.sequence()?;
    outer.finish()?;
    let mut parts = Vec::new();
    while !reader.is_empty() {
        if parts.len() == MAX_PARTS {
            return Err(Error::LimitExceeded("PKCS#12 parts"));
        }
        parts.push(read_part(reader.sequence()?)?);
    }
    Ok(parts)
}

fn read_part(mut content: Reader<'_>) -> Result<SafePart> {
    match content.oid()? {
        oids::DATA => {
            let part = SafePart::Data(explicit_octets(&mut content)?);
            content.finish()?;
            Ok(part)
        }
        oids::ENCRYPTED_DATA => {
            let mut explicit = content.nested(Tag::context(0))?;
            let mut data = explicit.sequence()?;
            data.uint()?;
            let mut info = data.sequence()?;
            info.oid()?;
            let algorithm = AlgorithmIdentifier::read(&mut info)?;
            let ciphertext = implicit_octets(&info.any()?)?;
            Ok(SafePart::Encrypted { algorithm, ciphertext })
        }
        other => Ok(SafePart::Unknown(other)),
    }
}

fn explicit_octets(reader: &mut Reader<'_>) -> Result<Zeroizing<Vec<u8>>> {
    let mut explicit = reader.nested(Tag::context(0))?;
    let octets = Zeroizing::new(explicit.octet_string()?.to_vec());
    explicit.finish()?;
    Ok(octets)
}

/// `[0] IMPLICIT OCTET STRING`, primitive or in pieces.
fn implicit_octets(element: &Element<'_>) -> Result<Vec<u8>> {
    if element.tag == Tag::context_primitive(0) {
        return Ok(element.contents.to_vec());
    }
    if element.tag != Tag::context(0) {
        return Err(Error::UnexpectedTag { expected: Tag::context_primitive(0).0, found: element.tag.0 });
    }
    let mut pieces = Reader::lenient(element.contents);
    let mut octets = Vec::new();
    while !pieces.is_empty() {
        octets.extend_from_slice(pieces.octet_string()?);
    }
    Ok(octets)
}

fn write_part(part: &SafePart) -> Option<Zeroizing<Vec<u8>>> {
    match part {
        SafePart::Data(contents) => Some(data_content(contents)),
        SafePart::Encrypted { algorithm, ciphertext } => {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.oid(oids::ENCRYPTED_DATA).nested(Tag::context(0), |w| {
                    w.sequence(|w| {
                        w.uint(0).sequence(|w| {
                            w.oid(oids::DATA);
                            algorithm.write(w);
                            w.element(Tag::context_primitive(0), ciphertext);
                        });
                    });
                });
            });
            Some(Zeroizing::new(w.into_bytes()))
        }
        SafePart::Unknown(_) => None,
    }
}

/// A ContentInfo of the type data.
fn data_content(contents: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut oid = Writer::new();
    oid.oid(oids::DATA);
    let octets = secret::element(Tag::OCTET_STRING, &[contents]);
    let explicit = secret::element(Tag::context(0), &[&octets]);
    secret::element(Tag::SEQUENCE, &[oid.as_bytes(), &explicit])
}

const MAX_FILE: usize = 16 << 20;
const MAX_PARTS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Pfx {
        let parts = vec![
            SafePart::Encrypted { algorithm: AlgorithmIdentifier::new(oids::PBES2), ciphertext: vec![9; 40] },
            SafePart::Data(Zeroizing::new(vec![0x30, 0])),
        ];
        let algorithm = AlgorithmIdentifier::with_null(oids::SHA256);
        Pfx::new(parts, Some(MacData { algorithm, digest: vec![1; 32], salt: vec![2; 16], iterations: 2048 }))
    }

    #[test]
    fn round_trips_and_refuses_cuts() {
        let pfx = example();
        let bytes = pfx.to_der();
        assert_eq!(Pfx::from_der(&bytes).as_ref(), Ok(&pfx));
        for end in 0..bytes.len() {
            assert!(Pfx::from_der(&bytes[..end]).is_err(), "{end}");
        }
        let bare = Pfx { mac: None, ..pfx };
        assert_eq!(Pfx::from_der(&bare.to_der()), Ok(bare));
    }

    #[test]
    fn costs_of_the_mac_are_bounded() {
        let with = |iterations, salt| {
            let mut pfx = example();
            let mac = pfx.mac.as_mut().unwrap();
            (mac.iterations, mac.salt) = (iterations, vec![1; salt]);
            Pfx::from_der(&pfx.to_der()).map(|p| p.mac.unwrap().iterations)
        };
        assert_eq!(with(1, 8), Ok(1));
        assert_eq!(with(10_000_000, 1024), Ok(10_000_000));
        assert_eq!(with(10_000_001, 8), Err(Error::LimitExceeded("iterations")));
        assert_eq!(with(0, 8), Err(Error::BadValue("iterations")));
        assert_eq!(with(1, 1025), Err(Error::LimitExceeded("salt")));
    }

    #[test]
    fn pieces_and_indefinite_lengths_are_joined() {
        // As NSS writes: every length indefinite, every OCTET STRING in pieces.
        let mut safe = vec![0x30, 0x80];
        safe.extend(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06\xa0\x80\x30\x80\x02\x01\x00\x30\x80");
        safe.extend(
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x03\x06\x01\x2a\xa0\x80\x04\x01\x07\x04\x01\x08\0\0",
        );
        safe.extend([0; 10]);
        let mut file =
            b"\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80".to_vec();
        for piece in safe.chunks(20) {
            file.push(4);
            file.push(u8::try_from(piece.len()).unwrap());
            file.extend(piece);
        }
        file.extend([0; 8]);
        let pfx = Pfx::from_der(&file).unwrap();
        assert_eq!(*pfx.auth_safe, safe);
        let algorithm = AlgorithmIdentifier::from_der(&[0x30, 3, 6, 1, 0x2a]).unwrap();
        assert_eq!(pfx.parts, [SafePart::Encrypted { algorithm, ciphertext: vec![7, 8] }]);
    }

    #[test]
    fn flipped_bits_never_panic() {
        let bytes = example().to_der();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            super::super::fuzz_pkcs12(&flipped);
        }
    }
}
