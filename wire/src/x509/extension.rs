use super::extensions::{Extension, KeyUsage};
use super::general_name::GeneralName;
use crate::der::{Tag, Writer};
use crate::oid::Oid;
use crate::oids;

/// basicConstraints, critical (RFC 5280 §4.2.1.9). A path length is written for CAs only.
pub fn basic_constraints(ca: bool, path_len: Option<u32>) -> Extension {
    extension(oids::BASIC_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            if ca {
                w.boolean(true);
                if let Some(length) = path_len {
                    w.uint(u64::from(length));
                }
            }
        });
    })
}

/// keyUsage, critical (RFC 5280 §4.2.1.3), as the named bit list DER demands: no trailing zero bits
/// (X.690 §11.2.2).
pub fn key_usage(usage: KeyUsage) -> Extension {
    let [low, high] = usage.0.to_le_bytes().map(u8::reverse_bits);
    let octets = match (low, high) {
        (0, 0) => vec![],
        (_, 0) => vec![low],
        _ => vec![low, high],
    };
    let unused = octets.last().map_or(0, |b| u8::try_from(b.trailing_zeros()).unwrap_or(0));
    extension(oids::KEY_USAGE, true, |w| {
        w.bit_string_unused(unused, &octets);
    })
}

/// extKeyUsage, not critical (RFC 5280 §4.2.1.12).
pub fn extended_key_usage(purposes: &[Oid]) -> Extension {
    extension(oids::EXTENDED_KEY_USAGE, false, |w| {
        w.sequence(|w| {
            for purpose in purposes {
                w.oid(*purpose);
            }
        });
    })
}

/// subjectAltName, critical exactly when the subject is empty (RFC 5280 §4.2.1.6).
pub fn subject_alt_name(names: &[GeneralName], critical: bool) -> Extension {
    extension(oids::SUBJECT_ALT_NAME, critical, |w| {
        w.sequence(|w| names.iter().for_each(|n| n.write(w)));
    })
}

/// subjectKeyIdentifier (RFC 5280 §4.2.1.2).
pub fn subject_key_id(id: &[u8]) -> Extension {
    extension(oids::SUBJECT_KEY_IDENTIFIER, false, |w| {
        w.octet_string(id);
    })
}

/// authorityKeyIdentifier with its keyIdentifier alone (RFC 5280 §4.2.1.1).
pub fn authority_key_id(id: &[u8]) -> Extension {
    extension(oids::AUTHORITY_KEY_IDENTIFIER, false, |w| {
        w.sequence(|w| {
            w.element(Tag::context_primitive(0), id);
        });
    })
}

/// certificatePolicies without qualifiers, not critical (RFC 5280 §4.2.1.4).
pub fn certificate_policies(policies: &[Oid]) -> Extension {
    extension(oids::CERTIFICATE_POLICIES, false, |w| {
        w.sequence(|w| {
            for policy in policies {
                w.sequence(|w| {
                    w.oid(*policy);
                });
            }
        });
    })
}

/// cRLDistributionPoints, one point for each URI, not critical (RFC 5280 §4.2.1.13).
pub fn crl_distribution_points(uris: &[&str]) -> Extension {
    extension(oids::CRL_DISTRIBUTION_POINTS, false, |w| {
        w.sequence(|w| {
            for uri in uris {
                w.sequence(|w| {
                    w.nested(Tag::context(0), |w| {
                        w.nested(Tag::context(0), |w| GeneralName::Uri((*uri).to_owned()).write(w));
                    });
                });
            }
        });
    })
}

/// authorityInfoAccess with where OCSP is answered, if it is, and where the issuer's certificate lies, not critical
/// (RFC 5280 §4.2.2.1).
pub fn authority_info_access(ocsp: Option<&str>, issuer: &str) -> Extension {
    extension(oids::AUTHORITY_INFO_ACCESS, false, |w| {
        w.sequence(|w| {
            let ocsp = ocsp.map(|uri| (oids::AD_OCSP, uri));
            for (method, uri) in ocsp.into_iter().chain([(oids::AD_CA_ISSUERS, issuer)]) {
                w.sequence(|w| {
                    w.oid(method);
                    GeneralName::Uri(uri.to_owned()).write(w);
                });
            }
        });
    })
}

/// The SMIMECapabilities extension from the DER of an SMIMECapabilities, not critical (RFC 4262).
pub fn smime_capabilities(der: &[u8]) -> Extension {
    Extension { oid: oids::SMIME_CAPABILITIES, critical: false, value: der.to_vec() }
}

/// An extension whose value the closure writes.
pub fn extension(oid: Oid, critical: bool, value: impl FnOnce(&mut Writer)) -> Extension {
    let mut w = Writer::new();
    value(&mut w);
    Extension { oid, critical, value: w.into_bytes() }
}
