//! The certificates that a signer shows: the one that signed, and the one to encrypt to (RFC 8551 §2.5.3).

use cms::{SignedFacts, said_preference};
use trust::{Purpose, names_address, usable_for_encryption};
use wire::Certificate;
use wire::cms::SignerInfo;

use crate::belief::Believer;
use crate::verdict::VerifiedSigner;

/// The certificates that one signer shows.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The one that signed, and the one to encrypt to where it is another.
    pub certificates: Vec<Certificate>,
    /// The authorities of their paths, without the anchors.
    pub authorities: Vec<Certificate>,
}

/// What a signer who is tied to the sender shows. What travels beside a signature is not signed: the attribute names a
/// certificate by its issuer and number, so that the one to encrypt to needs a path of its own, and the sender's address.
pub(crate) fn shown(believer: &Believer<'_>, info: &SignerInfo, signer: &VerifiedSigner, facts: &SignedFacts) -> Shown {
    let certificate = signer.certificate();
    let mut shown = Shown { certificates: vec![certificate.clone()], authorities: Vec::new() };
    shown.add_path(signer.path().chain());
    let preference = said_preference(info);
    let wanted = |c: &&Certificate| match &preference {
        Some(preference) => preference.names(c),
        // RFC 8551 §2.5.3.1: without a preference, one of the same subject that can be encrypted to.
        None => c.subject() == certificate.subject() && !takes(believer, certificate) && takes(believer, c),
    };
    let theirs = |c: &&Certificate| *c != certificate && names_address(c, signer.address());
    for other in facts.certificates.iter().filter(theirs).filter(wanted).take(MAX_TRIED) {
        if let Ok(path) = believer.believe_for(other, Purpose::EncryptMail, facts, None).path {
            shown.certificates.push(other.clone());
            shown.add_path(path.chain());
            break;
        }
    }
    shown
}

impl Shown {
    fn add_path(&mut self, chain: &[Certificate]) {
        let between = chain.get(1..chain.len().saturating_sub(1)).unwrap_or_default();
        self.authorities.extend_from_slice(between);
    }
}

fn takes(believer: &Believer<'_>, certificate: &Certificate) -> bool {
    usable_for_encryption(certificate, believer.policy, believer.now).is_ok()
}

/// Certificates of a mail that are tried as the one to encrypt to.
const MAX_TRIED: usize = 8;
