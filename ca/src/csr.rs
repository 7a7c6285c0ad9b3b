//! Certification requests (PKCS#10, RFC 2986).

use crypto::{PrivateKey, PublicKey, Random, SignatureAlgorithm};
use trust::Address;
use wire::der::{Reader, Tag, Writer};
use wire::x509::{GeneralName, KeyUsage, certificate_der, extension};
use wire::{AlgorithmIdentifier, NameBuilder, SubjectPublicKeyInfo, oids};

use crate::error::Error;
use crate::issue::{CertificateProfile, key_usage, signature_algorithm};

/// What a request is certified for: its key, and what it is to do.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The key.
    pub key: PublicKey,
    /// What it asks to be used for, as far as a key of its kind can: never for more.
    pub profile: CertificateProfile,
}

/// The key of a request whose signature by that key holds, and the use that it asks for (RFC 8823 section 3.3). Nothing
/// else in it is believed or looked at: whom a certificate names is for the authority to know.
///
/// # Errors
/// What is malformed or longer than 64 KiB, a key that is not supported, a signature that does not hold.
pub fn requested(der: &[u8]) -> Result<Requested, Error> {
    let csr = Csr::read(der)?;
    let asked = csr.asked()?.profile;
    let both = key_usage(&csr.key.kind(), CertificateProfile::MailBoth).is_ok();
    let profile = if asked == CertificateProfile::MailBoth && !both { CertificateProfile::MailSign } else { asked };
    Ok(Requested { key: csr.key, profile })
}

/// Reads anything as a request, and what it asks for. For fuzzing.
pub fn fuzz_csr(octets: &[u8]) {
    if let Ok(csr) = Csr::read(octets) {
        let _ = (csr.asked().map(|asked| asked.addresses.len()), requested(octets).map(|r| r.profile));
    }
    // What nobody signed is looked at too: a signature that holds is not what a mutation makes.
    let _ = (addresses(octets).map(|found| found.len()), profile(octets));
    let _ = asked(Reader::new(octets)).map(|asked| asked.profile);
}

/// A request that was read, and whose signature by its own key held.
pub(crate) struct Csr<'a> {
    /// The key.
    pub key: PublicKey,
    attributes: Option<Reader<'a>>,
}

/// What a request asks for besides its key.
pub(crate) struct Asked {
    /// The addresses of its subjectAltName; none where a name of another kind is among them.
    pub addresses: Vec<Address>,
    /// What its key usage is for (RFC 8823 section 3.3).
    pub profile: CertificateProfile,
}

impl<'a> Csr<'a> {
    /// Reads one.
    ///
    /// ```text
    /// CertificationRequest ::= SEQUENCE { CertificationRequestInfo, AlgorithmIdentifier, BIT STRING }
    /// CertificationRequestInfo ::= SEQUENCE { version INTEGER, subject Name, SubjectPublicKeyInfo, [0] Attributes }
    /// ```
    pub fn read(der: &'a [u8]) -> Result<Csr<'a>, Error> {
        if der.len() > MAX_CSR {
            return Err(wire::Error::LimitExceeded("certification request").into());
        }
        let mut outer = Reader::new(der);
        let mut request = outer.sequence()?;
        outer.finish()?;
        let info = request.expect(Tag::SEQUENCE)?;
        let algorithm = SignatureAlgorithm::from_x509(&AlgorithmIdentifier::read(&mut request)?)?;
        let signature = request.bit_string_octets()?;
        request.finish()?;
        let mut fields = info.reader();
        if fields.uint()? != 0 {
            return Err(wire::Error::Unsupported("version of a certification request").into());
        }
        wire::Name::read(&mut fields)?;
        let key = PublicKey::new(SubjectPublicKeyInfo::read(&mut fields)?)?;
        let attributes = fields.optional(Tag::context(0))?.map(|attributes| attributes.reader());
        fields.finish()?;
        key.verify(&algorithm, info.raw, signature)?;
        Ok(Csr { key, attributes })
    }

    /// What it asks for in the extensions that it wants (RFC 2985 section 5.4.2).
    pub fn asked(&self) -> Result<Asked, Error> {
        asked(self.attributes.clone().unwrap_or_else(|| Reader::new(&[])))
    }
}

fn asked(mut attributes: Reader<'_>) -> Result<Asked, Error> {
    let mut asked = Asked { addresses: Vec::new(), profile: CertificateProfile::MailBoth };
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
                oids::SUBJECT_ALT_NAME => asked.addresses = addresses(value)?,
                oids::KEY_USAGE => asked.profile = profile(value)?,
                _ => {}
            }
        }
    }
    Ok(asked)
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

/// A request for a certificate of this address, DER; `usage` is asked for as RFC 8823 section 3.3 has it. Its subject is
/// empty: the address stands in the subjectAltName, which is therefore critical (RFC 5280 section 4.2.1.6).
///
/// # Errors
/// A key that cannot sign: it can prove nothing this way.
pub fn csr(
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
                    w.sequence(|w| extensions.iter().for_each(|extension| extension.write(w)));
                });
            });
        });
    });
    let algorithm = signature_algorithm(&key.public().kind())?;
    let signature = key.sign(&algorithm, info.as_bytes(), rng)?;
    Ok(certificate_der(info.as_bytes(), &algorithm.to_x509(), &signature))
}

const MAX_CSR: usize = 64 << 10;
