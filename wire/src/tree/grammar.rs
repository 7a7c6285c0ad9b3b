//! The structures that are known by name, as far as it takes to name their parts.

use crate::oid::Oid;
use crate::oids;

/// What an element is known to be.
#[derive(Debug)]
pub(super) enum Kind {
    /// Nothing is known of it.
    Any,
    /// What must not be shown: a private key.
    Secret,
    /// SEQUENCE or SET of named fields.
    Fields(&'static [Field]),
    /// SEQUENCE OF or SET OF.
    Each(&'static Field),
    /// One of several, by tag.
    Choice(&'static [Field]),
    /// An explicit tag around this.
    Explicit(&'static Kind),
    /// An explicit tag around what the OBJECT IDENTIFIER before it says.
    Defined(&'static [(Oid, &'static Kind)]),
    /// A string whose octets are this.
    Holds(&'static Kind),
    /// A certificate, whose fingerprint is wanted.
    Certificate,
}

/// A part of a structure.
#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    /// The identifier octet, or `None` for whatever stands there. The constructed bit does not count.
    pub tag: Option<u8>,
    pub kind: &'static Kind,
}

const fn field(name: &'static str, tag: u8, kind: &'static Kind) -> Field {
    Field { name, tag: Some(tag), kind }
}

const fn any(name: &'static str, kind: &'static Kind) -> Field {
    Field { name, tag: None, kind }
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT: [u8; 5] = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4];

const ANY: &Kind = &Kind::Any;
const SECRET: &Kind = &Kind::Secret;

const ALGORITHM: &Kind = &Kind::Fields(&[field("algorithm", OID, ANY), any("parameters", ANY)]);
const ATTRIBUTE: &Field =
    &field("attribute", SEQUENCE, &Kind::Fields(&[field("type", OID, ANY), field("values", SET, ANY)]));
const ATTRIBUTES: &Kind = &Kind::Each(ATTRIBUTE);
const RDN: &Kind =
    &Kind::Each(&field("attribute", SEQUENCE, &Kind::Fields(&[field("type", OID, ANY), any("value", ANY)])));
const NAME: &Kind = &Kind::Each(&field("relativeDistinguishedName", SET, RDN));
const ISSUER_SERIAL: &Kind = &Kind::Fields(&[field("issuer", SEQUENCE, NAME), field("serialNumber", INTEGER, ANY)]);
const EXTENSION: &Field = &field(
    "extension",
    SEQUENCE,
    &Kind::Fields(&[
        field("extnID", OID, ANY),
        field("critical", BOOLEAN, ANY),
        field("extnValue", OCTETS, &Kind::Holds(ANY)),
    ]),
);
const EXTENSIONS: &Kind = &Kind::Explicit(&Kind::Each(EXTENSION));
const VALIDITY: &Kind = &Kind::Fields(&[any("notBefore", ANY), any("notAfter", ANY)]);
/// SubjectPublicKeyInfo (RFC 5280 §4.1).
pub(super) const PUBLIC_KEY: &Kind =
    &Kind::Fields(&[field("algorithm", SEQUENCE, ALGORITHM), field("subjectPublicKey", BITS, ANY)]);
const TBS_CERTIFICATE: &Kind = &Kind::Fields(&[
    field("version", CONTEXT[0], &Kind::Explicit(ANY)),
    field("serialNumber", INTEGER, ANY),
    field("signature", SEQUENCE, ALGORITHM),
    field("issuer", SEQUENCE, NAME),
    field("validity", SEQUENCE, VALIDITY),
    field("subject", SEQUENCE, NAME),
    field("subjectPublicKeyInfo", SEQUENCE, PUBLIC_KEY),
    field("issuerUniqueID", CONTEXT[1], ANY),
    field("subjectUniqueID", CONTEXT[2], ANY),
    field("extensions", CONTEXT[3], EXTENSIONS),
]);
/// Certificate (RFC 5280 §4.1), once its fingerprint is seen to.
pub(super) const CERTIFICATE_FIELDS: &[Field] = &[
    field("tbsCertificate", SEQUENCE, TBS_CERTIFICATE),
    field("signatureAlgorithm", SEQUENCE, ALGORITHM),
    field("signatureValue", BITS, ANY),
];
/// Certificate (RFC 5280 §4.1).
pub(super) const CERTIFICATE: &Kind = &Kind::Certificate;
const REVOKED: &Kind = &Kind::Each(&field(
    "revokedCertificate",
    SEQUENCE,
    &Kind::Fields(&[
        field("userCertificate", INTEGER, ANY),
        any("revocationDate", ANY),
        field("crlEntryExtensions", SEQUENCE, &Kind::Each(EXTENSION)),
    ]),
));
/// CertificateList (RFC 5280 §5.1).
pub(super) const CRL: &Kind = &Kind::Fields(&[
    field(
        "tbsCertList",
        SEQUENCE,
        &Kind::Fields(&[
            field("version", INTEGER, ANY),
            field("signature", SEQUENCE, ALGORITHM),
            field("issuer", SEQUENCE, NAME),
            any("thisUpdate", ANY),
            field("nextUpdate", 0x17, ANY),
            field("nextUpdate", 0x18, ANY),
            field("revokedCertificates", SEQUENCE, REVOKED),
            field("crlExtensions", CONTEXT[0], EXTENSIONS),
        ]),
    ),
    field("signatureAlgorithm", SEQUENCE, ALGORITHM),
    field("signatureValue", BITS, ANY),
]);
/// CertificationRequest (RFC 2986 §4.2).
pub(super) const REQUEST: &Kind = &Kind::Fields(&[
    field(
        "certificationRequestInfo",
        SEQUENCE,
        &Kind::Fields(&[
            field("version", INTEGER, ANY),
            field("subject", SEQUENCE, NAME),
            field("subjectPKInfo", SEQUENCE, PUBLIC_KEY),
            field("attributes", CONTEXT[0], ATTRIBUTES),
        ]),
    ),
    field("signatureAlgorithm", SEQUENCE, ALGORITHM),
    field("signature", BITS, ANY),
]);

const CERTIFICATES: &Kind =
    &Kind::Each(&any("certificate", &Kind::Choice(&[field("certificate", SEQUENCE, CERTIFICATE), any("other", ANY)])));
const REVOCATIONS: &Kind =
    &Kind::Each(&any("revocation", &Kind::Choice(&[field("crl", SEQUENCE, CRL), any("other", ANY)])));
const SIGNER_INFO: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    any(
        "sid",
        &Kind::Choice(&[field("issuerAndSerialNumber", SEQUENCE, ISSUER_SERIAL), any("subjectKeyIdentifier", ANY)]),
    ),
    field("digestAlgorithm", SEQUENCE, ALGORITHM),
    field("signedAttrs", CONTEXT[0], ATTRIBUTES),
    field("signatureAlgorithm", SEQUENCE, ALGORITHM),
    field("signature", OCTETS, ANY),
    field("unsignedAttrs", CONTEXT[1], ATTRIBUTES),
]);
const ENCAPSULATED: &Kind = &Kind::Fields(&[
    field("eContentType", OID, ANY),
    field("eContent", CONTEXT[0], &Kind::Defined(&[(oids::TST_INFO, &Kind::Holds(TST_INFO))])),
]);
const TST_INFO: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("policy", OID, ANY),
    field("messageImprint", SEQUENCE, IMPRINT),
    field("serialNumber", INTEGER, ANY),
    any("genTime", ANY),
    field("accuracy", SEQUENCE, ANY),
    field("ordering", BOOLEAN, ANY),
    field("nonce", INTEGER, ANY),
    field("tsa", CONTEXT[0], ANY),
    field("extensions", CONTEXT[1], ANY),
]);
const IMPRINT: &Kind =
    &Kind::Fields(&[field("hashAlgorithm", SEQUENCE, ALGORITHM), field("hashedMessage", OCTETS, ANY)]);
