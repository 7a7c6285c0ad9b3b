//! Signed requests: the flattened JSON serialization of JWS, with the restrictions of RFC 8555 section 6.2.

use crypto::{Curve, Digest, Hmac, KeyKind, PrivateKey, PublicKey, Random, Secret, SignatureAlgorithm};
use serde_json::{Value, json};
use wire::der::{Reader, Writer};

use super::base64url;
use super::jwk::{Jwk, field_octets};
use super::problem::Problem;

/// Who signs, as the protected header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The key itself.
    Jwk(Jwk),
    /// The URL of an account, or the name of a key that was agreed upon.
    Kid(String),
}

/// A signed request; that the signature holds is not said before [`Jws::verify`] or [`Jws::verify_mac`].
#[derive(Debug, Clone)]
pub struct Jws {
    /// The algorithm by its JOSE name.
    pub algorithm: String,
    /// Who signs.
    pub signer: Signer,
    /// The anti-replay nonce.
    pub nonce: Option<String>,
    /// The URL that the request is for.
    pub url: Option<String>,
    /// What is signed; empty for POST-as-GET.
    pub payload: Vec<u8>,
    signed: String,
    signature: Vec<u8>,
}

impl Jws {
    /// Reads a request body or an inner JWS.
    ///
    /// # Errors
    /// `malformed` for anything that section 6.2 forbids, `badPublicKey` for a key that is not taken here.
    pub fn from_json(value: &Value) -> Result<Jws, Problem> {
        let malformed = |why: &str| Problem::malformed(format!("the JWS {why}"));
        let object = value.as_object().ok_or_else(|| malformed("is no JSON object"))?;
        if object.keys().any(|name| !["protected", "payload", "signature"].contains(&name.as_str())) {
            return Err(malformed("is to have protected, payload and signature, and no unprotected header"));
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).ok_or_else(|| malformed("lacks a member"));
        let (protected, payload) = (text("protected")?, text("payload")?);
        let octets = |text: &str| base64url::decode(text).ok_or_else(|| malformed("has a member that is no base64url"));
        let header: Value = serde_json::from_slice(&octets(protected)?)
            .map_err(|_| malformed("has a protected header that is no JSON"))?;
        let named = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return Err(malformed("asks for extensions that are not known here"));
        }
        let signer = match (header.get("jwk"), named("kid")) {
            (Some(jwk), None) => Signer::Jwk(Jwk::from_json(jwk)?),
            (None, Some(kid)) => Signer::Kid(kid),
            _ => return Err(malformed("is to have either a jwk or a kid in its protected header")),
        };
        Ok(Jws {
            algorithm: named("alg").ok_or_else(|| malformed("names no algorithm"))?,
            signer,
            nonce: named("nonce"),
            url: named("url"),
            payload: octets(payload)?,
            signed: format!("{protected}.{payload}"),
            signature: octets(text("signature")?)?,
        })
    }

    /// Reads the octets of one.
    ///
    /// # Errors
    /// As [`Jws::from_json`].
    pub fn parse(octets: &[u8]) -> Result<Jws, Problem> {
        let value = serde_json::from_slice(octets).map_err(|_| Problem::malformed("the body is no JSON"))?;
        Jws::from_json(&value)
    }

    /// Whether the key signed it.
    ///
    /// # Errors
    /// `badSignatureAlgorithm` for one that is not of the key's kind or not known, `malformed` where it does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<(), Problem> {
        let bad = || {
            let kind = key.kind();
            let detail = format!("{:?} is no algorithm that a key of the kind {kind} signs with here", self.algorithm);
            Problem::new(400, "badSignatureAlgorithm", detail)
        };
        let (name, algorithm) = algorithm(&key.kind()).ok_or_else(bad)?;
        if name != self.algorithm {
            return Err(bad());
        }
        let signature = match key.kind() {
            KeyKind::Ec(curve) => der_of_halves(curve, &self.signature),
            _ => Some(self.signature.clone()),
        };
        let holds = signature.is_some_and(|s| key.verify(&algorithm, self.signed.as_bytes(), &s).is_ok());
        if holds { Ok(()) } else { Err(Problem::malformed("the signature of the JWS does not hold")) }
    }

    /// Whether somebody with the shared key made it: HS256, for the binding to an outside account (section 7.3.4).
    pub fn verify_mac(&self, key: &Secret) -> bool {
        let mut mac = Hmac::new(Digest::Sha256, key);
        mac.update(self.signed.as_bytes());
        self.algorithm == "HS256" && crypto::equal(&mac.finish(), &self.signature)
    }
}

