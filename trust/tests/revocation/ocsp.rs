//! OCSP answers in every shape, good and bad (RFC 6960, RFC 9654).

use crypto::{Digest, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom, digest};
use sealpost_trust::{Doubt, OcspAnswer, RevocationSource, RevocationState};
use wire::crl::Reason;
use wire::der::{Tag, Writer};
use wire::ocsp::{BasicOcspResponse, CertId, OcspResponse};
use wire::x509::{Extension, KeyUsage, extension};
use wire::{AlgorithmIdentifier, Certificate, Name, Time, oids};

use crate::common::{DAY, Make, NOW, make, named, p256};
use crate::lists::{RevokedSpec, crl};
use crate::world::World;

#[derive(Clone)]
enum Status {
    Good,
    Revoked(i64, Reason),
    Unknown,
}

/// What a test varies of an answer; the default is good, fresh and by the issuer itself.
#[derive(Clone)]
struct Answer {
    hash: Digest,
    id: Option<CertId>,
    status: Status,
    this: i64,
    next: Option<i64>,
    produced: i64,
    nonce: Option<Vec<u8>>,
    by_key: bool,
    cutoff: Option<i64>,
    critical: bool,
}

impl Default for Answer {
    fn default() -> Self {
        Answer {
            hash: Digest::Sha1,
            id: None,
            status: Status::Good,
            this: -3600,
            next: Some(DAY),
            produced: -3600,
            nonce: None,
            by_key: false,
            cutoff: None,
            critical: false,
        }
    }
}

fn id(certificate: &Certificate, issuer: &Certificate, hash: Digest) -> CertId {
    CertId {
        hash: hash.algorithm_identifier(),
        name: digest(hash, issuer.subject().der()).to_vec(),
        key: digest(hash, issuer.public_key().key()).to_vec(),
        serial: certificate.serial().to_vec(),
    }
}

fn time(w: &mut Writer, offset: i64) {
    Time(NOW.0 + offset).write_generalized(w);
}

fn write_extension(w: &mut Writer, oid: wire::Oid, critical: bool, value: &[u8]) {
    Extension { oid, critical, value: value.to_vec() }.write(w);
}

impl Answer {
    fn single(&self, w: &mut Writer, id: &CertId) {
        w.sequence(|w| {
            id.write(w);
            match self.status {
                Status::Good => w.element(Tag::context_primitive(0), &[]),
                Status::Unknown => w.element(Tag::context_primitive(2), &[]),
                Status::Revoked(at, reason) => w.nested(Tag::context(1), |w| {
                    time(w, at);
                    w.nested(Tag::context(0), |w| {
                        w.element(Tag::ENUMERATED, &[reason.number()]);
                    });
                }),
            };
            time(w, self.this);
            if let Some(next) = self.next {
                w.nested(Tag::context(0), |w| time(w, next));
            }
            if let Some(cutoff) = self.cutoff {
                let mut value = Writer::new();
                time(&mut value, cutoff);
                w.nested(Tag::context(1), |w| {
                    w.sequence(|w| write_extension(w, oids::OCSP_ARCHIVE_CUTOFF, false, value.as_bytes()));
                });
            }
        });
    }

    fn signed(&self, ids: &[CertId], name: &Name, key: &SoftKey, certificates: &[Certificate]) -> BasicOcspResponse {
        let mut tbs = Writer::new();
        tbs.sequence(|w| {
            if self.by_key {
                w.nested(Tag::context(2), |w| {
                    w.octet_string(&key.public().key_id());
                });
            } else {
                w.nested(Tag::context(1), |w| {
                    w.raw(name.der());
                });
            }
            time(w, self.produced);
            w.sequence(|w| ids.iter().for_each(|id| self.single(w, id)));
            let mut nonce = Writer::new();
            nonce.octet_string(self.nonce.as_deref().unwrap_or_default());
            if self.nonce.is_some() || self.critical {
                w.nested(Tag::context(1), |w| {
                    w.sequence(|w| {
                        if self.nonce.is_some() {
                            write_extension(w, oids::OCSP_NONCE, false, nonce.as_bytes());
                        }
                        if self.critical {
                            write_extension(w, oids::COMMON_NAME, true, &[5, 0]);
                        }
                    });
                });
            }
        });
        let how = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        let signature = key.sign(&how, tbs.as_bytes(), &mut SystemRandom).unwrap();
        let mut w = Writer::new();
        w.sequence(|w| {
            w.raw(tbs.as_bytes());
            how.to_x509().write(w);
            w.bit_string(&signature);
            if !certificates.is_empty() {
                w.nested(Tag::context(0), |w| {
                    w.sequence(|w| {
                        certificates.iter().for_each(|c| {
                            w.raw(c.der());
                        })
                    });
                });
            }
        });
        // Through the outer form, as it comes off the wire.
        let mut outer = Writer::new();
        outer.sequence(|o| {
            o.element(Tag::ENUMERATED, &[0]).nested(Tag::context(0), |o| {
                o.sequence(|o| {
                    o.oid(oids::OCSP_BASIC).octet_string(w.as_bytes());
                });
            });
        });
        OcspResponse::from_der(outer.as_bytes()).unwrap().basic.unwrap()
    }

