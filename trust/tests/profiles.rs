//! Profiles of paths: what RFC 5280 asks of each certificate, and the twelve profiles of the S/MIME Baseline
//! Requirements, each clause broken by itself.

mod common;

use common::{DAY, Make, NOW, ca, key, leaf, make, p256};
use crypto::{Curve, KeySpec, PrivateKey};
use sealpost_trust::{
    Evidence, Generation, PathError, PathProfile, Policy, Profile, ProvenPath, Purpose, Request, SmimeBr, Validation,
    check_profile, profile_clauses, validate_with,
};
use wire::der::Tag;
use wire::x509::{Extension, GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, Name, NameBuilder, Oid, Time, oids};

const ALICE: &str = "alice@example.org";

fn odd(oid: Oid, critical: bool) -> Extension {
    Extension { oid, critical, value: vec![5, 0] }
}

fn constraints() -> Extension {
    extension::extension(oids::NAME_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            w.nested(Tag::context(1), |w| {
                w.sequence(|w| GeneralName::Rfc822("evil.com".to_owned()).write(w));
            });
        });
    })
}

fn judged(
    below: &Certificate,
    middle: &Certificate,
    root: &Certificate,
    profile: PathProfile,
) -> Result<ProvenPath, PathError> {
    let mut request = Request::new(Purpose::Any);
    request.profile = profile;
    let (pool, anchors) = (std::slice::from_ref(middle), std::slice::from_ref(root));
    validate_with(below, &request, &Evidence { pool, anchors, distrusted: &[] }, &Policy::standard(), NOW)
}

