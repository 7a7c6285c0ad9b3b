//! The encryption of old PKCS#12 files (RFC 7292 Appendix C), for reading alone: triple DES, RC2 and RC4 under
//! SHA-1.

use wire::pbe::LegacyPbe;
use wire::{AlgorithmIdentifier, oids};
use zeroize::Zeroizing;

use crate::content::{des_ede3_cbc_decrypt, rc2_cbc_decrypt};
use crate::error::{Error, Result};
use crate::names::Digest;
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
        let derive = |purpose, length| derive_key(Digest::Sha1, purpose, password, &salt, iterations, length);
        let (key, iv) = (derive(Purpose::Key, key_len), derive(Purpose::Iv, 8));
        let plain = match algorithm.oid {
            oids::PKCS12_SHA1_3DES => des_ede3_cbc_decrypt(&key, iv.as_bytes(), ciphertext)?,
            oids::PKCS12_SHA1_RC4_128 | oids::PKCS12_SHA1_RC4_40 => rc4(key.as_bytes(), ciphertext),
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

/// RC4, which is its own inverse. `key` is not empty.
fn rc4(key: &[u8], bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut state: Zeroizing<[u8; 256]> = Zeroizing::new(std::array::from_fn(|i| i as u8));
    let mut j = 0_u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    let next = |byte: &u8| {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        let at = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
        byte ^ state[usize::from(at)]
    };
    Zeroizing::new(bytes.iter().map(next).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6229 §2: the keys of 40 and 128 bits, the first 16 octets.
    #[test]
    fn rc4_gives_the_stream_of_rfc_6229() {
        let key: Vec<u8> = (1..=16).collect();
        let streams =
            [(5, 0xb239_6305_f03d_c027_ccc3_524a_0a11_18a8_u128), (16, 0x9ac7_cc9a_609d_1ef7_b293_2899_cde4_1b97)];
        for (length, stream) in streams {
            assert_eq!(*rc4(&key[..length], &[0; 16]), stream.to_be_bytes());
        }
    }
}
