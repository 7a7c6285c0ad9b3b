//! Asking about certificates one by one: OCSP (RFC 6960, RFC 9654).

mod build;
mod request;
mod response;

pub use build::{MAX_IDS, MAX_REQUEST, ResponseData, refusal_der, response_der};
pub use request::{CertId, MAX_NONCE, NONCE, OcspRequest};
pub use response::{
    BasicOcspResponse, CertStatus, MAX_OCSP, OcspResponse, OcspResponseStatus, ResponderId, SingleResponse, fuzz_ocsp,
};
