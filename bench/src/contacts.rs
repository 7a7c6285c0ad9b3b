//! A bundle of certificates for many people: three for each, one that signs, one to encrypt to, and one to encrypt to
//! that is over. One authority signs them all.

use std::io::{BufWriter, Write};

use ca::{Authority, CertificateProfile, Request};
use crypto::{Curve, KeySpec, PrivateKey, PublicKey, Random, SoftKey, SystemRandom};
use trust::Address;
use wire::Time;

use crate::work::Result;

/// Writes the bundle of `count` people as PEM to standard output, and the authority's certificate to the file `anchor`.
pub fn write(count: u64, anchor: &str) -> Result<()> {
    let rng = &mut SystemRandom;
    let now = Time(i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())?);
    let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), rng)?;
    let root = ca::root("Authority of the bench", &key, Time(now.0 - 900 * DAY), rng)?;
    std::fs::write(anchor, wire::pem::encode("CERTIFICATE", root.der()))?;
    let authority = Authority::new(root, &key)?;
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for number in 0..count {
        let address = Address::parse(&format!("person{number}@team{}.example.org", number % 1000))?;
        let (signs, _) = SoftKey::generate(KeySpec::Ed25519, rng)?;
        let keys = [
            (signs.public().clone(), CertificateProfile::MailSign, (now.0 - DAY, now.0 + 365 * DAY)),
            (exchange(rng)?, CertificateProfile::MailEncrypt, (now.0 - DAY, now.0 + 365 * DAY)),
            (exchange(rng)?, CertificateProfile::MailEncrypt, (now.0 - 800 * DAY, now.0 - 100 * DAY)),
        ];
        for (public_key, profile, (begins, ends)) in &keys {
            let (not_before, not_after) = (Time(*begins), Time(*ends));
            let request =
                Request { address: &address, display_name: None, public_key, profile: *profile, not_before, not_after };
            let certificate = authority.issue(&request, rng)?;
            out.write_all(wire::pem::encode("CERTIFICATE", certificate.der()).as_bytes())?;
        }
    }
    Ok(out.flush()?)
}

/// A public key of X25519, which any 32 octets are (RFC 7748 section 5); nobody has its private half.
fn exchange(rng: &mut dyn Random) -> Result<PublicKey> {
    // SubjectPublicKeyInfo of id-X25519 (RFC 8410 section 4).
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00];
    let mut octets = [0; 32];
    rng.fill(&mut octets)?;
    spki.extend_from_slice(&octets);
    Ok(PublicKey::from_spki(&spki)?)
}

const DAY: i64 = 86_400;
