//! Content that could be somebody's signed attributes (draft-ietf-lamps-cms-euf-cma-signeddata, V-07).

use wire::cms::SignedAttributes;
use wire::der::Tag;
use wire::{Error, oids};

/// The beginning of a content, kept only while it may be a SET OF Attribute.
///
/// A signature over bare content is made over the very bytes that a signature with attributes is made
/// over when the content is the DER of those attributes: who has the second can show it as the first.
#[derive(Debug, Clone, Default)]
pub struct ContentStart {
    start: Vec<u8>,
    /// Content went on beyond what is kept.
    more: bool,
    /// The first octet is no SET's: nothing is kept.
    other: bool,
}

impl ContentStart {
    /// Takes in the next octets of the content; keeps at most 64 KiB, and nothing of ordinary text.
    pub fn update(&mut self, octets: &[u8]) {
        if self.other || octets.is_empty() {
            return;
        }
        if self.start.is_empty() && octets.first() != Some(&Tag::SET.0) {
            self.other = true;
            return;
        }
        let room = MAX_START.saturating_sub(self.start.len());
        let kept = octets.get(..room).unwrap_or(octets);
        self.start.extend_from_slice(kept);
        self.more |= kept.len() < octets.len();
    }

    /// Whether the content parses as signed attributes, or may and is too long to tell.
    pub fn may_be_attributes(&self) -> bool {
        if self.start.is_empty() {
            return false;
        }
        if self.more {
            // A SET of more than 64 KiB says so in three or more octets of length.
            return matches!(self.start.get(1), Some(0x80 | 0x83..=0x88));
        }
        match SignedAttributes::from_ber(&self.start) {
            Ok(read) => {
                read.all(oids::CONTENT_TYPE).next().is_some() && read.all(oids::MESSAGE_DIGEST).next().is_some()
            }
            Err(error) => matches!(error, Error::LimitExceeded(_)),
        }
    }
}

/// Octets kept: as many as signed attributes may have (standards.md §19).
const MAX_START: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use wire::cms::Attribute;

    fn start(content: &[u8], piece: usize) -> ContentStart {
        let mut start = ContentStart::default();
        content.chunks(piece).for_each(|c| start.update(c));
        start
    }

    #[test]
    fn x_05_attributes_are_recognised_in_any_pieces() {
        let both = [(oids::CONTENT_TYPE, vec![6, 1, 42]), (oids::MESSAGE_DIGEST, vec![4, 1, 1])];
        let attributes = |n: usize| {
            let list = both[..n].iter().map(|(oid, value)| Attribute::new(*oid, value.clone())).collect();
            SignedAttributes::new(list).der().to_vec()
        };
        for piece in [1, 7, 1000] {
            assert!(start(&attributes(2), piece).may_be_attributes());
            assert!(!start(&attributes(1), piece).may_be_attributes());
            assert!(!start(b"1. A letter that begins with a digit", piece).may_be_attributes());
            assert!(!start(b"Content-Type: text/plain", piece).may_be_attributes());
        }
        let followed = [&attributes(2)[..], b"\r\n"].concat();
        assert!(!start(&followed, 9).may_be_attributes());
        assert!(!start(b"", 1).may_be_attributes());
    }

    #[test]
    fn x_05_what_is_too_long_to_tell_is_refused() {
        let long = |head: &[u8]| start(&[head, &[0; MAX_START][..]].concat(), 4096).may_be_attributes();
        assert!(long(&[0x31, 0x83, 1, 0, 0]));
        assert!(!long(b"1999 was"));
        assert!(start(&[0x31; MAX_START + 9], 4096).start.len() == MAX_START);
    }
}
