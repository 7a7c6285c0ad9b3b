//! The object identifiers of key encapsulation (RFC 9629, RFC 9690, RFC 9935, draft-ietf-lamps-pq-composite-kem).

use crate::oid::Oid;

/// ml-kem-512: 2.16.840.1.101.3.4.4.1
pub const ML_KEM_512: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 4, 1]);
/// ml-kem-768: 2.16.840.1.101.3.4.4.2
pub const ML_KEM_768: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 4, 2]);
/// ml-kem-1024: 2.16.840.1.101.3.4.4.3
pub const ML_KEM_1024: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 4, 3]);
/// hkdf-sha256: 1.2.840.113549.1.9.16.3.28
pub const HKDF_SHA256: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 28]);
/// hkdf-sha384: 1.2.840.113549.1.9.16.3.29
pub const HKDF_SHA384: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 29]);
/// hkdf-sha512: 1.2.840.113549.1.9.16.3.30
pub const HKDF_SHA512: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 30]);
/// kem-rsa: 1.0.18033.2.2.4
pub const KEM_RSA: Oid = Oid::new(&[40, 129, 140, 113, 2, 2, 4]);
/// rsa-kem-spki: 1.2.840.113549.1.9.16.3.14
pub const RSA_KEM_SPKI: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 14]);
/// kdf2: 1.3.133.16.840.9.44.1.1
pub const KDF2: Oid = Oid::new(&[43, 129, 5, 16, 134, 72, 9, 44, 1, 1]);
/// kdf3: 1.3.133.16.840.9.44.1.2
pub const KDF3: Oid = Oid::new(&[43, 129, 5, 16, 134, 72, 9, 44, 1, 2]);
/// mlkem768-x25519: 1.3.6.1.5.5.7.6.58
pub const MLKEM768_X25519: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 58]);
/// mlkem768-p256: 1.3.6.1.5.5.7.6.59
pub const MLKEM768_P256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 59]);
/// mlkem1024-p384: 1.3.6.1.5.5.7.6.63
pub const MLKEM1024_P384: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 63]);
/// mlkem768-rsa2048: 1.3.6.1.5.5.7.6.55
pub const MLKEM768_RSA2048: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 55]);
/// mlkem768-rsa3072: 1.3.6.1.5.5.7.6.56
pub const MLKEM768_RSA3072: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 56]);
/// mlkem768-rsa4096: 1.3.6.1.5.5.7.6.57
pub const MLKEM768_RSA4096: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 57]);
/// mlkem768-p384: 1.3.6.1.5.5.7.6.60
pub const MLKEM768_P384: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 60]);
/// mlkem1024-rsa3072: 1.3.6.1.5.5.7.6.62
pub const MLKEM1024_RSA3072: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 62]);
/// mlkem768-brainpool-p256r1: 1.3.6.1.5.5.7.6.61
pub const MLKEM768_BRAINPOOL_P256R1: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 61]);
/// mlkem1024-brainpool-p384r1: 1.3.6.1.5.5.7.6.64
pub const MLKEM1024_BRAINPOOL_P384R1: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 64]);
/// mlkem1024-x448: 1.3.6.1.5.5.7.6.65
pub const MLKEM1024_X448: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 65]);
/// mlkem1024-p521: 1.3.6.1.5.5.7.6.66
pub const MLKEM1024_P521: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 66]);

/// Each with its name.
pub(crate) const NAMES: &[(Oid, &str)] = &[
    (ML_KEM_512, "ml-kem-512"),
    (ML_KEM_768, "ml-kem-768"),
    (ML_KEM_1024, "ml-kem-1024"),
    (HKDF_SHA256, "hkdf-sha256"),
    (HKDF_SHA384, "hkdf-sha384"),
    (HKDF_SHA512, "hkdf-sha512"),
    (KEM_RSA, "kem-rsa"),
    (RSA_KEM_SPKI, "rsa-kem-spki"),
    (KDF2, "kdf2"),
    (KDF3, "kdf3"),
    (MLKEM768_X25519, "mlkem768-x25519"),
    (MLKEM768_P256, "mlkem768-p256"),
    (MLKEM1024_P384, "mlkem1024-p384"),
    (MLKEM768_RSA2048, "mlkem768-rsa2048"),
    (MLKEM768_RSA3072, "mlkem768-rsa3072"),
    (MLKEM768_RSA4096, "mlkem768-rsa4096"),
    (MLKEM768_P384, "mlkem768-p384"),
    (MLKEM1024_RSA3072, "mlkem1024-rsa3072"),
    (MLKEM768_BRAINPOOL_P256R1, "mlkem768-brainpool-p256r1"),
    (MLKEM1024_BRAINPOOL_P384R1, "mlkem1024-brainpool-p384r1"),
    (MLKEM1024_X448, "mlkem1024-x448"),
    (MLKEM1024_P521, "mlkem1024-p521"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_tell_the_numbers() {
        let source = include_str!("oids_kem.rs");
        for (oid, name) in NAMES {
            assert!(source.contains(&format!("/// {name}: {oid}\n")), "{name}: {oid}");
            assert_eq!(oid.name(), Some(*name));
        }
    }
}
