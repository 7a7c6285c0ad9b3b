//! What makes a list count or not, what it means, and what is asked for.

use crypto::SoftKey;
use sealpost_trust::{
    CertificateState, Doubt, Evidence, Need, OcspNeed, PathError, Policy, RevocationEvidence, RevocationMode,
    RevocationPolicy, RevocationSource, RevocationState, Revoked, When, missing_issuers, settle_revocation,
};
use wire::crl::Reason;
use wire::der::{Tag, Writer};
use wire::ocsp::CertId;
use wire::x509::{DistributionPoint, Extension, GeneralName};
use wire::{Time, oids};

use crate::common::{DAY, Make, NOW, ca, leaf, p256};
use crate::lists::{RevokedSpec, TbsCrl, crl, crl_number, distribution_points};
use crate::world::World;

fn first(world: &World) -> RevocationState {
    world.outcome().certificates[0].state.clone()
}

fn doubt(world: &World) -> Doubt {
    match first(world) {
        RevocationState::Undetermined(doubts) => doubts[0].clone(),
        state => panic!("{state:?}"),
    }
}

fn with_list(shape: impl FnOnce(TbsCrl, &World) -> TbsCrl) -> World {
    let mut world = World::new(Vec::new());
    let list = shape(crl(world.ca.subject()), &world).signed(&world.ca_key);
    world.add(list);
    world
}

#[test]
fn r_02_times() {
    assert_eq!(with_list(|list, _| list).word(), "good");
    let stale = with_list(|list, _| list.times(-3 * DAY, Some(-1)));
    assert_eq!(doubt(&stale), Doubt::Stale { what: "CRL", next: Time(NOW.0 - 1) });
    let future = with_list(|list, _| list.times(3600, Some(DAY)));
    assert_eq!(doubt(&future), Doubt::NotYet { what: "CRL", of: Time(NOW.0 + 3600) });
    // Without a next update it is believed for a day.
    assert_eq!(with_list(|list, _| list.times(-3600, None)).word(), "good");
    assert!(matches!(doubt(&with_list(|list, _| list.times(-2 * DAY, None))), Doubt::Old { .. }));
    // What an overdue list lists stays revoked.
    let listed = |list: TbsCrl, world: &World| {
        list.times(-3 * DAY, Some(-1)).listing(RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 4 * DAY)))
    };
    assert_eq!(with_list(listed).word(), "revoked");
}

#[test]
fn r_06_the_greatest_age_is_the_policys() {
    let world = with_list(|list, _| list.times(-3 * DAY, Some(3 * DAY)));
    let path = world.path();
    let others = Evidence { pool: &[], anchors: &[], distrusted: &[] };
    for (hours, word) in [(100, "good"), (48, "unknown")] {
        let rules = RevocationPolicy { max_age: Some(hours * 3600), ..RevocationPolicy::default() };
        let policy = Policy::standard().with_revocation(rules);
        let outcome = sealpost_trust::check_revocation(&path, &others, &world.evidence, &policy, When::now(NOW));
        assert_eq!(outcome.word(), word);
        assert_eq!(outcome.as_of(), Some(Time(NOW.0 - if word == "good" { 3 * DAY } else { DAY })));
    }
}

#[test]
fn r_02_signatures() {
    let mut world = World::new(Vec::new());
    let forged = crl(world.ca.subject()).signed(&p256());
    world.add(forged);
    assert_eq!(doubt(&world), Doubt::BadSignature { what: "CRL", issuer: "CN=CA".to_owned() });
    // One of the issuer's name by a key that nobody certified for it, and a good one beside it.
    let good = crl(world.ca.subject()).signed(&world.ca_key);
    assert_eq!(world.add(good).word(), "good");
}