    /// By the issuer's own key, about the leaf of a world.
    fn of(&self, world: &World) -> BasicOcspResponse {
        let id = self.id.clone().unwrap_or_else(|| id(&world.leaf, &world.ca, self.hash));
        self.signed(&[id], world.ca.subject(), &world.ca_key, &[])
    }
}

fn said(world: &mut World, answer: OcspAnswer) -> RevocationState {
    world.evidence.ocsp = vec![answer];
    world.outcome().certificates[0].state.clone()
}

/// The state after this answer by the issuer itself.
fn state(answer: &Answer) -> RevocationState {
    let mut world = World::new(Vec::new());
    let response = answer.of(&world);
    said(&mut world, OcspAnswer::kept(response))
}

fn doubt(state: RevocationState) -> Doubt {
    match state {
        RevocationState::Undetermined(doubts) => doubts[0].clone(),
        state => panic!("{state:?}"),
    }
}

#[test]
fn r_03_an_answer_by_the_issuer() {
    assert_eq!(state(&Answer::default()), RevocationState::Good);
    assert_eq!(state(&Answer { by_key: true, ..Answer::default() }), RevocationState::Good);
    for hash in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        assert_eq!(state(&Answer { hash, ..Answer::default() }), RevocationState::Good, "{hash}");
    }
    let revoked = Answer { status: Status::Revoked(-7200, Reason::KeyCompromise), ..Answer::default() };
    let RevocationState::Revoked(revoked) = state(&revoked) else { panic!() };
    assert_eq!((revoked.at, revoked.reason), (Time(NOW.0 - 7200), Reason::KeyCompromise));
    assert_eq!(doubt(state(&Answer { status: Status::Unknown, ..Answer::default() })), Doubt::UnknownThere);
    let mut world = World::new(Vec::new());
    world.evidence.ocsp = vec![OcspAnswer::kept(Answer::default().of(&world))];
    assert_eq!(world.outcome().certificates[0].source, RevocationSource::Ocsp);
}

/// CVE-2026-58062: an answer about another certificate says nothing of this one.
#[test]
fn r_03_an_answer_is_bound_to_the_certificate() {
    let world = World::new(Vec::new());
    let own = id(&world.leaf, &world.ca, Digest::Sha1);
    let changes: [fn(&mut CertId); 4] = [
        |id| id.serial = vec![5],
        |id| id.name[0] ^= 1,
        |id| id.key[0] ^= 1,
        |id| id.hash = AlgorithmIdentifier::new(oids::MD5),
    ];
    for change in changes {
        let mut world = World::new(Vec::new());
        let mut other = id(&world.leaf, &world.ca, Digest::Sha1);
        change(&mut other);
        let response = Answer { id: Some(other), ..Answer::default() }.of(&world);
        assert_eq!(doubt(said(&mut world, OcspAnswer::kept(response))), Doubt::Nothing);
    }
    // Among several it is found, by either digest.
    let mut world = World::new(Vec::new());
    let ids = [CertId { serial: vec![5], ..own }, id(&world.leaf, &world.ca, Digest::Sha256)];
    let response = Answer::default().signed(&ids, world.ca.subject(), &world.ca_key, &[]);
    assert_eq!(said(&mut world, OcspAnswer::kept(response)), RevocationState::Good);
}

#[test]
fn r_03_times_of_answers() {
    let with = |this, next, produced| state(&Answer { this, next, produced, ..Answer::default() });
    assert_eq!(doubt(with(-DAY, Some(-1), -DAY)), Doubt::Stale { what: "OCSP answer", next: Time(NOW.0 - 1) });
    assert!(matches!(doubt(with(3600, Some(DAY), -60)), Doubt::NotYet { .. }));
    assert!(matches!(doubt(with(-60, Some(DAY), 3600)), Doubt::NotYet { .. }));
    assert_eq!(with(200, Some(DAY), 200), RevocationState::Good, "clocks differ a little");
    assert_eq!(with(-3600, None, -3600), RevocationState::Good);
    assert!(matches!(doubt(with(-2 * DAY, None, -2 * DAY)), Doubt::Old { .. }));
}

