//! Certificates made to order, right and wrong ones.
#![allow(dead_code)]

use crypto::{Curve, Digest, KeyKind, KeySpec, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
use wire::x509::{Extension, GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, Name, NameBuilder, Time, oids};

/// 2026-11-23T10:00:00Z.
pub const NOW: Time = Time(1_795_428_000);
pub const DAY: i64 = 86_400;

/// What a test varies; the defaults make a good certificate.
pub struct Make {
    pub subject: Name,
    pub not_before: Time,
    pub not_after: Time,
    pub extensions: Vec<Extension>,
    pub signature: Option<SignatureAlgorithm>,
}

pub fn key(spec: KeySpec) -> SoftKey {
    SoftKey::generate(spec, &mut SystemRandom).unwrap().0
}

pub fn p256() -> SoftKey {
    key(KeySpec::Ec(Curve::P256))
}

pub fn named(name: &str) -> Name {
    NameBuilder::new().common_name(name).build()
}

pub fn mail(address: &str) -> Extension {
    extension::subject_alt_name(&[GeneralName::Rfc822(address.to_owned())], false)
}

/// A person's certificate for both uses.
pub fn leaf(address: &str) -> Make {
    let usage = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
    let eku = extension::extended_key_usage(&[oids::EMAIL_PROTECTION]);
    make(named("Some Body"), vec![extension::key_usage(usage), eku, mail(address)])
}

pub fn ca(name: &str, path_len: Option<u32>) -> Make {
    let usage = extension::key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN);
    make(named(name), vec![extension::basic_constraints(true, path_len), usage])
}

pub fn make(subject: Name, extensions: Vec<Extension>) -> Make {
    Make { subject, not_before: Time(NOW.0 - DAY), not_after: Time(NOW.0 + 300 * DAY), extensions, signature: None }
}

impl Make {
    pub fn with(mut self, extension: Extension) -> Make {
        self.extensions.retain(|e| e.oid != extension.oid);
        self.extensions.push(extension);
        self
    }

    pub fn without(mut self, oid: wire::Oid) -> Make {
        self.extensions.retain(|e| e.oid != oid);
        self
    }

    pub fn valid(mut self, not_before: i64, not_after: i64) -> Make {
        (self.not_before, self.not_after) = (Time(NOW.0 + not_before * DAY), Time(NOW.0 + not_after * DAY));
        self
    }

    pub fn self_signed(self, key: &SoftKey) -> Certificate {
        let issuer = self.subject.clone();
        self.issued(key.public().spki(), &issuer, key)
    }

    pub fn by(self, key: &SoftKey, issuer: &Certificate, issuer_key: &SoftKey) -> Certificate {
        self.issued(key.public().spki(), issuer.subject(), issuer_key)
    }

    pub fn issued(self, spki: &[u8], issuer: &Name, issuer_key: &SoftKey) -> Certificate {
        let algorithm = self.signature.unwrap_or_else(|| usual(&issuer_key.public().kind()));
        let tbs = TbsCertificate {
            serial: vec![0x11; 16],
            signature: algorithm.to_x509(),
            issuer: issuer.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            subject: self.subject,
            spki: spki.to_vec(),
            extensions: self.extensions,
        };
        let tbs = tbs.to_der();
        let signature = issuer_key.sign(&algorithm, &tbs, &mut SystemRandom).unwrap();
        Certificate::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature)).unwrap()
    }
}

fn usual(kind: &KeyKind) -> SignatureAlgorithm {
    SignatureAlgorithm::for_key(kind, Digest::Sha256).unwrap()
}
