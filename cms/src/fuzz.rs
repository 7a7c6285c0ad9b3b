//! One entry for the fuzzer into the layers that are read whole with keys at hand.

use std::io::{self, BufRead};

use crypto::{Secret, SystemRandom};
use wire::ber::BerReader;
use wire::oids;

use crate::content::{self, Broken};
use crate::digested::DigestedReader;
use crate::enveloped::{AuthenticatedReader, EnvelopedReader, Opening, fuzz_readdressed};
use crate::error::Error;
use crate::keys::{KeyList, SharedSecret};
use crate::permit::Permit;
use crate::signed::SignedReader;

/// Reads the data as a message of any kind, with a key of 16, 24 or 32 zeros for what is encrypted to any such key, or
/// under one; never panics. Nothing is proven of what fails, and what a failing reader gives is never whole.
pub fn fuzz_layers(data: &[u8]) {
    let zeros = |octets: usize| Secret::new(vec![0; octets]);
    let keks = [16, 24, 32].map(|octets| SharedSecret::Kek { id: None, key: zeros(octets) });
    let contents = [16, 24, 32].map(|octets| SharedSecret::ContentKey(zeros(octets)));
    let keys = KeyList::default().with_shared(keks.into_iter().chain(contents).collect());
    let mut rng = SystemRandom;
    let mut ber = BerReader::new(data);
    let Ok(kind) = content::enter(&mut ber) else { return };
    if matches!(kind, oids::ENVELOPED_DATA | oids::AUTH_ENVELOPED_DATA) {
        fuzz_readdressed(data);
    }
    let policy = trust::Policy::standard();
    let permit = Permit::new(&policy, wire::Time(0));
    let opening = Opening::Import { keys: &keys, permit, rng: &mut rng, attributes: Vec::new(), report: true };
    match kind {
        oids::SIGNED_DATA => drain(SignedReader::new(ber, true), |reader| reader.finish().0.map(drop)),
        oids::DIGESTED_DATA => drain(DigestedReader::new(ber), |reader| reader.finish().0.map(drop)),
        oids::ENVELOPED_DATA => drain(EnvelopedReader::new(ber, false, opening), |reader| reader.finish().0.map(drop)),
        oids::AUTH_ENVELOPED_DATA => {
            drain(EnvelopedReader::new(ber, true, opening), |reader| reader.finish().0.map(drop))
        }
        oids::ENCRYPTED_DATA => drain(EnvelopedReader::encrypted(ber, opening), |reader| reader.finish().0.map(drop)),
        oids::AUTHENTICATED_DATA => {
            drain(AuthenticatedReader::new(ber, &keys, permit, &mut SystemRandom), |reader| reader.finish().0.map(drop))
        }
        _ => {}
    }
}

fn drain<R: BufRead, B>(reader: Result<R, Broken<B>>, finish: impl FnOnce(R) -> Result<(), Error>) {
    if let Ok(mut reader) = reader {
        let _ = io::copy(&mut reader, &mut io::sink());
        let _ = finish(reader);
    }
}