#[test]
fn r_04_nonces() {
    let sent = |sent: Option<&[u8]>, got: Option<&[u8]>| {
        let mut world = World::new(Vec::new());
        let response = Answer { nonce: got.map(<[u8]>::to_vec), ..Answer::default() }.of(&world);
        said(&mut world, OcspAnswer { response, nonce: sent.map(<[u8]>::to_vec) })
    };
    assert_eq!(sent(Some(&[7; 32]), Some(&[7; 32])), RevocationState::Good);
    assert_eq!(doubt(sent(Some(&[7; 32]), Some(&[8; 32]))), Doubt::OtherNonce);
    assert_eq!(sent(Some(&[7; 32]), None), RevocationState::Good);
    assert_eq!(sent(None, Some(&[8; 128])), RevocationState::Good);
}

/// A responder with a certificate of its own, as `shape` makes it.
fn delegated(
    shape: impl FnOnce(Make) -> Make,
    by: impl FnOnce(&World, &SoftKey, Make) -> Certificate,
) -> RevocationState {
    let mut world = World::new(Vec::new());
    // Numbers are all the same in tests: the leaf's is another than the responder's.
    world.leaf = crate::world::numbered(crate::common::leaf("bob@example.org"), 7, &world);
    let key = p256();
    let usual = make(
        named("Responder"),
        vec![
            extension::key_usage(KeyUsage::DIGITAL_SIGNATURE),
            extension::extended_key_usage(&[oids::OCSP_SIGNING]),
            Extension { oid: oids::OCSP_NO_CHECK, critical: false, value: vec![5, 0] },
        ],
    );
    let own = by(&world, &key, shape(usual));
    let id = id(&world.leaf, &world.ca, Digest::Sha1);
    let response = Answer::default().signed(&[id], own.subject(), &key, std::slice::from_ref(&own));
    said(&mut world, OcspAnswer::kept(response))
}

fn by_ca(world: &World, key: &SoftKey, make: Make) -> Certificate {
    make.by(key, &world.ca, &world.ca_key)
}

#[test]
fn r_03_a_delegated_responder() {
    assert_eq!(delegated(|m| m, by_ca), RevocationState::Good);
    let why = |state| match doubt(state) {
        Doubt::MayNotSign { why, .. } => why,
        other => panic!("{other:?}"),
    };
    // By the CA and with its key, for OCSP in so many words, in its time, and to be understood.
    assert_eq!(
        why(delegated(|m| m, |world, key, m| m.issued(key.public().spki(), world.ca.subject(), &p256()))),
        "its certificate is not by the issuer's key"
    );
    let by_root = delegated(|m| m, |world, key, m| m.by(key, &world.root, &world.root_key));
    assert!(matches!(doubt(by_root), Doubt::NoSigner { .. }));
    let eku = |oid| move |m: Make| m.with(extension::extended_key_usage(&[oid]));
    assert_eq!(why(delegated(eku(oids::ANY_EXTENDED_KEY_USAGE), by_ca)), "its certificate is not for OCSP");
    assert_eq!(why(delegated(|m| m.without(oids::EXTENDED_KEY_USAGE), by_ca)), "its certificate is not for OCSP");
    let crls_only = |m: Make| m.with(extension::key_usage(KeyUsage::CRL_SIGN));
    assert_eq!(why(delegated(crls_only, by_ca)), "its key usage has no signatures");
    assert!(matches!(doubt(delegated(|m| m.valid(-9, -1), by_ca)), Doubt::Untrusted(_)));
    let odd = |m: Make| m.with(Extension { oid: oids::COMMON_NAME, critical: true, value: vec![5, 0] });
    assert!(why(delegated(odd, by_ca)).contains("not understood"));
    let critical = |m: Make| m.with(Extension { oid: oids::OCSP_NO_CHECK, critical: true, value: vec![5, 0] });
    assert_eq!(delegated(critical, by_ca), RevocationState::Good);
}

