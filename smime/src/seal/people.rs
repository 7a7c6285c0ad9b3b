//! Whose keys seal a mail: everyone who must be able to read it, and the one who signs.

use std::sync::Arc;

use cms::{OwnKey, Recipient, Signer, default_signature_algorithm};
use crypto::{ContentCipher, Digest, KeyKind, KeyTransport, SignatureAlgorithm};
use trust::{
    Address, Algorithm, Evidence, PathError, Policy, Purpose, Use, names_address, usable_for_encryption,
    usable_for_signing, validate,
};
use wire::cms::RecipientId;
use wire::{Certificate, Time, oids};

use crate::keyring::{Keyring, SigningIdentity};
use crate::seal::error::{SealError, Unusable, WhyUnusable};

/// What decides about certificates.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) keyring: &'a dyn Keyring,
    pub(crate) now: Time,
}

/// A person with the certificate that the mail is encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub address: Address,
    /// The certificate.
    pub certificate: Certificate,
}

/// The identity that signs, and how.
pub(crate) struct Author {
    key: Arc<OwnKey>,
    certificate: Certificate,
    chain: Vec<Certificate>,
    algorithm: SignatureAlgorithm,
}

impl Judge<'_> {
    /// A certificate for each of these addresses, or everyone who has none. The sender's is one whose key is here, if
    /// there is one: the copy is for this desk to read.
    pub(crate) fn readers(self, addresses: &[&Address], sender: &Address) -> Result<Vec<Reader>, SealError> {
        let usable = |list: Vec<Certificate>| -> Vec<Certificate> {
            list.into_iter().filter(|c| !self.keyring.is_distrusted(c)).collect()
        };
        let anchors = usable(self.keyring.anchors()?);
        let pool = usable(self.keyring.intermediates()?);
        let evidence = Evidence { pool: &pool, anchors: &anchors, ..Evidence::default() };
        let mut readers = Vec::with_capacity(addresses.len());
        let mut unusable = Vec::new();
        for address in addresses.iter().copied().cloned() {
            let named = |c: &Certificate| names_address(c, &address);
            let mut candidates = usable(self.keyring.encryption_candidates(&address)?);
            candidates.retain(named);
            candidates.truncate(MAX_CANDIDATES);
            let own = if address.same_mailbox(sender) { self.own(&candidates)? } else { None };
            match own.map_or_else(|| self.choose(candidates, &evidence), Ok) {
                Ok(certificate) => readers.push(Reader { address, certificate }),
                Err(why) => unusable.push(Unusable { address, why }),
            }
        }
        if unusable.is_empty() { Ok(readers) } else { Err(SealError::Recipients(unusable)) }
    }

    /// The first certificate that can be encrypted to and whose key is here; it needs no path.
    fn own(self, candidates: &[Certificate]) -> Result<Option<Certificate>, SealError> {
        for certificate in candidates {
            if usable_for_encryption(certificate, self.policy, self.now).is_err() {
                continue;
            }
            let (issuer, serial) = certificate.issuer_and_serial();
            let here = match self.keyring.find(&RecipientId::IssuerSerial { issuer, serial }) {
                Ok(found) => found.iter().any(|own| own.certificate.as_ref() == Some(certificate)),
                Err(cms::Error::Locked) => true,
                Err(error) => return Err(error.into()),
            };
            if here {
                return Ok(Some(certificate.clone()));
            }
        }
        Ok(None)
    }

    /// Of the certificates that are usable and trusted now the one of the best kind of key, of these the first.
    fn choose(self, candidates: Vec<Certificate>, evidence: &Evidence<'_>) -> Result<Certificate, WhyUnusable> {
        let mut best: Option<(u8, Certificate)> = None;
        let mut why = WhyUnusable::NoCertificate;
        for certificate in candidates {
            match validate(&certificate, Purpose::EncryptMail, evidence, self.policy, self.now) {
                Ok(_) => {
                    let rank = key_rank(&certificate);
                    if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                        best = Some((rank, certificate));
                    }
                }
                Err(fault) => note(&mut why, &certificate, fault),
            }
        }
        best.map(|(_, certificate)| certificate).ok_or(why)
    }

    /// The recipients as CMS wants them: each certificate once.
    pub(crate) fn recipients(self, readers: &[Reader]) -> Vec<Recipient> {
        let mut out: Vec<Recipient> = Vec::with_capacity(readers.len());
        let mut seen = std::collections::HashSet::new();
        for reader in readers {
            if seen.insert(reader.certificate.der()) {
                let transport = self.transport(&reader.certificate);
                out.push(Recipient { certificate: reader.certificate.clone(), transport, use_key_id: false });
            }
        }
        out
    }

    /// PKCS#1 v1.5 is what every receiver reads while nothing is known of them; OAEP where the key is for nothing else
    /// or the policy refuses the former (standards.md section 14).
    fn transport(self, certificate: &Certificate) -> KeyTransport {
        let only_oaep = certificate.public_key().algorithm.oid == oids::RSAES_OAEP;
        let accepted = self.accepts(Use::Encrypt, &Algorithm::from(&KeyTransport::RsaPkcs1));
        if accepted && !only_oaep { KeyTransport::RsaPkcs1 } else { KeyTransport::oaep(Digest::Sha256) }
    }

    /// The cipher for recipients of whom nothing is known: CBC as everyone reads it, but only over a signature, because
    /// it proves nothing by itself (RFC 8551 section 6); else GCM (section 2.7.1.2).
    pub(crate) fn cipher(self, signed: bool) -> Result<ContentCipher, SealError> {
        let wanted: &[ContentCipher] = if signed { &SIGNED_CIPHERS } else { &BARE_CIPHERS };
        let accepted = |c: &&ContentCipher| self.accepts(Use::Encrypt, &Algorithm::from(**c));
        let last = Algorithm::from(ContentCipher::Aes256Gcm);
        wanted.iter().find(accepted).copied().ok_or(SealError::NoCipher(last))
    }

    fn accepts(self, use_: Use, algorithm: &Algorithm) -> bool {
        self.policy.judge(use_, algorithm, self.now).is_accepted()
    }

    /// The identity that signs for the address.
    pub(crate) fn author(self, address: &Address) -> Result<Author, SealError> {
        let none = || SealError::NoIdentity(address.clone());
        let identity = self.keyring.signing_identity(address, self.now)?.ok_or_else(none)?;
        let SigningIdentity { key, chain } = identity;
        let certificate = key.certificate.clone().filter(|c| names_address(c, address)).ok_or_else(none)?;
        usable_for_signing(&certificate, self.policy, self.now)
            .map_err(|fault| SealError::CannotSign { address: address.clone(), fault })?;
        let algorithm = default_signature_algorithm(key.key.public());
        let judgement = self.policy.judge_signature(Use::Sign, &algorithm, &key.key.public().kind(), self.now);
        if !judgement.is_accepted() {
            return Err(SealError::Weak(judgement.to_string()));
        }
        Ok(Author { key, certificate, chain, algorithm })
    }
}

