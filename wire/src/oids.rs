//! The object identifiers of this field, each with the name people know it by.

use crate::oid::Oid;
use crate::oids_signature;
use crate::{oids_cipher, oids_kem, oids_policy, oids_revocation};

pub use crate::oids_kem::*;
pub use crate::oids_policy::*;
pub use crate::oids_revocation::*;
pub use crate::oids_signature::*;

impl Oid {
    /// The name people know it by, where it is one of this field's.
    pub fn name(&self) -> Option<&'static str> {
        let all = NAMES
            .iter()
            .chain(oids_kem::NAMES)
            .chain(oids_policy::NAMES)
            .chain(oids_revocation::NAMES)
            .chain(oids_signature::NAMES)
            .chain(oids_cipher::NAMES);
        all.copied().find(|(oid, _)| oid == self).map(|(_, name)| name)
    }

    /// The cipher, key wrap or digest of old and foreign programs that has this name.
    pub fn of_old_name(name: &str) -> Option<Oid> {
        oids_cipher::by_name(name)
    }
}

/// sha1: 1.3.14.3.2.26
pub const SHA1: Oid = Oid::new(&[43, 14, 3, 2, 26]);
/// sha256: 2.16.840.1.101.3.4.2.1
pub const SHA256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 1]);
/// sha384: 2.16.840.1.101.3.4.2.2
pub const SHA384: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 2]);
/// sha512: 2.16.840.1.101.3.4.2.3
pub const SHA512: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 3]);
/// sha224: 2.16.840.1.101.3.4.2.4
pub const SHA224: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 4]);
/// md5: 1.2.840.113549.2.5
pub const MD5: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 5]);
/// shake256: 2.16.840.1.101.3.4.2.12
pub const SHAKE256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 12]);
/// data: 1.2.840.113549.1.7.1
pub const DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 7, 1]);
/// signed-data: 1.2.840.113549.1.7.2
pub const SIGNED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 7, 2]);
/// enveloped-data: 1.2.840.113549.1.7.3
pub const ENVELOPED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 7, 3]);
/// digested-data: 1.2.840.113549.1.7.5
pub const DIGESTED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 7, 5]);
/// encrypted-data: 1.2.840.113549.1.7.6
pub const ENCRYPTED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 7, 6]);
/// receipt: 1.2.840.113549.1.9.16.1.1
pub const RECEIPT: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 1]);
/// authenticated-data: 1.2.840.113549.1.9.16.1.2
pub const AUTHENTICATED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 2]);
/// tst-info: 1.2.840.113549.1.9.16.1.4
pub const TST_INFO: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 4]);
/// compressed-data: 1.2.840.113549.1.9.16.1.9
pub const COMPRESSED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 9]);
/// auth-enveloped-data: 1.2.840.113549.1.9.16.1.23
pub const AUTH_ENVELOPED_DATA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 23]);
/// emailAddress: 1.2.840.113549.1.9.1
pub const EMAIL_ADDRESS: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 1]);
/// contentType: 1.2.840.113549.1.9.3
pub const CONTENT_TYPE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 3]);
/// messageDigest: 1.2.840.113549.1.9.4
pub const MESSAGE_DIGEST: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 4]);
/// signingTime: 1.2.840.113549.1.9.5
pub const SIGNING_TIME: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 5]);
/// countersignature: 1.2.840.113549.1.9.6
pub const COUNTERSIGNATURE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 6]);
/// extensionRequest: 1.2.840.113549.1.9.14
pub const EXTENSION_REQUEST: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 14]);
/// smimeCapabilities: 1.2.840.113549.1.9.15
pub const SMIME_CAPABILITIES: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 15]);
/// friendlyName: 1.2.840.113549.1.9.20
pub const FRIENDLY_NAME: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 20]);
/// localKeyId: 1.2.840.113549.1.9.21
pub const LOCAL_KEY_ID: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 21]);
/// x509Certificate: 1.2.840.113549.1.9.22.1
pub const X509_CERTIFICATE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 22, 1]);
/// cmsAlgorithmProtection: 1.2.840.113549.1.9.52
pub const ALGORITHM_PROTECTION: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 52]);
/// receiptRequest: 1.2.840.113549.1.9.16.2.1
pub const RECEIPT_REQUEST: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 1]);
/// securityLabel: 1.2.840.113549.1.9.16.2.2
pub const SECURITY_LABEL: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 2]);
/// mlExpandHistory: 1.2.840.113549.1.9.16.2.3
pub const ML_EXPANSION_HISTORY: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 3]);
/// contentHint: 1.2.840.113549.1.9.16.2.4
pub const CONTENT_HINT: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 4]);
/// msgSigDigest: 1.2.840.113549.1.9.16.2.5
pub const MSG_SIG_DIGEST: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 5]);
/// contentIdentifier: 1.2.840.113549.1.9.16.2.7
pub const CONTENT_IDENTIFIER: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 7]);
/// equivalentLabels: 1.2.840.113549.1.9.16.2.9
pub const EQUIVALENT_LABELS: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 9]);
/// contentReference: 1.2.840.113549.1.9.16.2.10
pub const CONTENT_REFERENCE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 10]);
/// smimeEncryptionKeyPreference: 1.2.840.113549.1.9.16.2.11
pub const ENCRYPTION_KEY_PREFERENCE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 11]);
/// signingCertificate: 1.2.840.113549.1.9.16.2.12
pub const SIGNING_CERTIFICATE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 12]);
/// timeStampToken: 1.2.840.113549.1.9.16.2.14
pub const TIME_STAMP_TOKEN: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 14]);
/// signatureType: 1.2.840.113549.1.9.16.2.28
pub const SIGNATURE_TYPE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 28]);
/// originatorSig: 1.2.840.113549.1.9.16.9.1
pub const STI_ORIGINATOR: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 9, 1]);
/// domainSig: 1.2.840.113549.1.9.16.9.2
pub const STI_DOMAIN: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 9, 2]);
/// addAttribSig: 1.2.840.113549.1.9.16.9.3
pub const STI_ADDED_ATTRIBUTES: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 9, 3]);
/// reviewSig: 1.2.840.113549.1.9.16.9.4
pub const STI_REVIEW: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 9, 4]);
/// signingCertificateV2: 1.2.840.113549.1.9.16.2.47
pub const SIGNING_CERTIFICATE_V2: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 47]);
/// msEncryptionKeyPreference: 1.3.6.1.4.1.311.16.4
pub const MS_ENCRYPTION_KEY_PREFERENCE: Oid = Oid::new(&[43, 6, 1, 4, 1, 130, 55, 16, 4]);
/// kemRecipientInfo: 1.2.840.113549.1.9.16.13.3
pub const ORI_KEM: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 13, 3]);
/// preferBinaryInside: 1.2.840.113549.1.9.16.11.1
pub const PREFER_BINARY_INSIDE: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 11, 1]);
/// rsaEncryption: 1.2.840.113549.1.1.1
pub const RSA_ENCRYPTION: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 1]);
/// md5WithRSAEncryption: 1.2.840.113549.1.1.4
pub const MD5_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 4]);
/// sha1WithRSAEncryption: 1.2.840.113549.1.1.5
pub const SHA1_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 5]);
/// rsaes-oaep: 1.2.840.113549.1.1.7
pub const RSAES_OAEP: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 7]);
/// mgf1: 1.2.840.113549.1.1.8
pub const MGF1: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 8]);
/// pSpecified: 1.2.840.113549.1.1.9
pub const P_SPECIFIED: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 9]);
/// rsassa-pss: 1.2.840.113549.1.1.10
pub const RSASSA_PSS: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 10]);
/// sha256WithRSAEncryption: 1.2.840.113549.1.1.11
pub const SHA256_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 11]);
/// sha384WithRSAEncryption: 1.2.840.113549.1.1.12
pub const SHA384_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 12]);
/// sha512WithRSAEncryption: 1.2.840.113549.1.1.13
pub const SHA512_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 13]);
/// sha224WithRSAEncryption: 1.2.840.113549.1.1.14
pub const SHA224_WITH_RSA: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 1, 14]);
/// ecPublicKey: 1.2.840.10045.2.1
pub const EC_PUBLIC_KEY: Oid = Oid::new(&[42, 134, 72, 206, 61, 2, 1]);
/// p256: 1.2.840.10045.3.1.7
pub const P256: Oid = Oid::new(&[42, 134, 72, 206, 61, 3, 1, 7]);
/// p384: 1.3.132.0.34
pub const P384: Oid = Oid::new(&[43, 129, 4, 0, 34]);
/// p521: 1.3.132.0.35
pub const P521: Oid = Oid::new(&[43, 129, 4, 0, 35]);
/// ecdsa-with-SHA1: 1.2.840.10045.4.1
pub const ECDSA_SHA1: Oid = Oid::new(&[42, 134, 72, 206, 61, 4, 1]);
/// ecdsa-with-SHA224: 1.2.840.10045.4.3.1
pub const ECDSA_SHA224: Oid = Oid::new(&[42, 134, 72, 206, 61, 4, 3, 1]);
/// ecdsa-with-SHA256: 1.2.840.10045.4.3.2
pub const ECDSA_SHA256: Oid = Oid::new(&[42, 134, 72, 206, 61, 4, 3, 2]);
/// ecdsa-with-SHA384: 1.2.840.10045.4.3.3
pub const ECDSA_SHA384: Oid = Oid::new(&[42, 134, 72, 206, 61, 4, 3, 3]);
/// ecdsa-with-SHA512: 1.2.840.10045.4.3.4
pub const ECDSA_SHA512: Oid = Oid::new(&[42, 134, 72, 206, 61, 4, 3, 4]);
/// dsa: 1.2.840.10040.4.1
pub const DSA: Oid = Oid::new(&[42, 134, 72, 206, 56, 4, 1]);
/// dsa-with-sha1: 1.2.840.10040.4.3
pub const DSA_SHA1: Oid = Oid::new(&[42, 134, 72, 206, 56, 4, 3]);
/// x25519: 1.3.101.110
pub const X25519: Oid = Oid::new(&[43, 101, 110]);
/// x448: 1.3.101.111
pub const X448: Oid = Oid::new(&[43, 101, 111]);
/// ed25519: 1.3.101.112
pub const ED25519: Oid = Oid::new(&[43, 101, 112]);
/// ed448: 1.3.101.113
pub const ED448: Oid = Oid::new(&[43, 101, 113]);
/// dhSinglePass-stdDH-sha1kdf: 1.3.133.16.840.63.0.2
pub const ECDH_SHA1_KDF: Oid = Oid::new(&[43, 129, 5, 16, 134, 72, 63, 0, 2]);
/// dhSinglePass-stdDH-sha224kdf: 1.3.132.1.11.0
pub const ECDH_SHA224_KDF: Oid = Oid::new(&[43, 129, 4, 1, 11, 0]);
/// dhSinglePass-stdDH-sha256kdf: 1.3.132.1.11.1
pub const ECDH_SHA256_KDF: Oid = Oid::new(&[43, 129, 4, 1, 11, 1]);
/// dhSinglePass-stdDH-sha384kdf: 1.3.132.1.11.2
pub const ECDH_SHA384_KDF: Oid = Oid::new(&[43, 129, 4, 1, 11, 2]);
/// dhSinglePass-stdDH-sha512kdf: 1.3.132.1.11.3
pub const ECDH_SHA512_KDF: Oid = Oid::new(&[43, 129, 4, 1, 11, 3]);
/// dhSinglePass-cofactorDH-sha1kdf: 1.3.133.16.840.63.0.3
pub const ECDH_COFACTOR_SHA1_KDF: Oid = Oid::new(&[43, 129, 5, 16, 134, 72, 63, 0, 3]);
/// dhSinglePass-cofactorDH-sha224kdf: 1.3.132.1.14.0
pub const ECDH_COFACTOR_SHA224_KDF: Oid = Oid::new(&[43, 129, 4, 1, 14, 0]);
/// dhSinglePass-cofactorDH-sha256kdf: 1.3.132.1.14.1
pub const ECDH_COFACTOR_SHA256_KDF: Oid = Oid::new(&[43, 129, 4, 1, 14, 1]);
/// dhSinglePass-cofactorDH-sha384kdf: 1.3.132.1.14.2
pub const ECDH_COFACTOR_SHA384_KDF: Oid = Oid::new(&[43, 129, 4, 1, 14, 2]);
/// dhSinglePass-cofactorDH-sha512kdf: 1.3.132.1.14.3
pub const ECDH_COFACTOR_SHA512_KDF: Oid = Oid::new(&[43, 129, 4, 1, 14, 3]);
/// dhSinglePass-stdDH-hkdf-sha256: 1.2.840.113549.1.9.16.3.19
pub const ECDH_HKDF_SHA256: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 19]);
/// dhSinglePass-stdDH-hkdf-sha384: 1.2.840.113549.1.9.16.3.20
pub const ECDH_HKDF_SHA384: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 20]);
/// dhSinglePass-stdDH-hkdf-sha512: 1.2.840.113549.1.9.16.3.21
pub const ECDH_HKDF_SHA512: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 21]);
/// aes128-wrap: 2.16.840.1.101.3.4.1.5
pub const AES128_WRAP: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 5]);
/// aes192-wrap: 2.16.840.1.101.3.4.1.25
pub const AES192_WRAP: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 25]);
/// aes256-wrap: 2.16.840.1.101.3.4.1.45
pub const AES256_WRAP: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 45]);
/// cms3DESwrap: 1.2.840.113549.1.9.16.3.6
pub const DES3_WRAP: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 6]);
/// cmsRC2wrap: 1.2.840.113549.1.9.16.3.7
pub const RC2_WRAP: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 7]);
/// pwri-kek: 1.2.840.113549.1.9.16.3.9
pub const PWRI_KEK: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 9]);
/// aes-128-cbc: 2.16.840.1.101.3.4.1.2
pub const AES128_CBC: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 2]);
/// aes-192-cbc: 2.16.840.1.101.3.4.1.22
pub const AES192_CBC: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 22]);
/// aes-256-cbc: 2.16.840.1.101.3.4.1.42
pub const AES256_CBC: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 42]);
/// aes-128-gcm: 2.16.840.1.101.3.4.1.6
pub const AES128_GCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 6]);
/// aes-192-gcm: 2.16.840.1.101.3.4.1.26
pub const AES192_GCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 26]);
/// aes-256-gcm: 2.16.840.1.101.3.4.1.46
pub const AES256_GCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 46]);
/// aes-128-ccm: 2.16.840.1.101.3.4.1.7
pub const AES128_CCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 7]);
/// aes-192-ccm: 2.16.840.1.101.3.4.1.27
pub const AES192_CCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 27]);
/// aes-256-ccm: 2.16.840.1.101.3.4.1.47
pub const AES256_CCM: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 1, 47]);
/// chacha20-poly1305: 1.2.840.113549.1.9.16.3.18
pub const CHACHA20_POLY1305: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 18]);
/// des-ede3-cbc: 1.2.840.113549.3.7
pub const DES_EDE3_CBC: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 3, 7]);
/// des-cbc: 1.3.14.3.2.7
pub const DES_CBC: Oid = Oid::new(&[43, 14, 3, 2, 7]);
/// camellia-128-cbc: 1.2.392.200011.61.1.1.1.2
pub const CAMELLIA128_CBC: Oid = Oid::new(&[42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 2]);
/// camellia-192-cbc: 1.2.392.200011.61.1.1.1.3
pub const CAMELLIA192_CBC: Oid = Oid::new(&[42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 3]);
/// camellia-256-cbc: 1.2.392.200011.61.1.1.1.4
pub const CAMELLIA256_CBC: Oid = Oid::new(&[42, 131, 8, 140, 154, 75, 61, 1, 1, 1, 4]);
/// rc2-cbc: 1.2.840.113549.3.2
pub const RC2_CBC: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 3, 2]);
/// cek-hkdf-sha256: 1.2.840.113549.1.9.16.3.31
pub const CEK_HKDF_SHA256: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 31]);
/// zlib: 1.2.840.113549.1.9.16.3.8
pub const ZLIB: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 8]);
/// pbkdf2: 1.2.840.113549.1.5.12
pub const PBKDF2: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 12]);
/// pbeWithMD5AndDES-CBC: 1.2.840.113549.1.5.3
pub const PBE_MD5_DES: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 3]);
/// pbeWithMD5AndRC2-CBC: 1.2.840.113549.1.5.6
pub const PBE_MD5_RC2: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 6]);
/// pbeWithSHA1AndDES-CBC: 1.2.840.113549.1.5.10
pub const PBE_SHA1_DES: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 10]);
/// pbeWithSHA1AndRC2-CBC: 1.2.840.113549.1.5.11
pub const PBE_SHA1_RC2: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 11]);
/// pbes2: 1.2.840.113549.1.5.13
pub const PBES2: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 13]);
/// pbmac1: 1.2.840.113549.1.5.14
pub const PBMAC1: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 5, 14]);
/// scrypt: 1.3.6.1.4.1.11591.4.11
pub const SCRYPT: Oid = Oid::new(&[43, 6, 1, 4, 1, 218, 71, 4, 11]);
/// hmacWithSHA1: 1.2.840.113549.2.7
pub const HMAC_SHA1: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 7]);
/// hmacWithSHA224: 1.2.840.113549.2.8
pub const HMAC_SHA224: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 8]);
/// hmacWithSHA256: 1.2.840.113549.2.9
pub const HMAC_SHA256: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 9]);
/// hmacWithSHA384: 1.2.840.113549.2.10
pub const HMAC_SHA384: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 10]);
/// hmacWithSHA512: 1.2.840.113549.2.11
pub const HMAC_SHA512: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 2, 11]);
/// hMAC-SHA1: 1.3.6.1.5.5.8.1.2
pub const HMAC_SHA1_OF_IPSEC: Oid = Oid::new(&[43, 6, 1, 5, 5, 8, 1, 2]);
/// hmacWithSHA3-256: 2.16.840.1.101.3.4.2.14
pub const HMAC_SHA3_256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 14]);
/// hmacWithSHA3-384: 2.16.840.1.101.3.4.2.15
pub const HMAC_SHA3_384: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 15]);
/// hmacWithSHA3-512: 2.16.840.1.101.3.4.2.16
pub const HMAC_SHA3_512: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 16]);
/// pbeWithSHAAnd128BitRC4: 1.2.840.113549.1.12.1.1
pub const PKCS12_SHA1_RC4_128: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 1, 1]);
/// pbeWithSHAAnd40BitRC4: 1.2.840.113549.1.12.1.2
pub const PKCS12_SHA1_RC4_40: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 1, 2]);
/// pbeWithSHAAnd3-KeyTripleDES-CBC: 1.2.840.113549.1.12.1.3
pub const PKCS12_SHA1_3DES: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 1, 3]);
/// pbeWithSHAAnd128BitRC2-CBC: 1.2.840.113549.1.12.1.5
pub const PKCS12_SHA1_RC2_128: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 1, 5]);
/// pbeWithSHAAnd40BitRC2-CBC: 1.2.840.113549.1.12.1.6
pub const PKCS12_SHA1_RC2_40: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 1, 6]);
/// keyBag: 1.2.840.113549.1.12.10.1.1
pub const PKCS12_KEY_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 1]);
/// pkcs8ShroudedKeyBag: 1.2.840.113549.1.12.10.1.2
pub const PKCS12_SHROUDED_KEY_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 2]);
/// certBag: 1.2.840.113549.1.12.10.1.3
pub const PKCS12_CERT_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 3]);
/// crlBag: 1.2.840.113549.1.12.10.1.4
pub const PKCS12_CRL_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 4]);
/// secretBag: 1.2.840.113549.1.12.10.1.5
pub const PKCS12_SECRET_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 5]);
/// safeContentsBag: 1.2.840.113549.1.12.10.1.6
pub const PKCS12_SAFE_CONTENTS_BAG: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 12, 10, 1, 6]);
/// subjectKeyIdentifier: 2.5.29.14
pub const SUBJECT_KEY_IDENTIFIER: Oid = Oid::new(&[85, 29, 14]);
/// keyUsage: 2.5.29.15
pub const KEY_USAGE: Oid = Oid::new(&[85, 29, 15]);
/// subjectAltName: 2.5.29.17
pub const SUBJECT_ALT_NAME: Oid = Oid::new(&[85, 29, 17]);
/// issuerAltName: 2.5.29.18
pub const ISSUER_ALT_NAME: Oid = Oid::new(&[85, 29, 18]);
/// basicConstraints: 2.5.29.19
pub const BASIC_CONSTRAINTS: Oid = Oid::new(&[85, 29, 19]);
/// nameConstraints: 2.5.29.30
pub const NAME_CONSTRAINTS: Oid = Oid::new(&[85, 29, 30]);
/// cRLDistributionPoints: 2.5.29.31
pub const CRL_DISTRIBUTION_POINTS: Oid = Oid::new(&[85, 29, 31]);
/// certificatePolicies: 2.5.29.32
pub const CERTIFICATE_POLICIES: Oid = Oid::new(&[85, 29, 32]);
/// anyPolicy: 2.5.29.32.0
pub const ANY_POLICY: Oid = Oid::new(&[85, 29, 32, 0]);
/// policyMappings: 2.5.29.33
pub const POLICY_MAPPINGS: Oid = Oid::new(&[85, 29, 33]);
/// authorityKeyIdentifier: 2.5.29.35
pub const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::new(&[85, 29, 35]);
/// policyConstraints: 2.5.29.36
pub const POLICY_CONSTRAINTS: Oid = Oid::new(&[85, 29, 36]);
/// extendedKeyUsage: 2.5.29.37
pub const EXTENDED_KEY_USAGE: Oid = Oid::new(&[85, 29, 37]);
/// anyExtendedKeyUsage: 2.5.29.37.0
pub const ANY_EXTENDED_KEY_USAGE: Oid = Oid::new(&[85, 29, 37, 0]);
/// inhibitAnyPolicy: 2.5.29.54
pub const INHIBIT_ANY_POLICY: Oid = Oid::new(&[85, 29, 54]);
/// authorityInfoAccess: 1.3.6.1.5.5.7.1.1
pub const AUTHORITY_INFO_ACCESS: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 1, 1]);
/// emailProtection: 1.3.6.1.5.5.7.3.4
pub const EMAIL_PROTECTION: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 4]);
/// serverAuth: 1.3.6.1.5.5.7.3.1
pub const SERVER_AUTH: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 1]);
/// clientAuth: 1.3.6.1.5.5.7.3.2
pub const CLIENT_AUTH: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 2]);
/// codeSigning: 1.3.6.1.5.5.7.3.3
pub const CODE_SIGNING: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 3]);
/// ocsp: 1.3.6.1.5.5.7.48.1
pub const AD_OCSP: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1]);
/// ocspNoCheck: 1.3.6.1.5.5.7.48.1.5
pub const OCSP_NO_CHECK: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 1, 5]);
/// caIssuers: 1.3.6.1.5.5.7.48.2
pub const AD_CA_ISSUERS: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 48, 2]);
/// timeStamping: 1.3.6.1.5.5.7.3.8
pub const TIME_STAMPING: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 8]);
/// ocspSigning: 1.3.6.1.5.5.7.3.9
pub const OCSP_SIGNING: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 3, 9]);
/// smtpUtf8Mailbox: 1.3.6.1.5.5.7.8.9
pub const SMTP_UTF8_MAILBOX: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 8, 9]);
/// mailbox-validated-strict: 2.23.140.1.5.1.3
pub const SBR_MAILBOX_STRICT: Oid = Oid::new(&[103, 129, 12, 1, 5, 1, 3]);
/// CN: 2.5.4.3
pub const COMMON_NAME: Oid = Oid::new(&[85, 4, 3]);
/// SN: 2.5.4.4
pub const SURNAME: Oid = Oid::new(&[85, 4, 4]);
/// serialNumber: 2.5.4.5
pub const SERIAL_NUMBER: Oid = Oid::new(&[85, 4, 5]);
/// C: 2.5.4.6
pub const COUNTRY: Oid = Oid::new(&[85, 4, 6]);
/// L: 2.5.4.7
pub const LOCALITY: Oid = Oid::new(&[85, 4, 7]);
/// ST: 2.5.4.8
pub const STATE: Oid = Oid::new(&[85, 4, 8]);
/// street: 2.5.4.9
pub const STREET: Oid = Oid::new(&[85, 4, 9]);
/// O: 2.5.4.10
pub const ORGANIZATION: Oid = Oid::new(&[85, 4, 10]);
/// OU: 2.5.4.11
pub const ORGANIZATIONAL_UNIT: Oid = Oid::new(&[85, 4, 11]);
/// title: 2.5.4.12
pub const TITLE: Oid = Oid::new(&[85, 4, 12]);
/// GN: 2.5.4.42
pub const GIVEN_NAME: Oid = Oid::new(&[85, 4, 42]);
/// pseudonym: 2.5.4.65
pub const PSEUDONYM: Oid = Oid::new(&[85, 4, 65]);
/// DC: 0.9.2342.19200300.100.1.25
pub const DOMAIN_COMPONENT: Oid = Oid::new(&[9, 146, 38, 137, 147, 242, 44, 100, 1, 25]);
/// UID: 0.9.2342.19200300.100.1.1
pub const USER_ID: Oid = Oid::new(&[9, 146, 38, 137, 147, 242, 44, 100, 1, 1]);