const DIGEST_ALGORITHMS: &Kind = &Kind::Each(&field("digestAlgorithm", SEQUENCE, ALGORITHM));
const SIGNED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("digestAlgorithms", SET, DIGEST_ALGORITHMS),
    field("encapContentInfo", SEQUENCE, ENCAPSULATED),
    field("certificates", CONTEXT[0], CERTIFICATES),
    field("crls", CONTEXT[1], REVOCATIONS),
    field("signerInfos", SET, &Kind::Each(&field("signerInfo", SEQUENCE, SIGNER_INFO))),
]);
const ORIGINATOR_INFO: &Kind =
    &Kind::Fields(&[field("certs", CONTEXT[0], CERTIFICATES), field("crls", CONTEXT[1], REVOCATIONS)]);
const RECIPIENT_ID: &Kind = &Kind::Choice(&[
    field("issuerAndSerialNumber", SEQUENCE, ISSUER_SERIAL),
    field("rKeyId", CONTEXT[0], ANY),
    any("subjectKeyIdentifier", ANY),
]);
const ENCRYPTED_KEYS: &Kind = &Kind::Each(&field(
    "recipientEncryptedKey",
    SEQUENCE,
    &Kind::Fields(&[any("rid", RECIPIENT_ID), field("encryptedKey", OCTETS, ANY)]),
));
const KARI: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("originator", CONTEXT[0], &Kind::Explicit(ANY)),
    field("ukm", CONTEXT[1], &Kind::Explicit(ANY)),
    field("keyEncryptionAlgorithm", SEQUENCE, ALGORITHM),
    field("recipientEncryptedKeys", SEQUENCE, ENCRYPTED_KEYS),
]);
const KEKRI: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("kekid", SEQUENCE, ANY),
    field("keyEncryptionAlgorithm", SEQUENCE, ALGORITHM),
    field("encryptedKey", OCTETS, ANY),
]);
const PWRI: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("keyDerivationAlgorithm", CONTEXT[0], ALGORITHM),
    field("keyEncryptionAlgorithm", SEQUENCE, ALGORITHM),
    field("encryptedKey", OCTETS, ANY),
]);
const KEMRI: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    any("rid", RECIPIENT_ID),
    field("kem", SEQUENCE, ALGORITHM),
    field("kemct", OCTETS, ANY),
    field("kdf", SEQUENCE, ALGORITHM),
    field("kekLength", INTEGER, ANY),
    field("ukm", CONTEXT[0], ANY),
    field("wrap", SEQUENCE, ALGORITHM),
    field("encryptedKey", OCTETS, ANY),
]);
const KTRI: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    any("rid", RECIPIENT_ID),
    field("keyEncryptionAlgorithm", SEQUENCE, ALGORITHM),
    field("encryptedKey", OCTETS, ANY),
]);
/// `[4]` is two fields rather than one with an explicit tag (RFC 5652 §6.2.5).
const ORI: &Kind = &Kind::Fields(&[field("oriType", OID, ANY), any("oriValue", KEMRI)]);
const RECIPIENTS: &Kind = &Kind::Each(&any(
    "recipientInfo",
    &Kind::Choice(&[
        field("ktri", SEQUENCE, KTRI),
        field("kari", CONTEXT[1], KARI),
        field("kekri", CONTEXT[2], KEKRI),
        field("pwri", CONTEXT[3], PWRI),
        field("ori", CONTEXT[4], ORI),
    ]),
));
const ENCRYPTED_CONTENT: &Kind = &Kind::Fields(&[
    field("contentType", OID, ANY),
    field("contentEncryptionAlgorithm", SEQUENCE, ALGORITHM),
    field("encryptedContent", CONTEXT[0], ANY),
]);
const ENVELOPED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("originatorInfo", CONTEXT[0], ORIGINATOR_INFO),
    field("recipientInfos", SET, RECIPIENTS),
    field("encryptedContentInfo", SEQUENCE, ENCRYPTED_CONTENT),
    field("unprotectedAttrs", CONTEXT[1], ATTRIBUTES),
]);
const AUTH_ENVELOPED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("originatorInfo", CONTEXT[0], ORIGINATOR_INFO),
    field("recipientInfos", SET, RECIPIENTS),
    field("authEncryptedContentInfo", SEQUENCE, ENCRYPTED_CONTENT),
    field("authAttrs", CONTEXT[1], ATTRIBUTES),
    field("mac", OCTETS, ANY),
    field("unauthAttrs", CONTEXT[2], ATTRIBUTES),
]);
const AUTHENTICATED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("originatorInfo", CONTEXT[0], ORIGINATOR_INFO),
    field("recipientInfos", SET, RECIPIENTS),
    field("macAlgorithm", SEQUENCE, ALGORITHM),
    field("digestAlgorithm", CONTEXT[1], ALGORITHM),
    field("encapContentInfo", SEQUENCE, ENCAPSULATED),
    field("authAttrs", CONTEXT[2], ATTRIBUTES),
    field("mac", OCTETS, ANY),
    field("unauthAttrs", CONTEXT[3], ATTRIBUTES),
]);
const ENCRYPTED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("encryptedContentInfo", SEQUENCE, ENCRYPTED_CONTENT),
    field("unprotectedAttrs", CONTEXT[1], ATTRIBUTES),
]);
const DIGESTED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("digestAlgorithm", SEQUENCE, ALGORITHM),
    field("encapContentInfo", SEQUENCE, ENCAPSULATED),
    field("digest", OCTETS, ANY),
]);
const COMPRESSED_DATA: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("compressionAlgorithm", SEQUENCE, ALGORITHM),
    field("encapContentInfo", SEQUENCE, ENCAPSULATED),
]);
/// ContentInfo (RFC 5652 §3).
pub(super) const CONTENT_INFO: &Kind = &Kind::Fields(&[
    field("contentType", OID, ANY),
    field(
        "content",
        CONTEXT[0],
        &Kind::Defined(&[
            (oids::SIGNED_DATA, SIGNED_DATA),
            (oids::ENVELOPED_DATA, ENVELOPED_DATA),
            (oids::AUTH_ENVELOPED_DATA, AUTH_ENVELOPED_DATA),
            (oids::AUTHENTICATED_DATA, AUTHENTICATED_DATA),
            (oids::ENCRYPTED_DATA, ENCRYPTED_DATA),
            (oids::DIGESTED_DATA, DIGESTED_DATA),
            (oids::COMPRESSED_DATA, COMPRESSED_DATA),
        ]),
    ),
]);

