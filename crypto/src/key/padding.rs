//! RSA encodings for what the library below lacks: other digests and salts of PSS, mixed digests of OAEP, moduli
//! under 2048 bits, and the two forms of a PKCS#1 v1.5 DigestInfo (RFC 8017 §7 to §9).

use wire::AlgorithmIdentifier;
use wire::der::Writer;
use zeroize::Zeroizing;

use crate::hash::{Hasher, digest};
use crate::names::Digest;
use crate::secret::equal;

/// Whether `encoded` is the EMSA-PKCS1-v1_5 encoding of `hash`, compared whole against each of the two forms that
/// exist: the digest's parameters NULL, or absent (V-11).
pub(super) fn pkcs1_holds(algorithm: Digest, hash: &[u8], encoded: &[u8]) -> bool {
    let with_null = AlgorithmIdentifier::with_null(algorithm.oid());
    [with_null, algorithm.algorithm_identifier()]
        .iter()
        .any(|a| pkcs1_encode(a, hash, encoded.len()).is_some_and(|e| e == encoded))
}

/// Whether `encoded` is an EMSA-PSS encoding of `hash` (RFC 8017 §9.1.2) for a modulus of `modulus_bits`.
pub(super) fn pss_holds(
    (hash_algorithm, mgf): (Digest, Digest),
    salt: usize,
    hash: &[u8],
    encoded: &[u8],
    modulus_bits: usize,
) -> bool {
    let em_bits = modulus_bits - 1;
    let em_len = em_bits.div_ceil(8);
    // A modulus of 8k+1 bits has an encoding one octet shorter than itself.
    let (lead, em) = encoded.split_at(encoded.len().saturating_sub(em_len));
    let hash_len = hash_algorithm.len();
    if lead.iter().any(|b| *b != 0) || em_len < hash_len + salt + 2 || hash.len() != hash_len {
        return false;
    }
    let (masked, rest) = em.split_at(em_len - hash_len - 1);
    let (h, trailer) = rest.split_at(hash_len);
    let top_mask = 0xff_u8 >> (8 * em_len - em_bits);
    if trailer != [0xbc] || masked[0] & !top_mask != 0 {
        return false;
    }
    let mut block = masked.to_vec();
    mask(mgf, h, &mut block);
    block[0] &= top_mask;
    let (padding, salt) = block.split_at(block.len() - salt);
    let well_padded = padding.split_last().is_some_and(|(last, zeros)| *last == 1 && zeros.iter().all(|b| *b == 0));
    let mut hasher = Hasher::new(hash_algorithm);
    hasher.update(&[0; 8]);
    hasher.update(hash);
    hasher.update(salt);
    well_padded && hasher.finish().as_ref() == h
}

/// The EMSA-PSS encoding of `hash` (RFC 8017 §9.1.1), one digest throughout, in as many octets as a modulus of
/// `modulus_bits` has; `None` where it is too small.
pub(super) fn pss_encode(algorithm: Digest, salt: &[u8], hash: &[u8], modulus_bits: usize) -> Option<Vec<u8>> {
    let em_bits = modulus_bits.checked_sub(1)?;
    let em_len = em_bits.div_ceil(8);
    let zeros = em_len.checked_sub(algorithm.len() + salt.len() + 2)?;
    let mut hasher = Hasher::new(algorithm);
    hasher.update(&[0; 8]);
    hasher.update(hash);
    hasher.update(salt);
    let h = hasher.finish();
    let mut block = vec![0; zeros];
    block.push(1);
    block.extend_from_slice(salt);
    mask(algorithm, &h, &mut block);
    block[0] &= 0xff_u8 >> (8 * em_len - em_bits);
    let lead = vec![0; modulus_bits.div_ceil(8) - em_len];
    Some([&lead, &block, &h[..], &[0xbc]].concat())
}

