//! PKCS#12 files (RFC 7292): keys and certificates under one password.

use wire::PrivateKeyInfo;
use wire::pkcs12::{Bag, BagKind, Pfx, SafeContents, SafePart};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::password::pbes2::{DEFAULT_ITERATIONS, decrypt, decrypt_pkcs8, encrypt, encrypt_pkcs8};
use crate::password::pkcs12_mac;
use crate::password::work::{Work, cost};
use crate::random::Random;

/// What a file holds, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pkcs12Contents {
    /// The private keys.
    pub keys: Vec<Pkcs12Key>,
    /// The certificates, of which some belong to the keys and others lead to their issuers.
    pub certificates: Vec<Pkcs12Certificate>,
}

/// A private key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs12Key {
    /// The key.
    pub info: PrivateKeyInfo,
    /// Pairs it with a certificate.
    pub local_key_id: Option<Vec<u8>>,
    /// A label for people, which says nothing about trust.
    pub friendly_name: Option<String>,
}

/// A certificate of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs12Certificate {
    /// Its DER, not parsed.
    pub der: Vec<u8>,
    /// Pairs it with a key.
    pub local_key_id: Option<Vec<u8>>,
    /// A label for people, which says nothing about trust.
    pub friendly_name: Option<String>,
}

/// Opens a file under a password, UTF-8. The MAC is checked before anything is decrypted. A file may lack one; what
/// it holds is believed no more than any other key or certificate that somebody hands over.
///
/// # Errors
/// [`Error::Failed`] for a wrong password and everything that follows from one; [`Error::Wire`] for what is no such
/// file or demands excessive work (I-08, X-16); [`Error::Unsupported`] for schemes that RFC 7292 and
/// RFC 8018 do not have.
pub fn open_pkcs12(bytes: &[u8], password: &[u8]) -> Result<Pkcs12Contents> {
    let pfx = Pfx::from_der(bytes)?;
    let mut work = Work::new();
    spend_what_shows(&pfx, &mut work)?;
    if let Some(mac) = &pfx.mac {
        pkcs12_mac::check(mac, &pfx.auth_safe, password)?;
    }
    let mut budget = MAX_DECRYPTIONS;
    let mut contents = Pkcs12Contents::default();
    for part in &pfx.parts {
        let (bags, hidden) = match part {
            SafePart::Data(plain) => (SafeContents::parse(plain)?, false),
            SafePart::Encrypted { algorithm, ciphertext } => {
                spend(&mut budget)?;
                let plain = decrypt(algorithm, ciphertext, password)?;
                (SafeContents::parse(&plain).map_err(|_| Error::Failed)?, true)
            }
            SafePart::Unknown(_) => continue,
        };
        for bag in bags.bags {
            if hidden {
                work.spend(bag_cost(&bag))?;
            }
            take(bag, password, &mut budget, &mut contents)?;
        }
    }
    Ok(contents)
}

/// Writes a file: PBES2 with AES-256-CBC and 600,000 iterations of PBKDF2-HMAC-SHA-256 for certificates and for
/// each key, and an HMAC-SHA-256 over all.
///
/// # Errors
/// [`Error::Random`].
pub fn write_pkcs12(contents: &Pkcs12Contents, password: &[u8], rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    write_with(contents, password, DEFAULT_ITERATIONS, rng)
}

fn write_with(
    contents: &Pkcs12Contents,
    password: &[u8],
    iterations: u32,
    rng: &mut dyn Random,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut parts = Vec::new();
    if !contents.certificates.is_empty() {
        let bags = contents.certificates.iter().map(certificate_bag).collect();
        let (algorithm, ciphertext) = encrypt(&SafeContents { bags }.to_der(), password, iterations, rng)?;
        parts.push(SafePart::Encrypted { algorithm, ciphertext });
    }
    let mut bags = Vec::new();
    for key in &contents.keys {
        let shrouded = encrypt_pkcs8(&key.info.to_der(), password, iterations, rng)?;
        bags.push(Bag {
            kind: BagKind::ShroudedKey(shrouded),
            local_key_id: key.local_key_id.clone(),
            friendly_name: key.friendly_name.clone(),
        });
    }
    if !bags.is_empty() {
        parts.push(SafePart::Data(SafeContents { bags }.to_der()));
    }
    let mut pfx = Pfx::new(parts, None);
    pfx.mac = Some(pkcs12_mac::make(&pfx.auth_safe, password, u64::from(iterations), rng)?);
    Ok(pfx.to_der())
}

fn certificate_bag(certificate: &Pkcs12Certificate) -> Bag {
    Bag {
        kind: BagKind::Certificate(certificate.der.clone()),
        local_key_id: certificate.local_key_id.clone(),
        friendly_name: certificate.friendly_name.clone(),
    }
}