#[test]
fn r_02_critical_extensions_that_are_not_understood() {
    let odd = || Extension { oid: oids::COMMON_NAME, critical: true, value: vec![5, 0] };
    let world = with_list(|list, _| list.with(odd()));
    assert_eq!(doubt(&world), Doubt::UnknownCritical { what: "CRL", oid: oids::COMMON_NAME });
    // In any entry, whoever it is about.
    let mut other = RevokedSpec::new(&[5], NOW);
    other.extensions.push(odd());
    let world = with_list(|list, _| list.listing(other));
    assert_eq!(doubt(&world), Doubt::UnknownCritical { what: "CRL", oid: oids::COMMON_NAME });
    let tolerated = Extension { critical: false, ..odd() };
    assert_eq!(with_list(|list, _| list.with(tolerated)).word(), "good");
    // It tells at least who is listed (X.509 section 7.3).
    let world = with_list(|list, world| list.with(odd()).listing(RevokedSpec::new(world.leaf.serial(), NOW)));
    assert_eq!(world.word(), "revoked");
}

/// of several the newest counts, wherever an attacker puts an old one.
#[test]
fn r_01_the_newest_list_counts() {
    let world = |newest_first: bool| {
        let mut world = World::new(Vec::new());
        let entry = RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 3600));
        let old = crl(world.ca.subject()).times(-5 * DAY, Some(5 * DAY)).signed(&world.ca_key);
        let new = crl(world.ca.subject()).listing(entry).signed(&world.ca_key);
        let both = if newest_first { [new, old] } else { [old, new] };
        world.evidence.crls.extend(both);
        world.word()
    };
    assert_eq!((world(true), world(false)), ("revoked", "revoked"));
}

/// RFC 5280 section 5.2.3: times have seconds, and an authority may write two lists in one; their numbers tell.
#[test]
fn r_01_of_two_lists_of_one_second_the_greater_number_counts() {
    for (less, more) in [(&[1][..], &[2][..]), (&[0xff], &[1, 0]), (&[9, 9], &[1, 0, 0])] {
        for (revoked_in, word) in [(more, "revoked"), (less, "good")] {
            for turned in [false, true] {
                let mut world = World::new(Vec::new());
                let list = |number: &[u8]| {
                    let list = crl(world.ca.subject()).with(crl_number(number));
                    let entry = || RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 3600));
                    if number == revoked_in { list.listing(entry()) } else { list }.signed(&world.ca_key)
                };
                let mut both = [list(less), list(more)];
                if turned {
                    both.reverse();
                }
                world.evidence.crls.extend(both);
                assert_eq!(world.word(), word, "{less:?} {more:?} {turned}");
            }
        }
    }
}

#[test]
fn r_06_revoked_is_never_believed_and_nobody_knows_is_the_policys() {
    let (soft, hard) = (RevocationPolicy::default(), RevocationMode::Hard);
    let hard = RevocationPolicy { mode: hard, ..soft.clone() };
    let revoked = with_list(|list, world| {
        list.listing(RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - DAY)).because(Reason::KeyCompromise))
    });
    for rules in [&soft, &hard] {
        let error = revoked.outcome().judge(rules).unwrap_err();
        assert_eq!(CertificateState::from(&error), CertificateState::Revoked);
        assert_eq!(
            error.to_string(),
            "the certificate of \"CN=Some Body\" was revoked on 2026-11-22T10:00:00Z (keyCompromise)"
        );
    }
    let unknown = World::new(Vec::new());
    assert_eq!(unknown.outcome().judge(&soft), Ok(()));
    let error = unknown.outcome().judge(&hard).unwrap_err();
    assert!(matches!(&error, PathError::RevocationUnknown { why, .. } if why.contains("nothing at hand")), "{error}");
    // An authority that is revoked takes everybody along.
    let mut world = World::new(Vec::new());
    let list = crl(world.ca.subject()).signed(&world.ca_key);
    world.evidence.crls = vec![list];
    let entry = RevokedSpec::new(world.ca.serial(), NOW).because(Reason::CaCompromise);
    let roots = crl(world.root.subject()).listing(entry).signed(&world.root_key);
    assert_eq!(world.add(roots).word(), "revoked");
    assert_eq!(world.outcome().certificates.len(), 2);
}