/// OneAsymmetricKey (RFC 5958 §2).
pub(super) const PRIVATE_KEY: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("privateKeyAlgorithm", SEQUENCE, ALGORITHM),
    field("privateKey", OCTETS, SECRET),
    field("attributes", CONTEXT[0], ATTRIBUTES),
    field("publicKey", CONTEXT[1], ANY),
]);
/// EncryptedPrivateKeyInfo (RFC 5958 §3).
pub(super) const ENCRYPTED_PRIVATE_KEY: &Kind =
    &Kind::Fields(&[field("encryptionAlgorithm", SEQUENCE, ALGORITHM), field("encryptedData", OCTETS, ANY)]);
/// ECPrivateKey (RFC 5915 §3).
pub(super) const EC_PRIVATE_KEY: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("privateKey", OCTETS, SECRET),
    field("parameters", CONTEXT[0], &Kind::Explicit(ANY)),
    field("publicKey", CONTEXT[1], &Kind::Explicit(ANY)),
]);
/// RSAPrivateKey (RFC 8017 §A.1.2) and DSA's old form: nothing of it is shown.
pub(super) const INTEGERS: &Kind = &Kind::Each(&any("", SECRET));
const CERT_BAG: &Kind = &Kind::Fields(&[
    field("certId", OID, ANY),
    field("certValue", CONTEXT[0], &Kind::Defined(&[(oids::X509_CERTIFICATE, &Kind::Holds(CERTIFICATE))])),
]);
const SAFE_BAG: &Kind = &Kind::Fields(&[
    field("bagId", OID, ANY),
    field(
        "bagValue",
        CONTEXT[0],
        &Kind::Defined(&[
            (oids::PKCS12_CERT_BAG, CERT_BAG),
            (oids::PKCS12_KEY_BAG, PRIVATE_KEY),
            (oids::PKCS12_SHROUDED_KEY_BAG, ENCRYPTED_PRIVATE_KEY),
        ]),
    ),
    field("bagAttributes", SET, ATTRIBUTES),
]);
const SAFE_CONTENTS: &Kind = &Kind::Each(&field("safeBag", SEQUENCE, SAFE_BAG));
const SAFE: &Kind = &Kind::Fields(&[
    field("contentType", OID, ANY),
    field(
        "content",
        CONTEXT[0],
        &Kind::Defined(&[
            (oids::DATA, &Kind::Holds(SAFE_CONTENTS)),
            (oids::ENCRYPTED_DATA, ENCRYPTED_DATA),
            (oids::ENVELOPED_DATA, ENVELOPED_DATA),
        ]),
    ),
]);
const SAFES: &Kind = &Kind::Each(&field("contentInfo", SEQUENCE, SAFE));
const AUTH_SAFE: &Kind = &Kind::Fields(&[
    field("contentType", OID, ANY),
    field(
        "content",
        CONTEXT[0],
        &Kind::Defined(&[(oids::DATA, &Kind::Holds(SAFES)), (oids::SIGNED_DATA, SIGNED_DATA)]),
    ),
]);
/// PFX (RFC 7292 §4).
pub(super) const PFX: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("authSafe", SEQUENCE, AUTH_SAFE),
    field(
        "macData",
        SEQUENCE,
        &Kind::Fields(&[
            field(
                "mac",
                SEQUENCE,
                &Kind::Fields(&[field("digestAlgorithm", SEQUENCE, ALGORITHM), field("digest", OCTETS, ANY)]),
            ),
            field("macSalt", OCTETS, ANY),
            field("iterations", INTEGER, ANY),
        ]),
    ),
]);

