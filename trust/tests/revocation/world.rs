//! An anchor, an authority, a person, and what is said of them.

use crypto::{Digest, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
use sealpost_trust::{
    Evidence, Policy, ProvenPath, Purpose, RevocationEvidence, RevocationOutcome, When, check_revocation, validate,
};
use wire::x509::{DistributionPoint, Extension, GeneralName, TbsCertificate, certificate_der};
use wire::{Certificate, Crl, Name};

use crate::common::{Make, NOW, ca, leaf, named, p256};
use crate::lists::{crl, distribution_points};

pub struct World {
    pub root_key: SoftKey,
    pub root: Certificate,
    pub ca_key: SoftKey,
    pub ca: Certificate,
    pub leaf: Certificate,
    /// Further certificates at hand.
    pub pool: Vec<Certificate>,
    pub evidence: RevocationEvidence,
}

impl World {
    /// A person's certificate with these extensions; the anchor's CRL for the authority is at hand.
    pub fn new(extensions: Vec<Extension>) -> World {
        World::with(leaf("alice@example.org"), extensions)
    }

    pub fn with(make: Make, extensions: Vec<Extension>) -> World {
        let (root_key, ca_key) = (p256(), p256());
        let root = ca("Root", None).self_signed(&root_key);
        let authority = ca("CA", None).by(&ca_key, &root, &root_key);
        let leaf = extensions.into_iter().fold(make, Make::with).by(&p256(), &authority, &ca_key);
        let crls = vec![crl(root.subject()).signed(&root_key)];
        let evidence = RevocationEvidence { crls, ..RevocationEvidence::default() };
        World { root_key, root, ca_key, ca: authority, leaf, pool: Vec::new(), evidence }
    }

    pub fn add(&mut self, crl: Crl) -> &mut World {
        self.evidence.crls.push(crl);
        self
    }

    pub fn path(&self) -> ProvenPath {
        let pool: Vec<Certificate> = [std::slice::from_ref(&self.ca), &self.pool].concat();
        let evidence = Evidence { pool: &pool, anchors: std::slice::from_ref(&self.root), distrusted: &[] };
        validate(&self.leaf, Purpose::Any, &evidence, &Policy::standard(), NOW).unwrap()
    }

    pub fn outcome_at(&self, when: When) -> RevocationOutcome {
        let pool: Vec<Certificate> = [std::slice::from_ref(&self.ca), &self.pool].concat();
        let evidence = Evidence { pool: &pool, anchors: std::slice::from_ref(&self.root), distrusted: &[] };
        check_revocation(&self.path(), &evidence, &self.evidence, &Policy::standard(), when)
    }

    pub fn outcome(&self) -> RevocationOutcome {
        self.outcome_at(When::now(NOW))
    }

    pub fn word(&self) -> &'static str {
        self.outcome().word()
    }
}

/// A certificate of the authority of this world with this serial number; others all have the same.
pub fn numbered(make: Make, serial: u8, world: &World) -> Certificate {
    let how = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let tbs = TbsCertificate {
        serial: vec![serial],
        signature: how.to_x509(),
        issuer: world.ca.subject().clone(),
        not_before: make.not_before,
        not_after: make.not_after,
        subject: make.subject,
        spki: p256().public().spki().to_vec(),
        extensions: make.extensions,
    };
    let tbs = tbs.to_der();
    let signature = world.ca_key.sign(&how, &tbs, &mut SystemRandom).unwrap();
    Certificate::from_der(&certificate_der(&tbs, &how.to_x509(), &signature)).unwrap()
}

/// A distribution point of this name.
pub fn point(name: &Name) -> DistributionPoint {
    DistributionPoint { full_name: vec![GeneralName::Directory(name.clone())], ..DistributionPoint::default() }
}

pub fn points(points: &[DistributionPoint]) -> Vec<Extension> {
    vec![distribution_points(points)]
}

/// The name of a distribution point of the authority: its own name and one RDN more.
pub fn below(issuer: &Name, name: &str) -> Name {
    issuer.with_rdn(&rdn(name)).unwrap()
}

/// The contents of an RDN.
pub fn rdn(name: &str) -> Vec<u8> {
    let whole = named(name);
    wire::der::one(wire::der::one(whole.der()).unwrap().contents).unwrap().contents.to_vec()
}
