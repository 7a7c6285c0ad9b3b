//! Names under constraints: the settings of each case of PKITS 4.13 in chains of our own, and what is asked of names
//! beside a purpose.
//!
//! A name is `dn:` with RDNs from the top (`C=US/OU=x`), `mail:`, `dns:`, `uri:` or `ip:` with octets; a constraint is
//! such a name behind `+` (permitted) or `-` (excluded). The first name of a certificate may be its subject.

mod common;

use common::{Make, NOW, ca, leaf, mail, make, named, p256};
use sealpost_trust::{
    Address, Evidence, PathError, Policy, ProvenPath, Purpose, Request, validate_judging, validate_with,
};
use wire::der::Tag;
use wire::x509::{Extension, GeneralName, GeneralSubtree, NameConstraints, extension};
use wire::{Certificate, Name, NameBuilder, oids};

fn dn(text: &str) -> Name {
    let attributes = text.split('/').filter_map(|rdn| rdn.split_once('='));
    let built = attributes.fold(NameBuilder::new(), |builder, (kind, value)| match kind {
        "C" => builder.country(value),
        "O" => builder.organization(value),
        "OU" => builder.organizational_unit(value),
        "E" => builder.email(value),
        _ => builder.common_name(value),
    });
    built.build()
}

fn name(text: &str) -> GeneralName {
    let (kind, value) = text.split_once(':').unwrap();
    match kind {
        "dn" => GeneralName::Directory(dn(value)),
        "mail" => GeneralName::Rfc822(value.to_owned()),
        "dns" => GeneralName::Dns(value.to_owned()),
        "uri" => GeneralName::Uri(value.to_owned()),
        _ => GeneralName::Ip(value.split('.').map(|octet| octet.parse().unwrap()).collect()),
    }
}

fn constraints(words: &str) -> Extension {
    extension::extension(oids::NAME_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            for (tag, sign) in [(0, '+'), (1, '-')] {
                let list: Vec<GeneralName> =
                    words.split_whitespace().filter_map(|word| word.strip_prefix(sign)).map(name).collect();
                if !list.is_empty() {
                    w.nested(Tag::context(tag), |w| {
                        list.iter().for_each(|name| {
                            w.sequence(|w| name.write(w));
                        });
                    });
                }
            }
        });
    })
}

/// A certificate from its words: `dn:` is the subject, `alt:` before a name makes it an alternative one, `si` is
/// self-issued, `-` and `+` are constraints.
fn certificate(words: &str, last: bool, above: &Certificate) -> Make {
    let subject = words.split_whitespace().find_map(|word| word.strip_prefix("dn:")).map(dn);
    let subject = subject.unwrap_or_else(|| named("Middle"));
    let mut made = if last { make(subject, vec![]) } else { Make { subject, ..ca("", None) } };
    if words.split_whitespace().any(|word| word == "si") {
        made.subject = above.subject().clone();
    }
    let names: Vec<GeneralName> =
        words.split_whitespace().filter_map(|word| word.strip_prefix("alt:")).map(name).collect();
    if !names.is_empty() {
        made = made.with(extension::subject_alt_name(&names, words.contains("dn: ") || words.ends_with("dn:")));
    }
    if words.contains('+') || words.split_whitespace().any(|word| word.starts_with('-')) {
        made = made.with(constraints(words));
    }
    made
}

fn prove(lines: &[&str], request: &Request) -> Result<ProvenPath, PathError> {
    let mut key = p256();
    let anchor = ca("Anchor", None).self_signed(&key);
    let (mut above, mut pool) = (anchor.clone(), vec![]);
    for (i, line) in lines.iter().enumerate() {
        let own = p256();
        above = certificate(line, i + 1 == lines.len(), &above).by(&own, &above, &key);
        key = own;
        pool.push(above.clone());
    }
    let evidence = Evidence { pool: &pool, anchors: std::slice::from_ref(&anchor), distrusted: &[] };
    validate_with(&above, request, &evidence, &Policy::standard(), NOW)
}

