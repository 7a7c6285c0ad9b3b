//! Is a certificate of a proven path revoked? CRLs (RFC 5280 section 6.3), OCSP (RFC 6960) and noRevAvail (RFC 9608).
//!
//! Evidence in: [`RevocationEvidence`], the CRLs, OCSP answers and certificates of their signers that are at hand,
//! wherever they come from; nothing of it is believed for being there. Outcome out: [`RevocationOutcome`], for each
//! certificate of the path good, revoked or undetermined with why and as of when, and the list of [`Need`]s: what
//! could be fetched and from where. Whoever can fetch gets it and asks again; [`settle_revocation`] is that loop, with
//! the fetching given as a closure. [`missing_issuers`] says the same of a path that could not be built.
//!
//! What an outcome means for the certificate is the policy's ([`RevocationOutcome::judge`]): [`crate::RevocationPolicy`], `[revocation]` in policy.toml.

mod check;
mod crl_state;
mod evidence;
mod need;
mod ocsp_state;
mod outcome;
mod points;
mod signer;

pub use check::{When, check_revocation, settle_revocation};
pub use evidence::{OcspAnswer, RevocationEvidence};
pub use need::{CrlNeed, IssuerNeed, Need, OcspNeed, missing_issuers};
pub use outcome::{CertificateRevocation, Doubt, RevocationOutcome, RevocationSource, RevocationState, Revoked};
