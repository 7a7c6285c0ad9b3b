//! PKITS section 4.14, 1 to 21: distribution points, scopes and reasons, each case with lists of our own.

use wire::crl::{IssuingDistributionPoint, Reason};
use wire::x509::{DistributionPoint, GeneralName, ReasonFlags};
use wire::{Name, Time};

use crate::common::{DAY, NOW, ca, named};
use crate::lists::{RevokedSpec, crl, scope};
use crate::world::{World, below, point, points, rdn};

fn full(name: &Name) -> IssuingDistributionPoint {
    IssuingDistributionPoint { full_name: vec![GeneralName::Directory(name.clone())], ..Default::default() }
}

fn relative(name: &str) -> IssuingDistributionPoint {
    IssuingDistributionPoint { relative: Some(rdn(name)), ..Default::default() }
}

fn relative_point(name: &str) -> DistributionPoint {
    DistributionPoint { relative: Some(rdn(name)), ..Default::default() }
}

/// What comes of a leaf with these points and lists of these scopes, of which those that are marked list it.
fn judged(
    leaf_points: &[DistributionPoint],
    lists: &[(Option<IssuingDistributionPoint>, Option<Reason>)],
) -> &'static str {
    let mut world = World::new(if leaf_points.is_empty() { Vec::new() } else { points(leaf_points) });
    for (scoped, listed) in lists {
        let mut list = crl(world.ca.subject());
        if let Some(scoped) = scoped {
            list = list.with(scope(scoped));
        }
        if let Some(reason) = listed {
            list = list.listing(RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 2 * DAY)).because(*reason));
        }
        let list = list.signed(&world.ca_key);
        world.add(list);
    }
    world.word()
}

#[test]
fn r_02_4_14_1_to_10_names_of_points() {
    let ca = named("CA");
    let (one, other) = (below(&ca, "one"), below(&ca, "other"));
    let revoked = Some(Reason::KeyCompromise);
    // 1, 2, 3: the full name on both sides.
    assert_eq!(judged(&[point(&one)], &[(Some(full(&one)), None)]), "good");
    assert_eq!(judged(&[point(&one)], &[(Some(full(&one)), revoked)]), "revoked");
    assert_eq!(judged(&[point(&one)], &[(Some(full(&other)), None)]), "unknown");
    // 4, 5, 6: relative on one side.
    assert_eq!(judged(&[relative_point("one")], &[(Some(full(&one)), None)]), "good");
    assert_eq!(judged(&[point(&one)], &[(Some(relative("one")), None)]), "good");
    assert_eq!(judged(&[point(&one)], &[(Some(relative("one")), revoked)]), "revoked");
    // 7, 8: on both.
    assert_eq!(judged(&[relative_point("one")], &[(Some(relative("one")), None)]), "good");
    assert_eq!(judged(&[relative_point("one")], &[(Some(relative("one")), revoked)]), "revoked");
    // 9: no name in common.
    assert_eq!(judged(&[relative_point("one")], &[(Some(relative("other")), None)]), "unknown");
    // 10: a list without a scope covers all.
    assert_eq!(judged(&[point(&one)], &[(None, None)]), "good");
    // A leaf without points is covered by lists of the issuer's own name and by no other.
    assert_eq!(judged(&[], &[(Some(full(&ca)), None)]), "good");
    assert_eq!(judged(&[], &[(Some(full(&one)), None)]), "unknown");
    // One name of several is enough; URIs are compared as they stand.
    let uri = |text: &str| GeneralName::Uri(text.to_owned());
    let two = DistributionPoint { full_name: vec![uri("http://a/1"), uri("http://a/2")], ..Default::default() };
    let at = |text: &str| IssuingDistributionPoint { full_name: vec![uri(text)], ..Default::default() };
    assert_eq!(judged(std::slice::from_ref(&two), &[(Some(at("http://a/2")), None)]), "good");
    assert_eq!(judged(&[two], &[(Some(at("http://a/3")), None)]), "unknown");
}

#[test]
fn r_02_4_14_11_to_14_kinds_of_certificates() {
    let users = IssuingDistributionPoint { only_users: true, ..Default::default() };
    let authorities = IssuingDistributionPoint { only_authorities: true, ..Default::default() };
    let attributes = IssuingDistributionPoint { only_attributes: true, ..Default::default() };
    assert_eq!(judged(&[], &[(Some(users.clone()), None)]), "good");
    assert_eq!(judged(&[], &[(Some(authorities.clone()), None)]), "unknown"); // 12
    assert_eq!(judged(&[], &[(Some(attributes), None)]), "unknown"); // 14
    for (of, word) in [(users, "unknown"), (authorities, "good")] {
        // 11, 13: the certificate is an authority's.
        let mut world = World::with(ca("Sub", Some(0)), Vec::new());
        let list = crl(world.ca.subject()).with(scope(&of)).signed(&world.ca_key);
        assert_eq!(world.add(list).word(), word);
    }
}

#[test]
fn r_02_4_14_15_to_21_reasons() {
    let compromise = ReasonFlags(0b0_0000_0110);
    let rest = ReasonFlags(ReasonFlags::ALL.0 & !compromise.0);
    let some = |reasons| Some(IssuingDistributionPoint { reasons: Some(reasons), ..Default::default() });
    // 15, 16: listed on one of them.
    assert_eq!(judged(&[], &[(some(compromise), Some(Reason::KeyCompromise)), (some(rest), None)]), "revoked");
    assert_eq!(judged(&[], &[(some(compromise), None), (some(rest), Some(Reason::CertificateHold))]), "revoked");
    // 17: some reasons are covered by nothing.
    assert_eq!(judged(&[], &[(some(compromise), None)]), "unknown");
    // 18: together they cover all.
    assert_eq!(judged(&[], &[(some(compromise), None), (some(rest), None)]), "good");
    // 19, 20, 21: a point for each.
    let ca = named("CA");
    let (one, other) = (below(&ca, "one"), below(&ca, "other"));
    let both = [
        DistributionPoint { reasons: Some(compromise), ..point(&one) },
        DistributionPoint { reasons: Some(rest), ..point(&other) },
    ];
    let list = |name: &Name, reasons| Some(IssuingDistributionPoint { reasons: Some(reasons), ..full(name) });
    let two = |a, b| judged(&both, &[(list(&one, compromise), a), (list(&other, rest), b)]);
    assert_eq!(two(None, None), "good");
    assert_eq!(two(Some(Reason::KeyCompromise), None), "revoked");
    assert_eq!(two(None, Some(Reason::AffiliationChanged)), "revoked");
    // A point for some reasons makes of a list for all one for these.
    assert_eq!(judged(&both[..1], &[(Some(full(&one)), None)]), "unknown");
}