/// The clause that a path fails on, by its name.
fn broken(result: Result<ProvenPath, PathError>) -> Option<String> {
    match result {
        Ok(_) => None,
        Err(PathError::Profile { violation, .. }) => Some(violation.split(':').next().unwrap().to_owned()),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn c_01_c_06_each_certificate_keeps_rfc_5280() {
    let (root_key, middle_key) = (p256(), p256());
    let root = ca("Root", None).self_signed(&root_key);
    let middle = ca("Middle", None).by(&middle_key, &root, &root_key);
    let leaf_of =
        |make: Make| broken(judged(&make.by(&p256(), &middle, &middle_key), &middle, &root, PathProfile::Pkix));
    let middle_of = |make: Make| {
        let middle = make.by(&middle_key, &root, &root_key);
        let below = leaf(ALICE).by(&p256(), &middle, &middle_key);
        broken(judged(&below, &middle, &root, PathProfile::Pkix))
    };
    let nameless = |critical| {
        let names = extension::subject_alt_name(&[GeneralName::Rfc822(ALICE.to_owned())], critical);
        Make { subject: NameBuilder::new().build(), ..leaf(ALICE).with(names) }
    };
    assert_eq!(leaf_of(leaf(ALICE)), None);
    assert_eq!(leaf_of(nameless(true)), None);
    assert_eq!(leaf_of(nameless(false)).as_deref(), Some("subject"));
    assert_eq!(leaf_of(leaf(ALICE).with(constraints())).as_deref(), Some("name-constraints"));
    assert_eq!(middle_of(ca("Middle", None).with(constraints())), None);
    // RFC 9608: nobody says both that there is no revocation and where it is told, and no authority says it.
    let none = || odd("2.5.29.56".parse().unwrap(), false);
    assert_eq!(leaf_of(leaf(ALICE).with(none())), None);
    let pointed = leaf(ALICE).with(none()).with(extension::crl_distribution_points(&["http://example.org/a.crl"]));
    assert_eq!(leaf_of(pointed).as_deref(), Some("no-revocation"));
    assert_eq!(middle_of(ca("Middle", None).with(none())).as_deref(), Some("no-revocation"));
}

#[test]
fn c_01_extensions_stand_in_version_3() {
    let root_key = p256();
    let root = ca("Root", None).self_signed(&root_key);
    let good = leaf(ALICE).by(&p256(), &root, &root_key);
    // The version field of the same certificate set to 2, signed again.
    let mut tbs = good.tbs().to_vec();
    let at = tbs.windows(5).position(|w| w == [0xa0, 3, 2, 1, 2]).unwrap();
    tbs[at + 4] = 1;
    let algorithm = crypto::SignatureAlgorithm::from_x509(good.signature_algorithm()).unwrap();
    let signature = root_key.sign(&algorithm, &tbs, &mut crypto::SystemRandom).unwrap();
    let old = Certificate::from_der(&certificate_der(&tbs, good.signature_algorithm(), &signature)).unwrap();
    assert_eq!(old.version(), 2);
    assert_eq!(broken(judged(&old, &root, &root, PathProfile::Pkix)).as_deref(), Some("extensions-version"));
}

fn policy(profile: SmimeBr) -> Oid {
    let kind = match profile.validation {
        Validation::Mailbox => 1,
        Validation::Organization => 2,
        Validation::Sponsor => 3,
        Validation::Individual => 4,
    };
    let generation = match profile.generation {
        Generation::Legacy => 1,
        Generation::Multipurpose => 2,
        Generation::Strict => 3,
    };
    format!("2.23.140.1.5.{kind}.{generation}").parse().unwrap()
}

fn subject(profile: SmimeBr) -> NameBuilder {
    let name = NameBuilder::new();
    let organization = |name: NameBuilder| {
        name.country("DE").organization("Example").attribute(oids::ORGANIZATION_IDENTIFIER, "NTRDE-HRB 1")
    };
    let person = |name: NameBuilder| name.attribute(oids::GIVEN_NAME, "Alice").attribute(oids::SURNAME, "Lovelace");
    match profile.validation {
        Validation::Mailbox => name.common_name(ALICE),
        Validation::Organization => organization(name).common_name("Example"),
        Validation::Sponsor => person(organization(name)).common_name("Alice Lovelace"),
        Validation::Individual => person(name).common_name("Alice Lovelace"),
    }
}

/// A certificate that keeps its profile, and the place to break it.
fn good(profile: SmimeBr) -> TbsCertificate {
    let legacy = profile.generation == Generation::Legacy;
    let begin = if legacy { Time(1_750_000_000) } else { NOW };
    let algorithm = wire::AlgorithmIdentifier::new(oids::ECDSA_SHA256);
    TbsCertificate {
        serial: vec![0x11; 16],
        signature: algorithm,
        issuer: NameBuilder::new().common_name("Issuer").build(),
        not_before: begin,
        not_after: Time(begin.0 + 800 * DAY),
        subject: subject(profile).build(),
        spki: p256().public().spki().to_vec(),
        extensions: vec![
            extension::certificate_policies(&[policy(profile), "1.2.3".parse().unwrap()]),
            extension::crl_distribution_points(&["http://example.org/a.crl"]),
            extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT),
            extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
            extension::authority_key_id(&[1; 20]),
            extension::subject_alt_name(&[GeneralName::Rfc822(ALICE.to_owned())], false),
        ],
    }
}

fn broken_clauses(tbs: &TbsCertificate, profile: Profile) -> Vec<&'static str> {
    let der = certificate_der(&tbs.to_der(), &tbs.signature, &[0; 64]);
    check_profile(profile, &Certificate::from_der(&der).unwrap()).iter().map(|v| v.clause.id).collect()
}

fn set(tbs: &mut TbsCertificate, extension: Extension) {
    tbs.extensions.retain(|e| e.oid != extension.oid);
    tbs.extensions.push(extension);
}

#[test]
fn sbr_the_twelve_profiles_can_be_kept() {
    for profile in SmimeBr::ALL {
        assert_eq!(SmimeBr::from_policy(policy(profile)), Some(profile));
        assert_eq!(broken_clauses(&good(profile), Profile::SmimeBr(profile)), [""; 0], "{profile}");
    }
    assert_eq!(SmimeBr::from_policy("2.23.140.1.5.5.1".parse().unwrap()), None);
    assert_eq!(SmimeBr::ALL[2].to_string(), "mailbox-validated strict");
}