fn holds(lines: &[&str]) -> bool {
    match prove(lines, &Request::new(Purpose::Any)) {
        Ok(_) => true,
        Err(PathError::NameConstraint { .. }) => false,
        Err(other) => panic!("{lines:?} {other}"),
    }
}

const DN1: &str = "dn:C=US/O=CA +dn:C=US/O=Test/OU=p1";
const DN3: &str = "dn:C=US/O=CA -dn:C=US/O=Test/OU=e1";
const DN5: &str = "dn:C=US/O=CA +dn:C=US/O=Test/OU=p1 -dn:C=US/O=Test/OU=p1/OU=e1";

#[test]
fn c_04_pkits_4_13_directory_names() {
    for (case, lines, valid) in [
        ("4.13.1", &[DN1, "dn:C=US/O=Test/OU=p1/CN=EE"][..], true),
        ("4.13.2", &[DN1, "dn:C=US/O=Test/OU=e1/CN=EE"], false),
        ("4.13.3", &[DN1, "dn:C=US/O=Test/OU=p1/CN=EE alt:dn:C=US/O=Test/OU=e1/CN=EE"], false),
        ("4.13.4", &[DN1, "dn:C=US/O=Test/OU=p1/CN=EE alt:dn:C=US/O=Test/OU=p1/CN=other"], true),
        ("4.13.5", &["dn:O=CA +dn:C=US/O=Test/OU=p1 +dn:C=US/O=Test/OU=p2", "dn:C=US/O=Test/OU=p2/CN=EE"], true),
        ("4.13.6", &[DN3, "dn:C=US/O=Test/OU=p1/CN=EE"], true),
        ("4.13.7", &[DN3, "dn:C=US/O=Test/OU=e1/CN=EE"], false),
        ("4.13.8", &["dn:O=CA -dn:C=US/O=Test/OU=e1 -dn:C=US/O=Test/OU=e2", "dn:C=US/O=Test/OU=e1/CN=EE"], false),
        ("4.13.9", &["dn:O=CA -dn:C=US/O=Test/OU=e1 -dn:C=US/O=Test/OU=e2", "dn:C=US/O=Test/OU=e2/CN=EE"], false),
        ("4.13.10", &[DN5, "dn:C=US/O=Test/OU=p1/OU=e1/CN=EE"], false),
        ("4.13.11", &[DN5, "dn:C=US/O=Test/OU=p1/OU=p2/CN=EE"], true),
        (
            "4.13.12",
            &[DN1, "dn:C=US/O=Test/OU=p1/CN=S +dn:C=US/O=Test/OU=p1/OU=p2", "dn:C=US/O=Test/OU=p1/CN=E"],
            false,
        ),
        ("4.13.13", &[DN1, "dn:C=US/O=Test/OU=p1/CN=S +dn:C=US/O=Test/OU=p2", "dn:C=US/O=Test/OU=p1/CN=E"], false),
        ("4.13.13 both", &[DN1, "dn:C=US/O=Test/OU=p1/CN=S +dn:C=US/O=Test/OU=p2", "dn:C=US/O=Test/OU=p2/CN=E"], false),
        ("4.13.14", &[DN1, "dn:C=US/O=Test/OU=p1/CN=S +dn:C=US/O=Test/OU=p2", "alt:mail:a@b.org dn:"], true),
        ("4.13.15", &[DN3, "dn:C=US/O=Test/CN=S -dn:C=US/O=Test/OU=e2", "dn:C=US/O=Test/OU=e1/CN=E"], false),
        ("4.13.16", &[DN3, "dn:C=US/O=Test/CN=S -dn:C=US/O=Test/OU=e2", "dn:C=US/O=Test/OU=e2/CN=E"], false),
        ("4.13.17", &[DN3, "dn:C=US/O=Test/CN=S +dn:C=US/O=Test", "dn:C=US/O=Test/OU=e1/CN=E"], false),
        ("4.13.18", &[DN3, "dn:C=US/O=Test/CN=S +dn:C=US/O=Test/OU=p1", "dn:C=US/O=Test/OU=p1/CN=E"], true),
        ("4.13.19", &[DN1, "si", "dn:C=US/O=Test/OU=p1/CN=EE"], true),
        ("4.13.20", &[DN1, "si"], false),
        // Whole RDNs from the top: a prefix of the text or another order is another name.
        ("prefix", &[DN1, "dn:C=US/O=Test/OU=p12/CN=EE"], false),
        ("order", &[DN1, "dn:O=Test/C=US/OU=p1/CN=EE"], false),
        ("case", &[DN1, "dn:C=us/O=TEST/OU=P1/CN=EE"], true),
    ] {
        assert_eq!(holds(lines), valid, "{case}");
    }
}

