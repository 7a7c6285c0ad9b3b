//! What the fuzz target `algorithms` does.

use wire::AlgorithmIdentifier;

use crate::names::{AgreementScheme, ContentCipher, Digest, Kem, KemKdf, KeyTransport, KeyWrap, SignatureAlgorithm};

/// Reads anything as the identifier of every sort of algorithm, PSS and OAEP with their parameters among them; what is
/// one is written and read again as the same. Never panics. For fuzzing.
pub fn fuzz_algorithms(bytes: &[u8]) {
    let Ok(algorithm) = AlgorithmIdentifier::from_der(bytes) else { return };
    if let Ok(signature) = SignatureAlgorithm::from_x509(&algorithm) {
        assert!(SignatureAlgorithm::from_x509(&signature.to_x509()) == Ok(signature));
    }
    for digest in Digest::ALL {
        if let Ok(signature) = SignatureAlgorithm::from_cms(&algorithm, digest) {
            assert!(SignatureAlgorithm::from_cms(&signature.to_cms(), digest) == Ok(signature));
        }
    }
    if let Ok(transport) = KeyTransport::from_algorithm(&algorithm) {
        assert!(KeyTransport::from_algorithm(&transport.to_algorithm()) == Ok(transport));
    }
    if let Ok((cipher, parameters)) = ContentCipher::from_algorithm(&algorithm) {
        let again = ContentCipher::from_algorithm(&cipher.to_algorithm(&parameters.iv));
        assert!(again.is_ok_and(|(other, found)| other == cipher && found.iv == parameters.iv));
    }
    if let Ok((scheme, wrap)) = AgreementScheme::from_algorithm(&algorithm)
        && let Ok(written) = scheme.to_algorithm(wrap)
    {
        assert!(AgreementScheme::from_algorithm(&written) == Ok((scheme, wrap)));
    }
    if let Ok(wrap) = KeyWrap::from_algorithm(&algorithm) {
        assert!(KeyWrap::from_algorithm(&wrap.to_algorithm()) == Ok(wrap));
    }
    if let Ok(kdf) = KemKdf::from_algorithm(&algorithm)
        && let Ok(written) = kdf.to_algorithm()
    {
        assert!(KemKdf::from_algorithm(&written) == Ok(kdf));
    }
    let _ = Kem::from_algorithm(&algorithm);
    let _ = Digest::from_algorithm(&algorithm);
    let _ = Digest::from_hmac(&algorithm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_what_is_left_of_them_do_not_panic() {
        let pss = SignatureAlgorithm::RsaPss { digest: Digest::Sha384, mgf: Digest::Sha1, salt: 7 }.to_x509();
        let oaep = KeyTransport::RsaOaep { digest: Digest::Sha512, mgf: Digest::Sha256, label: b"label".to_vec() };
        let agreement = AlgorithmIdentifier::with(wire::oids::ECDH_SHA256_KDF, KeyWrap::Aes256.to_algorithm().to_der());
        for algorithm in [pss, oaep.to_algorithm(), agreement] {
            let der = algorithm.to_der();
            for at in 0..der.len() {
                fuzz_algorithms(&der[..at]);
                let mut changed = der.clone();
                changed[at] ^= 1;
                fuzz_algorithms(&changed);
            }
            fuzz_algorithms(&der);
        }
    }
}
