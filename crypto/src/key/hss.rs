//! HSS/LMS signatures (RFC 8554 and the sets that NIST SP 800-208 adds), verified and never made: a key that signs has to
//! remember for ever which of its leaves are used.

use wire::SubjectPublicKeyInfo;
use wire::der::Reader;

use crate::error::{Error, Result};
use crate::hash::Hasher;
use crate::names::Digest;

/// A public key: the topmost tree, and how many levels of trees there are.
pub(super) struct HssPublic {
    levels: u32,
    top: Tree,
}

impl HssPublic {
    /// From the octets in a SubjectPublicKeyInfo: as they are (RFC 9708 §4, RFC 9802 §4), or in the OCTET STRING that
    /// the ASN.1 of RFC 8708 put around them.
    ///
    /// # Errors
    /// [`Error::BadParameters`] where there are any, [`Error::Unsupported`] for sets that SP 800-208 has not,
    /// [`Error::BadKey`] for other than 1 to 8 levels and where octets are missing or left over.
    pub(super) fn new(spki: &SubjectPublicKeyInfo) -> Result<Self> {
        if spki.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        // The number of levels begins with an octet of zero, a tag never does.
        let octets = match spki.key().first() {
            Some(0) => spki.key(),
            _ => {
                let mut outer = Reader::new(spki.key());
                let inner = outer.octet_string()?;
                outer.finish()?;
                inner
            }
        };
        let mut input = Input(octets);
        let levels = input.number().ok_or(BAD)?;
        if !(1..=MAX_LEVELS).contains(&levels) {
            return Err(Error::BadKey("an HSS key of other than 1 to 8 levels"));
        }
        let top = Tree::read(&mut input)?;
        if input.0.is_empty() { Ok(HssPublic { levels, top }) } else { Err(BAD) }
    }

    /// Whether a signature holds over the message (RFC 8554 §6.3): each level signs the key of the next, the last one the
    /// message, and no octet is left over.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verified(message, signature).is_some()
    }

    fn verified(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let mut input = Input(signature);
        // Bouncy Castle 1.72 leaves the number out where there is one tree.
        let bare = self.levels == 1 && signature.len() == self.top.signature_len()?;
        let below = if bare { 0 } else { input.number()? };
        if below.checked_add(1)? != self.levels {
            return None;
        }
        let mut tree = self.top.clone();
        for _ in 0..below {
            let signed = tree.take_signature(&mut input)?;
            let rest = input.0;
            let next = Tree::read(&mut input).ok()?;
            tree.verified(&rest[..rest.len() - input.0.len()], &signed)?;
            tree = next;
        }
        let signed = tree.take_signature(&mut input)?;
        if !input.0.is_empty() {
            return None;
        }
        tree.verified(message, &signed)
    }
}

/// The public key of one LMS tree (RFC 8554 §5.3).
#[derive(Clone)]
struct Tree {
    kind: u32,
    chains: u32,
    id: [u8; 16],
    root: Vec<u8>,
}

/// An LMS signature taken apart (RFC 8554 §5.4): the leaf, its one-time signature, the siblings on the way to the root.
struct Signed<'a> {
    leaf: u32,
    random: &'a [u8],
    values: &'a [u8],
    path: &'a [u8],
}

impl Tree {
    fn read(input: &mut Input<'_>) -> Result<Self> {
        let (kind, chains) = (input.number().ok_or(BAD)?, input.number().ok_or(BAD)?);
        let hash = hash_of_tree(kind).ok_or(Error::unsupported_here("this parameter set of LMS"))?;
        // A tree and its leaves have one hash function (SP 800-208 §4).
        if hash_of_chains(chains) != Some(hash) {
            return Err(Error::unsupported_here("this parameter set of LM-OTS"));
        }
        let mut id = [0; 16];
        id.copy_from_slice(input.take(16).ok_or(BAD)?);
        let root = input.take(hash.length).ok_or(BAD)?.to_vec();
        Ok(Tree { kind, chains, id, root })
    }

    /// Octets of a signature: leaf, typecode, random value and chains, typecode, path.
    fn signature_len(&self) -> Option<usize> {
        let length = hash_of_tree(self.kind)?.length;
        let values = 1 + Chains::new(self.chains, length).count() + height(self.kind);
        Some(3 * 4 + length * values)
    }