#[test]
fn c_04_pkits_4_13_mail_hosts_and_uris() {
    const BOTH: &str = "dn:C=US/O=Test/OU=p1/CN=S +dn:C=US/O=Test/OU=p1 +mail:test.gov";
    for (case, lines, valid) in [
        ("4.13.21", &["+mail:.test.gov", "dn:CN=E alt:mail:a@mail.test.gov"][..], true),
        ("4.13.22", &["+mail:.test.gov", "dn:CN=E alt:mail:a@test.gov"], false),
        ("4.13.23", &["+mail:test.gov", "dn:CN=E alt:mail:a@test.gov"], true),
        ("4.13.24", &["+mail:test.gov", "dn:CN=E alt:mail:a@mail.test.gov"], false),
        ("4.13.25", &["-mail:test.gov", "dn:CN=E alt:mail:a@mail.test.gov"], true),
        ("4.13.26", &["-mail:test.gov", "dn:CN=E alt:mail:a@test.gov"], false),
        ("4.13.27", &[DN1, BOTH, "dn:C=US/O=Test/OU=p1/CN=E alt:mail:a@test.gov"], true),
        ("4.13.28", &[DN1, BOTH, "dn:C=US/O=Test/OU=p1/CN=E alt:mail:a@invalid.gov"], false),
        ("4.13.29", &[DN1, BOTH, "dn:C=US/O=Test/OU=p1/CN=E/E=a@invalid.gov"], false),
        ("4.13.30", &["+dns:test.gov", "dn:CN=E alt:dns:server.test.gov"], true),
        ("4.13.31", &["+dns:test.gov", "dn:CN=E alt:dns:server.invalid.gov"], false),
        ("4.13.32", &["-dns:invalid.gov", "dn:CN=E alt:dns:server.test.gov"], true),
        ("4.13.33", &["-dns:invalid.gov", "dn:CN=E alt:dns:server.invalid.gov"], false),
        ("4.13.34", &["+uri:.test.gov", "dn:CN=E alt:uri:http://server.test.gov/index.html"], true),
        ("4.13.35", &["+uri:.test.gov", "dn:CN=E alt:uri:http://test.gov/invalid.html"], false),
        ("4.13.36", &["-uri:invalid.gov", "dn:CN=E alt:uri:http://server.invalid.gov/index.html"], true),
        ("4.13.37", &["-uri:invalid.gov", "dn:CN=E alt:uri:ftp://invalid.gov/index.html"], false),
        ("4.13.38", &["+dns:test.gov", "dn:CN=E alt:dns:mytest.gov"], false),
        ("networks", &["+ip:10.0.0.0.255.0.0.0", "dn:CN=E alt:ip:10.1.2.3"], true),
        ("other network", &["+ip:10.0.0.0.255.0.0.0", "dn:CN=E alt:ip:11.1.2.3"], false),
        ("no network", &["-ip:10.0.0.0.255.0.255.0", "dn:CN=E alt:ip:11.1.2.3"], false),
        // What is not constrained is not asked; a name of an authority below is.
        ("other kind", &["+dns:test.gov", "dn:CN=E alt:mail:a@invalid.gov"], true),
        ("between", &["+dns:test.gov", "dn:CN=S alt:dns:invalid.gov", "dn:CN=E alt:dns:a.test.gov"], false),
        // No name with a dot at the end or a NUL in it, whatever the constraint is.
        ("dot", &["-dns:invalid.gov", "dn:CN=E alt:dns:server.test.gov."], false),
        ("nul", &["-dns:invalid.gov", "dn:CN=E alt:dns:server.test.gov\0"], false),
    ] {
        assert_eq!(holds(lines), valid, "{case}");
    }
}

