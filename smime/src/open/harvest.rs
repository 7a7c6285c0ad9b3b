//! What a verified mail shows of its sender's certificates (RFC 8551 §2.5.3).

use cms::{SignedFacts, said_preference};
use mime::Header;
use trust::{Address, Purpose, names_address, usable_for_encryption};
use wire::Certificate;
use wire::cms::SignerInfo;

use crate::belief::Believer;
use crate::open::error::OpenError;
use crate::remembered::{Harvest, Remembered, changed, standing_of};
use crate::verdict::{Finding, VerifiedSigner};

/// The certificates that one signer shows.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The one that signed, and the one to encrypt to where it is another.
    certificates: Vec<Certificate>,
    /// The authorities of their paths, without the anchors.
    authorities: Vec<Certificate>,
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

/// What all of them show together, and a finding for every key that changed.
///
/// # Errors
/// [`OpenError::Keyring`] where the keyring fails.
pub(super) fn harvest(
    believer: &Believer<'_>,
    address: &Address,
    header: &Header,
    shown: Vec<Shown>,
    findings: &mut Vec<Finding>,
) -> Result<Harvest, OpenError> {
    let remembered = believer.keyring.remembered(address).map_err(|error| OpenError::from(cms::Error::from(error)))?;
    let mut harvest = Harvest {
        address: address.clone(),
        message_id: message_id(header),
        certificates: Vec::new(),
        authorities: Vec::new(),
    };
    let believed = |c: &Certificate| believer.was_believed(c);
    for Shown { certificates, authorities } in shown {
        for certificate in certificates {
            if harvest.certificates.iter().any(|known| known.certificate == certificate) {
                continue;
            }
            let (standing, old) = standing_of(&certificate, &remembered, &believed);
            findings.extend(old.map(|old| changed(address, &old, &certificate)));
            harvest.certificates.push(Remembered { certificate, standing });
        }
        for authority in authorities {
            if !harvest.authorities.contains(&authority) {
                harvest.authorities.push(authority);
            }
        }
    }
    Ok(harvest)
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

/// The identifier, if it is one that can be shown and kept (RFC 5322 §3.6.4).
fn message_id(header: &Header) -> Option<String> {
    let id = header.get("Message-ID")?.unfolded().trim().to_owned();
    let plain = id.len() <= MAX_ID && id.len() > 2 && id.bytes().all(|b| b.is_ascii_graphic());
    plain.then_some(id)
}

/// Certificates of a mail that are tried as the one to encrypt to.
const MAX_TRIED: usize = 8;
/// Octets of an identifier that is kept.
const MAX_ID: usize = 250;
