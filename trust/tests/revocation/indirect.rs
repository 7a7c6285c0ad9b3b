//! PKITS section 4.14, 22 to 35: lists of others (RFC 5280 sections 4.2.1.13, 5.3.3 and 6.3.3 (f)).

use crypto::SoftKey;
use wire::crl::IssuingDistributionPoint;
use wire::x509::{DistributionPoint, GeneralName, KeyUsage, extension};
use wire::{Certificate, Name, Time, oids};

use crate::common::{DAY, Make, NOW, leaf, make, named, p256};
use crate::lists::{RevokedSpec, TbsCrl, crl, distribution_points, scope};
use crate::world::{World, below, numbered, points, rdn};

fn indirect() -> IssuingDistributionPoint {
    IssuingDistributionPoint { indirect: true, ..Default::default() }
}

fn by(issuer: &Name) -> DistributionPoint {
    DistributionPoint { crl_issuer: vec![GeneralName::Directory(issuer.clone())], ..Default::default() }
}

fn entry(certificate: &Certificate) -> RevokedSpec {
    RevokedSpec::new(certificate.serial(), Time(NOW.0 - 2 * DAY))
}

/// One who signs lists and nothing else.
fn signer(name: &str) -> Make {
    make(named(name), vec![extension::key_usage(KeyUsage::CRL_SIGN)])
}

/// A world whose leaf names "Lister" as who signs its list, and that one's certificate by the anchor.
fn listed_by_other(extensions: Vec<wire::x509::Extension>) -> (World, SoftKey, Name) {
    let mut world = World::new(extensions);
    let key = p256();
    let lister = signer("Lister").by(&key, &world.root, &world.root_key);
    world.pool.push(lister.clone());
    (world, key, lister.subject().clone())
}

fn judged(world: &mut World, list: &TbsCrl, key: &SoftKey) -> &'static str {
    world.add(list.signed(key)).word()
}

#[test]
fn r_02_4_14_22_23_an_indirect_list_of_the_issuer() {
    for (listed, word) in [(false, "good"), (true, "revoked")] {
        let mut world = World::new(Vec::new());
        let mut list = crl(world.ca.subject()).with(scope(&indirect()));
        if listed {
            list = list.listing(entry(&world.leaf));
        }
        let list = list.signed(&world.ca_key);
        assert_eq!(world.add(list).word(), word);
    }
}

#[test]
fn r_02_4_14_24_to_27_a_list_of_somebody_else() {
    let lister = named("Lister");
    // 24: good; revoked under its issuer's name.
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    assert_eq!(judged(&mut world, &crl(&name).with(scope(&indirect())), &key), "good");
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    let list = crl(&name).with(scope(&indirect())).listing(entry(&world.leaf).of(&named("CA")));
    assert_eq!(judged(&mut world, &list, &key), "revoked");
    // 25: the same number, of other issuers; the last named issuer holds until another is named.
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    let list = crl(&name).with(scope(&indirect()));
    let list = list.listing(entry(&world.leaf)).listing(RevokedSpec::new(&[3], NOW).of(&named("Other CA")));
    let list = list.listing(entry(&world.leaf));
    assert_eq!(judged(&mut world, &list, &key), "good");
    // ... and so it does where that is this one.
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    let list = crl(&name).with(scope(&indirect())).listing(RevokedSpec::new(&[3], NOW).of(&named("CA")));
    let list = list.listing(RevokedSpec::new(&[4], NOW)).listing(entry(&world.leaf));
    assert_eq!(judged(&mut world, &list, &key), "revoked");
    // 26: the leaf does not say that somebody else lists it.
    let (mut world, key, name) = listed_by_other(Vec::new());
    assert_eq!(judged(&mut world, &crl(&name).with(scope(&indirect())), &key), "unknown");
    // 27: it names another; and a list that does not say that it is indirect.
    let (mut world, key, name) = listed_by_other(points(&[by(&named("Stranger"))]));
    assert_eq!(judged(&mut world, &crl(&name).with(scope(&indirect())), &key), "unknown");
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    assert_eq!(judged(&mut world, &crl(&name), &key), "unknown");
}

