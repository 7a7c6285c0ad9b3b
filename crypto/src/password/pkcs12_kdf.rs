//! Keys from passwords as PKCS#12 does it (RFC 7292 Appendix B).

use zeroize::Zeroizing;

use crate::password::password_digest::PasswordDigest;
use crate::secret::Secret;

/// What the derived octets are for, by its number (RFC 7292 §B.3).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// RFC 7292 §B.2: `length` octets from a password that has its final form. The caller bounds `iterations`.
pub(super) fn derive_key(
    digest: PasswordDigest,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    length: usize,
) -> Secret {
    let block = digest.block_len();
    let mut input = stretch(salt, block);
    input.extend_from_slice(&stretch(password, block));
    let mut out = Zeroizing::new(Vec::with_capacity(length + digest.len()));
    while out.len() < length {
        let mut value = digest.of(&[&vec![purpose as u8; block], &input]);
        for _ in 1..iterations {
            value = digest.of(&[&value]);
        }
        out.extend_from_slice(&value);
        let addend = stretch(&value, block);
        input.chunks_mut(block).for_each(|chunk| add_and_one(chunk, &addend[..block]));
    }
    out.truncate(length);
    out.into()
}

/// Step 6 (C): `number` + `addend` + 1, big end first, what overflows is dropped.
fn add_and_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (n, a) in number.iter_mut().zip(addend).rev() {
        let [high, low] = (u16::from(*n) + u16::from(*a) + carry).to_be_bytes();
        (*n, carry) = (low, u16::from(high));
    }
}

/// Repeated to a multiple of `block`, nothing for nothing.
fn stretch(bytes: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = bytes.len().div_ceil(block) * block;
    Zeroizing::new(bytes.iter().copied().cycle().take(length).collect())
}

/// UTF-16, big end first, with the two zeros that end it (RFC 7292 §B.1). Bytes that are no UTF-8 are taken as
/// Latin-1, which is what the programs that write such passwords do.
pub(super) fn bmp_string(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = match std::str::from_utf8(password) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => Zeroizing::new(password.iter().map(|b| char::from(*b)).collect()),
    };
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
    for unit in text.encode_utf16().chain([0]) {
        out.extend_from_slice(&unit.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bmp_strings() {
        assert_eq!(bmp_string("Beé".as_bytes()).as_slice(), [0, 0x42, 0, 0x65, 0, 0xe9, 0, 0]);
        assert_eq!(bmp_string(b"\xe9").as_slice(), [0, 0xe9, 0, 0]);
        assert_eq!(bmp_string(b"").as_slice(), [0, 0]);
    }

    #[test]
    fn sums_carry_and_overflow() {
        let mut number = [0, 0xff, 0xff];
        add_and_one(&mut number, &[0, 0, 0]);
        assert_eq!(number, [1, 0, 0]);
        let mut number = [0xff; 3];
        add_and_one(&mut number, &[0xff; 3]);
        assert_eq!(number, [0xff; 3]);
    }
}
