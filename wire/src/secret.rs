//! Writing structures that hold private keys: no copy stays behind unwiped.

use zeroize::Zeroizing;

use crate::der::{Tag, write_length};

/// An element whose contents are these parts one after the other, in a buffer that never grows.
pub(crate) fn element(tag: Tag, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(length + MAX_HEADER));
    out.push(tag.0);
    write_length(&mut out, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Identifier, length of the length, eight octets of length.
const MAX_HEADER: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Writer;

    #[test]
    fn writes_what_the_ordinary_writer_writes() {
        for length in [0, 127, 128, 70_000] {
            let contents = vec![3; length];
            let mut w = Writer::new();
            w.octet_string(&contents);
            let (a, b) = contents.split_at(length / 3);
            assert_eq!(*element(Tag::OCTET_STRING, &[a, b]), w.into_bytes());
        }
    }
}