/// A JWS by a private key over a payload. `alg` is put into the protected header here.
///
/// # Errors
/// A key of a kind that signs no ACME requests; the key's own failures.
pub fn sign(
    key: &dyn PrivateKey,
    mut protected: Value,
    payload: &[u8],
    rng: &mut dyn Random,
) -> Result<Value, crypto::Error> {
    let kind = key.public().kind();
    let (name, algorithm) = algorithm(&kind).ok_or(crypto::Error::KeyCannot("sign ACME requests"))?;
    protected["alg"] = json!(name);
    let (protected, payload) = spelled(&protected, payload);
    let signature = key.sign(&algorithm, format!("{protected}.{payload}").as_bytes(), rng)?;
    let signature = match kind {
        KeyKind::Ec(curve) => halves_of_der(curve, &signature).ok_or(crypto::Error::Failed)?,
        _ => signature,
    };
    Ok(json!({ "protected": protected, "payload": payload, "signature": base64url::encode(&signature) }))
}

/// A JWS by a shared key, HS256.
pub fn mac(key: &Secret, mut protected: Value, payload: &[u8]) -> Value {
    protected["alg"] = json!("HS256");
    let (protected, payload) = spelled(&protected, payload);
    let mut mac = Hmac::new(Digest::Sha256, key);
    mac.update(format!("{protected}.{payload}").as_bytes());
    json!({ "protected": protected, "payload": payload, "signature": base64url::encode(&mac.finish()) })
}

fn spelled(protected: &Value, payload: &[u8]) -> (String, String) {
    (base64url::encode(protected.to_string().as_bytes()), base64url::encode(payload))
}

/// The one algorithm that a key of a kind signs requests with (RFC 7518 section 3.1, RFC 8037 section 3.1).
fn algorithm(kind: &KeyKind) -> Option<(&'static str, SignatureAlgorithm)> {
    Some(match kind {
        KeyKind::Ec(Curve::P256) => ("ES256", SignatureAlgorithm::Ecdsa(Digest::Sha256)),
        KeyKind::Ec(Curve::P384) => ("ES384", SignatureAlgorithm::Ecdsa(Digest::Sha384)),
        KeyKind::Ec(Curve::P521) => ("ES512", SignatureAlgorithm::Ecdsa(Digest::Sha512)),
        KeyKind::Ed25519 => ("EdDSA", SignatureAlgorithm::Ed25519),
        KeyKind::Rsa { .. } => ("RS256", SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
        _ => return None,
    })
}

/// `Ecdsa-Sig-Value` of the two halves that RFC 7518 section 3.4 writes one after the other.
fn der_of_halves(curve: Curve, signature: &[u8]) -> Option<Vec<u8>> {
    let length = field_octets(curve);
    let (r, s) = signature.split_at_checked(length).filter(|(_, s)| s.len() == length)?;
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.unsigned(r).unsigned(s);
    });
    Some(writer.into_bytes())
}

fn halves_of_der(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let length = field_octets(curve);
    let mut reader = Reader::new(der).sequence().ok()?;
    let mut halves = Vec::with_capacity(2 * length);
    for _half in 0..2 {
        let half = reader.unsigned().ok()?;
        halves.resize(halves.len() + length.checked_sub(half.len())?, 0);
        halves.extend_from_slice(half);
    }
    Some(halves)
}

/// Reads it as a request and as nothing else. Never panics.
pub fn fuzz_jws(octets: &[u8]) {
    if let Ok(jws) = Jws::parse(octets)
        && let Signer::Jwk(jwk) = &jws.signer
        && let Some(key) = jwk.public_key()
    {
        assert_eq!(Jwk::from_json(&jwk.to_json()).as_ref(), Ok(jwk), "a key has one spelling");
        jws.verify(&key).ok();
    }
}

#[cfg(test)]
mod tests {
    use crypto::{KeySpec, SoftKey, SystemRandom};

