//! What the fuzz target `path` does.

use wire::{Certificate, Time};

use crate::constraints;
use crate::idna;
use crate::mailbox::Address;
use crate::path::{Evidence, validate_with};
use crate::path_error::PathError;
use crate::policies;
use crate::policy::Policy;
use crate::profile::check_profile;
use crate::purpose::Purpose;
use crate::request::{PathProfile, Request};
use crate::{Profile, SmimeBr};

/// Reads the octets as an octet of settings and certificates one behind the other, the leaf first and the anchor last,
/// and judges them in every way; as a text, they are an address and a domain. What must hold of any input is
/// asserted. For fuzzing.
pub fn fuzz_path(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        fuzz_names(text);
    }
    let Some((settings, mut rest)) = bytes.split_first() else { return };
    let mut certificates = Vec::new();
    while let Some(length) = element_length(rest).filter(|_| certificates.len() < 12) {
        let (der, behind) = rest.split_at(length);
        certificates.extend(Certificate::from_der(der).ok());
        rest = behind;
    }
    let (Some(leaf), Some(anchor)) = (certificates.first(), certificates.last()) else { return };
    let set = |bit: u8| settings & bit != 0;
    let mut request = Request::new(if set(1) { Purpose::Mail } else { Purpose::Any });
    request.explicit_policy = set(2);
    request.inhibit_any_policy = set(4);
    request.inhibit_policy_mapping = set(8);
    request.profile = if set(16) { PathProfile::SmimeBr } else { PathProfile::Pkix };
    request.policies = set(32).then(|| leaf.policies().to_vec());
    let evidence = Evidence { pool: &certificates, anchors: std::slice::from_ref(anchor), distrusted: &[] };
    let path = validate_with(leaf, &request, &evidence, &Policy::standard(), Time(1_800_000_000));
    if let Ok(path) = path {
        assert!(path.chain().first() == Some(leaf) && path.anchor() == anchor);
        assert!(!request.explicit_policy || !path.policies().is_empty());
    }
    // Behind signatures that nobody can forge: policies, names and profiles by themselves.
    let chain: Vec<&Certificate> = certificates.iter().rev().collect();
    let mut work = 1 << 12;
    let policies = policies::constrained(&chain, &request, &mut work);
    if let (Ok(set), Some(user)) = (&policies, &request.policies) {
        assert!(set.iter().all(|policy| user.contains(policy)) || user.contains(&wire::oids::ANY_POLICY));
    }
    assert!(!matches!(policies, Err(PathError::Budget)) || work < 1 << 12);
    for limits in certificates.iter().filter_map(Certificate::name_constraints) {
        for below in &certificates {
            let mut work = 1 << 10;
            let all = constraints::permits(limits, below, &mut work);
            let excluded = wire::x509::NameConstraints { permitted: Vec::new(), excluded: limits.excluded.clone() };
            // What is permitted was not excluded either.
            assert!(!all || constraints::permits(&excluded, below, &mut (1 << 10)));
        }
    }
    for profile in SmimeBr::ALL.map(Profile::SmimeBr).into_iter().chain([Profile::SmimeBrAuthority, Profile::Pkix]) {
        check_profile(profile, leaf);
    }
}

fn fuzz_names(text: &str) {
    if let Ok(address) = Address::parse_international(text) {
        assert!(address.domain().is_ascii() && address.same_mailbox(&address));
        let again = Address::parse_international(&address.to_string());
        assert!(again.is_ok_and(|again| again.same_mailbox(&address)), "{address}");
    }
    if let Some(domain) = idna::to_ascii(text) {
        assert!(domain.is_ascii() && idna::to_ascii(&domain).as_ref() == Some(&domain));
    }
}

/// The length of the DER element at the beginning, by its own word, if all of it is there.
fn element_length(bytes: &[u8]) -> Option<usize> {
    let (first, more) = (*bytes.get(1)?, bytes.get(2..)?);
    let length = match first {
        0..=0x7f => 2 + usize::from(first),
        0x81 => 3 + usize::from(*more.first()?),
        0x82 => 4 + usize::from(u16::from_be_bytes([*more.first()?, *more.get(1)?])),
        _ => return None,
    };
    (length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_cuts_never_panic() {
        for text in ["zo\u{eb}@ex\u{e4}mple.org", "a@b", "\u{fc}.example", "@", "", "xn--\u{fc}@xn--\u{fc}"] {
            fuzz_path(text.as_bytes());
        }
        for bytes in [&[0][..], &[0, 0x30, 0x82, 0xff], &[0, 0x30, 0], &[0, 0x30, 0x84, 0, 0, 0, 1]] {
            fuzz_path(bytes);
        }
    }
}
