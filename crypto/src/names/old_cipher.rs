//! Ciphers of old and foreign programs by name: read, never written.

use wire::{Oid, oids};

/// A cipher that is read only for the sake of programs that write it: a block cipher and how its blocks are chained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OldCipher {
    name: &'static str,
    engine: Engine,
    mode: BlockMode,
    key_len: usize,
}

/// What turns one block into another under a key, or makes a stream of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Engine {
    /// AES, Camellia (RFC 3713), ARIA (RFC 5794) and Serpent with 128, 192 or 256 bits.
    Aes,
    Camellia,
    Aria,
    Serpent,
    /// SEED (RFC 4269) and SM4 (GB/T 32907) with 128.
    Seed,
    Sm4,
    /// CAST5 (RFC 2144), with 40 to 128.
    Cast5,
    /// IDEA with 128.
    Idea,
    /// Blowfish with 40 to 448.
    Blowfish,
    /// DES with 56; two or three keys of it.
    Des,
    /// RC4 with any number: no blocks, no vector.
    Rc4,
}

/// How blocks are chained (NIST SP 800-38A, SP 800-38D).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum BlockMode {
    /// Each by itself, with padding: whoever looks sees which are equal.
    Ecb,
    /// With padding.
    Cbc,
    /// Cipher feedback of whole blocks.
    Cfb,
    Ofb,
    Ctr,
    Gcm,
    /// None: the engine makes a stream.
    Stream,
}

impl OldCipher {
    /// All of them.
    pub fn all() -> impl Iterator<Item = OldCipher> {
        ROWS.iter().map(|(name, engine, mode, key_len)| OldCipher {
            name,
            engine: *engine,
            mode: *mode,
            key_len: *key_len,
        })
    }

    /// By object identifier; CAST5 with 128 bits stands for all its lengths.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        let name = oid.name()?;
        OldCipher::all().find(|cipher| cipher.name == name)
    }

    /// Its name, as OpenSSL spells it where it has one.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Its object identifier.
    pub fn oid(self) -> Oid {
        let own = match self.name {
            "des-cbc" => Some(oids::DES_CBC),
            "camellia-128-cbc" => Some(oids::CAMELLIA128_CBC),
            "camellia-192-cbc" => Some(oids::CAMELLIA192_CBC),
            "camellia-256-cbc" => Some(oids::CAMELLIA256_CBC),
            _ => Oid::of_old_name(self.name),
        };
        own.or_else(|| Oid::of_old_name("cast5-cbc")).unwrap_or(oids::DES_CBC)
    }

    /// Octets of the key.
    pub const fn key_len(self) -> usize {
        self.key_len
    }

    /// Octets that a key may have too, though no parameter says so: RC4 and Blowfish have one identifier for all.
    pub const fn other_key_lens(self) -> &'static [usize] {
        match self.engine {
            Engine::Rc4 => &[5, 7, 8, 32],
            Engine::Blowfish => &[5, 7, 8, 24, 32, 56],
            _ => &[],
        }
    }

    /// Octets of the vector or nonce, 0 where there is none.
    pub const fn iv_len(self) -> usize {
        match (self.mode, self.engine) {
            (BlockMode::Ecb | BlockMode::Stream, _) => 0,
            (BlockMode::Gcm, _) => 12,
            (_, Engine::Cast5 | Engine::Idea | Engine::Blowfish | Engine::Des) => 8,
            _ => 16,
        }
    }

    /// Whether it authenticates.
    pub const fn is_gcm(self) -> bool {
        matches!(self.mode, BlockMode::Gcm)
    }

    /// Whether it hides nothing from somebody who tries: keys of less than 128 bits, RC4 (RFC 7465), blocks by
    /// themselves.
    pub const fn is_broken(self) -> bool {
        self.key_len < 16 || matches!(self.mode, BlockMode::Ecb) || matches!(self.engine, Engine::Rc4)
    }

    pub(crate) const fn engine(self) -> Engine {
        self.engine
    }

    pub(crate) const fn mode(self) -> BlockMode {
        self.mode
    }

    /// CAST5 in CBC mode with a key of so many bits (RFC 2984 §3).
    pub(crate) fn cast5(bits: u64) -> Option<Self> {
        let bits = usize::try_from(bits).ok()?;
        OldCipher::all().find(|cipher| cipher.engine == Engine::Cast5 && cipher.key_len * 8 == bits)
    }
}