fn take(bag: Bag, password: &[u8], budget: &mut u32, contents: &mut Pkcs12Contents) -> Result<()> {
    let Bag { kind, local_key_id, friendly_name } = bag;
    let info = match kind {
        BagKind::Certificate(der) => {
            contents.certificates.push(Pkcs12Certificate { der, local_key_id, friendly_name });
            return Ok(());
        }
        BagKind::Key(info) => info,
        BagKind::ShroudedKey(shrouded) => {
            spend(budget)?;
            decrypt_pkcs8(&shrouded, password)?
        }
        _ => return Ok(()),
    };
    contents.keys.push(Pkcs12Key { info, local_key_id, friendly_name });
    Ok(())
}

/// Pays for every derivation that can be seen before one is done; those within what is encrypted come later.
fn spend_what_shows(pfx: &Pfx, work: &mut Work) -> Result<()> {
    if let Some(mac) = &pfx.mac {
        work.spend(pkcs12_mac::cost(mac))?;
    }
    for part in &pfx.parts {
        match part {
            SafePart::Encrypted { algorithm, .. } => work.spend(cost(algorithm))?,
            SafePart::Data(plain) => {
                // What is malformed fails in its place.
                let bags = SafeContents::parse(plain).map(|contents| contents.bags).unwrap_or_default();
                bags.iter().try_for_each(|bag| work.spend(bag_cost(bag)))?;
            }
            SafePart::Unknown(_) => {}
        }
    }
    Ok(())
}

fn bag_cost(bag: &Bag) -> u64 {
    match &bag.kind {
        BagKind::ShroudedKey(shrouded) => cost(&shrouded.algorithm),
        _ => 0,
    }
}

/// Each decryption may cost the most iterations a file can ask for, so their number is bounded too.
fn spend(budget: &mut u32) -> Result<()> {
    *budget = budget.checked_sub(1).ok_or(Error::BadParameters("too many encrypted parts"))?;
    Ok(())
}

const MAX_DECRYPTIONS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn contents() -> Pkcs12Contents {
        let seed = Zeroizing::new([&[4, 32][..], &[7; 32]].concat());
        let algorithm = wire::AlgorithmIdentifier::new(wire::oids::ED25519);
        let key = Pkcs12Key {
            info: PrivateKeyInfo::new(algorithm, seed),
            local_key_id: Some(vec![1, 2]),
            friendly_name: Some("Älice".to_owned()),
        };
        let certificate = Pkcs12Certificate { der: vec![0x30, 0], local_key_id: Some(vec![1, 2]), friendly_name: None };
        Pkcs12Contents { keys: vec![key.clone(), key], certificates: vec![certificate] }
    }

    #[test]
    fn round_trips_under_any_password() {
        for password in ["secret", "", "pässwörd €", "𝄞"] {
            let file = write_with(&contents(), password.as_bytes(), 10, &mut SystemRandom).unwrap();
            assert_eq!(open_pkcs12(&file, password.as_bytes()).unwrap(), contents());
            assert_eq!(open_pkcs12(&file, b"wrong").unwrap_err(), Error::Failed);
        }
    }

    /// a file's derivations are bounded together, and those that show are before one is done.
    #[test]
    fn x_16_what_a_file_may_cost_altogether() {
        let bag = |iterations| {
            let kdf =
                wire::pbe::Kdf::Pbkdf2 { salt: vec![1; 8], iterations, key_length: None, prf: wire::oids::HMAC_SHA256 };
            let algorithm = wire::Pbes2::new(kdf, wire::oids::AES256_CBC, &[0; 16]).to_algorithm();
            let shrouded = wire::EncryptedPrivateKeyInfo { algorithm, ciphertext: vec![0; 48] };
            Bag { kind: BagKind::ShroudedKey(shrouded), local_key_id: None, friendly_name: None }
        };
        let file = |counts: &[u64], mac: Option<u64>| {
            let plain = SafeContents { bags: counts.iter().map(|count| bag(*count)).collect() }.to_der();
            let mut pfx = Pfx::new(vec![SafePart::Data(plain)], None);
            pfx.mac = mac.map(|iterations| wire::pkcs12::MacData {
                algorithm: wire::AlgorithmIdentifier::with_null(wire::oids::SHA256),
                digest: vec![0; 32],
                salt: vec![1; 8],
                iterations,
            });
            open_pkcs12(&pfx.to_der(), b"secret").unwrap_err()
        };
        let most = [7_000_000, 7_000_000, 6_000_001];
        for error in [file(&most, None), file(&most[1..], Some(7_000_000)), file(&[10_000_000; 90], None)] {
            assert!(error.to_string().contains("20,000,000 iterations"), "{error}");
        }
        assert_eq!(file(&[1000; 20], Some(1000)), Error::Failed);
    }

    #[test]
    fn the_mac_covers_everything_inside() {
        let file = write_with(&contents(), b"secret", 1, &mut SystemRandom).unwrap();
        for bit in (0..file.len() * 8).step_by(3) {
            let mut bad = file.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            if let Ok(opened) = open_pkcs12(&bad, b"secret") {
                // Outside what the MAC covers only the form of the MAC itself can change without harm.
                assert_eq!(opened, contents(), "{bit}");
            }
        }
        for length in 0..file.len() {
            assert!(open_pkcs12(&file[..length], b"secret").is_err(), "{length}");
        }
    }
}
