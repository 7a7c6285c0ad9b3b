//! The token of a mail challenge and what answers it (RFC 8823 section 3, RFC 8555 section 8.1).

use crypto::{Digest, digest};

use super::base64url;

/// How the two parts of a token become one. RFC 8823 section 3 says "concatenates" and not what: the texts, as most
/// programs do, or the octets that they stand for. For a first part of 33 octets, as this authority's is, both give
/// the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Joining {
    /// The base64url texts, one after the other.
    #[default]
    Texts,
    /// The octets, one after the other, in base64url again.
    Octets,
}

impl Joining {
    /// The whole token. Padding, which RFC 8823's examples have, is left out of it; `None` where a part is no base64url.
    pub fn join(self, part1: &str, part2: &str) -> Option<String> {
        let (part1, part2) = (part1.trim_end_matches('='), part2.trim_end_matches('='));
        let (first, second) = (base64url::decode(part1)?, base64url::decode(part2)?);
        Some(match self {
            Joining::Texts => format!("{part1}{part2}"),
            Joining::Octets => base64url::encode(&[first, second].concat()),
        })
    }
}

/// What the answering mail has between its lines: the digest of the key authorization, in base64url. `None` where a
/// part is no base64url.
pub fn response(joining: Joining, part1: &str, part2: &str, thumbprint: &str) -> Option<String> {
    let token = joining.join(part1, part2)?;
    Some(base64url::encode(&digest(Digest::Sha256, format!("{token}.{thumbprint}").as_bytes())))
}

/// Whether somebody who knows both parts and has the account's key gave this answer, in either joining.
pub fn answers(given: &str, part1: &str, part2: &str, thumbprint: &str) -> bool {
    let given = given.trim_end_matches('=');
    [Joining::Texts, Joining::Octets].into_iter().any(|joining| {
        response(joining, part1, part2, thumbprint)
            .is_some_and(|right| crypto::equal(right.as_bytes(), given.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of RFC 8823's own examples: part 1 has 32 octets there, so the joinings differ.
    #[test]
    fn i_04_both_joinings_are_taken() {
        let (part1, part2) = ("LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=", "DGyRejmCefe7v4NfDGDKfA");
        let texts = Joining::Texts.join(part1, part2).unwrap();
        let octets = Joining::Octets.join(part1, part2).unwrap();
        assert_eq!(texts, "LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sMEDGyRejmCefe7v4NfDGDKfA");
        assert_ne!(texts, octets);
        assert_eq!(base64url::decode(&octets).unwrap().len(), 32 + 16);
        for joining in [Joining::Texts, Joining::Octets] {
            let right = response(joining, part1, part2, "thumb").unwrap();
            assert!(answers(&right, part1, part2, "thumb") && answers(&format!("{right}="), part1, part2, "thumb"));
            assert!(!answers(&right, part1, part2, "other") && !answers(&right, part2, part1, "thumb"));
        }
        let part1 = base64url::encode(&[0x5a; 33]);
        assert_eq!(Joining::Texts.join(&part1, part2), Joining::Octets.join(&part1, part2));
        assert_eq!(Joining::Texts.join("a b", part2), None);
        assert!(!answers("", part1.as_str(), part2, "thumb"));
    }
}