    /// Takes a signature of exactly the length that this key's sets give it; its typecodes are the key's.
    fn take_signature<'a>(&self, input: &mut Input<'a>) -> Option<Signed<'a>> {
        let (hash, height) = (hash_of_tree(self.kind)?, height(self.kind));
        let leaf = input.number()?;
        if input.number()? != self.chains {
            return None;
        }
        let random = input.take(hash.length)?;
        let values = input.take(hash.length * Chains::new(self.chains, hash.length).count())?;
        if input.number()? != self.kind || leaf >> height != 0 {
            return None;
        }
        let path = input.take(hash.length * height)?;
        Some(Signed { leaf, random, values, path })
    }

    /// RFC 8554 §5.4.2: the root that follows from leaf and siblings is the key's.
    fn verified(&self, message: &[u8], signed: &Signed<'_>) -> Option<()> {
        let hash = hash_of_tree(self.kind)?;
        let key = self.one_time_key(hash, message, signed);
        let mut node = (1 << height(self.kind)) + signed.leaf;
        let mut value = hash.of(&[&self.id, &node.to_be_bytes(), &D_LEAF, &key]);
        for sibling in signed.path.chunks_exact(hash.length) {
            let (left, right) = if node % 2 == 1 { (sibling, &value[..]) } else { (&value[..], sibling) };
            node /= 2;
            value = hash.of(&[&self.id, &node.to_be_bytes(), &D_INTR, left, right]);
        }
        (value == self.root).then_some(())
    }

    /// RFC 8554 §4.6: every value is hashed to the end of its chain, as far as message and checksum left it from there.
    fn one_time_key(&self, hash: Hash, message: &[u8], signed: &Signed<'_>) -> Vec<u8> {
        let leaf = signed.leaf.to_be_bytes();
        let chains = Chains::new(self.chains, hash.length);
        let digest = hash.of(&[&self.id, &leaf, &D_MESG, signed.random, message]);
        let digits = chains.digits(&digest);
        let mut ends = Vec::with_capacity(signed.values.len());
        for ((i, value), digit) in (0_u16..).zip(signed.values.chunks_exact(hash.length)).zip(digits) {
            let mut value = value.to_vec();
            for step in digit..chains.longest() {
                value = hash.of(&[&self.id, &leaf, &i.to_be_bytes(), &[step], &value]);
            }
            ends.extend_from_slice(&value);
        }
        hash.of(&[&self.id, &leaf, &D_PBLC, &ends])
    }
}

/// The chains of a one-time signature (RFC 8554 §4.1): how many bits each stands for, and how many a digest has of them.
struct Chains {
    bits: usize,
    of_digest: usize,
}

impl Chains {
    fn new(kind: u32, length: usize) -> Self {
        let bits = 1 << ((kind - 1) % 4);
        Chains { bits, of_digest: 8 * length / bits }
    }

    /// Steps of a whole chain.
    fn longest(&self) -> u8 {
        u8::try_from((1_u32 << self.bits) - 1).unwrap_or(u8::MAX)
    }

    /// The greatest sum that the checksum can be.
    fn greatest_sum(&self) -> usize {
        self.of_digest * usize::from(self.longest())
    }

    /// Those of the checksum (RFC 8554 appendix B).
    fn of_checksum(&self) -> usize {
        let bits = (usize::BITS - self.greatest_sum().leading_zeros()).try_into().unwrap_or(0_usize);
        bits.div_ceil(self.bits)
    }

    fn count(&self) -> usize {
        self.of_digest + self.of_checksum()
    }

    /// What each chain stands for: the digest's bits, and those of the checksum of them (RFC 8554 §4.4).
    fn digits(&self, digest: &[u8]) -> Vec<u8> {
        let mut digits = Vec::with_capacity(self.count());
        for octet in digest {
            for place in (0..8 / self.bits).rev() {
                digits.push((octet >> (place * self.bits)) & self.longest());
            }
        }
        let sum: usize = digits.iter().map(|digit| usize::from(self.longest() - digit)).sum();
        for place in (0..self.of_checksum()).rev() {
            digits.push(u8::try_from((sum >> (place * self.bits)) & usize::from(self.longest())).unwrap_or(0));
        }
        digits
    }
}

/// A hash function of SP 800-208 §2.3: SHA-256 or SHAKE256, in 32 or 24 octets.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hash {
    digest: Digest,
    length: usize,
}

impl Hash {
    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut hasher = Hasher::new(self.digest);
        for part in parts {
            hasher.update(part);
        }
        let mut value = vec![0; self.length];
        hasher.fill(&mut value);
        value
    }
}

/// The typecodes of both kinds are in groups by hash function, in this order.
const HASHES: [Hash; 4] = [
    Hash { digest: Digest::Sha256, length: 32 },
    Hash { digest: Digest::Sha256, length: 24 },
    Hash { digest: Digest::Shake256, length: 32 },
    Hash { digest: Digest::Shake256, length: 24 },
];

/// LMS typecodes: 5 to 24, five heights for each hash function.
fn hash_of_tree(kind: u32) -> Option<Hash> {
    HASHES.get(usize::try_from(kind.checked_sub(5)? / 5).ok()?).copied()
}

/// The height of a tree whose typecode is one: 5, 10, 15, 20 or 25.
fn height(kind: u32) -> usize {
    usize::try_from(kind % 5 + 1).map_or(0, |nth| 5 * nth)
}

/// LM-OTS typecodes: 1 to 16, four widths for each hash function.
fn hash_of_chains(kind: u32) -> Option<Hash> {
    HASHES.get(usize::try_from(kind.checked_sub(1)? / 4).ok()?).copied()
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let octets = self.take(4)?;
        Some(u32::from_be_bytes(octets.try_into().ok()?))
    }
}

/// RFC 8554 §6: no more levels than this.
const MAX_LEVELS: u32 = 8;
const BAD: Error = Error::BadKey("not an HSS key");
/// Domain separation (RFC 8554 §7.1).
const D_PBLC: [u8; 2] = [0x80, 0x80];
const D_MESG: [u8; 2] = [0x81, 0x81];
const D_LEAF: [u8; 2] = [0x82, 0x82];
const D_INTR: [u8; 2] = [0x83, 0x83];
