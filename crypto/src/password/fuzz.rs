//! What the fuzz target `passwords` does.

use wire::cms::RecipientInfo;
use wire::pbe::{Kdf, LegacyPbe};
use wire::pkcs12::{BagKind, Pfx, SafeContents, SafePart};
use wire::{AlgorithmIdentifier, EncryptedPrivateKeyInfo, Pbes2, oids, pem};

use crate::password::pbes2::decrypt_pkcs8;
use crate::password::pem::decrypt_legacy_pem;
use crate::password::pkcs12::open_pkcs12;
use crate::password::pwri::PasswordWrap;

/// Opens anything as PEM, as a private key, as PKCS#12 and as a PasswordRecipientInfo, under the password `x`. What would
/// take long is passed over. Never panics. For fuzzing.
pub fn fuzz_passwords(bytes: &[u8]) {
    for block in pem::parse(bytes).iter().flatten().take(MAX_BLOCKS) {
        let _ = decrypt_legacy_pem(block, PASSWORD);
    }
    if let Ok(info) = EncryptedPrivateKeyInfo::from_der(bytes)
        && is_cheap(&info.algorithm)
    {
        let _ = decrypt_pkcs8(&info, PASSWORD);
    }
    if let Ok(pfx) = Pfx::from_der(bytes)
        && is_cheap_file(&pfx)
    {
        let _ = open_pkcs12(bytes, PASSWORD);
    }
    if let Ok(RecipientInfo::Password(recipient)) = RecipientInfo::from_der(bytes)
        && let (Some(derivation), Ok(wrap)) = (recipient.derivation, AlgorithmIdentifier::from_der(recipient.algorithm))
        && let Ok(unwraps) = PasswordWrap::from_algorithms(&derivation, &wrap)
        && is_cheap(&derivation)
    {
        let _ = unwraps.unwrap(PASSWORD, recipient.encrypted_key);
    }
}

/// Whether its derivations take no time, as far as they can be seen from outside.
fn is_cheap_file(pfx: &Pfx) -> bool {
    let mac = pfx.mac.as_ref().is_none_or(|mac| mac.iterations <= ITERATIONS && is_cheap(&mac.algorithm));
    mac && pfx.parts.iter().all(|part| match part {
        SafePart::Encrypted { algorithm, .. } => is_cheap(algorithm),
        SafePart::Data(plain) => SafeContents::parse(plain).is_ok_and(|contents| {
            contents.bags.iter().all(|bag| match &bag.kind {
                BagKind::ShroudedKey(info) => is_cheap(&info.algorithm),
                _ => true,
            })
        }),
        SafePart::Unknown(_) => true,
    })
}

fn is_cheap(algorithm: &AlgorithmIdentifier) -> bool {
    let parameters = algorithm.parameters.as_deref().unwrap_or_default();
    let kdf = match algorithm.oid {
        oids::PBES2 => Pbes2::from_algorithm(algorithm).map(|pbes2| pbes2.kdf),
        oids::PBMAC1 => wire::pbe::Pbmac1::from_parameters(parameters).map(|pbmac1| pbmac1.kdf),
        _ => Kdf::from_algorithm(algorithm),
    };
    match kdf {
        Ok(Kdf::Pbkdf2 { iterations, .. }) => iterations <= ITERATIONS,
        Ok(Kdf::Scrypt { cost, block_size, parallelization, .. }) => {
            cost.saturating_mul(block_size).saturating_mul(parallelization) <= SCRYPT
        }
        Err(_) => LegacyPbe::from_parameters(parameters).map_or(true, |legacy| legacy.iterations <= ITERATIONS),
    }
}

const PASSWORD: &[u8] = b"x";
const MAX_BLOCKS: usize = 4;
const ITERATIONS: u64 = 2048;
/// N times r times p: 256 KiB.
const SCRYPT: u64 = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SoftKey;
    use crate::names::KeySpec;
    use crate::password::pwri::wrap_under_password;
    use crate::random::{SystemRandom, secret};

    #[test]
    fn what_is_under_a_password_and_what_is_left_of_it_do_not_panic() {
        let (_, key) = SoftKey::generate(KeySpec::Ed25519, &mut SystemRandom).unwrap();
        let sealed = crate::password::encrypt_pkcs8(&key, PASSWORD, 10, &mut SystemRandom).unwrap().to_der();
        let cek = secret(32, &mut SystemRandom).unwrap();
        let (derivation, wrap, wrapped) = wrap_under_password(&cek, PASSWORD, 10, &mut SystemRandom).unwrap();
        let mut recipient = wire::der::Writer::new();
        wire::cms::write_password(&mut recipient, &derivation, &wrap, &wrapped);
        for bytes in [sealed, recipient.into_bytes()] {
            for end in 0..=bytes.len() {
                fuzz_passwords(&bytes[..end]);
            }
        }
    }

    #[test]
    fn what_takes_long_is_seen() {
        let kdf = |iterations| Kdf::Pbkdf2 { salt: vec![1; 8], iterations, key_length: None, prf: oids::HMAC_SHA256 };
        assert!(is_cheap(&kdf(ITERATIONS).to_algorithm()) && !is_cheap(&kdf(ITERATIONS + 1).to_algorithm()));
        let pbes2 = Pbes2::new(kdf(1 << 20), oids::AES256_CBC, &[0; 16]).to_algorithm();
        assert!(!is_cheap(&pbes2));
        let scrypt =
            Kdf::Scrypt { salt: vec![1; 8], cost: 1 << 14, block_size: 8, parallelization: 1, key_length: None };
        assert!(!is_cheap(&scrypt.to_algorithm()));
    }
}
