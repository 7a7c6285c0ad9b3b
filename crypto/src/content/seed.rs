//! SEED (RFC 4269), which no library of this generation has.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The cipher under a key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Seed {
    rounds: [[u32; 2]; ROUNDS],
}

impl Seed {
    /// `None` for a key that is not 16 octets.
    pub fn new(key: &[u8]) -> Option<Seed> {
        let mut key = words(key.try_into().ok()?);
        let mut rounds = [[0; 2]; ROUNDS];
        for (i, round) in (0..).zip(&mut rounds) {
            // RFC 4269 §2.3: the golden ratio, rotated by one bit for each round.
            let constant = 0x9e37_79b9_u32.rotate_left(i);
            let [a, b, c, d] = key;
            *round = [g(a.wrapping_add(c).wrapping_sub(constant)), g(b.wrapping_sub(d).wrapping_add(constant))];
            key = if i % 2 == 0 {
                [a >> 8 | b << 24, b >> 8 | a << 24, c, d]
            } else {
                [a, b, c << 8 | d >> 24, d << 8 | c >> 24]
            };
        }
        key.zeroize();
        Some(Seed { rounds })
    }

    /// One block.
    pub fn encrypt(&self, block: &mut [u8; 16]) {
        feistel(self.rounds.iter(), block);
    }

    /// The same back.
    pub fn decrypt(&self, block: &mut [u8; 16]) {
        feistel(self.rounds.iter().rev(), block);
    }
}

/// RFC 4269 §2.1: sixteen rounds, after the last of which the halves are not exchanged.
fn feistel<'k>(rounds: impl Iterator<Item = &'k [u32; 2]>, block: &mut [u8; 16]) {
    let [mut a, mut b, mut c, mut d] = words(*block);
    for key in rounds {
        let [x, y] = f(key, c, d);
        (a, b, c, d) = (c, d, a ^ x, b ^ y);
    }
    for (octets, word) in block.chunks_exact_mut(4).zip([c, d, a, b]) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
}

/// RFC 4269 §2.2.
fn f([k0, k1]: &[u32; 2], c: u32, d: u32) -> [u32; 2] {
    let (c, d) = (c ^ k0, d ^ k1);
    let first = g(c ^ d);
    let second = g(c.wrapping_add(first));
    let third = g(second.wrapping_add(first));
    [second.wrapping_add(third), third]
}

/// RFC 4269 §2.2: each octet through its S-box, then what the masks take of each.
fn g(word: u32) -> u32 {
    let [w3, w2, w1, w0] = word.to_be_bytes();
    let y = [S[0][usize::from(w0)], S[1][usize::from(w1)], S[0][usize::from(w2)], S[1][usize::from(w3)]];
    let mut out = [0; 4];
    for (i, z) in out.iter_mut().enumerate() {
        *z = (0..4).fold(0, |z, j| z ^ (y[j] & MASKS[(i + j) % 4]));
    }
    u32::from_le_bytes(out)
}

fn words(block: [u8; 16]) -> [u32; 4] {
    let (words, _) = block.as_chunks::<4>();
    [0, 1, 2, 3].map(|i| u32::from_be_bytes(words[i]))
}

const ROUNDS: usize = 16;
const MASKS: [u8; 4] = [0xfc, 0xf3, 0xcf, 0x3f];

/// RFC 4269 §2.2 by their definition: a power in the field of x^8 + x^6 + x^5 + x + 1, a linear map of its bits (here
/// what becomes of each, lowest first), and a constant.
const S: [[u8; 256]; 2] = [
    s_box(247, [0x2c, 0xd0, 0x69, 0xc2, 0x41, 0x44, 0x58, 0xe2], 169),
    s_box(251, [0xd0, 0x2a, 0xe1, 0x2c, 0x21, 0x30, 0xa2, 0x6c], 56),
];

const fn s_box(power: u32, map: [u8; 8], constant: u8) -> [u8; 256] {
    let mut out = [0; 256];
    let mut x = 0;
    while x < 256 {
        let mut y = 1;
        let mut i = 0;
        while i < power {
            y = multiply(y, x as u8);
            i += 1;
        }
        let mut value = constant;
        let mut bit = 0;
        while bit < 8 {
            if y >> bit & 1 == 1 {
                value ^= map[bit];
            }
            bit += 1;
        }
        out[x] = value;
        x += 1;
    }
    out
}

const fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        let carry = a & 0x80 != 0;
        a <<= 1;
        if carry {
            a ^= 0x63;
        }
        b >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4269 appendix B.1 to B.4.
    #[test]
    fn the_examples_of_rfc_4269() {
        let counting: [u8; 16] = std::array::from_fn(|i| i as u8);
        for (key, plain, cipher) in [
            ([0; 16], counting, 0x5eba_c6e0_054e_1668_19af_f1cc_6d34_6cdb_u128),
            (counting, [0; 16], 0xc11f_22f2_0140_5050_8448_3597_e437_0f43),
            (
                0x4706_4808_51e6_1be8_5d74_bfb3_fd95_6185_u128.to_be_bytes(),
                0x83a2_f8a2_8864_1fb9_a4e9_a5cc_2f13_1c7d_u128.to_be_bytes(),
                0xee54_d13e_bcae_706d_226b_c314_2cd4_0d4a,
            ),
            (
                0x28db_c3bc_49ff_d87d_cfa5_09b1_1d42_2be7_u128.to_be_bytes(),
                0xb41e_6be2_eba8_4a14_8e2e_ed84_593c_5ec7_u128.to_be_bytes(),
                0x9b9b_7bfc_d181_3cb9_5d0b_3618_f40f_5122,
            ),
        ] {
            let seed = Seed::new(&key).unwrap();
            let mut block = plain;
            seed.encrypt(&mut block);
            assert_eq!(block, cipher.to_be_bytes());
            seed.decrypt(&mut block);
            assert_eq!(block, plain);
        }
        assert!(Seed::new(&[0; 15]).is_none() && Seed::new(&[0; 17]).is_none());
    }
}