/// 28, 29: the point has a name, in full or relative to who signs the list.
#[test]
fn r_02_4_14_28_29_points_of_somebody_else() {
    let lister = named("Lister");
    let at = below(&lister, "one");
    let full = DistributionPoint { full_name: vec![GeneralName::Directory(at.clone())], ..by(&lister) };
    let relative = DistributionPoint { relative: Some(rdn("one")), ..by(&lister) };
    for leaf_point in [full, relative, by(&lister)] {
        for (named_at, fits) in [(&at, true), (&below(&lister, "two"), false), (&lister, false)] {
            let (mut world, key, name) = listed_by_other(points(std::slice::from_ref(&leaf_point)));
            let names = vec![GeneralName::Directory(named_at.clone())];
            let list = crl(&name).with(scope(&IssuingDistributionPoint { full_name: names, ..indirect() }));
            // A point without a name has that of who signs the list (RFC 5280 section 6.3.3 (b) (2) (i)).
            let unnamed = leaf_point.full_name.is_empty() && leaf_point.relative.is_none();
            let fits = if unnamed { named_at == &lister } else { fits };
            assert_eq!(judged(&mut world, &list, &key), if fits { "good" } else { "unknown" }, "{named_at}");
        }
    }
}

/// 30: who signs the list is on no other list than that one.
#[test]
fn r_02_4_14_30_a_list_that_speaks_of_its_signer() {
    let lister = named("Lister");
    for (revoked, word) in [(false, "good"), (true, "unknown")] {
        let mut world = World::new(points(&[by(&lister)]));
        let key = p256();
        let own = signer("Lister").with(distribution_points(&[by(&lister)]));
        let own = own.by(&key, &world.ca, &world.ca_key);
        world.pool.push(own.clone());
        let mut list = crl(&lister).with(scope(&indirect()));
        if revoked {
            // Numbers are all the same in tests, so the list is of the signer's and the leaf's.
            world.leaf = numbered(leaf("bob@example.org").with(distribution_points(&[by(&lister)])), 7, &world);
            list = list.listing(entry(&own).of(&named("CA")));
        }
        assert_eq!(judged(&mut world, &list, &key), word);
    }
}

/// 31 to 35: one list for several authorities, and a leaf that does not point there.
#[test]
fn r_02_4_14_31_to_35_one_list_for_several() {
    let lister = named("Lister");
    let list_of = |world: &World, name: &Name| {
        let others = crl(name).with(scope(&indirect())).listing(RevokedSpec::new(&[9], NOW).of(&named("CA 2")));
        others.listing(entry(&world.leaf).of(&named("CA"))).listing(RevokedSpec::new(&[9, 9], NOW))
    };
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    let list = list_of(&world, &name);
    assert_eq!(judged(&mut world, &list, &key), "revoked"); // 31, 32, 34
    let (mut world, key, name) = listed_by_other(points(&[by(&lister)]));
    let list = list_of(&world, &name);
    world.leaf = numbered(leaf("bob@example.org").with(distribution_points(&[by(&lister)])), 7, &world);
    assert_eq!(judged(&mut world, &list, &key), "good"); // 33
    let (mut world, key, name) = listed_by_other(Vec::new());
    let list = list_of(&world, &name);
    assert_eq!(judged(&mut world, &list, &key), "unknown"); // 35
}

/// RFC 5280 section 6.3.3 (f): who signs has a path to the same anchor, the right to, and is not revoked.
#[test]
fn r_02_who_signs_a_list() {
    let lister = named("Lister");
    let with = |change: fn(Make) -> Make, by_other_root: bool| {
        let mut world = World::new(points(&[by(&lister)]));
        let (key, stranger) = (p256(), p256());
        let other = crate::common::ca("Root", None).self_signed(&stranger);
        let made = change(signer("Lister"));
        let own = match by_other_root {
            true => made.by(&key, &other, &stranger),
            false => made.by(&key, &world.root, &world.root_key),
        };
        world.pool.extend([own, other]);
        let list = crl(&lister).with(scope(&indirect()));
        judged(&mut world, &list, &key)
    };
    assert_eq!(with(|m| m, false), "good");
    assert_eq!(with(|m| m, true), "unknown");
    assert_eq!(with(|m| m.without(oids::KEY_USAGE), false), "good");
    assert_eq!(with(|m| m.with(extension::key_usage(KeyUsage::KEY_CERT_SIGN)), false), "unknown");
    assert_eq!(with(|m| m.valid(-20, -10), false), "unknown");
}