/// Each change breaks the clause that is named, for the generations that have it.
#[test]
fn sbr_each_clause_by_itself() {
    use Generation::{Legacy, Multipurpose, Strict};
    type Change = fn(&mut TbsCertificate);
    let changes: &[(&str, Change, &[Generation])] = &[
        ("version", |t| t.extensions.clear(), &[Legacy, Multipurpose, Strict]),
        ("serial", |t| t.serial = vec![1], &[Legacy, Multipurpose, Strict]),
        ("signature", |t| t.signature.oid = oids::ECDSA_SHA1, &[Legacy, Multipurpose, Strict]),
        ("key", |t| t.spki = key(KeySpec::X25519).public().spki().to_vec(), &[Legacy, Multipurpose, Strict]),
        ("policy", |t| set(t, extension::certificate_policies(&[oids::ANY_POLICY])), &[Legacy, Multipurpose, Strict]),
        ("validity", |t| t.not_after.0 += 30 * DAY, &[Multipurpose, Strict]),
        ("legacy-validity", |t| t.not_after.0 += 400 * DAY, &[Legacy]),
        ("legacy-issued", |t| (t.not_before, t.not_after) = (NOW, Time(NOW.0 + DAY)), &[Legacy]),
        (
            "distribution-points",
            |t| set(t, extension::crl_distribution_points(&["ldap://a"])),
            &[Legacy, Multipurpose, Strict],
        ),
        (
            "distribution-points",
            |t| set(t, extension::crl_distribution_points(&["http://a", "ldap://a"])),
            &[Multipurpose, Strict],
        ),
        ("authority-information", |t| set(t, access("https://a/")), &[Legacy, Multipurpose, Strict]),
        ("no-authority", |t| set(t, extension::basic_constraints(true, None)), &[Legacy, Multipurpose, Strict]),
        ("key-usage", |t| set(t, extension::key_usage(KeyUsage::KEY_ENCIPHERMENT)), &[Legacy, Multipurpose, Strict]),
        ("key-usage", |t| set(t, extension::key_usage(KeyUsage::NON_REPUDIATION)), &[Legacy, Multipurpose, Strict]),
        (
            "extended-key-usage",
            |t| set(t, extension::extended_key_usage(&[oids::EMAIL_PROTECTION, oids::CLIENT_AUTH])),
            &[Strict],
        ),
        (
            "extended-key-usage",
            |t| set(t, extension::extended_key_usage(&[oids::EMAIL_PROTECTION, oids::CODE_SIGNING])),
            &[Legacy, Multipurpose, Strict],
        ),
        (
            "issuer-key-id",
            |t| t.extensions.retain(|e| e.oid != oids::AUTHORITY_KEY_IDENTIFIER),
            &[Legacy, Multipurpose, Strict],
        ),
        ("issuer-key-id", |t| set(t, issuer_and_serial()), &[Legacy, Multipurpose, Strict]),
        (
            "names",
            |t| set(t, names(&[GeneralName::Rfc822(ALICE.into()), GeneralName::Dns("a.org".into())])),
            &[Legacy, Multipurpose, Strict],
        ),
        ("names", |t| set(t, names(&[GeneralName::Rfc822(ALICE.into()), other_name()])), &[Strict]),
        ("names", |t| set(t, names(&[GeneralName::Rfc822("nobody".into())])), &[Legacy, Multipurpose, Strict]),
        ("subject-mailboxes", |t| with_subject(t, |n| n.email("b@example.org")), &[Legacy, Multipurpose, Strict]),
        ("places", |t| with_subject(t, |n| n.attribute(oids::COUNTRY, "germany")), &[Legacy, Multipurpose, Strict]),
        ("directory-attributes", |t| set(t, odd(oids::SUBJECT_DIRECTORY_ATTRIBUTES, false)), &[Multipurpose, Strict]),
        ("not-critical", |t| set(t, odd(oids::QC_STATEMENTS, true)), &[Legacy, Multipurpose, Strict]),
        ("adobe", |t| set(t, odd(oids::ADOBE_TIME_STAMP, false)), &[Strict]),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for profile in SmimeBr::ALL {
        for (clause, change, generations) in changes {
            let mut tbs = good(profile);
            change(&mut tbs);
            let found = broken_clauses(&tbs, Profile::SmimeBr(profile));
            assert_eq!(
                found.contains(clause),
                generations.contains(&profile.generation),
                "{profile} {clause} {found:?}"
            );
            seen.insert(*clause);
        }
    }
    let elsewhere = ["key-encoding", "subject", "common-name", "organization-identifier", "legal-entity"];
    for profile in SmimeBr::ALL {
        for clause in profile_clauses(Profile::SmimeBr(profile)) {
            assert!(seen.contains(clause.id) || elsewhere.contains(&clause.id), "{} is not tested", clause.id);
        }
    }
}

/// An authorityKeyIdentifier with all three of its fields.
fn issuer_and_serial() -> Extension {
    extension::extension(oids::AUTHORITY_KEY_IDENTIFIER, false, |w| {
        w.sequence(|w| {
            w.element(Tag::context_primitive(0), &[1; 20]);
            w.nested(Tag::context(1), |w| GeneralName::Dns("a.org".to_owned()).write(w));
            w.element(Tag::context_primitive(2), &[7]);
        });
    })
}

fn access(uri: &str) -> Extension {
    extension::extension(oids::AUTHORITY_INFO_ACCESS, false, |w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(oids::AD_CA_ISSUERS);
                GeneralName::Uri(uri.to_owned()).write(w);
            });
        });
    })
}

