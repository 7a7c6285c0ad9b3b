//! What a verified mail shows of its sender's certificates beside those that are remembered.

use mime::Header;
use trust::Address;
use wire::Certificate;

use crate::open::error::OpenError;
use crate::open::judge::Judge;
use crate::open::shown::Shown;
use crate::remembered::{Harvest, Remembered, changed, standing_of};
use crate::verdict::Finding;

/// What all of them show together, and a finding for every key that changed.
///
/// # Errors
/// [`OpenError::Keyring`] where the keyring fails.
pub(super) fn harvest(
    judge: &Judge<'_>,
    address: &Address,
    header: &Header,
    shown: Vec<Shown>,
    findings: &mut Vec<Finding>,
) -> Result<Harvest, OpenError> {
    let remembered = judge.keyring.remembered(address).map_err(|error| OpenError::from(cms::Error::from(error)))?;
    let mut harvest = Harvest {
        address: address.clone(),
        message_id: message_id(header),
        certificates: Vec::new(),
        authorities: Vec::new(),
    };
    let believed = |c: &Certificate| judge.believer().was_believed(c);
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

/// The identifier, if it is one that can be shown and kept (RFC 5322 §3.6.4).
fn message_id(header: &Header) -> Option<String> {
    let id = header.get("Message-ID")?.unfolded().trim().to_owned();
    let plain = id.len() <= MAX_ID && id.len() > 2 && id.bytes().all(|b| b.is_ascii_graphic());
    plain.then_some(id)
}

/// Octets of an identifier that is kept.
const MAX_ID: usize = 250;