/// Without id-pkix-ocsp-nocheck the responder's own certificate is looked up (RFC 6960 section 4.2.2.2.1).
#[test]
fn r_03_a_responder_that_can_be_revoked() {
    let at = |m: Make| {
        let points = [wire::x509::DistributionPoint {
            full_name: vec![wire::x509::GeneralName::Uri("http://a.example/crl".into())],
            ..Default::default()
        }];
        m.without(oids::OCSP_NO_CHECK).with(crate::lists::distribution_points(&points))
    };
    assert!(matches!(doubt(delegated(at, by_ca)), Doubt::SignerUndetermined { .. }));
    // An authority that names no way to check it has left it open.
    assert_eq!(delegated(|m| m.without(oids::OCSP_NO_CHECK), by_ca), RevocationState::Good);
    // Revoked: leaf and responder have one number in tests, so the leaf is given another.
    let mut world = World::new(Vec::new());
    let key = p256();
    let usual = make(named("Responder"), vec![extension::extended_key_usage(&[oids::OCSP_SIGNING])]);
    let own = usual.by(&key, &world.ca, &world.ca_key);
    let listed = crl(world.ca.subject()).listing(RevokedSpec::new(own.serial(), NOW));
    world.leaf = crate::world::numbered(crate::common::leaf("bob@example.org"), 7, &world);
    let id = id(&world.leaf, &world.ca, Digest::Sha1);
    let response = Answer::default().signed(&[id], own.subject(), &key, std::slice::from_ref(&own));
    let list = listed.times(-3 * DAY, Some(-DAY)).signed(&world.ca_key);
    world.add(list);
    assert!(matches!(doubt(said(&mut world, OcspAnswer::kept(response))), Doubt::SignerRevoked { .. }));
}

#[test]
fn r_03_forged_answers() {
    let mut world = World::new(Vec::new());
    let id = id(&world.leaf, &world.ca, Digest::Sha1);
    let forged = Answer::default().signed(std::slice::from_ref(&id), world.ca.subject(), &p256(), &[]);
    assert!(matches!(doubt(said(&mut world, OcspAnswer::kept(forged))), Doubt::BadSignature { .. }));
    // By the issuer's key, and named after somebody else.
    let other = Answer::default().signed(&[id], &named("Other"), &world.ca_key, &[]);
    assert!(matches!(doubt(said(&mut world, OcspAnswer::kept(other))), Doubt::NoSigner { .. }));
    let odd = Answer { critical: true, ..Answer::default() };
    assert!(matches!(doubt(state(&odd)), Doubt::UnknownCritical { .. }));
    // every octet that the signature covers counts.
    let good = Answer::default().of(&world);
    let der = good.der().to_vec();
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 0x01;
        if let Ok(response) = BasicOcspResponse::from_der(&changed) {
            let state = said(&mut world, OcspAnswer::kept(response));
            assert!(matches!(state, RevocationState::Undetermined(_)), "{at}");
        }
    }
    for end in 0..der.len() {
        assert!(BasicOcspResponse::from_der(&der[..end]).is_err());
    }
}

/// whoever is asked about a certificate that has expired need not know it any more, unless it says so.
#[test]
fn r_03_archive_cutoff() {
    let expired = |cutoff: Option<i64>| {
        let mut world = World::new(Vec::new());
        let path_of = world.leaf.clone();
        // The leaf ends in 300 days; the answer is of a time after that.
        let late = 400 * DAY;
        let answer =
            Answer { this: late - 3600, next: Some(late + DAY), produced: late - 3600, cutoff, ..Answer::default() };
        let response = answer.of(&world);
        assert_eq!(path_of, world.leaf);
        world.evidence.ocsp = vec![OcspAnswer::kept(response)];
        let when = sealpost_trust::When { now: Time(NOW.0 + late), stamped: Some(NOW) };
        world.outcome_at(when).certificates[0].state.clone()
    };
    assert_eq!(doubt(expired(None)), Doubt::Archived { what: "OCSP answer" });
    assert_eq!(expired(Some(299 * DAY)), RevocationState::Good);
    assert_eq!(doubt(expired(Some(301 * DAY))), Doubt::Archived { what: "OCSP answer" });
}

/// "Revoked" prevails over "good", whoever says which; what was on hold may have come back.
#[test]
fn r_03_lists_and_answers_together() {
    let both = |listed: Option<(i64, Reason)>, answer: &Answer| {
        let mut world = World::new(Vec::new());
        let mut list = crl(world.ca.subject()).times(listed.map_or(-DAY, |(this, _)| this), Some(DAY));
        if let Some((this, reason)) = listed {
            list = list.listing(RevokedSpec::new(world.leaf.serial(), Time(NOW.0 + this)).because(reason));
        }
        let (list, response) = (list.signed(&world.ca_key), answer.of(&world));
        world.add(list);
        world.evidence.ocsp = vec![OcspAnswer::kept(response)];
        world.word()
    };
    let revoked = |reason| Answer { status: Status::Revoked(-7200, reason), ..Answer::default() };
    assert_eq!(both(None, &Answer::default()), "good");
    assert_eq!(both(None, &revoked(Reason::Superseded)), "revoked");
    assert_eq!(both(Some((-DAY, Reason::Superseded)), &Answer::default()), "revoked");
    assert_eq!(both(Some((-DAY, Reason::CertificateHold)), &Answer::default()), "good");
    assert_eq!(both(Some((-60, Reason::CertificateHold)), &Answer::default()), "revoked");
}