/// EME-OAEP encoding (RFC 8017 §7.1.1) of `message` with `seed`, `hash_algorithm.len()` octets, for a modulus of
/// `k` octets; `None` where the message is too long.
pub(super) fn oaep_encode(
    (hash_algorithm, mgf): (Digest, Digest),
    label: &[u8],
    message: &[u8],
    seed: &[u8],
    k: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let hash_len = hash_algorithm.len();
    let zeros = k.checked_sub(2 * hash_len + 2)?.checked_sub(message.len())?;
    let mut block = Zeroizing::new(digest(hash_algorithm, label).to_vec());
    block.resize(hash_len + zeros, 0);
    block.push(1);
    block.extend_from_slice(message);
    mask(mgf, seed, &mut block);
    let mut masked_seed = Zeroizing::new(seed.to_vec());
    mask(mgf, &block, &mut masked_seed);
    let mut encoded = Zeroizing::new(Vec::with_capacity(k));
    encoded.push(0);
    encoded.extend_from_slice(&masked_seed);
    encoded.extend_from_slice(&block);
    Some(encoded)
}

/// EME-OAEP decoding (RFC 8017 §7.1.2). Every check runs before any is acted on (Manger).
pub(super) fn oaep_decode(
    (hash_algorithm, mgf): (Digest, Digest),
    label: &[u8],
    encoded: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let hash_len = hash_algorithm.len();
    if encoded.len() < 2 * hash_len + 2 {
        return None;
    }
    let mut seed = Zeroizing::new(encoded[1..=hash_len].to_vec());
    let mut block = Zeroizing::new(encoded[1 + hash_len..].to_vec());
    mask(mgf, &block, &mut seed);
    mask(mgf, &seed, &mut block);
    let label_ok = equal(&block[..hash_len], &digest(hash_algorithm, label));
    let mut bad = encoded[0] | u8::from(!label_ok);
    let start = separator(&block[hash_len..], 1, &mut bad);
    (bad == 0).then(|| Zeroizing::new(block[hash_len + start..].to_vec()))
}

/// EME-PKCS1-v1_5 decoding (RFC 8017 §7.2.2). Every check runs before any is acted on.
pub(super) fn pkcs1_decode(encoded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if encoded.len() < 11 {
        return None;
    }
    let mut bad = encoded[0] | (encoded[1] ^ 2);
    for b in &encoded[2..10] {
        bad |= u8::from(*b == 0);
    }
    let mut start = 0;
    let mut found = 0_u8;
    for (i, b) in encoded.iter().enumerate().skip(2) {
        let here = u8::from(*b == 0) & !found;
        start |= (i + 1) * usize::from(here & 1);
        found |= here & 1;
    }
    bad |= 1 - found;
    (bad == 0).then(|| Zeroizing::new(encoded[start..].to_vec()))
}

/// Where the content begins after zeros and one octet `mark`; anything else sets `bad`.
fn separator(block: &[u8], mark: u8, bad: &mut u8) -> usize {
    let mut start = 0;
    let mut found = 0_u8;
    for (i, b) in block.iter().enumerate() {
        let here = u8::from(*b == mark) & (1 - found);
        *bad |= u8::from(*b != 0) & (1 - here) & (1 - found);
        start |= (i + 1) * usize::from(here);
        found |= here;
    }
    *bad |= 1 - found;
    start
}

/// EMSA-PKCS1-v1_5; `None` where `hash` does not fit.
pub(super) fn pkcs1_encode(algorithm: &AlgorithmIdentifier, hash: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut w = Writer::new();
    w.sequence(|w| {
        algorithm.write(w);
        w.octet_string(hash);
    });
    let info = w.into_bytes();
    let padding = length.checked_sub(info.len() + 3).filter(|p| *p >= 8)?;
    let mut encoded = vec![0, 1];
    encoded.resize(2 + padding, 0xff);
    encoded.push(0);
    encoded.extend_from_slice(&info);
    Some(encoded)
}