/// what a time stamp proves to be older than the revocation, and than the suspicion, stays good.
#[test]
fn r_06_a_time_stamp_saves_what_is_older() {
    let world = |reason, invalid_since: Option<i64>| {
        with_list(|list, world| {
            let mut entry = RevokedSpec::new(world.leaf.serial(), Time(NOW.0 - 3600)).because(reason);
            entry.invalid_since = invalid_since.map(|ago| Time(NOW.0 - ago));
            list.times(-1800, Some(DAY)).listing(entry)
        })
    };
    let at = |ago: i64| When { now: NOW, stamped: Some(Time(NOW.0 - ago)) };
    for reason in [Reason::KeyCompromise, Reason::Superseded] {
        let world = world(reason, None);
        assert_eq!(world.word(), "revoked");
        assert_eq!(world.outcome_at(at(7200)).word(), "good");
        assert!(matches!(world.outcome_at(at(7200)).certificates[0].state, RevocationState::RevokedLater(_)));
        assert_eq!(world.outcome_at(at(3600)).word(), "revoked");
    }
    let suspected = world(Reason::KeyCompromise, Some(3 * DAY));
    assert_eq!(suspected.outcome_at(at(7200)).word(), "revoked");
    assert_eq!(suspected.outcome_at(at(4 * DAY)).word(), "good");
    let Revoked { invalid_since, .. } = suspected.outcome().revoked().unwrap().1;
    assert_eq!(invalid_since, Some(Time(NOW.0 - 3 * DAY)));
}

/// Of what is time-stamped, an overdue list from after the stamp tells the state then; of a certificate that had
/// expired when the list was made, it need not.
#[test]
fn r_06_lists_from_after_a_time_stamp() {
    let stamped = |ago: i64| When { now: NOW, stamped: Some(Time(NOW.0 - ago)) };
    let world = with_list(|list, _| list.times(-3 * DAY, Some(-DAY)));
    let state = |when| world.outcome_at(when).certificates[0].state.clone();
    assert_eq!(state(stamped(4 * DAY)), RevocationState::Good);
    assert!(matches!(state(stamped(2 * DAY)), RevocationState::Undetermined(_)));
    // The leaf ended ten days before the list was made.
    let expired_since = |time: i64| {
        let mut value = Writer::new();
        Time(NOW.0 + time).write_generalized(&mut value);
        Extension { oid: oids::EXPIRED_CERTS_ON_CRL, critical: false, value: value.into_bytes() }
    };
    for (kept, good) in [(None, false), (Some(-20 * DAY), true), (Some(-5 * DAY), false)] {
        let mut world = World::with(leaf("alice@example.org").valid(-30, 1), Vec::new());
        let path = world.path();
        world.leaf = leaf("alice@example.org").valid(-30, -10).by(&p256(), &world.ca, &world.ca_key);
        let mut list = crl(world.ca.subject());
        if let Some(since) = kept {
            list = list.with(expired_since(since));
        }
        let list = list.signed(&world.ca_key);
        world.add(list);
        let _ = path;
        let evidence = Evidence {
            pool: std::slice::from_ref(&world.ca),
            anchors: std::slice::from_ref(&world.root),
            distrusted: &[],
        };
        let then = Time(NOW.0 - 15 * DAY);
        // Authorities are valid since yesterday in tests; the path is proven as of the stamp with older ones.
        let (root_key, ca_key) = (&world.root_key, &world.ca_key);
        let root = ca("Root", None).valid(-40, 40).self_signed(root_key);
        let authority = ca("CA", None).valid(-40, 40).by(ca_key, &root, root_key);
        let older =
            Evidence { pool: std::slice::from_ref(&authority), anchors: std::slice::from_ref(&root), ..evidence };
        let policy = Policy::standard();
        let path = sealpost_trust::validate(&world.leaf, sealpost_trust::Purpose::Any, &older, &policy, then).unwrap();
        let when = When { now: NOW, stamped: Some(then) };
        let outcome = sealpost_trust::check_revocation(&path, &older, &world.evidence, &policy, when);
        assert_eq!(outcome.certificates[0].state == RevocationState::Good, good, "{kept:?}");
    }
}

