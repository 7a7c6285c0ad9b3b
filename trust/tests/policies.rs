//! Certificate policies: the settings of each case of PKITS 4.8 to 4.12, in chains of our own, and what bounds them.
//!
//! A certificate is a line of words: `1` is a policy, `*` anyPolicy, `1>2` a mapping, `e0` requireExplicitPolicy, `m0`
//! inhibitPolicyMapping, `a0` inhibitAnyPolicy, `si` self-issued. A chain begins below the anchor.

mod common;

use common::{NOW, ca, leaf, p256};
use sealpost_trust::{Evidence, PathError, Policy, PolicyFault, ProvenPath, Purpose, Request, validate_with};
use wire::der::Tag;
use wire::x509::{Extension, extension};
use wire::{Certificate, Oid, oids};

/// The n-th policy for tests.
fn policy(n: &str) -> Oid {
    if n == "*" { oids::ANY_POLICY } else { format!("2.16.840.1.101.3.2.1.48.{n}").parse().unwrap() }
}

fn extensions(words: &str) -> Vec<Extension> {
    let (mut policies, mut mappings, mut constraints) = (vec![], vec![], [None, None]);
    let mut made = vec![];
    for word in words.split_whitespace().filter(|w| *w != "si") {
        let number = || word[1..].parse::<u64>().unwrap();
        match word.as_bytes()[0] {
            b'e' => constraints[0] = Some(number()),
            b'm' => constraints[1] = Some(number()),
            b'a' => made.push(extension::extension(oids::INHIBIT_ANY_POLICY, true, |w| {
                w.uint(number());
            })),
            _ => match word.split_once('>') {
                Some((from, to)) => mappings.push((policy(from), policy(to))),
                None => policies.push(policy(word)),
            },
        }
    }
    if !policies.is_empty() {
        made.push(extension::certificate_policies(&policies));
    }
    if !mappings.is_empty() {
        made.push(extension::extension(oids::POLICY_MAPPINGS, true, |w| {
            w.sequence(|w| {
                for (from, to) in &mappings {
                    w.sequence(|w| {
                        w.oid(*from).oid(*to);
                    });
                }
            });
        }));
    }
    if constraints.iter().any(Option::is_some) {
        made.push(extension::extension(oids::POLICY_CONSTRAINTS, true, |w| {
            w.sequence(|w| {
                for (tag, value) in (0..).zip(constraints).filter_map(|(tag, v)| Some((tag, u8::try_from(v?).ok()?))) {
                    w.element(Tag::context_primitive(tag), &[value]);
                }
            });
        }));
    }
    made
}

struct Chain {
    anchor: Certificate,
    pool: Vec<Certificate>,
    leaf: Certificate,
}

impl Chain {
    fn new(lines: &[&str]) -> Chain {
        Chain::under("", lines)
    }

    fn under(anchor: &str, lines: &[&str]) -> Chain {
        let mut key = p256();
        let with = |make, words: &str| extensions(words).into_iter().fold(make, common::Make::with);
        let anchor = with(ca("Anchor", None), anchor).self_signed(&key);
        let (mut above, mut pool) = (anchor.clone(), vec![]);
        for (i, line) in lines.iter().enumerate() {
            let (last, own) = (i + 1 == lines.len(), p256());
            let mut make = if last { leaf("a@example.org") } else { ca(&format!("CA {i}"), None) };
            if line.split_whitespace().any(|w| w == "si") {
                make.subject = above.subject().clone();
            }
            above = with(make, line).by(&own, &above, &key);
            key = own;
            pool.push(above.clone());
        }
        pool.pop();
        Chain { anchor, pool, leaf: above }
    }

    /// Settings: `u1` is a policy of user-initial-policy-set, `e`, `m`, `a` the initial indicators.
    fn prove(&self, settings: &str) -> Result<ProvenPath, PathError> {
        let mut request = Request::new(Purpose::SignMail);
        for word in settings.split_whitespace() {
            match word {
                "e" => request.explicit_policy = true,
                "m" => request.inhibit_policy_mapping = true,
                "a" => request.inhibit_any_policy = true,
                user => request.policies.get_or_insert_default().push(policy(&user[1..])),
            }
        }
        let evidence = Evidence { pool: &self.pool, anchors: std::slice::from_ref(&self.anchor), distrusted: &[] };
        validate_with(&self.leaf, &request, &evidence, &Policy::standard(), NOW)
    }
}

/// Each case: its name, the chain, and for each setting the policies that come out, or that it fails.
type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, Option<&'a str>)]);

