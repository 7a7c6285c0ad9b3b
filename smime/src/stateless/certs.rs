//! Certificates that travel in a message without content.

use cms::SignedReader;
use wire::ber::BerReader;
use wire::{Certificate, oids};

/// The certificates that travel with a SignedData (RFC 5652 section 5.1); `None` if it is none.
pub fn certs_only(bytes: &[u8]) -> Option<Vec<Certificate>> {
    let mut reader = BerReader::new(bytes);
    let content_type = cms::enter(&mut reader).ok()?;
    if content_type != oids::SIGNED_DATA {
        return None;
    }
    let (facts, _) = SignedReader::new(reader, false).ok()?.finish();
    facts.ok().map(|facts| facts.certificates)
}