fn names(list: &[GeneralName]) -> Extension {
    extension::subject_alt_name(list, false)
}

fn other_name() -> GeneralName {
    GeneralName::Other { oid: "1.2.3".parse().unwrap(), value: vec![5, 0] }
}

/// The attributes of the good subject, and more.
fn with_subject(tbs: &mut TbsCertificate, more: fn(NameBuilder) -> NameBuilder) {
    let known = tbs.subject.attributes().fold(NameBuilder::new(), |name, a| name.attribute(a.oid, &a.text));
    tbs.subject = more(known).build();
}

#[test]
fn sbr_subjects_by_their_kind() {
    type Row = (&'static str, fn() -> Name, [bool; 12]);
    let table: &[Row] = &[
        // mailbox, organization, sponsor, individual: each legacy, multipurpose, strict
        (
            "nothing",
            || NameBuilder::new().build(),
            [true, true, true, false, false, false, false, false, false, true, false, false],
        ),
        (
            "title",
            || subject(SmimeBr::ALL[8]).attribute(oids::TITLE, "Dr.").build(),
            [false, false, false, false, false, false, true, true, true, false, false, false],
        ),
        (
            "street",
            || subject(SmimeBr::ALL[3]).attribute(oids::LOCALITY, "B").attribute(oids::STREET, "S 1").build(),
            [false, false, false, true, true, false, true, false, false, false, false, false],
        ),
        (
            "another attribute",
            || subject(SmimeBr::ALL[9]).attribute("1.2.3".parse().unwrap(), "x").build(),
            [false, false, false, false, false, false, false, false, false, true, false, false],
        ),
        ("both names", || subject(SmimeBr::ALL[9]).attribute(oids::PSEUDONYM, "x").build(), [false; 12]),
        ("no name at all", || subject(SmimeBr::ALL[9]).attribute(oids::TITLE, " - ").build(), [false; 12]),
        (
            "pseudonym",
            || NameBuilder::new().attribute(oids::PSEUDONYM, "x").build(),
            [false, false, false, false, false, false, false, false, false, true, true, true],
        ),
    ];
    for (what, subject, kept) in table {
        for (profile, kept) in SmimeBr::ALL.into_iter().zip(kept) {
            let tbs = TbsCertificate { subject: subject(), ..good(profile) };
            let found = broken_clauses(&tbs, Profile::SmimeBr(profile));
            assert_eq!(!found.contains(&"subject"), *kept, "{what} {profile} {found:?}");
        }
    }
    let with = |profile: SmimeBr, oid: Oid, text: &str| {
        let known = good(profile).subject;
        let kept = known.attributes().filter(|a| a.oid != oid);
        let name = kept.fold(NameBuilder::new(), |name, a| name.attribute(a.oid, &a.text)).attribute(oid, text).build();
        broken_clauses(&TbsCertificate { subject: name, ..good(profile) }, Profile::SmimeBr(profile))
    };
    let organization = SmimeBr::new(Validation::Organization, Generation::Strict);
    for (text, kept) in [
        ("NTRGB-12345678", true),
        ("NTRUS+CA-12345678", true),
        ("PSDBE-NBB-1234.567.890", true),
        ("GOVUS", true),
        ("GOVUS+CA", true),
        ("INTXG", true),
        ("NTRDE", false),
        ("NTRDE-", false),
        ("NTRD-1", false),
        ("ntrde-1", false),
        ("NTRUS+CALI-1", false),
    ] {
        let found = with(organization, oids::ORGANIZATION_IDENTIFIER, text);
        assert_eq!(found.is_empty(), kept, "{text} {found:?}");
    }
    assert_eq!(with(organization, oids::COMMON_NAME, "Somebody"), ["common-name"]);
    assert_eq!(with(organization, oids::COMMON_NAME, ALICE), [""; 0]);
    let mailbox = SmimeBr::new(Validation::Mailbox, Generation::Strict);
    assert_eq!(with(mailbox, oids::COMMON_NAME, "Example"), ["common-name"]);
    // A legal entity's identifier in the certificate of a person or of a mailbox.
    for (profile, oid, kept) in [
        (SmimeBr::ALL[2], oids::LEI, false),
        (SmimeBr::ALL[5], oids::LEI, true),
        (SmimeBr::ALL[5], oids::LEI_ROLE, false),
        (SmimeBr::ALL[8], oids::LEI_ROLE, true),
        (SmimeBr::ALL[11], oids::LEI, false),
    ] {
        let mut tbs = good(profile);
        set(&mut tbs, odd(oid, false));
        assert_eq!(broken_clauses(&tbs, Profile::SmimeBr(profile)).is_empty(), kept, "{profile} {oid}");
    }
}

#[test]
fn sbr_paths_are_judged_whole() {
    let (root_key, middle_key) = (p256(), key(KeySpec::Ec(Curve::P384)));
    let named = |text: &str| NameBuilder::new().country("DE").organization("CA").common_name(text).build();
    let root = Make { subject: named("Root"), ..ca("Root", None) }.self_signed(&root_key);
    let authority = || {
        Make { subject: named("Middle"), ..ca("Middle", Some(0)) }
            .with(extension::certificate_policies(&[oids::ANY_POLICY]))
            .with(extension::crl_distribution_points(&["http://example.org/root.crl"]))
            .with(extension::extended_key_usage(&[oids::EMAIL_PROTECTION]))
            .with(extension::authority_key_id(&[1; 20]))
            .with(extension::subject_key_id(&[2; 20]))
    };
    let strict = SmimeBr::new(Validation::Mailbox, Generation::Strict);
    let prove = |middle: Make, below: fn(Make) -> Make| {
        let middle = middle.by(&middle_key, &root, &root_key);
        let tbs = good(strict);
        let made = make(tbs.subject.clone(), tbs.extensions);
        broken(judged(&below(made).by(&p256(), &middle, &middle_key), &middle, &root, PathProfile::SmimeBr))
    };
    assert_eq!(prove(authority(), |make| make), None);
    assert_eq!(prove(authority(), |make| make.without(oids::CERTIFICATE_POLICIES)).as_deref(), Some("policy"));
    assert_eq!(
        prove(authority(), |make| make.without(oids::CRL_DISTRIBUTION_POINTS)).as_deref(),
        Some("distribution-points")
    );
    for (oid, clause) in [
        (oids::CERTIFICATE_POLICIES, "authority-policy"),
        (oids::CRL_DISTRIBUTION_POINTS, "distribution-points"),
        (oids::AUTHORITY_KEY_IDENTIFIER, "issuer-key-id"),
        (oids::SUBJECT_KEY_IDENTIFIER, "key-id"),
    ] {
        assert_eq!(prove(authority().without(oid), |make| make).as_deref(), Some(clause));
    }
    let server = extension::extended_key_usage(&[oids::EMAIL_PROTECTION, oids::SERVER_AUTH]);
    assert_eq!(prove(authority().with(server), |make| make).as_deref(), Some("extended-key-usage"));
    let nameless = Make { subject: common::named("Middle"), ..authority() };
    assert_eq!(prove(nameless, |make| make).as_deref(), Some("authority-subject"));
    // The issuer in capitals is the same name, and not the same octets.
    let middle = authority().by(&middle_key, &root, &root_key);
    let tbs = good(strict);
    let loud = make(tbs.subject.clone(), tbs.extensions).issued(p256().public().spki(), &named("MIDDLE"), &middle_key);
    assert_eq!(broken(judged(&loud, &middle, &root, PathProfile::Pkix)), None);
    assert_eq!(broken(judged(&loud, &middle, &root, PathProfile::SmimeBr)).as_deref(), Some("names"));
}
