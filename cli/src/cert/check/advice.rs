//! The one thing to do next, for each way in which a certificate is not to be believed.

use trust::{PathError, PolicyFault};

use super::options::Check;

/// The finding's code, a contract, and what to do.
pub fn advice(check: &Check, error: &PathError) -> (&'static str, String) {
    let (code, hint) = match error {
        PathError::NoIssuer { subject, issuer, .. } if subject == issuer => (
            "certificate-untrusted",
            "if you compared its fingerprint with its owner, name it with --trust, or for good with `sealpost cert trust`",
        ),
        PathError::NoIssuer { issuer, .. } => {
            let hint = format!(
                "get the certificate of {issuer} from whoever sent you this one, and name it with --chain, or with \
                 --trust if you trust it"
            );
            return ("certificate-untrusted", hint);
        }
        PathError::Expired { .. } => ("certificate-expired", "ask its owner for the certificate that follows it"),
        PathError::NotYetValid { .. } => {
            ("certificate-expired", "see whether this machine's clock is right, and else wait for that day")
        }
        PathError::WrongPurpose { .. } => {
            ("certificate-wrong-purpose", "ask its owner for a certificate for mail; --purpose any looks at no purpose")
        }
        PathError::WeakAlgorithm { .. } => (
            "certificate-weak",
            "ask its owner for a newer one; `sealpost policy show` has what is accepted since when",
        ),
        PathError::Revoked { .. } => ("certificate-revoked", "do not use it; ask its owner for the one in its place"),
        PathError::RevocationUnknown { .. } => return ("revocation-unknown", unknown(check).to_owned()),
        PathError::Policy { fault, .. } => ("policy-not-met", policy(check, fault)),
        PathError::Profile { .. } => ("profile-not-kept", "tell its issuer; --profile pkix judges by RFC 5280 alone"),
        PathError::OtherAddress { .. } => ("address-mismatch", "ask its owner for the certificate of this address"),
        PathError::Budget => ("certificate-untrusted", "name only the certificates of its path with --chain"),
        PathError::Distrusted { .. } => {
            ("certificate-distrusted", "you said so; `sealpost cert distrust --undo` takes it back")
        }
        PathError::BadSignature { .. } => (
            "certificate-untrusted",
            "it is damaged or forged, or its issuer has another key: ask its owner for it again",
        ),
        PathError::NameConstraint { .. } => (
            "certificate-untrusted",
            "do not believe it: its issuer was not allowed to name this; tell who runs the anchor",
        ),
        _ => ("certificate-untrusted", "do not believe it, and tell its issuer"),
    };
    (code, hint.to_owned())
}

fn unknown(check: &Check) -> &'static str {
    match (check.fetching.offline, check.crl.is_empty()) {
        (true, true) => "leave --offline out, or get the CRL of its issuer and name it with --crl",
        (_, false) => "name the newest CRL of its issuer with --crl as well",
        (false, true) => "try again later, or get the CRL of its issuer and name it with --crl",
    }
}

fn policy(check: &Check, _: &PolicyFault) -> &'static str {
    match (check.policy.is_empty(), check.explicit_policy) {
        (false, _) => "ask for a certificate under one of these policies, or leave --policy out if you need none",
        (true, true) => "leave --explicit-policy out if you need no policy",
        (true, false) => "tell its issuer: the path demands a policy that it does not have",
    }
}
