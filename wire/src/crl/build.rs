//! Writing a list from what a CA knows (RFC 5280 §5).

use super::entry::Reason;
use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Tag, Writer};
use crate::name::Name;
use crate::oid::Oid;
use crate::oids;
use crate::time::Time;
use crate::x509::{Extension, extension};

/// What a CA signs: a whole list of version 2 for all that it issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TbsCrl {
    /// The algorithm the CA will sign with.
    pub signature: AlgorithmIdentifier,
    /// The CA's name, with the very encoding of the CA certificate's subject.
    pub issuer: Name,
    /// When the list was made.
    pub this_update: Time,
    /// By when there is a newer one.
    pub next_update: Time,
    /// Serial number (contents octets), time and reason of each certificate.
    pub entries: Vec<(Vec<u8>, Time, Reason)>,
    /// The CA's subjectKeyIdentifier.
    pub authority_key_id: Vec<u8>,
    /// crlNumber: greater than that of the list before.
    pub number: u64,
}

impl TbsCrl {
    /// The DER of the tbsCertList: the bytes to sign. [`crate::x509::certificate_der`] puts the whole together. An
    /// unspecified reason is left out (RFC 5280 §5.3.1), and so is a list of nothing (§5.1.2.6).
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(1);
            self.signature.write(w);
            w.raw(self.issuer.der());
            self.this_update.write(w);
            self.next_update.write(w);
            if !self.entries.is_empty() {
                w.sequence(|w| self.entries.iter().for_each(|entry| write_entry(w, entry)));
            }
            w.nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    extension::authority_key_id(&self.authority_key_id).write(w);
                    let mut number = Writer::new();
                    number.uint(self.number);
                    plain(oids::CRL_NUMBER, number).write(w);
                });
            });
        });
        w.into_bytes()
    }
}

fn write_entry(w: &mut Writer, (serial, at, reason): &(Vec<u8>, Time, Reason)) {
    w.sequence(|w| {
        w.integer(serial);
        at.write(w);
        if *reason != Reason::Unspecified {
            w.sequence(|w| {
                let mut value = Writer::new();
                value.element(Tag::ENUMERATED, &[reason.number()]);
                plain(oids::REASON_CODE, value).write(w);
            });
        }
    });
}

/// One that is not critical.
fn plain(oid: Oid, value: Writer) -> Extension {
    Extension { oid, critical: false, value: value.into_bytes() }
}
