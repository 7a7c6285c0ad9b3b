//! The two mails of an ACME challenge for a mail address (RFC 8823 sections 3.1 and 3.2): the one that an authority asks
//! with, and the one that answers it. Whoever sends and fetches them, and what tokens and digests are right, is elsewhere.

mod challenge;
mod dkim;
mod fault;
mod fields;
mod response;

pub use challenge::{Challenge, ChallengeDraft};
pub use fault::{AcmeFault, DkimFault};
pub use response::Response;

/// Reads it as either mail, and proves nothing by it. Never panics.
pub fn fuzz_acme(octets: &[u8]) {
    let id = "mx.example.net".parse();
    if let Ok(challenge) = Challenge::read(octets) {
        let from = challenge.to.clone();
        if let Ok(answer) = challenge.answer(&"A".repeat(43), &from, "<1@example.net>", wire::Time(0)) {
            let read = Response::read(&answer);
            assert!(read.is_ok_and(|read| read.part1 == challenge.part1), "what was written is read");
        }
    }
    if let Ok(response) = Response::read(octets) {
        assert!(!response.digest.is_empty() && !response.part1.is_empty());
    }
    if let Ok(id) = id {
        Challenge::signed_by_domain(octets, &id).ok();
        Response::signed_by_domain(octets, &id).ok();
    }
}