/// RFC 9608: a certificate that says so is asked of nobody; an authority's that says so is.
#[test]
fn r_06_no_rev_avail_is_not_asked() {
    let none = Extension { oid: oids::NO_REV_AVAIL, critical: false, value: vec![5, 0] };
    let world = World::new(vec![none]);
    let outcome = world.outcome();
    assert_eq!((outcome.word(), outcome.certificates[0].source), ("good", RevocationSource::NoneAvailable));
}

#[test]
fn an_anchor_is_revoked_by_nobody() {
    let key = p256();
    let own = leaf("alice@example.org").self_signed(&key);
    let evidence = Evidence { pool: &[], anchors: std::slice::from_ref(&own), distrusted: &[] };
    let policy = Policy::standard();
    let path = sealpost_trust::validate(&own, sealpost_trust::Purpose::Any, &evidence, &policy, NOW).unwrap();
    let nothing = RevocationEvidence::default();
    let outcome = sealpost_trust::check_revocation(&path, &evidence, &nothing, &policy, When::now(NOW));
    assert_eq!((outcome.word(), outcome.needs.len()), ("not-checked", 0));
}

fn pointing(make: Make) -> Make {
    let crl = DistributionPoint {
        full_name: vec![GeneralName::Uri("http://a.example/crl".into()), GeneralName::Uri("ldap://a.example/x".into())],
        ..DistributionPoint::default()
    };
    make.with(distribution_points(&[crl]))
        .with(access(&[(oids::AD_OCSP, "http://a.example/ocsp"), (oids::AD_CA_ISSUERS, "http://a.example/ca")]))
}

fn access(places: &[(wire::Oid, &str)]) -> Extension {
    let mut value = Writer::new();
    value.sequence(|w| {
        for (how, uri) in places {
            w.sequence(|w| {
                w.oid(*how);
                GeneralName::Uri((*uri).to_owned()).write(w);
            });
        }
    });
    Extension { oid: oids::AUTHORITY_INFO_ACCESS, critical: false, value: value.into_bytes() }
}

#[test]
fn needs_name_what_could_be_fetched() {
    let world = World::with(pointing(leaf("alice@example.org")), Vec::new());
    let needs = world.outcome().needs;
    let [Need::Crl(list), Need::Ocsp(ocsp)] = needs.as_slice() else { panic!("{needs:?}") };
    assert_eq!(list.urls, ["http://a.example/crl", "ldap://a.example/x"]);
    assert_eq!((&list.issuer, list.delta), (world.ca.subject(), false));
    assert_eq!(ocsp.urls, ["http://a.example/ocsp"]);
    assert!(ocsp.request(None).windows(20).any(|w| w == ocsp.ids[0].key));
    assert!(ocsp.request(Some(&[9; 32])).windows(32).any(|w| w == [9; 32]));
    let plain = |id: &CertId| CertId { hash: wire::AlgorithmIdentifier::new(id.hash.oid), ..id.clone() };
    assert!(OcspNeed::is_answered_by(ocsp, &plain(&ocsp.ids[0])) && ocsp.is_answered_by(&ocsp.ids[1]));
    assert!(!ocsp.is_answered_by(&CertId { serial: vec![1], ..ocsp.ids[0].clone() }));
    // The issuer, where a path lacks it.
    let missing = missing_issuers(&world.leaf, &Evidence::default());
    let [Need::Issuer(issuer)] = missing.as_slice() else { panic!("{missing:?}") };
    assert_eq!((issuer.urls[0].as_str(), &issuer.name), ("http://a.example/ca", world.ca.subject()));
    let at_hand = Evidence { pool: std::slice::from_ref(&world.ca), ..Evidence::default() };
    assert_eq!(missing_issuers(&world.leaf, &at_hand), []);
}

