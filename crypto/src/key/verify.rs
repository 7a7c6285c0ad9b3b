//! Verification of signatures.

use aws_lc_rs::digest::Digest as LibraryDigest;

use crate::error::{Error, Result};
use crate::hash::{digest, library_digest};
use crate::key::padding::{pkcs1_holds, pss_holds};
use crate::key::public::{Prepared, PublicKey, native_digest};
use crate::key::rsa_public::RsaPublic;
use crate::key::{composite_dsa, ed448, slh_dsa};
use crate::names::{CompositeDsa, Curve, SignatureAlgorithm};

impl PublicKey {
    /// Whether `signature` holds over `message`. PKCS#1 v1.5 blocks are compared whole (V-11); ECDSA signatures are
    /// strict DER; Ed25519 is the cofactorless check of RFC 8032 §5.1.7 with S below the group order; ML-DSA,
    /// SLH-DSA and HSS/LMS signatures have exactly their length (V-12).
    ///
    /// # Errors
    /// [`Error::BadSignature`] where it does not, [`Error::KeyCannot`] where kind or restrictions of the key forbid
    /// the algorithm.
    pub fn verify(&self, algorithm: &SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<()> {
        match (algorithm, self.prepared()) {
            (SignatureAlgorithm::Ed25519, Prepared::Ed25519(key)) => {
                key.verify_sig(message, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::MlDsa { set, .. }, Prepared::MlDsa(own, key)) if set == own => {
                key.verify_sig(message, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::Ed448, Prepared::Ed448(key)) => {
                ed448::holds(key, message, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::SlhDsa { set, .. }, Prepared::SlhDsa(own)) if set == own => {
                let holds = slh_dsa::holds(*set, self.octets(), message, signature);
                holds.then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::HssLms(_), Prepared::HssLms(key)) => {
                key.holds(message, signature).then_some(()).ok_or(Error::BadSignature)
            }
            _ => self.verify_digest(algorithm, &digest(algorithm.digest(), message), signature),
        }
    }

    /// Whether `signature` holds over a message of which only the digest is at hand, as signatures without signed
    /// attributes and streams need it.
    ///
    /// # Errors
    /// As [`PublicKey::verify`]; [`Error::Unsupported`] for what signs messages themselves (EdDSA, ML-DSA, SLH-DSA,
    /// HSS/LMS), and
    /// [`Error::BadParameters`] for a digest of another length.
    pub fn verify_digest(&self, algorithm: &SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> Result<()> {
        if digest.len() != algorithm.digest().len() {
            return Err(Error::BadParameters("a digest of another length"));
        }
        match (algorithm, self.prepared()) {
            (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }, Prepared::Rsa(key)) => {
                key.may_sign(algorithm)?;
                verify_rsa(key, algorithm, digest, signature)
            }
            (SignatureAlgorithm::Ecdsa(_), Prepared::Ec(curve, key)) => {
                let fitted = fit(*curve, digest)?;
                key.verify.verify_digest_sig(&fitted, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::Ecdsa(_), Prepared::Brainpool(key)) => {
                key.holds(digest, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::Dsa(_), Prepared::Dsa(key)) => {
                key.holds(digest, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::CompositeDsa(pair), Prepared::CompositeDsa(own, other)) if pair == own => {
                verify_composite(*pair, self.octets(), other, digest, signature)
            }
            (SignatureAlgorithm::HashSlhDsa(set), Prepared::HashSlhDsa(own)) if set == own => {
                let holds = slh_dsa::holds_hashed(*set, self.octets(), digest, signature);
                holds.then_some(()).ok_or(Error::BadSignature)
            }
            (pure, _) if pure.is_pure() => Err(Error::unsupported_here("this signature over a digest")),
            _ => Err(Error::KeyCannot("make signatures of this algorithm")),
        }
    }
}

/// Both halves hold over the same representative, each of its length; there is nothing besides them.
fn verify_composite(
    pair: CompositeDsa,
    octets: &[u8],
    other: &PublicKey,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    let set = pair.ml_dsa();
    if signature.len() <= set.signature_len() || octets.len() <= set.public_len() {
        return Err(Error::BadSignature);
    }
    let (post_quantum, traditional) = signature.split_at(set.signature_len());
    let message = composite_dsa::representative(pair, digest);
    let by_ml_dsa = composite_dsa::ml_dsa_holds(pair, &octets[..set.public_len()], &message, post_quantum);
    let by_other = other.verify(&composite_dsa::traditional_signature(pair), &message, traditional).is_ok();
    if by_ml_dsa && by_other { Ok(()) } else { Err(Error::BadSignature) }
}

/// The digest in as many octets as the library expects for the curve. ECDSA uses the leftmost bits of a digest
/// longer than the group order and any shorter digest as the number it is (FIPS 186-5 §6.4.1), so that cutting and
/// zeros in front change nothing.
pub(super) fn fit(curve: Curve, digest: &[u8]) -> Result<LibraryDigest> {
    let native = native_digest(curve);
    let mut octets = vec![0; native.len().saturating_sub(digest.len())];
    octets.extend_from_slice(&digest[..digest.len().min(native.len())]);
    let library = library_digest(native).ok_or(Error::BadParameters("digest"))?;
    LibraryDigest::import_less_safe(&octets, library).map_err(|_| Error::BadParameters("digest"))
}

fn verify_rsa(key: &RsaPublic, algorithm: &SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> Result<()> {
    if signature.len() != key.octets() {
        return Err(Error::BadSignature);
    }
    if let Some(parsed) = key.verifying(algorithm)
        && let Some(library) = library_digest(algorithm.digest())
    {
        let imported = LibraryDigest::import_less_safe(digest, library);
        let imported = imported.map_err(|_| Error::BadSignature)?;
        let result = parsed.verify_digest_sig(&imported, signature);
        // The library knows DigestInfo with NULL; a failure gets its chance at the form without.
        if result.is_ok() || !matches!(algorithm, SignatureAlgorithm::RsaPkcs1(_)) {
            return result.map_err(|_| Error::BadSignature);
        }
    }
    let encoded = key.raw()?.apply(signature).ok_or(Error::BadSignature)?;
    let holds = match *algorithm {
        SignatureAlgorithm::RsaPkcs1(name) => pkcs1_holds(name, digest, &encoded),
        SignatureAlgorithm::RsaPss { digest: name, mgf, salt } => {
            let [salt, bits] = [salt, key.bits()].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            salt <= encoded.len() && pss_holds((name, mgf), salt, digest, &encoded, bits)
        }
        _ => false,
    };
    if holds { Ok(()) } else { Err(Error::BadSignature) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::private::PrivateKey;
    use crate::key::soft::SoftKey;
    use crate::names::{Digest, KeySpec, MlDsa, SlhDsa};
    use crate::random::{Random, SystemRandom};
    use wire::der::{Reader, Writer};
    use wire::{AlgorithmIdentifier, SubjectPublicKeyInfo, oids};

    fn key(spec: KeySpec) -> SoftKey {
        SoftKey::generate(spec, &mut SystemRandom).unwrap().0
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// The sum of two numbers, the most significant octet first, and whether it needs an octet more than the first.
    fn plus(a: &[u8], b: &[u8]) -> (Vec<u8>, bool) {
        let mut sum = a.to_vec();
        let mut carry = 0_u16;
        let mut other = b.iter().rev();
        for octet in sum.iter_mut().rev() {
            carry += u16::from(*octet) + u16::from(other.next().copied().unwrap_or_default());
            *octet = carry.to_be_bytes()[1];
            carry >>= 8;
        }
        (sum, carry > 0)
    }

    fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut rest = a.to_vec();
        let mut borrow = 0_i16;
        let mut other = b.iter().rev();
        for octet in rest.iter_mut().rev() {
            borrow += i16::from(*octet) - i16::from(other.next().copied().unwrap_or_default());
            *octet = borrow.to_be_bytes()[1];
            borrow >>= 8;
        }
        rest
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.unsigned(modulus).unsigned(exponent);
        });
        PublicKey::new(SubjectPublicKeyInfo::new(AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), w.into_bytes()))
    }

    /// RFC 8017 section 5.2.2: a signature is a number below the modulus, in as many octets, and the exponent is odd.
    #[test]
    fn v_11_a_signature_of_rsa_is_below_the_modulus_and_its_exponent_odd() {
        let algorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
        let modulus = |key: &SoftKey| {
            let mut parts = Reader::new(key.public().octets()).sequence().unwrap();
            parts.unsigned().unwrap().to_vec()
        };
        // One that is the modulus more is the same to whoever computes with it. It fits into the octets where the signature
        // is small, which depends on the key and the text: one of them is soon found.
        let fits = |key: &SoftKey, text: u8| {
            let signature = key.sign(&algorithm, &[text], &mut SystemRandom).unwrap();
            key.public().verify(&algorithm, &[text], &signature).unwrap();
            let (more, is_longer) = plus(&signature, &modulus(key));
            (!is_longer).then_some((text, more))
        };
        let found = |key: SoftKey| (0..64).find_map(|text| fits(&key, text)).map(|(text, more)| (key, text, more));
        let (key, text, more) = std::iter::repeat_with(|| key(KeySpec::Rsa(2048))).find_map(found).unwrap();
        let (public, modulus) = (key.public(), modulus(&key));
        assert_eq!(public.verify(&algorithm, &[text], &more), Err(Error::BadSignature));
        let signature = key.sign(&algorithm, b"m", &mut SystemRandom).unwrap();
        let longer = [&[0][..], &signature].concat();
        for bad in [&signature[..255], &longer, &[], &[0; 256], &modulus] {
            assert_eq!(public.verify(&algorithm, b"m", bad), Err(Error::BadSignature));
        }
        for (exponent, is_read) in
            [(&[3][..], true), (&[1, 0, 1], true), (&[1], false), (&[2], false), (&[1, 0, 0], false), (&[0], false)]
        {
            assert_eq!(rsa(&modulus, exponent).is_ok(), is_read, "{exponent:?}");
        }
    }

    fn ecdsa(r: &[u8], s: &[u8]) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.unsigned(r).unsigned(s);
        });
        w.into_bytes()
    }

    /// FIPS 186-5 section 6.4.2: r and s are from 1 to the order of the group less one; X.690 section 10: in DER.
    #[test]
    fn v_12_numbers_of_ecdsa_are_in_range_and_in_der() {
        for (curve, order) in ORDERS {
            let (key, order) = (key(KeySpec::Ec(curve)), hex(order));
            let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
            let good = key.sign(&algorithm, b"m", &mut SystemRandom).unwrap();
            let holds = |signature: &[u8]| key.public().verify(&algorithm, b"m", signature).is_ok();
            let mut numbers = Reader::new(&good).sequence().unwrap();
            let wide = |n: &[u8]| [vec![0; order.len() - n.len()], n.to_vec()].concat();
            let (r, s) = (wide(numbers.unsigned().unwrap()), wide(numbers.unsigned().unwrap()));
            assert!(holds(&ecdsa(&r, &s)));
            // That this one holds shows that the order is right: each signature of ECDSA has such a twin.
            assert!(holds(&ecdsa(&r, &minus(&order, &s))), "{curve}");
            let above = |n: &[u8]| plus(&[&[0][..], n].concat(), &order).0;
            let zero = vec![0];
            for (r, s) in [
                (&zero, &s),
                (&r, &zero),
                (&zero, &zero),
                (&order, &s),
                (&r, &order),
                (&above(&r), &s),
                (&r, &above(&s)),
                (&s, &r),
            ] {
                assert!(!holds(&ecdsa(r, s)), "{curve}");
            }
            // The same numbers in another form: negative, with a zero more, in a length of more octets, and with more behind.
            let element = |contents: Vec<u8>| [vec![0x30, u8::try_from(contents.len()).unwrap()], contents].concat();
            let integer = |n: &[u8]| [vec![2, u8::try_from(n.len()).unwrap()], n.to_vec()].concat();
            let contents = |n: &[u8]| {
                let mut w = Writer::new();
                w.unsigned(n);
                w.into_bytes()[2..].to_vec()
            };
            let (own_r, own_s) = (contents(&r), contents(&s));
            let padded = |n: &[u8]| integer(&[&[0][..], n].concat());
            let body = [integer(&own_r), integer(&own_s)].concat();
            let mut others = vec![
                [&good[..], &[0]].concat(),
                [&[0x30, 0x80][..], &body, &[0, 0]].concat(),
                [&[0x30, 0x82, 0, u8::try_from(body.len()).unwrap()][..], &body].concat(),
                [&[0x31, u8::try_from(body.len()).unwrap()][..], &body].concat(),
            ];
            if body.len() + 3 < 0x80 {
                assert!(holds(&element(body.clone())));
                others.push(element([padded(&own_r), integer(&own_s)].concat()));
                others.push(element([integer(&own_r), padded(&own_s)].concat()));
                others.push(element([body.clone(), vec![5, 0]].concat()));
            }
            for (n, other) in others.iter().enumerate() {
                assert!(!holds(other), "{curve} {n}");
            }
        }
    }

    /// RFC 8032 section 5.1.7: S is below the order of the group, so that nobody makes a second signature of one.
    #[test]
    fn v_12_a_signature_of_ed25519_has_one_form() {
        let key = key(KeySpec::Ed25519);
        let good = key.sign(&SignatureAlgorithm::Ed25519, b"m", &mut SystemRandom).unwrap();
        let holds = |signature: &[u8]| key.public().verify(&SignatureAlgorithm::Ed25519, b"m", signature).is_ok();
        assert!(holds(&good));
        // The least significant octet first.
        let mut order = hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
        order.reverse();
        let mut other = good.clone();
        let mut carry = 0_u16;
        for (octet, more) in other[32..].iter_mut().zip(order) {
            carry += u16::from(*octet) + u16::from(more);
            *octet = carry.to_be_bytes()[1];
            carry >>= 8;
        }
        assert!(carry == 0 && !holds(&other));
        for bad in [&good[..63], &good[1..], &[&good[..], &[0]].concat()] {
            assert!(!holds(bad));
        }
    }

    /// FIPS 204 and FIPS 205: a signature has exactly its length.
    #[test]
    fn v_12_post_quantum_signatures_have_their_length() {
        for (spec, algorithm) in [
            (KeySpec::MlDsa(MlDsa::Dsa44), SignatureAlgorithm::ml_dsa(MlDsa::Dsa44)),
            (KeySpec::MlDsa(MlDsa::Dsa65), SignatureAlgorithm::ml_dsa(MlDsa::Dsa65)),
            (KeySpec::SlhDsa(SlhDsa::Sha2_128f), SignatureAlgorithm::slh_dsa(SlhDsa::Sha2_128f)),
        ] {
            let key = key(spec);
            let good = key.sign(&algorithm, b"m", &mut SystemRandom).unwrap();
            let holds = |signature: &[u8]| key.public().verify(&algorithm, b"m", signature).is_ok();
            assert!(holds(&good), "{spec}");
            for bad in [&good[..good.len() - 1], &good[1..], &[&good[..], &[0]].concat(), &[]] {
                assert!(!holds(bad), "{spec} {}", bad.len());
            }
        }
    }

    /// A source of chance that has none.
    struct Same;

    impl Random for Same {
        fn fill(&mut self, out: &mut [u8]) -> Result<()> {
            out.fill(7);
            Ok(())
        }
    }

    /// Two signatures of ECDSA under one secret number give the key away; a PSS salt and what hedges ML-DSA are drawn anew.
    #[test]
    fn x_28_no_two_signatures_share_their_secret_number() {
        for (curve, _) in ORDERS {
            let key = key(KeySpec::Ec(curve));
            let mut seen = std::collections::HashSet::new();
            for n in 0..32_u8 {
                let signature = key.sign(&SignatureAlgorithm::Ecdsa(Digest::Sha256), &[n / 2], &mut Same).unwrap();
                let mut numbers = Reader::new(&signature).sequence().unwrap();
                assert!(seen.insert(numbers.unsigned().unwrap().to_vec()), "{curve} {n}");
            }
        }
        let rsa = (KeySpec::Rsa(2048), SignatureAlgorithm::pss(Digest::Sha256));
        let ml_dsa = (KeySpec::MlDsa(MlDsa::Dsa65), SignatureAlgorithm::ml_dsa(MlDsa::Dsa65));
        for (spec, algorithm) in [rsa, ml_dsa] {
            let key = key(spec);
            let twice = [(); 2].map(|()| key.sign(&algorithm, b"m", &mut SystemRandom).unwrap());
            assert_ne!(twice[0], twice[1], "{spec}");
        }
    }

    /// The orders of the groups (SEC 2, sections 2.4.2, 2.5.1 and 2.6.1).
    const ORDERS: [(Curve, &str); 3] = [
        (Curve::P256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            Curve::P384,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        (
            Curve::P521,
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8\
             899c47aebb6fb71e91386409",
        ),
    ];
}