const SINGLE_RESPONSE: &Kind = &Kind::Fields(&[
    field("certID", SEQUENCE, CERT_ID),
    any("certStatus", ANY),
    any("thisUpdate", ANY),
    field("nextUpdate", CONTEXT[0], &Kind::Explicit(ANY)),
    field("singleExtensions", CONTEXT[1], EXTENSIONS),
]);
const CERT_ID: &Kind = &Kind::Fields(&[
    field("hashAlgorithm", SEQUENCE, ALGORITHM),
    field("issuerNameHash", OCTETS, ANY),
    field("issuerKeyHash", OCTETS, ANY),
    field("serialNumber", INTEGER, ANY),
]);
const BASIC_RESPONSE: &Kind = &Kind::Fields(&[
    field(
        "tbsResponseData",
        SEQUENCE,
        &Kind::Fields(&[
            field("version", CONTEXT[0], &Kind::Explicit(ANY)),
            field("byName", CONTEXT[1], &Kind::Explicit(NAME)),
            field("byKey", CONTEXT[2], &Kind::Explicit(ANY)),
            any("producedAt", ANY),
            field("responses", SEQUENCE, &Kind::Each(&field("singleResponse", SEQUENCE, SINGLE_RESPONSE))),
            field("responseExtensions", CONTEXT[1], EXTENSIONS),
        ]),
    ),
    field("signatureAlgorithm", SEQUENCE, ALGORITHM),
    field("signature", BITS, ANY),
    field("certs", CONTEXT[0], &Kind::Explicit(CERTIFICATES)),
]);
/// OCSPResponse (RFC 6960 §4.2.1).
pub(super) const OCSP_RESPONSE: &Kind = &Kind::Fields(&[
    field("responseStatus", 0x0a, ANY),
    field(
        "responseBytes",
        CONTEXT[0],
        &Kind::Explicit(&Kind::Fields(&[
            field("responseType", OID, ANY),
            field("response", OCTETS, &Kind::Holds(BASIC_RESPONSE)),
        ])),
    ),
]);
const OCSP_SINGLE: &Kind =
    &Kind::Fields(&[field("reqCert", SEQUENCE, CERT_ID), field("singleRequestExtensions", CONTEXT[0], EXTENSIONS)]);
