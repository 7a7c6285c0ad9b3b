//! Certification requests (PKCS#10, RFC 2986) for one key and mail addresses.

use crypto::{PrivateKey, PublicKey, Random, SignatureAlgorithm};
use trust::Address;
use wire::der::{Reader, Tag, Writer};
use wire::x509::{Extension, GeneralName, KeyUsage, extension};
use wire::{AlgorithmIdentifier, NameBuilder, SubjectPublicKeyInfo, oids};

use crate::error::Error;
use crate::issue::{CertificateProfile, signature_algorithm};

/// A request that was read, and whose signature by its own key held.
pub(super) struct Csr {
    key: PublicKey,
    addresses: Vec<Address>,
    profile: CertificateProfile,
}

impl Csr {
    /// Reads one.
    ///
    /// ```text
    /// CertificationRequest ::= SEQUENCE { CertificationRequestInfo, AlgorithmIdentifier, BIT STRING }
    /// CertificationRequestInfo ::= SEQUENCE { version INTEGER, subject Name, SubjectPublicKeyInfo, [0] Attributes }
    /// ```
    pub fn read(der: &[u8]) -> Result<Csr, Error> {
        let mut outer = Reader::new(der);
        let mut request = outer.sequence()?;
        outer.finish()?;
        let info = request.expect(Tag::SEQUENCE)?;
        let algorithm = SignatureAlgorithm::from_x509(&AlgorithmIdentifier::read(&mut request)?)?;
        let signature = request.bit_string_octets()?;
        request.finish()?;
        let mut fields = info.reader();
        if fields.uint()? != 0 {
            return Err(wire::Error::BadValue("version of the certification request").into());
        }
        wire::Name::read(&mut fields)?;
        let key = PublicKey::new(SubjectPublicKeyInfo::read(&mut fields)?)?;
        let attributes = fields.optional(Tag::context(0))?;
        fields.finish()?;
        key.verify(&algorithm, info.raw, signature)?;
        let mut csr = Csr { key, addresses: Vec::new(), profile: CertificateProfile::MailBoth };
        if let Some(attributes) = attributes {
            csr.attributes(attributes.reader())?;
        }
        Ok(csr)
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The addresses of its subjectAltName; none where a name of another kind is among them.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// What its key usage asks for (RFC 8823 section 3.3).
    pub fn profile(&self) -> CertificateProfile {
        self.profile
    }

    fn attributes(&mut self, mut attributes: Reader<'_>) -> Result<(), Error> {
        while !attributes.is_empty() {
            let mut attribute = attributes.sequence()?;
            let oid = attribute.oid()?;
            let mut values = attribute.set()?;
            attribute.finish()?;
            if oid != oids::EXTENSION_REQUEST {
                continue;
            }
            let mut list = values.sequence()?;
            values.finish()?;
            while !list.is_empty() {
                let mut extension = list.sequence()?;
                let oid = extension.oid()?;
                extension.optional(Tag::BOOLEAN)?;
                let value = extension.octet_string()?;
                extension.finish()?;
                match oid {
                    oids::SUBJECT_ALT_NAME => self.addresses = addresses(value)?,
                    oids::KEY_USAGE => self.profile = profile(value)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn addresses(value: &[u8]) -> Result<Vec<Address>, Error> {
    let mut reader = Reader::new(value);
    let names = GeneralName::read_all(reader.sequence()?)?;
    reader.finish()?;
    let address = |name: &GeneralName| match name {
        GeneralName::Rfc822(text) => Address::parse(text).ok(),
        GeneralName::SmtpUtf8(text) => Address::parse_international(text).ok(),
        _ => None,
    };
    Ok(names.iter().map(address).collect::<Option<_>>().unwrap_or_default())
}

fn profile(value: &[u8]) -> Result<CertificateProfile, Error> {
    let mut reader = Reader::new(value);
    let bits = reader.bit_string()?.1.first().copied().unwrap_or_default();
    reader.finish()?;
    // Bit 0 of a BIT STRING is the highest of its first octet: digitalSignature and nonRepudiation, then keyEncipherment
    // and keyAgreement.
    Ok(match (bits & 0b1100_0000 != 0, bits & 0b0010_1000 != 0) {
        (true, false) => CertificateProfile::MailSign,
        (false, true) => CertificateProfile::MailEncrypt,
        _ => CertificateProfile::MailBoth,
    })
}

/// A request for the key and one address, DER; `usage` is asked for as RFC 8823 section 3.3 has it.
///
/// # Errors
/// A key that cannot sign; such a one can prove nothing by a signature.
pub fn request(
    key: &dyn PrivateKey,
    address: &Address,
    usage: Option<KeyUsage>,
    rng: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let name = match address.is_ascii() {
        true => GeneralName::Rfc822(address.to_string()),
        false => GeneralName::SmtpUtf8(address.to_string()),
    };
    let mut extensions = vec![extension::subject_alt_name(&[name], true)];
    extensions.extend(usage.map(extension::key_usage));
    let mut info = Writer::new();
    info.sequence(|w| {
        w.uint(0).raw(NameBuilder::new().build().der()).raw(key.public().spki());
        w.nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.oid(oids::EXTENSION_REQUEST).nested(Tag::SET, |w| {
                    w.sequence(|w| extensions.iter().for_each(|extension| write_extension(w, extension)));
                });
            });
        });
    });
    let algorithm = signature_algorithm(&key.public().kind())?;
    let signature = key.sign(&algorithm, info.as_bytes(), rng)?;
    let mut request = Writer::new();
    request.sequence(|w| {
        w.raw(info.as_bytes()).raw(&algorithm.to_x509().to_der()).bit_string(&signature);
    });
    Ok(request.into_bytes())
}

fn write_extension(w: &mut Writer, extension: &Extension) {
    w.sequence(|w| {
        w.oid(extension.oid);
        if extension.critical {
            w.boolean(true);
        }
        w.octet_string(&extension.value);
    });
}