    use super::*;

    #[test]
    fn acme_whoever_signs_is_verified_and_nobody_else() {
        for spec in ["p256", "p384", "p521", "ed25519", "rsa-2048"] {
            let spec: KeySpec = spec.parse().unwrap();
            let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            let (other, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            let jwk = Jwk::of(key.public()).unwrap();
            let header = json!({ "jwk": jwk.to_json(), "nonce": "n", "url": "https://x/" });
            let signed = sign(&key, header, b"payload", &mut SystemRandom).unwrap();
            let jws = Jws::from_json(&signed).unwrap();
            assert_eq!(jws.payload, b"payload");
            assert_eq!(jws.signer, Signer::Jwk(jwk.clone()));
            assert_eq!(jws.verify(&jwk.public_key().unwrap()), Ok(()));
            assert_eq!(jws.verify(other.public()).unwrap_err().kind, "malformed");
            let text = signed.to_string();
            for at in (0..text.len()).step_by(7) {
                fuzz_jws(&text.as_bytes()[..at]);
                let mut bad = text.clone().into_bytes();
                bad[at] ^= 1;
                let holds = Jws::parse(&bad).is_ok_and(|jws| jws.verify(key.public()).is_ok());
                assert!(!holds, "{at}");
                fuzz_jws(&bad);
            }
        }
    }

    /// RFC 7515 appendix A.3 (ES256) and RFC 8037 appendix A.4 (EdDSA).
    #[test]
    fn acme_the_signatures_of_the_rfcs_hold() {
        let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let es256 = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        let ed = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        for (jwk, algorithm, protected, payload, signature) in [
            (
                es256,
                "ES256",
                "eyJhbGciOiJFUzI1NiJ9",
                payload,
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            (
                ed,
                "EdDSA",
                "eyJhbGciOiJFZERTQSJ9",
                "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ] {
            let jwk = Jwk::from_json(&serde_json::from_str(jwk).unwrap()).unwrap();
            let jws = Jws {
                algorithm: algorithm.to_owned(),
                signer: Signer::Jwk(jwk.clone()),
                nonce: None,
                url: None,
                payload: Vec::new(),
                signed: format!("{protected}.{payload}"),
                signature: base64url::decode(signature).unwrap(),
            };
            assert_eq!(jws.verify(&jwk.public_key().unwrap()), Ok(()), "{algorithm}");
        }
    }

    #[test]
    fn acme_what_section_6_2_forbids_is_refused() {
        let (key, _) = SoftKey::generate("p256".parse().unwrap(), &mut SystemRandom).unwrap();
        let jwk = Jwk::of(key.public()).unwrap().to_json();
        let make = |header: Value| sign(&key, header, b"", &mut SystemRandom).unwrap();
        for header in [
            json!({}),
            json!({ "jwk": jwk, "kid": "x" }),
            json!({ "jwk": jwk, "crit": ["exp"] }),
            json!({ "jwk": jwk, "b64": false }),
        ] {
            assert_eq!(Jws::from_json(&make(header.clone())).unwrap_err().kind, "malformed", "{header}");
        }
        let mut unprotected = make(json!({ "jwk": jwk }));
        unprotected["header"] = json!({ "kid": "x" });
        assert_eq!(Jws::from_json(&unprotected).unwrap_err().kind, "malformed");
        // A MAC or nothing in place of a signature (section 6.2: neither is ever taken).
        for (algorithm, signature) in [("none", ""), ("HS256", "AAAA"), ("ES384", "AAAA")] {
            let protected = json!({ "alg": algorithm, "jwk": jwk }).to_string();
            let forged =
                json!({ "protected": base64url::encode(protected.as_bytes()), "payload": "", "signature": signature });
            let refused = Jws::from_json(&forged).unwrap().verify(key.public()).unwrap_err();
            assert_eq!(refused.kind, "badSignatureAlgorithm");
        }
        let shared = Secret::new(vec![7; 32]);
        let bound = mac(&shared, json!({ "kid": "k", "url": "u" }), b"x");
        assert!(Jws::from_json(&bound).unwrap().verify_mac(&shared));
        assert!(!Jws::from_json(&bound).unwrap().verify_mac(&Secret::new(vec![8; 32])));
    }
}
