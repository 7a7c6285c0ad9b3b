//! PBES1 (RFC 8018 §6.1), the password-based encryption of PKCS#5 before PBES2, for reading alone.

use md5::Md5;
use wire::pbe::LegacyPbe;
use wire::{AlgorithmIdentifier, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::digest;
use crate::names::Digest;
use crate::password::block_modes::{self, Block, Mode};
use crate::secret::Secret;

/// Whether `algorithm` is one of PBES1's that [`decrypt`] knows.
pub(super) fn is_pbes1(algorithm: &AlgorithmIdentifier) -> bool {
    schemes(algorithm).is_some()
}

/// What `algorithm` encrypted under `password`, whose octets are taken as they are.
///
/// # Errors
/// [`Error::Failed`] for a wrong password, [`Error::Unsupported`] for other algorithms, [`Error::Wire`] for
/// malformed or excessive parameters.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifier,
    ciphertext: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let (hash, block) =
        schemes(algorithm).ok_or(Error::unsupported("this password-based encryption", algorithm.oid))?;
    let parameters = algorithm.parameters.as_deref().ok_or(Error::BadParameters("no salt and iterations"))?;
    let LegacyPbe { salt, iterations } = LegacyPbe::from_parameters(parameters)?;
    // PBKDF1 (§5.1): T_1 = H(P || S), T_i = H(T_(i-1)); key and vector are eight octets each.
    let mut derived = hash(&Zeroizing::new([password, &salt].concat()));
    for _ in 1..iterations {
        derived = hash(&derived);
    }
    let key = Secret::new(derived[..8].to_vec());
    let plain = block_modes::decrypt(block, Mode::Cbc, &key, &derived[8..16], ciphertext)?;
    // All that is encrypted so is a SEQUENCE; padding alone would let one wrong key in 256 pass.
    if plain.first() == Some(&0x30) { Ok(plain) } else { Err(Error::Failed) }
}

type Hash = fn(&[u8]) -> Zeroizing<Vec<u8>>;

/// RFC 8018 §A.3. MD2 is nowhere to be found.
fn schemes(algorithm: &AlgorithmIdentifier) -> Option<(Hash, Block)> {
    match algorithm.oid {
        oids::PBE_MD5_DES => Some((md5, Block::Des)),
        oids::PBE_MD5_RC2 => Some((md5, Block::Rc2(64))),
        oids::PBE_SHA1_DES => Some((sha1, Block::Des)),
        oids::PBE_SHA1_RC2 => Some((sha1, Block::Rc2(64))),
        _ => None,
    }
}

fn md5(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(<Md5 as md5::Digest>::digest(bytes).to_vec())
}

fn sha1(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(digest(Digest::Sha1, bytes).to_vec())
}
