//! Base64 with the alphabet for URLs and without padding (RFC 4648 section 5, RFC 8555 section 6.1).

use base64_simd::URL_SAFE_NO_PAD;

/// Written without padding.
pub fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(octets)
}

/// Read as RFC 8555 section 6.1 wants it: padding, white space, other characters and bits left over are refused, so
/// that an octet string has one spelling.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text.as_bytes()).ok()
}

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
