//! X448 keys (RFC 7748 §5, RFC 8410 §7).

use wire::der::Reader;
use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::random::Random;
use crate::secret::Secret;

/// A private key; any 56 octets are one.
pub(crate) struct X448Private(Zeroizing<[u8; 56]>);

impl X448Private {
    /// A fresh one.
    pub(crate) fn generate(rng: &mut dyn Random) -> Result<Self> {
        let mut key = Zeroizing::new([0; 56]);
        rng.fill(&mut *key)?;
        Ok(X448Private(key))
    }

    /// From CurvePrivateKey: an OCTET STRING of 56 octets inside the privateKey (RFC 8410 §7).
    pub(super) fn from_info(info: &PrivateKeyInfo) -> Result<Self> {
        if info.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        let mut reader = Reader::new(&info.key);
        let octets = reader.octet_string()?;
        reader.finish()?;
        let key = <[u8; 56]>::try_from(octets).map_err(|_| Error::BadKey("not 56 octets"))?;
        Ok(X448Private(Zeroizing::new(key)))
    }

    /// The public value, 56 octets.
    pub(crate) fn public(&self) -> Vec<u8> {
        x448::x448_unchecked(*self.0, x448::X448_BASEPOINT_BYTES).to_vec()
    }

    /// The shared secret with a public value of 56 octets.
    ///
    /// # Errors
    /// [`Error::Failed`] for other lengths, and where the secret is zero (RFC 7748 §6.2).
    pub(crate) fn agree(&self, peer: &[u8]) -> Result<Secret> {
        let peer = <[u8; 56]>::try_from(peer).map_err(|_| Error::Failed)?;
        let shared = Zeroizing::new(x448::x448_unchecked(*self.0, peer));
        let any = shared.iter().fold(0, |seen, octet| seen | octet);
        if any == 0 { Err(Error::Failed) } else { Ok(Secret::new(shared.to_vec())) }
    }
}

/// Checks what can be checked of a public key: its length, and that there are no parameters (RFC 8410 §4).
pub(super) fn check_public(spki: &SubjectPublicKeyInfo) -> Result<()> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    if spki.key().len() != 56 {
        return Err(Error::BadKey("not 56 octets"));
    }
    Ok(())
}

/// A new PrivateKeyInfo.
pub(super) fn generate(rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![4, 56]);
    key.extend_from_slice(&*X448Private::generate(rng)?.0);
    Ok(PrivateKeyInfo::new(AlgorithmIdentifier::new(oids::X448), key).to_der())
}