type Row = (&'static str, Engine, BlockMode, usize);

/// What OpenSSL, Bouncy Castle and gpgsm write, each with the octets of its key. Names without an identifier of their
/// own are CAST5's shorter keys.
const ROWS: &[Row] = {
    use BlockMode::{Cbc, Cfb, Ctr, Ecb, Gcm, Ofb, Stream};
    use Engine::{Aes, Aria, Blowfish, Camellia, Cast5, Des, Idea, Rc4, Seed, Serpent, Sm4};
    &[
        ("des-cbc", Des, Cbc, 8),
        ("des-ecb", Des, Ecb, 8),
        ("des-cfb", Des, Cfb, 8),
        ("des-ofb", Des, Ofb, 8),
        ("des-ede", Des, Ecb, 16),
        ("camellia-128-cbc", Camellia, Cbc, 16),
        ("camellia-128-ecb", Camellia, Ecb, 16),
        ("camellia-128-cfb", Camellia, Cfb, 16),
        ("camellia-128-ofb", Camellia, Ofb, 16),
        ("camellia-128-ctr", Camellia, Ctr, 16),
        ("camellia-192-cbc", Camellia, Cbc, 24),
        ("camellia-192-ecb", Camellia, Ecb, 24),
        ("camellia-192-cfb", Camellia, Cfb, 24),
        ("camellia-192-ofb", Camellia, Ofb, 24),
        ("camellia-192-ctr", Camellia, Ctr, 24),
        ("camellia-256-cbc", Camellia, Cbc, 32),
        ("camellia-256-ecb", Camellia, Ecb, 32),
        ("camellia-256-cfb", Camellia, Cfb, 32),
        ("camellia-256-ofb", Camellia, Ofb, 32),
        ("camellia-256-ctr", Camellia, Ctr, 32),
        ("aria-128-cbc", Aria, Cbc, 16),
        ("aria-128-ecb", Aria, Ecb, 16),
        ("aria-128-cfb", Aria, Cfb, 16),
        ("aria-128-ofb", Aria, Ofb, 16),
        ("aria-128-ctr", Aria, Ctr, 16),
        ("aria-128-gcm", Aria, Gcm, 16),
        ("aria-192-cbc", Aria, Cbc, 24),
        ("aria-192-ecb", Aria, Ecb, 24),
        ("aria-192-cfb", Aria, Cfb, 24),
        ("aria-192-ofb", Aria, Ofb, 24),
        ("aria-192-ctr", Aria, Ctr, 24),
        ("aria-192-gcm", Aria, Gcm, 24),
        ("aria-256-cbc", Aria, Cbc, 32),
        ("aria-256-ecb", Aria, Ecb, 32),
        ("aria-256-cfb", Aria, Cfb, 32),
        ("aria-256-ofb", Aria, Ofb, 32),
        ("aria-256-ctr", Aria, Ctr, 32),
        ("aria-256-gcm", Aria, Gcm, 32),
        ("aes-128-ecb", Aes, Ecb, 16),
        ("aes-128-cfb", Aes, Cfb, 16),
        ("aes-128-ofb", Aes, Ofb, 16),
        ("aes-192-ecb", Aes, Ecb, 24),
        ("aes-192-cfb", Aes, Cfb, 24),
        ("aes-192-ofb", Aes, Ofb, 24),
        ("aes-256-ecb", Aes, Ecb, 32),
        ("aes-256-cfb", Aes, Cfb, 32),
        ("aes-256-ofb", Aes, Ofb, 32),
        ("seed-cbc", Seed, Cbc, 16),
        ("seed-ecb", Seed, Ecb, 16),
        ("seed-cfb", Seed, Cfb, 16),
        ("seed-ofb", Seed, Ofb, 16),
        ("sm4-cbc", Sm4, Cbc, 16),
        ("sm4-ecb", Sm4, Ecb, 16),
        ("sm4-cfb", Sm4, Cfb, 16),
        ("sm4-ofb", Sm4, Ofb, 16),
        ("sm4-ctr", Sm4, Ctr, 16),
        ("serpent-128-cbc", Serpent, Cbc, 16),
        ("serpent-192-cbc", Serpent, Cbc, 24),
        ("serpent-256-cbc", Serpent, Cbc, 32),
        ("cast5-cbc", Cast5, Cbc, 16),
        ("cast5-80-cbc", Cast5, Cbc, 10),
        ("cast5-64-cbc", Cast5, Cbc, 8),
        ("cast5-40-cbc", Cast5, Cbc, 5),
        ("idea-cbc", Idea, Cbc, 16),
        ("bf-cbc", Blowfish, Cbc, 16),
        // The same by cryptlib's identifier, which Bouncy Castle writes.
        ("blowfish-cbc", Blowfish, Cbc, 16),
        ("rc4", Rc4, Stream, 16),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_an_identifier() {
        for cipher in OldCipher::all() {
            let back = OldCipher::from_oid(cipher.oid()).unwrap();
            assert!(back == cipher || cipher.name().starts_with("cast5-"), "{}", cipher.name());
        }
        assert_eq!(OldCipher::cast5(128).map(OldCipher::name), Some("cast5-cbc"));
        assert_eq!(OldCipher::cast5(72), None);
        for weak in ["des-cbc", "rc4", "aes-256-ecb", "cast5-40-cbc"] {
            assert!(OldCipher::all().any(|cipher| cipher.name() == weak && cipher.is_broken()), "{weak}");
        }
    }
}
