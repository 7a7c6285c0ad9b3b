//! The object identifiers of newer signature algorithms and digests, and of old ones that only old mail has: NIST's
//! computer security objects register, RFC 5639, RFC 8702, RFC 9708, RFC 9881, RFC 9909,
//! draft-ietf-lamps-pq-composite-sigs.

use crate::oid::Oid;

/// sha3-256: 2.16.840.1.101.3.4.2.8
pub const SHA3_256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 8]);
/// sha3-384: 2.16.840.1.101.3.4.2.9
pub const SHA3_384: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 9]);
/// sha3-512: 2.16.840.1.101.3.4.2.10
pub const SHA3_512: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 10]);
/// shake128: 2.16.840.1.101.3.4.2.11
pub const SHAKE128: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 11]);
/// shake256-len: 2.16.840.1.101.3.4.2.18
pub const SHAKE256_LEN: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 2, 18]);
/// rsassa-pss-shake128: 1.3.6.1.5.5.7.6.30
pub const PSS_SHAKE128: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 30]);
/// rsassa-pss-shake256: 1.3.6.1.5.5.7.6.31
pub const PSS_SHAKE256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 31]);
/// ecdsa-with-shake128: 1.3.6.1.5.5.7.6.32
pub const ECDSA_SHAKE128: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 32]);
/// ecdsa-with-shake256: 1.3.6.1.5.5.7.6.33
pub const ECDSA_SHAKE256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 33]);
/// ecdsa-with-sha3-256: 2.16.840.1.101.3.4.3.10
pub const ECDSA_SHA3_256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 10]);
/// ecdsa-with-sha3-384: 2.16.840.1.101.3.4.3.11
pub const ECDSA_SHA3_384: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 11]);
/// ecdsa-with-sha3-512: 2.16.840.1.101.3.4.3.12
pub const ECDSA_SHA3_512: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 12]);
/// rsassa-pkcs1-v1-5-with-sha3-256: 2.16.840.1.101.3.4.3.14
pub const SHA3_256_WITH_RSA: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 14]);
/// rsassa-pkcs1-v1-5-with-sha3-384: 2.16.840.1.101.3.4.3.15
pub const SHA3_384_WITH_RSA: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 15]);
/// rsassa-pkcs1-v1-5-with-sha3-512: 2.16.840.1.101.3.4.3.16
pub const SHA3_512_WITH_RSA: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 16]);
/// dsa-with-sha224: 2.16.840.1.101.3.4.3.1
pub const DSA_SHA224: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 1]);
/// dsa-with-sha256: 2.16.840.1.101.3.4.3.2
pub const DSA_SHA256: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 2]);
/// brainpoolP224r1: 1.3.36.3.3.2.8.1.1.5
pub const BRAINPOOL_P224R1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 5]);
/// brainpoolP224t1: 1.3.36.3.3.2.8.1.1.6
pub const BRAINPOOL_P224T1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 6]);
/// brainpoolP256r1: 1.3.36.3.3.2.8.1.1.7
pub const BRAINPOOL_P256R1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 7]);
/// brainpoolP256t1: 1.3.36.3.3.2.8.1.1.8
pub const BRAINPOOL_P256T1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 8]);
/// brainpoolP320r1: 1.3.36.3.3.2.8.1.1.9
pub const BRAINPOOL_P320R1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 9]);
/// brainpoolP320t1: 1.3.36.3.3.2.8.1.1.10
pub const BRAINPOOL_P320T1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 10]);
/// brainpoolP384r1: 1.3.36.3.3.2.8.1.1.11
pub const BRAINPOOL_P384R1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 11]);
/// brainpoolP384t1: 1.3.36.3.3.2.8.1.1.12
pub const BRAINPOOL_P384T1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 12]);
/// brainpoolP512r1: 1.3.36.3.3.2.8.1.1.13
pub const BRAINPOOL_P512R1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 13]);
/// brainpoolP512t1: 1.3.36.3.3.2.8.1.1.14
pub const BRAINPOOL_P512T1: Oid = Oid::new(&[43, 36, 3, 3, 2, 8, 1, 1, 14]);
/// ml-dsa-44: 2.16.840.1.101.3.4.3.17
pub const ML_DSA_44: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 17]);
/// ml-dsa-65: 2.16.840.1.101.3.4.3.18
pub const ML_DSA_65: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 18]);
/// ml-dsa-87: 2.16.840.1.101.3.4.3.19
pub const ML_DSA_87: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 19]);
/// slh-dsa-sha2-128s: 2.16.840.1.101.3.4.3.20
pub const SLH_DSA_SHA2_128S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 20]);
/// slh-dsa-sha2-128f: 2.16.840.1.101.3.4.3.21
pub const SLH_DSA_SHA2_128F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 21]);
/// slh-dsa-sha2-192s: 2.16.840.1.101.3.4.3.22
pub const SLH_DSA_SHA2_192S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 22]);
/// slh-dsa-sha2-192f: 2.16.840.1.101.3.4.3.23
pub const SLH_DSA_SHA2_192F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 23]);
/// slh-dsa-sha2-256s: 2.16.840.1.101.3.4.3.24
pub const SLH_DSA_SHA2_256S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 24]);
/// slh-dsa-sha2-256f: 2.16.840.1.101.3.4.3.25
pub const SLH_DSA_SHA2_256F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 25]);
/// slh-dsa-shake-128s: 2.16.840.1.101.3.4.3.26
pub const SLH_DSA_SHAKE_128S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 26]);
/// slh-dsa-shake-128f: 2.16.840.1.101.3.4.3.27
pub const SLH_DSA_SHAKE_128F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 27]);
/// slh-dsa-shake-192s: 2.16.840.1.101.3.4.3.28
pub const SLH_DSA_SHAKE_192S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 28]);
/// slh-dsa-shake-192f: 2.16.840.1.101.3.4.3.29
pub const SLH_DSA_SHAKE_192F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 29]);
/// slh-dsa-shake-256s: 2.16.840.1.101.3.4.3.30
pub const SLH_DSA_SHAKE_256S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 30]);
/// slh-dsa-shake-256f: 2.16.840.1.101.3.4.3.31
pub const SLH_DSA_SHAKE_256F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 31]);
/// hash-ml-dsa-44-with-sha512: 2.16.840.1.101.3.4.3.32
pub const HASH_ML_DSA_44: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 32]);
/// hash-ml-dsa-65-with-sha512: 2.16.840.1.101.3.4.3.33
pub const HASH_ML_DSA_65: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 33]);
/// hash-ml-dsa-87-with-sha512: 2.16.840.1.101.3.4.3.34
pub const HASH_ML_DSA_87: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 34]);
/// hash-slh-dsa-sha2-128s-with-sha256: 2.16.840.1.101.3.4.3.35
pub const HASH_SLH_DSA_SHA2_128S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 35]);
/// hash-slh-dsa-sha2-128f-with-sha256: 2.16.840.1.101.3.4.3.36
pub const HASH_SLH_DSA_SHA2_128F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 36]);
/// hash-slh-dsa-sha2-192s-with-sha512: 2.16.840.1.101.3.4.3.37
pub const HASH_SLH_DSA_SHA2_192S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 37]);
/// hash-slh-dsa-sha2-192f-with-sha512: 2.16.840.1.101.3.4.3.38
pub const HASH_SLH_DSA_SHA2_192F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 38]);
/// hash-slh-dsa-sha2-256s-with-sha512: 2.16.840.1.101.3.4.3.39
pub const HASH_SLH_DSA_SHA2_256S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 39]);
/// hash-slh-dsa-sha2-256f-with-sha512: 2.16.840.1.101.3.4.3.40
pub const HASH_SLH_DSA_SHA2_256F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 40]);
/// hash-slh-dsa-shake-128s-with-shake128: 2.16.840.1.101.3.4.3.41
pub const HASH_SLH_DSA_SHAKE_128S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 41]);
/// hash-slh-dsa-shake-128f-with-shake128: 2.16.840.1.101.3.4.3.42
pub const HASH_SLH_DSA_SHAKE_128F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 42]);
/// hash-slh-dsa-shake-192s-with-shake256: 2.16.840.1.101.3.4.3.43
pub const HASH_SLH_DSA_SHAKE_192S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 43]);
/// hash-slh-dsa-shake-192f-with-shake256: 2.16.840.1.101.3.4.3.44
pub const HASH_SLH_DSA_SHAKE_192F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 44]);
/// hash-slh-dsa-shake-256s-with-shake256: 2.16.840.1.101.3.4.3.45
pub const HASH_SLH_DSA_SHAKE_256S: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 45]);
/// hash-slh-dsa-shake-256f-with-shake256: 2.16.840.1.101.3.4.3.46
pub const HASH_SLH_DSA_SHAKE_256F: Oid = Oid::new(&[96, 134, 72, 1, 101, 3, 4, 3, 46]);
/// hss-lms: 1.2.840.113549.1.9.16.3.17
pub const HSS_LMS: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 3, 17]);
/// mldsa44-rsa2048-pss-sha256: 1.3.6.1.5.5.7.6.37
pub const MLDSA44_RSA2048_PSS_SHA256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 37]);
/// mldsa44-rsa2048-pkcs15-sha256: 1.3.6.1.5.5.7.6.38
pub const MLDSA44_RSA2048_PKCS15_SHA256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 38]);
/// mldsa44-ed25519-sha512: 1.3.6.1.5.5.7.6.39
pub const MLDSA44_ED25519_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 39]);
/// mldsa44-ecdsa-p256-sha256: 1.3.6.1.5.5.7.6.40
pub const MLDSA44_ECDSA_P256_SHA256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 40]);
/// mldsa65-rsa3072-pss-sha512: 1.3.6.1.5.5.7.6.41
pub const MLDSA65_RSA3072_PSS_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 41]);
/// mldsa65-rsa3072-pkcs15-sha512: 1.3.6.1.5.5.7.6.42
pub const MLDSA65_RSA3072_PKCS15_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 42]);
/// mldsa65-rsa4096-pss-sha512: 1.3.6.1.5.5.7.6.43
pub const MLDSA65_RSA4096_PSS_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 43]);
/// mldsa65-rsa4096-pkcs15-sha512: 1.3.6.1.5.5.7.6.44
pub const MLDSA65_RSA4096_PKCS15_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 44]);
/// mldsa65-ecdsa-p256-sha512: 1.3.6.1.5.5.7.6.45
pub const MLDSA65_ECDSA_P256_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 45]);
/// mldsa65-ecdsa-p384-sha512: 1.3.6.1.5.5.7.6.46
pub const MLDSA65_ECDSA_P384_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 46]);
/// mldsa65-ecdsa-brainpoolp256r1-sha512: 1.3.6.1.5.5.7.6.47
pub const MLDSA65_ECDSA_BRAINPOOLP256R1_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 47]);
/// mldsa65-ed25519-sha512: 1.3.6.1.5.5.7.6.48
pub const MLDSA65_ED25519_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 48]);
/// mldsa87-ecdsa-p384-sha512: 1.3.6.1.5.5.7.6.49
pub const MLDSA87_ECDSA_P384_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 49]);
/// mldsa87-ecdsa-brainpoolp384r1-sha512: 1.3.6.1.5.5.7.6.50
pub const MLDSA87_ECDSA_BRAINPOOLP384R1_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 50]);
/// mldsa87-ed448-shake256: 1.3.6.1.5.5.7.6.51
pub const MLDSA87_ED448_SHAKE256: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 51]);
/// mldsa87-rsa3072-pss-sha512: 1.3.6.1.5.5.7.6.52
pub const MLDSA87_RSA3072_PSS_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 52]);
/// mldsa87-rsa4096-pss-sha512: 1.3.6.1.5.5.7.6.53
pub const MLDSA87_RSA4096_PSS_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 53]);
/// mldsa87-ecdsa-p521-sha512: 1.3.6.1.5.5.7.6.54
pub const MLDSA87_ECDSA_P521_SHA512: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 6, 54]);