/// The loop: what is missing is fetched once, and who signed it is fetched next.
#[test]
fn what_is_missing_is_fetched_and_asked_again() {
    let world = World::with(pointing(leaf("alice@example.org")), Vec::new());
    let others = Evidence { pool: std::slice::from_ref(&world.ca), anchors: &[], distrusted: &[] };
    let policy = Policy::standard();
    let mut asked = Vec::new();
    let mut evidence = world.evidence.clone();
    let list = crl(world.ca.subject()).with(crl_number(&[1])).signed(&world.ca_key);
    let path = world.path();
    let outcome = settle_revocation(&path, &others, &mut evidence, &policy, When::now(NOW), |needs| {
        asked.push(needs.len());
        Ok::<_, ()>(RevocationEvidence { crls: vec![list.clone()], ..RevocationEvidence::default() })
    });
    assert_eq!((outcome.unwrap().word(), asked), ("good", vec![2]));
    assert_eq!(evidence.crls.len(), 2);
    // Whoever brings nothing is asked once; whoever fails is told.
    let mut evidence = world.evidence.clone();
    let mut times = 0;
    let outcome = settle_revocation(&path, &others, &mut evidence, &policy, When::now(NOW), |_| {
        times += 1;
        Ok::<_, ()>(RevocationEvidence::default())
    });
    assert_eq!((outcome.unwrap().word(), times), ("unknown", 1));
    let failed = settle_revocation(&path, &others, &mut evidence, &policy, When::now(NOW), |_| Err("no disk"));
    assert_eq!(failed, Err("no disk"));
}

/// What came did not help, so that it is asked for once more, newer: a list by another key, and then the right one.
#[test]
fn what_does_not_help_is_asked_for_newer_and_once() {
    let world = World::with(pointing(leaf("alice@example.org")), Vec::new());
    let others = Evidence { pool: std::slice::from_ref(&world.ca), anchors: &[], distrusted: &[] };
    let by = |key: &SoftKey| crl(world.ca.subject()).with(crl_number(&[1])).signed(key);
    let (forged, forged_again, right) = (by(&p256()), by(&p256()), by(&world.ca_key));
    let settle = |second: &wire::Crl| {
        let mut asked = Vec::new();
        let mut evidence = world.evidence.clone();
        let get = |needs: &[Need]| {
            asked.push(needs.iter().map(|need| matches!(need, Need::Newer(_))).collect::<Vec<_>>());
            let crl = if asked.len() == 1 { &forged } else { second };
            Ok::<_, ()>(RevocationEvidence { crls: vec![crl.clone()], ..RevocationEvidence::default() })
        };
        let path = world.path();
        let outcome = settle_revocation(&path, &others, &mut evidence, &Policy::standard(), When::now(NOW), get);
        (outcome.unwrap().word(), asked)
    };
    let twice = vec![vec![false, false], vec![true, true]];
    assert_eq!(settle(&right), ("good", twice.clone()));
    assert_eq!(settle(&forged_again), ("unknown", twice));
}

/// what floods the evidence costs a bounded number of signatures.
#[test]
fn x_18_a_flood_of_lists_is_bounded() {
    let mut world = World::new(Vec::new());
    let forged = crl(world.ca.subject()).signed(&p256());
    let mut der = forged.der().to_vec();
    for i in 0..500u16 {
        let end = der.len();
        der[end - 2..].copy_from_slice(&i.to_be_bytes());
        world.evidence.crls.push(wire::Crl::from_der(&der).unwrap());
    }
    assert_eq!(doubt(&world), Doubt::Budget);
    let tag = Tag::SEQUENCE;
    assert_eq!(der[0], tag.0);
}
