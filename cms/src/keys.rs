//! The reader's own keys.

use std::fmt;
use std::sync::Arc;

use crypto::{PrivateKey, Secret};
use wire::Certificate;
use wire::cms::RecipientId;

use crate::error::Error;

/// One of the reader's own keys.
pub struct OwnKey {
    /// What people call it: an address, or the name of its file.
    pub name: String,
    /// The certificate of its public half, where there is one.
    pub certificate: Option<Certificate>,
    /// The key.
    pub key: Arc<dyn PrivateKey>,
}

impl fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A secret that both sides hold, agreed beforehand.
#[derive(Debug, Clone)]
pub enum SharedSecret {
    /// A key that wraps content keys (RFC 5652 §6.2.3): 16, 24 or 32 octets.
    Kek {
        /// What the two sides call it. `None` fits every name when reading; when writing one is derived of the key.
        id: Option<Vec<u8>>,
        /// The key.
        key: Secret,
    },
    /// A password (RFC 5652 §6.2.4), as UTF-8.
    Password(Secret),
    /// The content key itself (EncryptedData, RFC 5652 §8), as long as the cipher's.
    ContentKey(Secret),
}

/// Where decryption keys are looked up.
pub trait Keys {
    /// The keys whose certificate this names, usually none or one; called once for each recipient of a
    /// message.
    ///
    /// # Errors
    /// [`Error::Locked`] where there is one that nobody unlocked, [`Error::Keys`] where the store failed.
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, Error>;

    /// Whether [`Keys::find`] may find something by this serial number (contents octets) or key identifier, whatever the
    /// issuer: most recipients of a message are others, and this is all that is asked of them.
    fn may_have(&self, _serial_or_key_id: &[u8]) -> bool {
        true
    }

    /// Keys without a certificate, which are tried by their kind.
    fn uncertified(&self) -> Vec<Arc<OwnKey>> {
        Vec::new()
    }

    /// Secrets agreed with others, which are tried where a message has a recipient of their kind.
    fn shared(&self) -> &[SharedSecret] {
        &[]
    }
}

/// Keys in memory, as the command line names them.
#[derive(Debug, Default)]
pub struct KeyList {
    keys: Vec<Arc<OwnKey>>,
    shared: Vec<SharedSecret>,
    /// Serial numbers and key identifiers of the keys.
    ids: Vec<Vec<u8>>,
}

impl KeyList {
    /// From these keys.
    pub fn new(keys: Vec<OwnKey>) -> Self {
        let ids = keys.iter().flat_map(|own| {
            let certificate = own.certificate.as_ref();
            let key_id = certificate.and_then(|c| c.subject_key_id()).map(<[u8]>::to_vec);
            let key_id = key_id.unwrap_or_else(|| own.key.public().key_id().to_vec());
            certificate.map(|c| c.serial().to_vec()).into_iter().chain([key_id])
        });
        KeyList { ids: ids.collect(), keys: keys.into_iter().map(Arc::new).collect(), shared: Vec::new() }
    }

    /// And with these secrets.
    pub fn with_shared(self, shared: Vec<SharedSecret>) -> Self {
        KeyList { shared, ..self }
    }
}

impl Keys for KeyList {
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, Error> {
        Ok(self.keys.iter().filter(|own| names(own, id)).cloned().collect())
    }

    fn may_have(&self, serial_or_key_id: &[u8]) -> bool {
        // The last octet tells nearly all of a thousand apart.
        self.ids.iter().any(|id| id.last() == serial_or_key_id.last() && id == serial_or_key_id)
    }

    fn uncertified(&self) -> Vec<Arc<OwnKey>> {
        self.keys.iter().filter(|own| own.certificate.is_none()).cloned().collect()
    }

    fn shared(&self) -> &[SharedSecret] {
        &self.shared
    }
}

/// Whether the identifier names the certificate of this key (CMS-05); a key without a certificate is
/// named by the key identifier that RFC 5280 §4.2.1.2 (1) derives.
pub(crate) fn names(own: &OwnKey, id: &RecipientId<'_>) -> bool {
    match (id, &own.certificate) {
        (RecipientId::IssuerSerial { issuer, serial }, Some(certificate)) => {
            // The serial number first: recipients of one message tend to have one issuer.
            certificate.serial() == *serial && certificate.issuer().der() == *issuer
        }
        (RecipientId::IssuerSerial { .. }, None) => false,
        (RecipientId::KeyId(id), Some(certificate)) if certificate.subject_key_id().is_some() => {
            certificate.subject_key_id() == Some(id)
        }
        (RecipientId::KeyId(id), _) => own.key.public().key_id() == *id,
    }
}
