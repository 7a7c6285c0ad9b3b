//! Defects of text that should be in canonical CRLF form, found at memory speed.

/// What a text fed in chunks contains that mail in 7-bit canonical form (RFC 8551 §3.1.1, RFC 2045 §2.7) does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextCheck {
    bare_cr: bool,
    bare_lf: bool,
    nul: bool,
    eight_bit: bool,
    /// The last byte was CR, so the next must be LF.
    after_cr: bool,
}

impl TextCheck {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        TextCheck::default()
    }

    /// Looks at the next bytes of the text.
    pub fn update(&mut self, data: &[u8]) {
        let (Some(first), Some(last)) = (data.first(), data.last()) else {
            return;
        };
        self.bare_cr |= self.after_cr && *first != b'\n';
        self.bare_lf |= !self.after_cr && *first == b'\n';
        self.after_cr = *last == b'\r';
        for block in data.chunks(BLOCK) {
            let (zero, high) = bytes(block);
            self.nul |= zero;
            self.eight_bit |= high;
        }
        let next = data.get(1..).unwrap_or_default();
        for (block, after) in data.chunks(BLOCK).zip(next.chunks(BLOCK)) {
            let (cr, lf) = pairs(block, after);
            self.bare_cr |= cr;
            self.bare_lf |= lf;
        }
    }

    /// A CR that no LF follows; one at the very end so far counts.
    #[must_use]
    pub fn bare_cr(&self) -> bool {
        self.bare_cr || self.after_cr
    }

    /// An LF without its CR.
    #[must_use]
    pub fn bare_lf(&self) -> bool {
        self.bare_lf
    }

    /// A NUL byte.
    #[must_use]
    pub fn nul(&self) -> bool {
        self.nul
    }

    /// A byte above 127.
    #[must_use]
    pub fn eight_bit(&self) -> bool {
        self.eight_bit
    }

    /// The line ends are not all CRLF, or there is a NUL: what is signed this way can be read in two ways.
    #[must_use]
    pub fn broken(&self) -> bool {
        self.bare_cr() || self.bare_lf || self.nul
    }
}

/// Whether there is a NUL, and a byte above 127. Written for the compiler's vectors: no branches.
fn bytes(block: &[u8]) -> (bool, bool) {
    let mut zero = 0u8;
    let mut high = 0u8;
    for byte in block {
        zero |= u8::from(*byte == 0);
        high |= *byte;
    }
    (zero != 0, high >= 0x80)
}

/// Whether a CR is followed by something else than LF, and an LF follows something else than CR.
fn pairs(block: &[u8], next: &[u8]) -> (bool, bool) {
    let mut cr = 0u8;
    let mut lf = 0u8;
    for (a, b) in block.iter().zip(next) {
        let (is_cr, is_lf) = (u8::from(*a == b'\r'), u8::from(*b == b'\n'));
        cr |= is_cr & (is_lf ^ 1);
        lf |= is_lf & (is_cr ^ 1);
    }
    (cr != 0, lf != 0)
}

const BLOCK: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(text: &[u8]) -> [bool; 4] {
        let cr = |i: usize| text[i] == b'\r' && text.get(i + 1) != Some(&b'\n');
        let lf = |i: usize| text[i] == b'\n' && (i == 0 || text[i - 1] != b'\r');
        let any = |f: &dyn Fn(usize) -> bool| (0..text.len()).any(f);
        [any(&cr), any(&lf), text.contains(&0), !text.is_ascii()]
    }

    #[test]
    fn all_short_texts_in_all_splits() {
        let alphabet = [b'\r', b'\n', 0, 0x80, b'a'];
        for number in 0..5usize.pow(5) {
            let text: Vec<u8> = (0..5).map(|i| alphabet[number / 5usize.pow(i) % 5]).collect();
            for split in 0..5 {
                let mut check = TextCheck::new();
                check.update(&text[..split]);
                check.update(&text[split..]);
                let found = [check.bare_cr(), check.bare_lf(), check.nul(), check.eight_bit()];
                assert_eq!(found, naive(&text), "{text:?} {split}");
            }
        }
    }

    #[test]
    fn a_defect_at_a_block_border() {
        for at in [0, 1, BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK] {
            for bad in [b'\r', b'\n', 0, 0xFF] {
                let mut text = vec![b'x'; 2 * BLOCK + 1];
                text[at] = bad;
                let mut check = TextCheck::new();
                check.update(&text);
                let found = [check.bare_cr(), check.bare_lf(), check.nul(), check.eight_bit()];
                assert_eq!(found, naive(&text), "{at} {bad}");
            }
        }
    }
}
