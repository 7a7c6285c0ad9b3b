//! Account keys as JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037) and their thumbprints (RFC 7638).

use crypto::{Curve, Digest, KeyKind, PublicKey, digest};
use serde_json::{Value, json};
use wire::der::Writer;
use wire::{AlgorithmIdentifier, SubjectPublicKeyInfo, oids};

use super::base64url;
use super::problem::Problem;

/// A public key of a kind that may sign ACME requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jwk {
    /// A point of P-256, P-384 or P-521.
    Ec {
        /// The curve.
        curve: Curve,
        /// The coordinate, as long as the curve's field.
        x: Vec<u8>,
        /// The other.
        y: Vec<u8>,
    },
    /// An Ed25519 key (RFC 8037).
    Ed25519 {
        /// Its 32 octets.
        x: Vec<u8>,
    },
    /// An RSA key.
    Rsa {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
        /// The exponent, without leading zeros.
        e: Vec<u8>,
    },
}

impl Jwk {
    /// Reads the JSON. Members that do not belong to the key are passed over (RFC 7517 section 4).
    ///
    /// # Errors
    /// `badPublicKey` for keys that this authority does not take, private ones among them.
    pub fn from_json(value: &Value) -> Result<Jwk, Problem> {
        let bad = |why: &str| Problem::new(400, "badPublicKey", format!("the jwk {why}"));
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let octets = |name: &str| base64url::decode(text(name)).filter(|octets| !octets.is_empty());
        if value.get("d").is_some() {
            return Err(bad("has the private key in it; that key is lost, make another"));
        }
        let jwk = match (text("kty"), text("crv")) {
            ("EC", name) => {
                let (curve, _) = curve_named(name).ok_or_else(|| bad("is of a curve that is not known here"))?;
                let coordinate = |name| octets(name).filter(|octets| octets.len() == field_octets(curve));
                let (x, y) = coordinate("x").zip(coordinate("y")).ok_or_else(|| bad("has no full x and y"))?;
                Jwk::Ec { curve, x, y }
            }
            ("OKP", "Ed25519") => Jwk::Ed25519 { x: octets("x").ok_or_else(|| bad("has no x"))? },
            ("RSA", _) => {
                let number = |name| octets(name).filter(|octets| octets.first().is_some_and(|first| *first != 0));
                let (n, e) = number("n").zip(number("e")).ok_or_else(|| bad("has no n and e"))?;
                Jwk::Rsa { n, e }
            }
            _ => return Err(bad("is of a kind that is not known here; EC, OKP with Ed25519 and RSA are")),
        };
        match jwk.public_key() {
            Some(key) => check_strength(&key.kind()).map_err(&bad).map(|()| jwk),
            None => Err(bad("is no key")),
        }
    }

    /// The JWK of a key, `None` for kinds that sign no ACME requests.
    pub fn of(key: &PublicKey) -> Option<Jwk> {
        match key.kind() {
            KeyKind::Ec(curve) => {
                let length = field_octets(curve);
                let point = key.octets().strip_prefix(&[4]).filter(|point| point.len() == 2 * length)?;
                let (x, y) = point.split_at(length);
                Some(Jwk::Ec { curve, x: x.to_vec(), y: y.to_vec() })
            }
            KeyKind::Ed25519 => Some(Jwk::Ed25519 { x: key.octets().to_vec() }),
            KeyKind::Rsa { .. } => {
                let spki = SubjectPublicKeyInfo::from_der(key.spki()).ok()?;
                let (n, e) = spki.rsa_parts()?;
                Some(Jwk::Rsa { n: n.to_vec(), e: e.to_vec() })
            }
            _ => None,
        }
    }

    /// The key itself; `None` for octets that are none.
    pub fn public_key(&self) -> Option<PublicKey> {
        let (algorithm, octets) = match self {
            Jwk::Ec { curve, x, y } => {
                let mut parameters = Writer::new();
                parameters.oid(curve_oid(*curve));
                let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, parameters.into_bytes());
                (algorithm, [&[4], x.as_slice(), y.as_slice()].concat())
            }
            Jwk::Ed25519 { x } => (AlgorithmIdentifier::new(oids::ED25519), x.clone()),
            Jwk::Rsa { n, e } => {
                let mut key = Writer::new();
                key.sequence(|w| {
                    w.unsigned(n).unsigned(e);
                });
                (AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), key.into_bytes())
            }
        };
        PublicKey::new(SubjectPublicKeyInfo::new(algorithm, octets)).ok()
    }

    /// The JSON, with the members that belong to the key and no others.
    pub fn to_json(&self) -> Value {
        let text = |octets: &[u8]| base64url::encode(octets);
        match self {
            Jwk::Ec { curve, x, y } => {
                json!({ "crv": curve_name(*curve), "kty": "EC", "x": text(x), "y": text(y) })
            }
            Jwk::Ed25519 { x } => json!({ "crv": "Ed25519", "kty": "OKP", "x": text(x) }),
            Jwk::Rsa { n, e } => json!({ "e": text(e), "kty": "RSA", "n": text(n) }),
        }
    }

    /// The SHA-256 thumbprint (RFC 7638 section 3), in base64url.
    pub fn thumbprint(&self) -> String {
        let text = |octets: &[u8]| base64url::encode(octets);
        let canonical = match self {
            Jwk::Ec { curve, x, y } => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve_name(*curve), text(x), text(y))
            }
            Jwk::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
            Jwk::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
        };
        base64url::encode(&digest(Digest::Sha256, canonical.as_bytes()))
    }
}

/// Keys below 112 bits of strength sign nothing here.
fn check_strength(kind: &KeyKind) -> Result<(), &'static str> {
    match kind {
        KeyKind::Rsa { bits } if *bits < 2048 => Err("is an RSA key of less than 2048 bits"),
        _ => Ok(()),
    }
}

/// The octets of a coordinate, and of each half of a signature (RFC 7518 sections 3.4 and 6.2.1.2).
pub(crate) const fn field_octets(curve: Curve) -> usize {
    match curve {
        Curve::P256 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}

fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}

fn curve_oid(curve: Curve) -> wire::Oid {
    match curve {
        Curve::P256 => oids::P256,
        Curve::P384 => oids::P384,
        Curve::P521 => oids::P521,
    }
}

fn curve_named(name: &str) -> Option<(Curve, &str)> {
    [Curve::P256, Curve::P384, Curve::P521].map(|c| (c, curve_name(c))).into_iter().find(|(_, known)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Jwk, Problem> {
        Jwk::from_json(&serde_json::from_str(text).unwrap())
    }

    /// RFC 7638 section 3.1 and RFC 8037 appendices A.2 and A.3.
    #[test]
    fn acme_thumbprints_are_those_of_the_rfcs() {
        let rsa = read(
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
        );
        assert_eq!(rsa.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let ed = read(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
        assert_eq!(ed.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(Jwk::of(&ed.public_key().unwrap()), Some(ed));
    }

    #[test]
    fn acme_keys_that_are_none_are_refused() {
        for refused in [
            r#"{}"#,
            r#"{"kty":"oct","k":"AAAA"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}"#,
            r#"{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}"#,
            // Not on the curve.
            r#"{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#,
            r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#,
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc","e":"AQAB"}"#,
        ] {
            assert_eq!(read(refused).unwrap_err().kind, "badPublicKey", "{refused}");
        }
    }
}