/// RFC 5280 section 6.1.1 (h), (i): the user's own constraints bind like an authority's.
#[test]
fn c_01_initial_subtrees() {
    let subtree = |text: &str| GeneralSubtree { base: name(text), minimum: 0, maximum: None };
    let mut request = Request::new(Purpose::Any);
    request.constraints = NameConstraints { permitted: vec![subtree("mail:test.gov")], excluded: vec![] };
    let lines = |address: &'static str| ["dn:CN=CA", address];
    prove(&lines("dn:CN=E alt:mail:a@test.gov"), &request).unwrap();
    prove(&lines("dn:CN=E alt:dns:test.gov"), &request).unwrap();
    let other = prove(&lines("dn:CN=E alt:mail:a@invalid.gov"), &request);
    assert!(matches!(other, Err(PathError::NameConstraint { .. })), "{other:?}");
    request.constraints = NameConstraints { permitted: vec![], excluded: vec![subtree("dn:CN=E")] };
    assert!(prove(&lines("dn:CN=E"), &request).is_err());
    request.constraints = NameConstraints { permitted: vec![], excluded: vec![subtree("dn:CN=CA")] };
    let between = prove(&lines("dn:CN=E"), &request);
    assert!(matches!(&between, Err(PathError::NameConstraint { which }) if which == "CN=CA"), "{between:?}");
}

#[test]
fn b_01_an_address_can_be_asked_for() {
    let mut request = Request::new(Purpose::Any);
    request.address = Some(Address::parse("A@Test.gov").unwrap());
    prove(&["dn:CN=CA", "dn:CN=E alt:mail:a@test.gov"], &request).unwrap();
    let other = prove(&["dn:CN=CA", "dn:CN=E alt:mail:b@test.gov"], &request).unwrap_err();
    assert_eq!(other.to_string(), "the certificate of \"CN=E\" does not name A@Test.gov");
}

/// The caller has the last word on each path, and the search goes on where he says no.
#[test]
fn c_08_the_caller_judges_each_path() {
    let (root_key, middle_key) = (p256(), p256());
    let root = ca("Root", None).self_signed(&root_key);
    let middles = [10, 20].map(|days| ca("Middle", None).valid(-1, days).by(&middle_key, &root, &root_key));
    let below = leaf("a@example.org").with(mail("a@example.org")).by(&p256(), &middles[0], &middle_key);
    let evidence = Evidence { pool: &middles, anchors: std::slice::from_ref(&root), distrusted: &[] };
    let request = Request::new(Purpose::SignMail);
    let mut asked = vec![];
    let refused = || PathError::NotACa { which: "refused".to_owned() };
    let mut judge = |path: &ProvenPath| {
        assert_eq!(path.links().count(), 2);
        assert_eq!(path.links().last().unwrap().1, path.anchor());
        asked.push(path.chain()[1].clone());
        if path.chain()[1] == middles[1] { Ok(()) } else { Err(refused()) }
    };
    let path = validate_judging(&below, &request, &evidence, &Policy::standard(), NOW, &mut judge).unwrap();
    assert_eq!(path.chain()[1], middles[1]);
    assert_eq!(asked, middles);
    let never = validate_judging(&below, &request, &evidence, &Policy::standard(), NOW, &mut |_| Err(refused()));
    assert_eq!(never.unwrap_err(), refused());
}
