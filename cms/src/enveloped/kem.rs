//! Content keys behind a key encapsulation (RFC 9629, RFC 9936).

use crypto::{Kem, KemKdf, KeyWrap, PublicKey, Secret};
use wire::AlgorithmIdentifier;
use wire::cms::{KemRecipient, RecipientId, write_kem};
use wire::der::Writer;

use crate::error::Error;
use crate::keys::OwnKey;

/// How a KEMRecipientInfo carries the key: all that can be seen, and refused, without using one.
pub(crate) struct KemHow {
    pub kem: Kem,
    kdf: KemKdf,
    pub wrap: KeyWrap,
    /// As the message encodes it, for that enters the derivation.
    wrap_algorithm: AlgorithmIdentifier,
}

impl KemHow {
    /// # Errors
    /// [`Error::Unsupported`] for other algorithms, [`Error::Malformed`] for parameters that they forbid and where the
    /// length of the key is not the wrap's (RFC 9629 §3).
    pub fn of(r: &KemRecipient<'_>) -> Result<KemHow, Error> {
        let kem = Kem::from_algorithm(&AlgorithmIdentifier::from_der(r.kem)?)?;
        let kdf = KemKdf::from_algorithm(&AlgorithmIdentifier::from_der(r.kdf)?)?;
        let wrap_algorithm = AlgorithmIdentifier::from_der(r.wrap)?;
        let wrap = KeyWrap::from_algorithm(&wrap_algorithm)?;
        if usize::from(r.kek_len) != wrap.key_len() {
            return Err(Error::Malformed("the length of the key is not that of its key wrap"));
        }
        Ok(KemHow { kem, kdf, wrap, wrap_algorithm })
    }

    /// The content key. The wrapped key has exactly the length that `length` octets give, or nothing is unwrapped (K-09).
    pub fn open(&self, r: &KemRecipient<'_>, own: &OwnKey, length: usize) -> Result<Secret, crypto::Error> {
        let shared = own.key.decapsulate(self.kem, r.ciphertext)?;
        let kek = crypto::kem_kek((self.kem, self.kdf), &shared, &self.wrap_algorithm, r.kek_len, r.ukm)?;
        if r.encrypted_key.len() != self.wrap.wrapped_len(length) {
            return Err(crypto::Error::Failed);
        }
        self.wrap.unwrap(&kek, r.encrypted_key)
    }
}

/// The OtherRecipientInfo that carries the content key to one recipient: a fresh encapsulation, the derivation that
/// every reader knows, no user keying material, the key wrap as strong as mechanism and content key (RFC 9936 §2.1,
/// §2.2, RFC 9690 §2.1).
pub(crate) fn write(id: &RecipientId<'_>, key: &PublicKey, kem: Kem, cek: &Secret) -> Result<Vec<u8>, Error> {
    let wrap = kem.wrap_for(cek.len());
    let kdf = kem.kdf();
    let (ciphertext, shared) = key.encapsulate(kem)?;
    let kek_len = u16::try_from(wrap.key_len()).map_err(|_| Error::Malformed("key wrap of an odd size"))?;
    let kek = crypto::kem_kek((kem, kdf), &shared, &wrap.to_algorithm(), kek_len, None)?;
    let wrapped = wrap.wrap(&kek, cek.as_bytes())?;
    let mut w = Writer::new();
    let algorithms = [&kem.to_algorithm(), &kdf.to_algorithm()?, &wrap.to_algorithm()];
    write_kem(&mut w, id, algorithms, &ciphertext, (kek_len, None), &wrapped);
    Ok(w.into_bytes())
}
