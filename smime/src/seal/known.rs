//! What is known of somebody who is written to: their certificates, and what they can read.

use std::fmt;

use cms::Capabilities;
use crypto::{ContentCipher, Digest};
use trust::Address;
use wire::der::Reader;
use wire::{AlgorithmIdentifier, Certificate, Time, oids};

/// Where what is known of a reader comes from, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Knowledge {
    /// It is the sender, with a key that is here.
    Own,
    /// They said so in a verified mail.
    Mail {
        /// When it was signed.
        signed_at: Time,
        /// When an earlier list was signed that had something strong which this one lacks.
        better_at: Option<Time>,
    },
    /// Their certificate says so (RFC 4262).
    Certificate,
    /// Nothing was said; programs that have such a key read what is as new.
    Key,
    /// Nothing.
    Nothing,
}

/// Somebody who must be able to read the mail.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) address: Address,
    /// The certificates that can be encrypted to, at most one of each: post-quantum and not. Never empty.
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) knowledge: Knowledge,
    /// What they said, or what the sender reads.
    pub(crate) list: Option<Capabilities>,
}

impl Person {
    /// Whether this is the sender, for whom it is known what is read here.
    pub(crate) fn is_own(&self) -> bool {
        self.knowledge == Knowledge::Own
    }

    /// Whether they have a key that withstands quantum computers.
    pub(crate) fn is_post_quantum(&self) -> bool {
        self.certificates.iter().any(is_post_quantum)
    }

    /// Whether one of their keys is of a kind that a quantum computer breaks.
    pub(crate) fn has_classical(&self) -> bool {
        !self.certificates.iter().all(is_post_quantum)
    }

    /// The ciphers that they read, as far as anything is known; what is unknown is said by `unknown`. A list that
    /// names no cipher at all says nothing about ciphers. Who authenticates reads CBC as well (RFC 8551 §2.7).
    pub(crate) fn ciphers(&self, unknown: &[ContentCipher]) -> Vec<ContentCipher> {
        if self.is_own() {
            return ContentCipher::ALL.to_vec();
        }
        let listed = |c: &ContentCipher| {
            let named = |known: &AlgorithmIdentifier| known.oid == c.oid() && known.has_no_parameters();
            self.list.as_ref().is_some_and(|list| list.0.iter().any(named))
        };
        let mut found: Vec<_> = ContentCipher::ALL.into_iter().filter(listed).collect();
        let historic = |list: &Capabilities| HISTORIC.iter().any(|oid| list.lists(*oid));
        if found.is_empty() && !self.list.as_ref().is_some_and(historic) {
            let modern = self.certificates.iter().any(is_modern);
            return if modern { MODERN.to_vec() } else { unknown.to_vec() };
        }
        if found.iter().any(|c| c.is_aead()) {
            found.extend([ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc]);
        }
        found
    }

    /// Whether they derive the content key for its cipher (RFC 9709).
    pub(crate) fn derives_keys(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.lists(oids::CEK_HKDF_SHA256))
    }

    /// Whether they read OAEP with SHA-256 (RFC 3560 §5; also as RFC 4055 §4.1 writes its parameters).
    pub(crate) fn reads_oaep(&self) -> bool {
        let oaep = |a: &&AlgorithmIdentifier| a.oid == oids::RSAES_OAEP;
        let Some(list) = &self.list else { return false };
        list.0.iter().filter(oaep).any(|a| a.parameters.as_deref().is_some_and(is_oaep_sha256))
    }
}

/// Whether a certificate's key withstands quantum computers.
pub(crate) fn is_post_quantum(certificate: &Certificate) -> bool {
    trust::key_kind(certificate.public_key()).is_post_quantum()
}

/// Keys that only programs have which know key encapsulation (RFC 9629), and so authenticate.
pub(crate) fn is_modern(certificate: &Certificate) -> bool {
    is_post_quantum(certificate) || certificate.public_key().algorithm.oid == oids::RSA_KEM_SPKI
}

fn is_oaep_sha256(parameters: &[u8]) -> bool {
    let tagged = || -> Result<bool, crypto::Error> {
        let whole = AlgorithmIdentifier::with(oids::RSAES_OAEP, parameters.to_vec());
        Ok(crypto::KeyTransport::from_algorithm(&whole)? == crypto::KeyTransport::oaep(Digest::Sha256))
    };
    let bare = || -> Result<bool, wire::Error> {
        let mut outer = Reader::new(parameters);
        let mut r = outer.sequence()?;
        let (digest, mask) = (AlgorithmIdentifier::read(&mut r)?, AlgorithmIdentifier::read(&mut r)?);
        r.finish()?;
        outer.finish()?;
        let under = AlgorithmIdentifier::from_der(mask.parameters.as_deref().unwrap_or_default())?;
        let sha256 = |a: &AlgorithmIdentifier| a.oid == oids::SHA256 && a.has_no_parameters();
        Ok(mask.oid == oids::MGF1 && sha256(&digest) && sha256(&under))
    };
    tagged().unwrap_or(false) || bare().unwrap_or(false)
}

impl fmt::Display for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Knowledge::Own => f.write_str("it is read here"),
            Knowledge::Mail { signed_at, .. } => write!(f, "by their mail of {signed_at}"),
            Knowledge::Certificate => f.write_str("by their certificate"),
            Knowledge::Key => f.write_str("by the kind of their key"),
            Knowledge::Nothing => f.write_str("nothing is known of what they read"),
        }
    }
}

/// Addresses in a sentence.
pub(crate) struct Names<'a>(pub(crate) &'a [Address]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, address) in self.0.iter().enumerate() {
            write!(f, "{}{address}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// What programs read whose users have keys for encapsulation.
const MODERN: [ContentCipher; 4] =
    [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc];

/// Ciphers that are not written: who lists only these reads nothing else.
const HISTORIC: [wire::Oid; 3] = [oids::DES_EDE3_CBC, oids::RC2_CBC, oids::DES_CBC];