fn run(cases: &[Case<'_>]) {
    for (name, lines, settings) in cases {
        let chain = Chain::new(lines);
        for (setting, expected) in *settings {
            let result = chain.prove(setting);
            let mut wanted: Option<Vec<Oid>> = expected.map(|e| e.split_whitespace().map(policy).collect());
            if let Some(wanted) = &mut wanted {
                wanted.sort();
            }
            match result {
                Ok(path) => assert_eq!(Some(path.policies()), wanted.as_deref(), "{name} [{setting}]"),
                Err(PathError::Policy { .. }) => assert_eq!(None, wanted, "{name} [{setting}]"),
                Err(other) => panic!("{name} [{setting}]: {other}"),
            }
        }
    }
}

const NO: Option<&str> = None;

#[test]
fn c_05_pkits_4_8_certificate_policies() {
    run(&[
        (
            "4.8.1",
            &["1", "1"],
            &[("", Some("1")), ("e", Some("1")), ("e u1", Some("1")), ("e u2", NO), ("e u1 u2", Some("1"))],
        ),
        ("4.8.2", &["", ""], &[("", Some("")), ("e", NO)]),
        ("4.8.3", &["1", "2", "1"], &[("", Some("")), ("e", NO), ("e u1 u2", NO)]),
        ("4.8.4", &["1 e0", "1", "2"], &[("", NO), ("e", NO)]),
        ("4.8.5", &["1 e0", "2", "2"], &[("", NO), ("e", NO)]),
        ("4.8.6", &["1 2 3 4 e0", "1 2 3", "1 2", "1"], &[("", Some("1")), ("u1", Some("1")), ("u2", NO)]),
        ("4.8.7", &["1 2 3 e0", "1 2", "1", "2"], &[("", NO)]),
        ("4.8.8", &["1 2 e0", "1", "2", "2"], &[("", NO)]),
        ("4.8.9", &["1 2 3 e0", "1 2", "1 2", "3", "1"], &[("", NO)]),
        ("4.8.10", &["1 2 e0", "1 2"], &[("", Some("1 2")), ("u1", Some("1")), ("u2", Some("2"))]),
        ("4.8.11", &["* e0", "*"], &[("", Some("*")), ("u1", Some("1"))]),
        ("4.8.12", &["3 e0", "4"], &[("", NO)]),
        ("4.8.13", &["1 2 3 e0", "1 2 3"], &[("u1", Some("1")), ("u2", Some("2")), ("u3", Some("3"))]),
        ("4.8.14", &["* e0", "1"], &[("u1", Some("1")), ("u2", NO)]),
        // 4.8.15 to 4.8.20 are about qualifiers: those that are known may be critical.
    ]);
}

#[test]
fn c_05_pkits_4_9_require_explicit_policy() {
    run(&[
        ("4.9.1", &["e10", "", "", "", ""], &[("", Some(""))]),
        ("4.9.2", &["e5", "", "", "", ""], &[("", Some(""))]),
        ("4.9.3", &["e4", "", "", "", ""], &[("", NO)]),
        ("4.9.4", &["1 e0", "1", "1", "1", "1"], &[("", Some("1"))]),
        ("4.9.5", &["e7", "e2", "e4", "", ""], &[("", NO)]),
        ("4.9.6", &["e2", "si", ""], &[("", Some(""))]),
        ("4.9.7", &["e2", "si", "", ""], &[("", NO)]),
        ("4.9.8", &["e2", "si", "", "si", ""], &[("", NO)]),
        // What the leaf itself requires (RFC 5280 section 6.1.5 (b)).
        ("leaf", &["", "e0"], &[("", NO)]),
        ("leaf later", &["", "e1"], &[("", Some(""))]),
        ("leaf kept", &["1", "1 e0"], &[("", Some("1"))]),
    ]);
}

#[test]
fn c_05_pkits_4_10_policy_mappings() {
    run(&[
        ("4.10.1", &["1 e0 1>2", "2"], &[("u1", Some("1")), ("u2", NO), ("m", NO)]),
        ("4.10.2", &["1 e0 1>2", "1"], &[("", NO), ("m", NO)]),
        ("4.10.3", &["1 2 e0 1>3", "2 3 3>4", "2 4 4>5", "2 5"], &[("u1", Some("1")), ("u2", Some("2"))]),
        ("4.10.3 one way", &["1 2 e0 1>3 2>4", "4", "4"], &[("u1", NO), ("u2", Some("2"))]),
        ("4.10.4", &["1 2 e0 1>3", "2 3 3>4", "2 4 4>5", "6"], &[("", NO)]),
        ("4.10.5", &["1 e0 1>2 1>3 1>4", "2 2>5", "5"], &[("u1", Some("1")), ("u6", NO)]),
        ("4.10.6", &["1 e0 1>2 1>3 1>4", "2 2>5", "5"], &[("u1", Some("1")), ("u6", NO)]),
        ("4.10.7", &["1 e0 *>1", "1"], &[("", NO)]),
        ("4.10.8", &["1 e0 1>*", "1"], &[("", NO)]),
        ("4.10.9", &["* e0 1>2", "1"], &[("", Some("1")), ("u1", Some("1")), ("u2", NO)]),
        ("4.10.10", &["1 e0", "* 1>2", "1"], &[("", NO)]),
        ("4.10.11", &["1 e0", "* 1>2", "2"], &[("", Some("1"))]),
        ("4.10.12", &["1 2 e0 1>3", "3 *"], &[("u1", Some("1")), ("u2", Some("2"))]),
        ("4.10.13", &["1 * e0 1>2", "2"], &[("", Some("1")), ("u1", Some("1")), ("u2", NO)]),
        ("4.10.14", &["1 * e0 1>2", "1"], &[("", Some("1")), ("u1", Some("1"))]),
    ]);
    // Mapping ends for whoever is told so, even where a mapped policy would have been asserted anyway.
    run(&[("removed", &["1 2 e0 1>2", "1 2"], &[("m", Some("2")), ("", Some("1 2"))])]);
}

#[test]
fn c_05_pkits_4_11_inhibit_policy_mapping() {
    run(&[
        ("4.11.1", &["1 e0 m0", "1 1>2", "2"], &[("", NO)]),
        ("4.11.2", &["1 2 e0 m1", "1 2 1>3 2>4", "3"], &[("", Some("1"))]),
        ("4.11.3", &["1 2 e0 m1", "1 2 1>3 2>4", "3 4 3>5", "5"], &[("", NO)]),
        ("4.11.4", &["1 2 e0 m1", "1 2 1>3 2>4", "3 4 3>5", "4"], &[("", Some("2"))]),
        ("4.11.5", &["1 e0 m5", "1 m1", "1", "1 1>2", "2"], &[("", NO)]),
        ("4.11.6", &["1 2 e0 m1", "1 2 m5", "1 2 1>3", "3"], &[("", NO)]),
        ("4.11.7", &["1 e0 m1", "1 si", "1 1>2", "2"], &[("", Some("1"))]),
        ("4.11.8", &["1 e0 m1", "1 si", "1 1>2", "2 2>3", "3"], &[("", NO)]),
        ("4.11.9", &["1 e0 m1", "1 si", "1 1>2", "2 2>3", "2"], &[("", NO)]),
        ("4.11.10", &["1 e0 m1", "1 si", "1 1>2", "2 si 2>3", "3"], &[("", NO)]),
        ("4.11.11", &["1 e0 m1", "1 si", "1 1>2", "2 si 2>3", "2"], &[("", NO)]),
    ]);
}

#[test]
fn c_05_pkits_4_12_inhibit_any_policy() {
    run(&[
        ("4.12.1", &["1 e0 a0", "*"], &[("", NO)]),
        ("4.12.2", &["1 e0 a0", "* 1"], &[("", Some("1"))]),
        ("4.12.3", &["1 e0 a1", "*", "1"], &[("", Some("1")), ("a", NO)]),
        ("4.12.4", &["1 e0 a1", "*", "*"], &[("", NO)]),
        ("4.12.5", &["1 e0 a5", "1 a1", "*", "*", "1"], &[("", NO)]),
        ("4.12.6", &["1 e0 a1", "1 a5", "*", "1"], &[("", NO)]),
        ("4.12.7", &["1 e0 a1", "* si", "*", "1"], &[("", Some("1"))]),
        ("4.12.8", &["1 e0 a1", "* si", "*", "*", "1"], &[("", NO)]),
        ("4.12.9", &["1 e0 a1", "* si", "*", "* si", "1"], &[("", Some("1"))]),
        ("4.12.10", &["1 e0 a1", "*", "* si"], &[("", NO)]),
    ]);
}

/// Of an anchor nothing about policies binds (RFC 5280 section 6.1: it is not on the path).
#[test]
fn c_05_policies_of_the_anchor_do_not_count() {
    for anchor in ["1", "e0", "a0", "m0", "1 1>2"] {
        let chain = Chain::under(anchor, &["* 5>6", "6"]);
        assert_eq!(chain.prove("").unwrap().policies(), [policy("5")], "{anchor}");
    }
}

#[test]
fn c_05_each_fault_is_told() {
    let fault = |lines: &[&str]| match Chain::new(lines).prove("e") {
        Err(PathError::Policy { fault, which }) => (fault, which),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&["1", "2"]), (PolicyFault::NoneAcceptable, "CN=Some Body".to_owned()));
    assert_eq!(fault(&["", "2"]).1, "CN=CA 0");
    assert_eq!(fault(&["1 1>*", "1"]), (PolicyFault::MapsAny, "CN=CA 0".to_owned()));
    assert_eq!(fault(&["1", "1 2 1"]).0, PolicyFault::Repeated);
}