/// XORs a mask made of `seed` onto `block`: MGF1 (RFC 8017 §B.2.1), or what an extendable digest gives by itself
/// (RFC 8702 §3.2.1).
fn mask(algorithm: Digest, seed: &[u8], block: &mut [u8]) {
    if algorithm.is_extendable() {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(seed);
        let mut octets = Zeroizing::new(vec![0; block.len()]);
        hasher.fill(&mut octets);
        block.iter_mut().zip(octets.iter()).for_each(|(b, m)| *b ^= m);
        return;
    }
    for (counter, chunk) in (0_u32..).zip(block.chunks_mut(algorithm.len())) {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        for (b, m) in chunk.iter_mut().zip(hasher.finish().as_ref()) {
            *b ^= m;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oaep_round_trips_and_every_flipped_bit_fails() {
        let digests = (Digest::Sha256, Digest::Sha1);
        let encoded = oaep_encode(digests, b"label", b"content key", &[7; 32], 128).unwrap();
        assert_eq!(oaep_decode(digests, b"label", &encoded).unwrap().as_slice(), b"content key");
        assert!(oaep_decode(digests, b"", &encoded).is_none());
        assert!(oaep_encode(digests, b"", &[0; 63], &[7; 32], 128).is_none());
        assert!(oaep_encode(digests, b"", &[0; 62], &[7; 32], 128).is_some());
        for i in 0..encoded.len() {
            let mut bad = encoded.to_vec();
            bad[i] ^= 1;
            assert!(oaep_decode(digests, b"label", &bad).is_none(), "{i}");
        }
    }

    #[test]
    fn pkcs1_decoding_wants_every_mark() {
        let good = [&[0, 2][..], &[9; 8], &[0], b"key"].concat();
        assert_eq!(pkcs1_decode(&good).unwrap().as_slice(), b"key");
        let empty = [&[0, 2][..], &[9; 8], &[0]].concat();
        assert!(pkcs1_decode(&empty).unwrap().is_empty());
        for (at, value) in [(0, 1), (1, 1), (2, 0), (9, 0), (10, 1)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert!(pkcs1_decode(&bad).is_none(), "{at}");
        }
    }

    #[test]
    fn v_11_pkcs1_signature_blocks_are_compared_whole() {
        let hash = digest(Digest::Sha256, b"m");
        let good = pkcs1_encode(&AlgorithmIdentifier::with_null(Digest::Sha256.oid()), &hash, 128).unwrap();
        assert!(pkcs1_holds(Digest::Sha256, &hash, &good));
        let absent = pkcs1_encode(&Digest::Sha256.algorithm_identifier(), &hash, 128).unwrap();
        assert!(pkcs1_holds(Digest::Sha256, &hash, &absent));
        for i in 0..128 {
            let mut bad = good.clone();
            bad[i] ^= 1;
            assert!(!pkcs1_holds(Digest::Sha256, &hash, &bad), "{i}");
        }
        // Bleichenbacher's forgery for keys with a small exponent: a short padding, and anything behind the digest or
        // within the parameters, that a parser would pass over.
        let null = AlgorithmIdentifier::with_null(Digest::Sha256.oid());
        for length in 62..128 {
            let short = pkcs1_encode(&null, &hash, length).unwrap();
            let behind = [short.as_slice(), &vec![0xa5; 128 - length]].concat();
            assert!(!pkcs1_holds(Digest::Sha256, &hash, &behind), "{length}");
        }
        let mut octets = Writer::new();
        octets.octet_string(&[0xa5; 20]);
        let within = AlgorithmIdentifier::with(Digest::Sha256.oid(), octets.into_bytes());
        assert!(!pkcs1_holds(Digest::Sha256, &hash, &pkcs1_encode(&within, &hash, 128).unwrap()));
        // The digest of another algorithm that happens to be as long.
        let other = pkcs1_encode(&AlgorithmIdentifier::with_null(Digest::Sha3_256.oid()), &hash, 128).unwrap();
        assert!(!pkcs1_holds(Digest::Sha256, &hash, &other));
        assert!(!pkcs1_holds(Digest::Sha256, &hash, &[]));
    }
}