/// Every identifier above with its name.
const NAMES: &[(Oid, &str)] = &[
    (SHA1, "sha1"),
    (SHA256, "sha256"),
    (SHA384, "sha384"),
    (SHA512, "sha512"),
    (SHA224, "sha224"),
    (MD5, "md5"),
    (SHAKE256, "shake256"),
    (DATA, "data"),
    (SIGNED_DATA, "signed-data"),
    (ENVELOPED_DATA, "enveloped-data"),
    (DIGESTED_DATA, "digested-data"),
    (ENCRYPTED_DATA, "encrypted-data"),
    (RECEIPT, "receipt"),
    (AUTHENTICATED_DATA, "authenticated-data"),
    (TST_INFO, "tst-info"),
    (COMPRESSED_DATA, "compressed-data"),
    (AUTH_ENVELOPED_DATA, "auth-enveloped-data"),
    (EMAIL_ADDRESS, "emailAddress"),
    (CONTENT_TYPE, "contentType"),
    (MESSAGE_DIGEST, "messageDigest"),
    (SIGNING_TIME, "signingTime"),
    (COUNTERSIGNATURE, "countersignature"),
    (EXTENSION_REQUEST, "extensionRequest"),
    (SMIME_CAPABILITIES, "smimeCapabilities"),
    (FRIENDLY_NAME, "friendlyName"),
    (LOCAL_KEY_ID, "localKeyId"),
    (X509_CERTIFICATE, "x509Certificate"),
    (ALGORITHM_PROTECTION, "cmsAlgorithmProtection"),
    (RECEIPT_REQUEST, "receiptRequest"),
    (SECURITY_LABEL, "securityLabel"),
    (ML_EXPANSION_HISTORY, "mlExpandHistory"),
    (CONTENT_HINT, "contentHint"),
    (MSG_SIG_DIGEST, "msgSigDigest"),
    (CONTENT_IDENTIFIER, "contentIdentifier"),
    (EQUIVALENT_LABELS, "equivalentLabels"),
    (CONTENT_REFERENCE, "contentReference"),
    (ENCRYPTION_KEY_PREFERENCE, "smimeEncryptionKeyPreference"),
    (SIGNING_CERTIFICATE, "signingCertificate"),
    (TIME_STAMP_TOKEN, "timeStampToken"),
    (SIGNATURE_TYPE, "signatureType"),
    (STI_ORIGINATOR, "originatorSig"),
    (STI_DOMAIN, "domainSig"),
    (STI_ADDED_ATTRIBUTES, "addAttribSig"),
    (STI_REVIEW, "reviewSig"),
    (SIGNING_CERTIFICATE_V2, "signingCertificateV2"),
    (MS_ENCRYPTION_KEY_PREFERENCE, "msEncryptionKeyPreference"),
    (ORI_KEM, "kemRecipientInfo"),
    (PREFER_BINARY_INSIDE, "preferBinaryInside"),
    (RSA_ENCRYPTION, "rsaEncryption"),
    (MD5_WITH_RSA, "md5WithRSAEncryption"),
    (SHA1_WITH_RSA, "sha1WithRSAEncryption"),
    (RSAES_OAEP, "rsaes-oaep"),
    (MGF1, "mgf1"),
    (P_SPECIFIED, "pSpecified"),
    (RSASSA_PSS, "rsassa-pss"),
    (SHA256_WITH_RSA, "sha256WithRSAEncryption"),
    (SHA384_WITH_RSA, "sha384WithRSAEncryption"),
    (SHA512_WITH_RSA, "sha512WithRSAEncryption"),
    (SHA224_WITH_RSA, "sha224WithRSAEncryption"),
    (EC_PUBLIC_KEY, "ecPublicKey"),
    (P256, "p256"),
    (P384, "p384"),
    (P521, "p521"),
    (ECDSA_SHA1, "ecdsa-with-SHA1"),
    (ECDSA_SHA224, "ecdsa-with-SHA224"),
    (ECDSA_SHA256, "ecdsa-with-SHA256"),
    (ECDSA_SHA384, "ecdsa-with-SHA384"),
    (ECDSA_SHA512, "ecdsa-with-SHA512"),
    (DSA, "dsa"),
    (DSA_SHA1, "dsa-with-sha1"),
    (X25519, "x25519"),
    (X448, "x448"),
    (ED25519, "ed25519"),
    (ED448, "ed448"),
    (ECDH_SHA1_KDF, "dhSinglePass-stdDH-sha1kdf"),
    (ECDH_SHA224_KDF, "dhSinglePass-stdDH-sha224kdf"),
    (ECDH_SHA256_KDF, "dhSinglePass-stdDH-sha256kdf"),
    (ECDH_SHA384_KDF, "dhSinglePass-stdDH-sha384kdf"),
    (ECDH_SHA512_KDF, "dhSinglePass-stdDH-sha512kdf"),
    (ECDH_COFACTOR_SHA1_KDF, "dhSinglePass-cofactorDH-sha1kdf"),
    (ECDH_COFACTOR_SHA224_KDF, "dhSinglePass-cofactorDH-sha224kdf"),
    (ECDH_COFACTOR_SHA256_KDF, "dhSinglePass-cofactorDH-sha256kdf"),
    (ECDH_COFACTOR_SHA384_KDF, "dhSinglePass-cofactorDH-sha384kdf"),
    (ECDH_COFACTOR_SHA512_KDF, "dhSinglePass-cofactorDH-sha512kdf"),
    (ECDH_HKDF_SHA256, "dhSinglePass-stdDH-hkdf-sha256"),
    (ECDH_HKDF_SHA384, "dhSinglePass-stdDH-hkdf-sha384"),
    (ECDH_HKDF_SHA512, "dhSinglePass-stdDH-hkdf-sha512"),
    (AES128_WRAP, "aes128-wrap"),
    (AES192_WRAP, "aes192-wrap"),
    (AES256_WRAP, "aes256-wrap"),
    (DES3_WRAP, "cms3DESwrap"),
    (RC2_WRAP, "cmsRC2wrap"),
    (PWRI_KEK, "pwri-kek"),
    (AES128_CBC, "aes-128-cbc"),
    (AES192_CBC, "aes-192-cbc"),
    (AES256_CBC, "aes-256-cbc"),
    (AES128_GCM, "aes-128-gcm"),
    (AES192_GCM, "aes-192-gcm"),
    (AES256_GCM, "aes-256-gcm"),
    (AES128_CCM, "aes-128-ccm"),
    (AES192_CCM, "aes-192-ccm"),
    (AES256_CCM, "aes-256-ccm"),
    (CHACHA20_POLY1305, "chacha20-poly1305"),
    (DES_EDE3_CBC, "des-ede3-cbc"),
    (DES_CBC, "des-cbc"),
    (CAMELLIA128_CBC, "camellia-128-cbc"),
    (CAMELLIA192_CBC, "camellia-192-cbc"),
    (CAMELLIA256_CBC, "camellia-256-cbc"),
    (RC2_CBC, "rc2-cbc"),
    (CEK_HKDF_SHA256, "cek-hkdf-sha256"),
    (ZLIB, "zlib"),
    (PBKDF2, "pbkdf2"),
    (PBE_MD5_DES, "pbeWithMD5AndDES-CBC"),
    (PBE_MD5_RC2, "pbeWithMD5AndRC2-CBC"),
    (PBE_SHA1_DES, "pbeWithSHA1AndDES-CBC"),
    (PBE_SHA1_RC2, "pbeWithSHA1AndRC2-CBC"),
    (PBES2, "pbes2"),
    (PBMAC1, "pbmac1"),
    (SCRYPT, "scrypt"),
    (HMAC_SHA1, "hmacWithSHA1"),
    (HMAC_SHA224, "hmacWithSHA224"),
    (HMAC_SHA256, "hmacWithSHA256"),
    (HMAC_SHA384, "hmacWithSHA384"),
    (HMAC_SHA512, "hmacWithSHA512"),
    (HMAC_SHA1_OF_IPSEC, "hMAC-SHA1"),
    (HMAC_SHA3_256, "hmacWithSHA3-256"),
    (HMAC_SHA3_384, "hmacWithSHA3-384"),
    (HMAC_SHA3_512, "hmacWithSHA3-512"),
    (PKCS12_SHA1_RC4_128, "pbeWithSHAAnd128BitRC4"),
    (PKCS12_SHA1_RC4_40, "pbeWithSHAAnd40BitRC4"),
    (PKCS12_SHA1_3DES, "pbeWithSHAAnd3-KeyTripleDES-CBC"),
    (PKCS12_SHA1_RC2_128, "pbeWithSHAAnd128BitRC2-CBC"),
    (PKCS12_SHA1_RC2_40, "pbeWithSHAAnd40BitRC2-CBC"),
    (PKCS12_KEY_BAG, "keyBag"),
    (PKCS12_SHROUDED_KEY_BAG, "pkcs8ShroudedKeyBag"),
    (PKCS12_CERT_BAG, "certBag"),
    (PKCS12_CRL_BAG, "crlBag"),
    (PKCS12_SECRET_BAG, "secretBag"),
    (PKCS12_SAFE_CONTENTS_BAG, "safeContentsBag"),
    (SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (KEY_USAGE, "keyUsage"),
    (SUBJECT_ALT_NAME, "subjectAltName"),
    (ISSUER_ALT_NAME, "issuerAltName"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (ANY_POLICY, "anyPolicy"),
    (POLICY_MAPPINGS, "policyMappings"),
    (AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (POLICY_CONSTRAINTS, "policyConstraints"),
    (EXTENDED_KEY_USAGE, "extendedKeyUsage"),
    (ANY_EXTENDED_KEY_USAGE, "anyExtendedKeyUsage"),
    (INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    (AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
    (EMAIL_PROTECTION, "emailProtection"),
    (SERVER_AUTH, "serverAuth"),
    (CLIENT_AUTH, "clientAuth"),
    (CODE_SIGNING, "codeSigning"),
    (AD_OCSP, "ocsp"),
    (OCSP_NO_CHECK, "ocspNoCheck"),
    (AD_CA_ISSUERS, "caIssuers"),
    (TIME_STAMPING, "timeStamping"),
    (OCSP_SIGNING, "ocspSigning"),
    (SMTP_UTF8_MAILBOX, "smtpUtf8Mailbox"),
    (SBR_MAILBOX_STRICT, "mailbox-validated-strict"),
    (COMMON_NAME, "CN"),
    (SURNAME, "SN"),
    (SERIAL_NUMBER, "serialNumber"),
    (COUNTRY, "C"),
    (LOCALITY, "L"),
    (STATE, "ST"),
    (STREET, "street"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (TITLE, "title"),
    (GIVEN_NAME, "GN"),
    (PSEUDONYM, "pseudonym"),
    (DOMAIN_COMPONENT, "DC"),
    (USER_ID, "UID"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        assert_eq!(SHA256.name(), Some("sha256"));
        for (i, (oid, name)) in NAMES.iter().enumerate() {
            assert!(NAMES[..i].iter().all(|(o, n)| o != oid && n != name), "{name}");
        }
    }

    #[test]
    fn comments_tell_the_numbers() {
        let source = include_str!("oids.rs");
        for (oid, name) in NAMES {
            assert!(source.contains(&format!("/// {name}: {oid}\n")), "{name}: {oid}");
        }
    }

    /// The content types, attributes, extensions and purposes of the map's §1.1 each have a name, which is what a
    /// reader is shown of those that nothing here acts on, such as a time stamp or a signature by RFC 3183.
    #[test]
    fn what_the_standards_name_has_a_name() {
        let under = |arc: &str, last: &[u32]| last.iter().map(|n| format!("{arc}.{n}")).collect::<Vec<_>>();
        let smime = "1.2.840.113549.1.9.16";
        let all = [
            under("1.2.840.113549.1.7", &[1, 2, 3, 5, 6]),
            under(&format!("{smime}.1"), &[1, 2, 4, 9, 23]),
            under("1.2.840.113549.1.9", &[3, 4, 5, 6, 15, 52]),
            under(&format!("{smime}.2"), &[1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 14, 28, 47]),
            under(&format!("{smime}.9"), &[1, 2, 3, 4]),
            vec![format!("{smime}.13.3"), format!("{smime}.11.1")],
            under("1.3.6.1.5.5.7.3", &[4, 9]),
            under("1.3.6.1.5.5.7.48", &[1, 2]),
            vec!["1.3.6.1.4.1.311.16.4", "2.5.29.37.0", "1.3.6.1.5.5.7.48.1.5", "1.3.6.1.5.5.7.8.9"]
                .into_iter()
                .map(str::to_owned)
                .collect(),
        ];
        let named = NAMES.iter().chain(oids_kem::NAMES).chain(oids_signature::NAMES);
        let named: Vec<String> = named.map(|(oid, _)| oid.to_string()).collect();
        let missing: Vec<&String> = all.iter().flatten().filter(|oid| !named.contains(oid)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
