//! What a certificate lets its key do, and what it is asked for.

use ::ca::CertificateProfile;
use directory::Role;
use wire::Certificate;
use wire::x509::KeyUsage;

/// For what a key is certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// It signs.
    pub signs: bool,
    /// It decrypts.
    pub encrypts: bool,
}

/// By the extension keyUsage (RFC 5280 section 4.2.1.3); without it, for both.
pub fn usage(certificate: &Certificate) -> Usage {
    let usage = certificate.key_usage();
    let may = |bits: &[KeyUsage]| usage.is_none_or(|usage| bits.iter().any(|&bit| usage.has(bit)));
    Usage {
        signs: may(&[KeyUsage::DIGITAL_SIGNATURE, KeyUsage::NON_REPUDIATION]),
        encrypts: may(&[KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT]),
    }
}

/// What a key of this role is certified as.
pub fn profile(role: Role) -> CertificateProfile {
    match role {
        Role::Sign => CertificateProfile::MailSign,
        Role::Encrypt => CertificateProfile::MailEncrypt,
        Role::Both => CertificateProfile::MailBoth,
    }
}
