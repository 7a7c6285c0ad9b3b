//! CRLs made to order, right and wrong ones.

use crypto::{PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
use wire::crl::{IssuingDistributionPoint, Reason};
use wire::der::{Tag, Writer};
use wire::x509::{DistributionPoint, Extension, GeneralName, ReasonFlags, certificate_der};
use wire::{AlgorithmIdentifier, Crl, Name, Oid, Time, oids};

use crate::common::{DAY, NOW};

/// A CRL of this issuer that is fresh and lists nobody.
pub fn crl(issuer: &Name) -> TbsCrl {
    TbsCrl {
        signature: AlgorithmIdentifier::new(oids::ECDSA_SHA256),
        issuer: issuer.clone(),
        this_update: Time(NOW.0 - DAY),
        next_update: Some(Time(NOW.0 + DAY)),
        entries: Vec::new(),
        extensions: Vec::new(),
    }
}

impl TbsCrl {
    pub fn with(mut self, extension: Extension) -> TbsCrl {
        self.extensions.push(extension);
        self
    }

    pub fn listing(mut self, entry: RevokedSpec) -> TbsCrl {
        self.entries.push(entry);
        self
    }

    pub fn times(mut self, this: i64, next: Option<i64>) -> TbsCrl {
        self.this_update = Time(NOW.0 + this);
        self.next_update = next.map(|next| Time(NOW.0 + next));
        self
    }

    pub fn signed(&self, key: &SoftKey) -> Crl {
        let how = SignatureAlgorithm::Ecdsa(crypto::Digest::Sha256);
        let tbs = self.to_der();
        let signature = key.sign(&how, &tbs, &mut SystemRandom).unwrap();
        Crl::from_der(&certificate_der(&tbs, &self.signature, &signature)).unwrap()
    }
}

/// What a list of version 2 says.
#[derive(Debug, Clone)]
pub struct TbsCrl {
    /// How it is signed.
    pub signature: AlgorithmIdentifier,
    /// Who signs it.
    pub issuer: Name,
    /// When it is issued.
    pub this_update: Time,
    /// By when there is another.
    pub next_update: Option<Time>,
    /// The certificates that it lists.
    pub entries: Vec<RevokedSpec>,
    /// The list's extensions, as [`crl_extension`] makes them.
    pub extensions: Vec<Extension>,
}

/// One entry to write.
#[derive(Debug, Clone)]
pub struct RevokedSpec {
    /// The contents octets of the certificate's serial number.
    pub serial: Vec<u8>,
    /// revocationDate.
    pub at: Time,
    /// reasonCode, where it is told; `Unspecified` is left out (RFC 5280 §5.3.1).
    pub reason: Option<Reason>,
    /// invalidityDate.
    pub invalid_since: Option<Time>,
    /// certificateIssuer, in indirect lists.
    pub issuer: Option<Name>,
    /// Further extensions.
    pub extensions: Vec<Extension>,
}

impl RevokedSpec {
    /// An entry without extensions.
    pub fn new(serial: &[u8], at: Time) -> Self {
        let serial = serial.to_vec();
        RevokedSpec { serial, at, reason: None, invalid_since: None, issuer: None, extensions: Vec::new() }
    }

    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    pub fn of(mut self, issuer: &Name) -> Self {
        self.issuer = Some(issuer.clone());
        self
    }

    fn write(&self, w: &mut Writer) {
        let mut extensions = Vec::new();
        if let Some(reason) = self.reason.filter(|reason| *reason != Reason::Unspecified) {
            let mut value = Writer::new();
            value.element(Tag::ENUMERATED, &[reason.number()]);
            extensions.push(extension(oids::REASON_CODE, false, value));
        }
        if let Some(time) = self.invalid_since {
            let mut value = Writer::new();
            time.write_generalized(&mut value);
            extensions.push(extension(oids::INVALIDITY_DATE, false, value));
        }
        if let Some(issuer) = &self.issuer {
            let mut value = Writer::new();
            value.sequence(|w| GeneralName::Directory(issuer.clone()).write(w));
            extensions.push(extension(oids::CERTIFICATE_ISSUER, true, value));
        }
        extensions.extend(self.extensions.iter().cloned());
        w.sequence(|w| {
            w.integer(&self.serial);
            self.at.write(w);
            if !extensions.is_empty() {
                w.sequence(|w| extensions.iter().for_each(|e| e.write(w)));
            }
        });
    }
}

impl TbsCrl {
    /// The DER of the tbsCertList, which is what is signed.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(1);
            self.signature.write(w);
            w.raw(self.issuer.der());
            self.this_update.write(w);
            if let Some(next) = self.next_update {
                next.write(w);
            }
            if !self.entries.is_empty() {
                w.sequence(|w| self.entries.iter().for_each(|entry| entry.write(w)));
            }
            if !self.extensions.is_empty() {
                w.nested(Tag::context(0), |w| {
                    w.sequence(|w| self.extensions.iter().for_each(|e| e.write(w)));
                });
            }
        });
        w.into_bytes()
    }
}

