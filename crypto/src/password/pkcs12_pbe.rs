//! The encryption of old PKCS#12 files (RFC 7292 Appendix C), for reading alone: triple DES, RC2 and RC4 under
//! SHA-1.

use wire::pbe::LegacyPbe;
use wire::{AlgorithmIdentifier, oids};
use zeroize::Zeroizing;

use crate::content::{Rc4, des_ede3_cbc_decrypt, rc2_cbc_decrypt};
use crate::error::{Error, Result};
use crate::names::Digest;
use crate::password::password_digest::PasswordDigest;
use crate::password::pkcs12_kdf::{Purpose, bmp_string, derive_key};

/// What `algorithm` encrypted under `password`, UTF-8. An empty password is tried as the empty string and as none at
/// all, for files are written both ways.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifier,
    ciphertext: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let key_len = match algorithm.oid {
        oids::PKCS12_SHA1_3DES => 24,
        oids::PKCS12_SHA1_RC2_128 => 16,
        oids::PKCS12_SHA1_RC4_128 => 16,
        oids::PKCS12_SHA1_RC2_40 | oids::PKCS12_SHA1_RC4_40 => 5,
        other => return Err(Error::unsupported("this password-based encryption", other)),
    };
    let parameters = algorithm.parameters.as_deref().ok_or(Error::BadParameters("no salt and iterations"))?;
    let LegacyPbe { salt, iterations } = LegacyPbe::from_parameters(parameters)?;
    let attempt = |password: &[u8]| {
        let derive = |purpose, length| {
            derive_key(PasswordDigest::Known(Digest::Sha1), purpose, password, &salt, iterations, length)
        };
        let (key, iv) = (derive(Purpose::Key, key_len), derive(Purpose::Iv, 8));
        let plain = match algorithm.oid {
            oids::PKCS12_SHA1_3DES => des_ede3_cbc_decrypt(&key, iv.as_bytes(), ciphertext)?,
            oids::PKCS12_SHA1_RC4_128 | oids::PKCS12_SHA1_RC4_40 => {
                let mut plain = Zeroizing::new(ciphertext.to_vec());
                Rc4::new(key.as_bytes()).ok_or(Error::Failed)?.apply(&mut plain);
                plain
            }
            _ => rc2_cbc_decrypt(&key, key_len * 8, iv.as_bytes(), ciphertext)?,
        };
        // All that is encrypted so is a SEQUENCE; padding alone would let one wrong key in 256 pass.
        if plain.first() == Some(&0x30) { Ok(plain) } else { Err(Error::Failed) }
    };
    match attempt(&bmp_string(password)) {
        Err(Error::Failed) if password.is_empty() => attempt(b""),
        other => other,
    }
}
