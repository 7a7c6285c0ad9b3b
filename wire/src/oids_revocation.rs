//! The object identifiers of revocation: of CRLs and their entries (RFC 5280 §5), of OCSP (RFC 6960) and of where it is
//! pointed to.

use crate::oid::Oid;

/// crlNumber: 2.5.29.20
pub const CRL_NUMBER: Oid = Oid::new(&[85, 29, 20]);
/// reasonCode: 2.5.29.21
pub const REASON_CODE: Oid = Oid::new(&[85, 29, 21]);
/// holdInstructionCode: 2.5.29.23
pub const HOLD_INSTRUCTION: Oid = Oid::new(&[85, 29, 23]);
/// invalidityDate: 2.5.29.24
pub const INVALIDITY_DATE: Oid = Oid::new(&[85, 29, 24]);
/// deltaCRLIndicator: 2.5.29.27
pub const DELTA_CRL_INDICATOR: Oid = Oid::new(&[85, 29, 27]);
/// issuingDistributionPoint: 2.5.29.28
pub const ISSUING_DISTRIBUTION_POINT: Oid = Oid::new(&[85, 29, 28]);
/// certificateIssuer: 2.5.29.29
pub const CERTIFICATE_ISSUER: Oid = Oid::new(&[85, 29, 29]);
/// freshestCRL: 2.5.29.46
pub const FRESHEST_CRL: Oid = Oid::new(&[85, 29, 46]);
/// noRevAvail: 2.5.29.56
pub const NO_REV_AVAIL: Oid = Oid::new(&[85, 29, 56]);
/// expiredCertsOnCRL: 2.5.29.60
pub const EXPIRED_CERTS_ON_CRL: Oid = Oid::new(&[85, 29, 60]);
/// subjectInfoAccess: 1.3.6.1.5.5.7.1.11
pub const SUBJECT_INFO_ACCESS: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 1, 11]);
/// ocspBasic: 1.3.6.1.5.5.7.48.1.1
pub const OCSP_BASIC: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 1]);
/// ocspNonce: 1.3.6.1.5.5.7.48.1.2
pub const OCSP_NONCE: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 2]);
/// ocspCrl: 1.3.6.1.5.5.7.48.1.3
pub const OCSP_CRL: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 3]);
/// ocspArchiveCutoff: 1.3.6.1.5.5.7.48.1.6
pub const OCSP_ARCHIVE_CUTOFF: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 6]);
/// ocspExtendedRevoke: 1.3.6.1.5.5.7.48.1.9
pub const OCSP_EXTENDED_REVOKE: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 9]);
/// ocspResponse: 1.3.6.1.5.5.7.16.2
pub const RI_OCSP_RESPONSE: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 16, 2]);

/// Each with its name.
pub(crate) const NAMES: &[(Oid, &str)] = &[
    (CRL_NUMBER, "crlNumber"),
    (REASON_CODE, "reasonCode"),
    (HOLD_INSTRUCTION, "holdInstructionCode"),
    (INVALIDITY_DATE, "invalidityDate"),
    (DELTA_CRL_INDICATOR, "deltaCRLIndicator"),
    (ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint"),
    (CERTIFICATE_ISSUER, "certificateIssuer"),
    (FRESHEST_CRL, "freshestCRL"),
    (NO_REV_AVAIL, "noRevAvail"),
    (EXPIRED_CERTS_ON_CRL, "expiredCertsOnCRL"),
    (SUBJECT_INFO_ACCESS, "subjectInfoAccess"),
    (OCSP_BASIC, "ocspBasic"),
    (OCSP_NONCE, "ocspNonce"),
    (OCSP_CRL, "ocspCrl"),
    (OCSP_ARCHIVE_CUTOFF, "ocspArchiveCutoff"),
    (OCSP_EXTENDED_REVOKE, "ocspExtendedRevoke"),
    (RI_OCSP_RESPONSE, "ocspResponse"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_tell_the_numbers() {
        let source = include_str!("oids_revocation.rs");
        for (oid, name) in NAMES {
            assert!(source.contains(&format!("/// {name}: {oid}\n")), "{name}: {oid}");
            assert_eq!(oid.name(), Some(*name));
        }
    }
}
