//! Asking about certificates one by one: OCSP (RFC 6960, RFC 9654).

mod request;
mod response;

pub use request::{CertId, MAX_NONCE, NONCE, OcspRequest};
pub use response::{
    BasicOcspResponse, CertStatus, MAX_OCSP, OcspResponse, OcspResponseStatus, ResponderId, SingleResponse, fuzz_ocsp,
};
