//! PKITS section 4.15: delta CRLs (RFC 5280 sections 5.2.4 and 6.3.3 (c), (h), (i)).

use sealpost_trust::{Doubt, Need, RevocationState};
use wire::Time;
use wire::crl::{IssuingDistributionPoint, Reason};
use wire::x509::{DistributionPoint, GeneralName};

use crate::common::{DAY, NOW, p256};
use crate::lists::{RevokedSpec, TbsCrl, crl, crl_number, delta_indicator, distribution_points, freshest, scope};
use crate::world::World;

/// The base, with the number 3, and a delta CRL, number 5, upon it, each with what it says of the leaf.
fn judged(base: Option<Reason>, delta: Option<Reason>) -> &'static str {
    shaped(base, delta, |base, delta| (base, delta))
}

fn shaped(
    base: Option<Reason>,
    delta: Option<Reason>,
    shape: impl FnOnce(TbsCrl, TbsCrl) -> (TbsCrl, TbsCrl),
) -> &'static str {
    let mut world = World::new(Vec::new());
    let entry = |reason| RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 2 * DAY)).because(reason);
    let list = |numbered: TbsCrl, listed: Option<Reason>| match listed {
        Some(reason) => numbered.listing(entry(reason)),
        None => numbered,
    };
    let base = list(crl(world.ca.subject()), base);
    let delta = list(crl(world.ca.subject()).times(-3600, Some(DAY)), delta);
    let (mut base, mut delta) = shape(base, delta);
    if base.extensions.is_empty() {
        base = base.with(crl_number(&[3]));
    }
    if delta.extensions.iter().all(|e| e.oid != wire::oids::CRL_NUMBER) {
        delta = delta.with(crl_number(&[5])).with(delta_indicator(&[3]));
    }
    let (base, delta) = (base.signed(&world.ca_key), delta.signed(&world.ca_key));
    world.add(base);
    world.add(delta);
    world.word()
}

#[test]
fn r_02_4_15_1_a_delta_without_its_base() {
    let mut world = World::new(Vec::new());
    let delta = crl(world.ca.subject()).with(crl_number(&[5])).with(delta_indicator(&[3])).signed(&world.ca_key);
    let outcome = world.add(delta).outcome();
    assert_eq!(outcome.word(), "unknown");
    assert_eq!(outcome.certificates[0].state, RevocationState::Undetermined(vec![Doubt::NoBase]));
}

#[test]
fn r_02_4_15_2_to_7_what_the_delta_says_counts() {
    let (hold, removed, compromised) = (Reason::CertificateHold, Reason::RemoveFromCrl, Reason::KeyCompromise);
    assert_eq!(judged(None, None), "good"); // 2
    assert_eq!(judged(Some(compromised), None), "revoked"); // 3
    assert_eq!(judged(None, Some(compromised)), "revoked"); // 4
    assert_eq!(judged(Some(hold), Some(removed)), "good"); // 5
    assert_eq!(judged(Some(hold), Some(compromised)), "revoked"); // 6
    assert_eq!(judged(None, Some(removed)), "good"); // 7
    assert_eq!(judged(Some(hold), None), "revoked");
}

#[test]
fn r_02_4_15_8_to_10_numbers_and_times() {
    let numbers = |base: u8, of: u8, delta: u8, listed| {
        shaped(None, listed, |a, b| {
            let b = b.with(crl_number(&[delta])).with(delta_indicator(&[of]));
            (a.with(crl_number(&[base])), b)
        })
    };
    let revoked = Some(Reason::Superseded);
    // 8, 9: a complete list later than the one that the delta builds upon.
    assert_eq!(numbers(4, 3, 5, None), "good");
    assert_eq!(numbers(4, 3, 5, revoked), "revoked");
    // A list as new as the delta, or older than its base, and it has nothing to say; the list itself is fresh.
    assert_eq!(numbers(5, 3, 5, revoked), "good");
    assert_eq!(numbers(2, 3, 5, revoked), "good");
    // 10: the base is overdue, and the delta builds upon another.
    let overdue = |of: u8| {
        shaped(None, None, |a, b| {
            let b = b.with(crl_number(&[5])).with(delta_indicator(&[of]));
            (a.times(-9 * DAY, Some(-DAY)).with(crl_number(&[3])), b)
        })
    };
    assert_eq!(overdue(4), "unknown");
    // With the delta that fits, the list is as new as the delta (RFC 5280 section 5.2.4).
    assert_eq!(overdue(3), "good");
    // A delta that is overdue adds nothing.
    assert_eq!(shaped(None, revoked, |a, b| (a, b.times(-DAY, Some(-60)))), "good");
}

#[test]
fn r_02_a_delta_has_scope_and_key_of_its_base() {
    let revoked = Some(Reason::KeyCompromise);
    let users = IssuingDistributionPoint { only_users: true, ..Default::default() };
    let scoped = |base: bool, delta: bool| {
        shaped(None, revoked, |a, b| {
            let a = if base { a.with(scope(&users)) } else { a };
            (a.with(crl_number(&[3])), if delta { b.with(scope(&users)) } else { b })
        })
    };
    assert_eq!(scoped(true, true), "revoked");
    assert_eq!(scoped(true, false), "good");
    assert_eq!(scoped(false, true), "good");
    // By another key.
    let mut world = World::new(Vec::new());
    let base = crl(world.ca.subject()).with(crl_number(&[3])).signed(&world.ca_key);
    let delta = crl(world.ca.subject()).with(crl_number(&[5])).with(delta_indicator(&[3]));
    let delta = delta.listing(RevokedSpec::new(world.leaf.serial(), NOW)).signed(&p256());
    world.add(base);
    assert_eq!(world.add(delta).word(), "good");
}

/// RFC 5280 sections 4.2.1.15 and 5.2.6: where delta CRLs are is a need, from the certificate or the list.
#[test]
fn r_02_freshest_crl_is_a_need() {
    let at = |text: &str| DistributionPoint {
        full_name: vec![GeneralName::Uri(text.to_owned())],
        ..DistributionPoint::default()
    };
    let mut world =
        World::new(vec![distribution_points(&[at("http://a.example/crl")]), freshest(&[at("http://a.example/delta")])]);
    let urls = |world: &World| {
        let needs = world.outcome().needs;
        needs.iter().map(|need| (matches!(need, Need::Crl(c) if c.delta), need.urls()[0].clone())).collect::<Vec<_>>()
    };
    assert_eq!(urls(&world), [(false, "http://a.example/crl".to_owned())]);
    let base = crl(world.ca.subject()).with(crl_number(&[3])).with(freshest(&[at("http://a.example/newest")]));
    let base = base.signed(&world.ca_key);
    world.add(base);
    assert_eq!(world.word(), "good");
    assert_eq!(
        urls(&world),
        [(true, "http://a.example/delta".to_owned()), (true, "http://a.example/newest".to_owned())]
    );
    let delta = crl(world.ca.subject()).with(crl_number(&[4])).with(delta_indicator(&[3])).signed(&world.ca_key);
    world.add(delta);
    assert_eq!(urls(&world), []);
}