/// RFC 5280 section 4.2.1.4: the two qualifiers for people do no harm (PKITS 4.8.15 to 4.8.20); another one does where the
/// extension is critical, and on anyPolicy always.
#[test]
fn c_05_qualifiers_that_nobody_knows() {
    let key = p256();
    let root = ca("Root", None).self_signed(&key);
    let judged = |of: &str, qualifier: Oid, critical: bool| {
        let policies = extension::extension(oids::CERTIFICATE_POLICIES, critical, |w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(policy(of));
                    w.sequence(|w| {
                        w.sequence(|w| {
                            w.oid(qualifier).utf8_string("for people");
                        });
                    });
                });
            });
        });
        let below = leaf("a@example.org").with(policies).by(&p256(), &root, &key);
        let evidence = Evidence { pool: &[], anchors: std::slice::from_ref(&root), distrusted: &[] };
        validate_with(&below, &Request::new(Purpose::SignMail), &evidence, &Policy::standard(), NOW)
    };
    let other = || policy("99");
    for critical in [false, true] {
        for known in [oids::QUALIFIER_CPS, oids::QUALIFIER_NOTICE] {
            judged("1", known, critical).unwrap();
            judged("*", known, critical).unwrap();
        }
    }
    judged("1", other(), false).unwrap();
    assert_eq!(judged("1", other(), true), Err(PathError::UnknownCritical(oids::CERTIFICATE_POLICIES)));
    let any = judged("*", other(), false);
    assert!(matches!(any, Err(PathError::Policy { fault: PolicyFault::QualifiesAny, .. })), "{any:?}");
}

