//! RC4, for reading what old programs wrote.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Its state under a key; it is its own inverse.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    /// `None` for a key without octets, or of more than 256.
    pub fn new(key: &[u8]) -> Option<Rc4> {
        if key.is_empty() || key.len() > 256 {
            return None;
        }
        let mut state: [u8; 256] = std::array::from_fn(|i| i as u8);
        let mut j = 0_u8;
        for i in 0..256 {
            j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
            state.swap(i, usize::from(j));
        }
        Some(Rc4 { state, i: 0, j: 0 })
    }

    /// XORs its stream onto `bytes`.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.i = self.i.wrapping_add(1);
            self.j = self.j.wrapping_add(self.state[usize::from(self.i)]);
            self.state.swap(usize::from(self.i), usize::from(self.j));
            let at = self.state[usize::from(self.i)].wrapping_add(self.state[usize::from(self.j)]);
            *byte ^= self.state[usize::from(at)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6229 §2: the keys of 40 and 128 bits, the first 16 octets.
    #[test]
    fn rc4_gives_the_stream_of_rfc_6229() {
        let key: Vec<u8> = (1..=16).collect();
        let streams =
            [(5, 0xb239_6305_f03d_c027_ccc3_524a_0a11_18a8_u128), (16, 0x9ac7_cc9a_609d_1ef7_b293_2899_cde4_1b97)];
        for (length, stream) in streams {
            let mut bytes = [0; 16];
            Rc4::new(&key[..length]).unwrap().apply(&mut bytes);
            assert_eq!(bytes, stream.to_be_bytes());
        }
        assert!(Rc4::new(&[]).is_none());
    }
}