impl Author {
    /// As CMS wants it.
    pub(crate) fn signer(&self) -> Signer<'_> {
        Signer { certificate: self.certificate.clone(), key: self.key.key.as_ref(), algorithm: self.algorithm }
    }

    /// Certificates to send along.
    pub(crate) fn chain(&self) -> Vec<Certificate> {
        self.chain.clone()
    }

    /// The name of the algorithm with that of the key, such as `ecdsa-p256-sha256`.
    pub(crate) fn algorithm(&self) -> String {
        self.algorithm.name_with(&self.key.key.public().kind())
    }
}

/// Of several certificates the fault of the newest is told, unless another fails only for want of trust or of time,
/// which its owner or the user can mend.
fn note(why: &mut WhyUnusable, certificate: &Certificate, fault: PathError) {
    let mendable = |fault: &PathError| matches!(fault, PathError::NoIssuer { .. } | PathError::Expired { .. });
    let better = match why {
        WhyUnusable::NoCertificate => true,
        WhyUnusable::Refused { fault: known, .. } => mendable(&fault) && !mendable(known),
    };
    if better {
        *why = WhyUnusable::Refused { fingerprint: crypto::fingerprint(certificate.der()), fault };
    }
}

/// Less is better (standards.md section 14).
fn key_rank(certificate: &Certificate) -> u8 {
    match trust::key_kind(certificate.public_key()) {
        KeyKind::MlKem(_) | KeyKind::CompositeKem(_) => 0,
        KeyKind::X25519 | KeyKind::X448 => 1,
        KeyKind::Ec(_) => 2,
        _ => 3,
    }
}

const SIGNED_CIPHERS: [ContentCipher; 2] = [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm];
const BARE_CIPHERS: [ContentCipher; 1] = [ContentCipher::Aes256Gcm];
/// Certificates of one address that are looked at.
const MAX_CANDIDATES: usize = 20;