/// cRLNumber, from its big-endian magnitude.
pub fn crl_number(magnitude: &[u8]) -> Extension {
    let mut value = Writer::new();
    value.unsigned(magnitude);
    extension(oids::CRL_NUMBER, false, value)
}

/// deltaCRLIndicator: the number of the list that it builds upon.
pub fn delta_indicator(base: &[u8]) -> Extension {
    let mut value = Writer::new();
    value.unsigned(base);
    extension(oids::DELTA_CRL_INDICATOR, true, value)
}

/// issuingDistributionPoint.
pub fn scope(point: &IssuingDistributionPoint) -> Extension {
    let mut value = Writer::new();
    value.sequence(|w| {
        write_point_name(w, &point.full_name, point.relative.as_deref());
        write_flag(w, 1, point.only_users);
        write_flag(w, 2, point.only_authorities);
        if let Some(reasons) = point.reasons {
            write_reasons(w, 3, reasons);
        }
        write_flag(w, 4, point.indirect);
        write_flag(w, 5, point.only_attributes);
    });
    extension(oids::ISSUING_DISTRIBUTION_POINT, true, value)
}

/// cRLDistributionPoints of a certificate (§4.2.1.13).
pub fn distribution_points(points: &[DistributionPoint]) -> Extension {
    extension(oids::CRL_DISTRIBUTION_POINTS, false, write_points(points))
}

/// freshestCRL, of a list or a certificate (§5.2.6, §4.2.1.15).
pub fn freshest(points: &[DistributionPoint]) -> Extension {
    extension(oids::FRESHEST_CRL, false, write_points(points))
}

fn extension(oid: Oid, critical: bool, value: Writer) -> Extension {
    Extension { oid, critical, value: value.into_bytes() }
}

fn write_points(points: &[DistributionPoint]) -> Writer {
    let mut value = Writer::new();
    value.sequence(|w| {
        for point in points {
            w.sequence(|w| {
                write_point_name(w, &point.full_name, point.relative.as_deref());
                if let Some(reasons) = point.reasons {
                    write_reasons(w, 1, reasons);
                }
                if !point.crl_issuer.is_empty() {
                    w.nested(Tag::context(2), |w| point.crl_issuer.iter().for_each(|name| name.write(w)));
                }
            });
        }
    });
    value
}

fn write_point_name(w: &mut Writer, full: &[GeneralName], relative: Option<&[u8]>) {
    match relative {
        None if full.is_empty() => {}
        None => {
            w.nested(Tag::context(0), |w| {
                w.nested(Tag::context(0), |w| full.iter().for_each(|name| name.write(w)));
            });
        }
        Some(rdn) => {
            w.nested(Tag::context(0), |w| {
                w.element(Tag::context(1), rdn);
            });
        }
    }
}

fn write_flag(w: &mut Writer, number: u8, set: bool) {
    if set {
        w.element(Tag::context_primitive(number), &[0xff]);
    }
}

/// A named BIT STRING without trailing zero bits (X.690 §11.2.2).
fn write_reasons(w: &mut Writer, number: u8, reasons: ReasonFlags) {
    let [low, high] = reasons.0.to_le_bytes();
    let octets: &[u8] = match (low, high) {
        (0, 0) => &[],
        (low, 0) => &[low.reverse_bits()],
        (low, high) => &[low.reverse_bits(), high.reverse_bits()],
    };
    let unused = octets.last().map_or(0, |last| last.trailing_zeros());
    let mut contents = vec![u8::try_from(unused).unwrap_or_default()];
    contents.extend_from_slice(octets);
    w.element(Tag::context_primitive(number), &contents);
}
