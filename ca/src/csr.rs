//! Certification requests (PKCS#10, RFC 2986).

use crypto::{PrivateKey, PublicKey, Random, SignatureAlgorithm};
use trust::Address;
use wire::der::{Reader, Tag, Writer};
use wire::x509::{GeneralName, extension};
use wire::{AlgorithmIdentifier, NameBuilder, SubjectPublicKeyInfo, oids};

use crate::error::Error;
use crate::issue::signature_algorithm;

/// The key of a request whose signature by that key holds. Nothing else in it is believed or looked at: what a
/// certificate says is for the authority to know.
///
/// # Errors
/// What is malformed or longer than 64 KiB, a key that is not supported, a signature that does not hold.
pub fn csr_key(der: &[u8]) -> Result<PublicKey, Error> {
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
    fields.optional(Tag::context(0))?;
    fields.finish()?;
    key.verify(&algorithm, info.raw, signature)?;
    Ok(key)
}

/// A request for a certificate of this address, DER.
///
/// # Errors
/// A key that cannot sign: it can prove nothing this way.
pub fn csr(key: &dyn PrivateKey, address: &Address, rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
    let name = match address.is_ascii() {
        true => GeneralName::Rfc822(address.to_string()),
        false => GeneralName::SmtpUtf8(address.to_string()),
    };
    let names = extension::subject_alt_name(&[name], false);
    let mut info = Writer::new();
    info.sequence(|w| {
        w.uint(0).raw(NameBuilder::new().common_name(&address.to_string()).build().der()).raw(key.public().spki());
        w.nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.oid(oids::EXTENSION_REQUEST).nested(Tag::SET, |w| {
                    w.sequence(|w| {
                        w.sequence(|w| {
                            w.oid(names.oid).octet_string(&names.value);
                        });
                    });
                });
            });
        });
    });
    let algorithm = signature_algorithm(&key.public().kind())?;
    let signature = key.sign(&algorithm, info.as_bytes(), rng)?;
    Ok(wire::x509::certificate_der(info.as_bytes(), &algorithm.to_x509(), &signature))
}

const MAX_CSR: usize = 64 << 10;