/// C-08: the search goes on behind an anchor where the policies fail.
#[test]
fn c_08_another_path_may_have_the_policy() {
    let (root_key, middle_key) = (p256(), p256());
    let root = ca("Root", None).self_signed(&root_key);
    let with = |make: common::Make, n: &str| make.with(extension::certificate_policies(&[policy(n)]));
    let middles: Vec<Certificate> =
        ["3", "2", "1"].iter().map(|n| with(ca("Middle", None), n).by(&middle_key, &root, &root_key)).collect();
    let below = with(leaf("a@example.org"), "1").by(&p256(), &middles[0], &middle_key);
    let mut request = Request::new(Purpose::SignMail);
    request.policies = Some(vec![policy("1")]);
    request.explicit_policy = true;
    let prove = |pool: &[Certificate]| {
        let evidence = Evidence { pool, anchors: std::slice::from_ref(&root), distrusted: &[] };
        validate_with(&below, &request, &evidence, &Policy::standard(), NOW)
    };
    let path = prove(&middles).unwrap();
    assert_eq!(path.chain()[1], middles[2]);
    assert_eq!(path.policies(), [policy("1")]);
    assert!(matches!(prove(&middles[..2]), Err(PathError::Policy { .. })));
}

/// RFC 9618: what was exponential in RFC 5280 is not (CVE-2023-0464).
#[test]
fn c_05_a_tree_that_would_be_exponential_is_a_small_graph() {
    // Each of two policies maps to both: 2^7 leaves of a tree, two nodes of each level of a graph.
    let line = "1 2 1>1 1>2 2>1 2>2";
    let chain = Chain::new(&[line, line, line, line, line, line, line, "1 2"]);
    assert_eq!(chain.prove("e").unwrap().policies(), [policy("1"), policy("2")]);
}

/// What is merely much ends at a bound: thousands of policies that all map to thousands.
#[test]
fn x_18_policies_are_bounded_work() {
    let many: Vec<String> = (1..40).flat_map(|i| (1..40).map(move |j| format!("{i}>{j}"))).collect();
    let every: Vec<String> = (1..40).map(|i| i.to_string()).collect();
    let line = format!("{} {}", every.join(" "), many.join(" "));
    let chain = Chain::new(&[&line, &line, &line, &line, &line, &line, &line, &line]);
    assert_eq!(chain.prove("e").unwrap_err(), PathError::Budget);
}