/// OCSPRequest (RFC 6960 §4.1.1).
pub(super) const OCSP_REQUEST: &Kind = &Kind::Fields(&[
    field(
        "tbsRequest",
        SEQUENCE,
        &Kind::Fields(&[
            field("version", CONTEXT[0], &Kind::Explicit(ANY)),
            field("requestorName", CONTEXT[1], &Kind::Explicit(ANY)),
            field("requestList", SEQUENCE, &Kind::Each(&field("request", SEQUENCE, OCSP_SINGLE))),
            field("requestExtensions", CONTEXT[2], EXTENSIONS),
        ]),
    ),
    field("optionalSignature", CONTEXT[0], &Kind::Explicit(ANY)),
]);
/// TimeStampReq (RFC 3161 §2.4.1).
pub(super) const TIME_STAMP_REQUEST: &Kind = &Kind::Fields(&[
    field("version", INTEGER, ANY),
    field("messageImprint", SEQUENCE, IMPRINT),
    field("reqPolicy", OID, ANY),
    field("nonce", INTEGER, ANY),
    field("certReq", BOOLEAN, ANY),
    field("extensions", CONTEXT[0], ANY),
]);
/// TimeStampResp (RFC 3161 §2.4.2).
pub(super) const TIME_STAMP_RESPONSE: &Kind =
    &Kind::Fields(&[field("status", SEQUENCE, ANY), field("timeStampToken", SEQUENCE, CONTENT_INFO)]);