/// Each with the name people know it by.
pub(crate) const NAMES: &[(Oid, &str)] = &[
    (SHA3_256, "sha3-256"),
    (SHA3_384, "sha3-384"),
    (SHA3_512, "sha3-512"),
    (SHAKE128, "shake128"),
    (SHAKE256_LEN, "shake256-len"),
    (PSS_SHAKE128, "rsassa-pss-shake128"),
    (PSS_SHAKE256, "rsassa-pss-shake256"),
    (ECDSA_SHAKE128, "ecdsa-with-shake128"),
    (ECDSA_SHAKE256, "ecdsa-with-shake256"),
    (ECDSA_SHA3_256, "ecdsa-with-sha3-256"),
    (ECDSA_SHA3_384, "ecdsa-with-sha3-384"),
    (ECDSA_SHA3_512, "ecdsa-with-sha3-512"),
    (SHA3_256_WITH_RSA, "rsassa-pkcs1-v1-5-with-sha3-256"),
    (SHA3_384_WITH_RSA, "rsassa-pkcs1-v1-5-with-sha3-384"),
    (SHA3_512_WITH_RSA, "rsassa-pkcs1-v1-5-with-sha3-512"),
    (DSA_SHA224, "dsa-with-sha224"),
    (DSA_SHA256, "dsa-with-sha256"),
    (BRAINPOOL_P224R1, "brainpoolP224r1"),
    (BRAINPOOL_P224T1, "brainpoolP224t1"),
    (BRAINPOOL_P256R1, "brainpoolP256r1"),
    (BRAINPOOL_P256T1, "brainpoolP256t1"),
    (BRAINPOOL_P320R1, "brainpoolP320r1"),
    (BRAINPOOL_P320T1, "brainpoolP320t1"),
    (BRAINPOOL_P384R1, "brainpoolP384r1"),
    (BRAINPOOL_P384T1, "brainpoolP384t1"),
    (BRAINPOOL_P512R1, "brainpoolP512r1"),
    (BRAINPOOL_P512T1, "brainpoolP512t1"),
    (ML_DSA_44, "ml-dsa-44"),
    (ML_DSA_65, "ml-dsa-65"),
    (ML_DSA_87, "ml-dsa-87"),
    (SLH_DSA_SHA2_128S, "slh-dsa-sha2-128s"),
    (SLH_DSA_SHA2_128F, "slh-dsa-sha2-128f"),
    (SLH_DSA_SHA2_192S, "slh-dsa-sha2-192s"),
    (SLH_DSA_SHA2_192F, "slh-dsa-sha2-192f"),
    (SLH_DSA_SHA2_256S, "slh-dsa-sha2-256s"),
    (SLH_DSA_SHA2_256F, "slh-dsa-sha2-256f"),
    (SLH_DSA_SHAKE_128S, "slh-dsa-shake-128s"),
    (SLH_DSA_SHAKE_128F, "slh-dsa-shake-128f"),
    (SLH_DSA_SHAKE_192S, "slh-dsa-shake-192s"),
    (SLH_DSA_SHAKE_192F, "slh-dsa-shake-192f"),
    (SLH_DSA_SHAKE_256S, "slh-dsa-shake-256s"),
    (SLH_DSA_SHAKE_256F, "slh-dsa-shake-256f"),
    (HASH_ML_DSA_44, "hash-ml-dsa-44-with-sha512"),
    (HASH_ML_DSA_65, "hash-ml-dsa-65-with-sha512"),
    (HASH_ML_DSA_87, "hash-ml-dsa-87-with-sha512"),
    (HASH_SLH_DSA_SHA2_128S, "hash-slh-dsa-sha2-128s-with-sha256"),
    (HASH_SLH_DSA_SHA2_128F, "hash-slh-dsa-sha2-128f-with-sha256"),
    (HASH_SLH_DSA_SHA2_192S, "hash-slh-dsa-sha2-192s-with-sha512"),
    (HASH_SLH_DSA_SHA2_192F, "hash-slh-dsa-sha2-192f-with-sha512"),
    (HASH_SLH_DSA_SHA2_256S, "hash-slh-dsa-sha2-256s-with-sha512"),
    (HASH_SLH_DSA_SHA2_256F, "hash-slh-dsa-sha2-256f-with-sha512"),
    (HASH_SLH_DSA_SHAKE_128S, "hash-slh-dsa-shake-128s-with-shake128"),
    (HASH_SLH_DSA_SHAKE_128F, "hash-slh-dsa-shake-128f-with-shake128"),
    (HASH_SLH_DSA_SHAKE_192S, "hash-slh-dsa-shake-192s-with-shake256"),
    (HASH_SLH_DSA_SHAKE_192F, "hash-slh-dsa-shake-192f-with-shake256"),
    (HASH_SLH_DSA_SHAKE_256S, "hash-slh-dsa-shake-256s-with-shake256"),
    (HASH_SLH_DSA_SHAKE_256F, "hash-slh-dsa-shake-256f-with-shake256"),
    (HSS_LMS, "hss-lms"),
    (MLDSA44_RSA2048_PSS_SHA256, "mldsa44-rsa2048-pss-sha256"),
    (MLDSA44_RSA2048_PKCS15_SHA256, "mldsa44-rsa2048-pkcs15-sha256"),
    (MLDSA44_ED25519_SHA512, "mldsa44-ed25519-sha512"),
    (MLDSA44_ECDSA_P256_SHA256, "mldsa44-ecdsa-p256-sha256"),
    (MLDSA65_RSA3072_PSS_SHA512, "mldsa65-rsa3072-pss-sha512"),
    (MLDSA65_RSA3072_PKCS15_SHA512, "mldsa65-rsa3072-pkcs15-sha512"),
    (MLDSA65_RSA4096_PSS_SHA512, "mldsa65-rsa4096-pss-sha512"),
    (MLDSA65_RSA4096_PKCS15_SHA512, "mldsa65-rsa4096-pkcs15-sha512"),
    (MLDSA65_ECDSA_P256_SHA512, "mldsa65-ecdsa-p256-sha512"),
    (MLDSA65_ECDSA_P384_SHA512, "mldsa65-ecdsa-p384-sha512"),
    (MLDSA65_ECDSA_BRAINPOOLP256R1_SHA512, "mldsa65-ecdsa-brainpoolp256r1-sha512"),
    (MLDSA65_ED25519_SHA512, "mldsa65-ed25519-sha512"),
    (MLDSA87_ECDSA_P384_SHA512, "mldsa87-ecdsa-p384-sha512"),
    (MLDSA87_ECDSA_BRAINPOOLP384R1_SHA512, "mldsa87-ecdsa-brainpoolp384r1-sha512"),
    (MLDSA87_ED448_SHAKE256, "mldsa87-ed448-shake256"),
    (MLDSA87_RSA3072_PSS_SHA512, "mldsa87-rsa3072-pss-sha512"),
    (MLDSA87_RSA4096_PSS_SHA512, "mldsa87-rsa4096-pss-sha512"),
    (MLDSA87_ECDSA_P521_SHA512, "mldsa87-ecdsa-p521-sha512"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_tell_the_numbers() {
        let source = include_str!("oids_signature.rs");
        for (oid, name) in NAMES {
            assert!(source.contains(&format!("/// {name}: {oid}\n")), "{name}: {oid}");
            assert_eq!(oid.name(), Some(*name));
        }
    }
}
