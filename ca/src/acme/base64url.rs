//! Base64 with the alphabet for URLs and without padding (RFC 4648 section 5, RFC 8555 section 6.1).

/// Written without padding.
pub fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for chunk in octets.chunks(3) {
        let word = chunk.iter().chain(&[0; 2]).take(3).fold(0_u32, |word, octet| word << 8 | u32::from(*octet));
        for at in 0..=chunk.len() {
            let index = word >> (18 - 6 * at) & 0x3f;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

/// Read as RFC 8555 section 6.1 wants it: padding, white space, other characters and bits left over are refused, so
/// that an octet string has one spelling.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for byte in chunk {
            word = word << 6 | value(*byte)?;
        }
        let (whole, spare) = match chunk.len() {
            4 => (3, 0),
            3 => (2, 2),
            2 => (1, 4),
            _ => return None,
        };
        if word & ((1 << spare) - 1) != 0 {
            return None;
        }
        let word = (word >> spare).to_be_bytes();
        octets.extend_from_slice(&word[4 - whole..]);
    }
    Some(octets)
}

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    }))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10, RFC 7515 appendix C.
    #[test]
    fn i_01_known_spellings_and_no_others() {
        for (octets, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (&[3, 236, 255, 224, 193], "A-z_4ME"),
        ] {
            assert_eq!(encode(octets), text);
            assert_eq!(decode(text).unwrap(), octets);
        }
        for refused in ["Zg==", "Zh", "Z", "Zm9vY", "Zm 9", "Zm+v", "Zm/v", "Zm9\n", "é"] {
            assert_eq!(decode(refused), None, "{refused:?}");
        }
        let all: Vec<u8> = (0..=255).collect();
        for length in 0..all.len() {
            assert_eq!(decode(&encode(&all[..length])).unwrap(), &all[..length]);
        }
    }
}
