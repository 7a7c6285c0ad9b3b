//! HSS/LMS (RFC 8554, RFC 9708): the vectors of its standard, and signatures of every set made here from its text.

use sealpost_crypto::{Digest, Error, Hasher, KeyKind, PublicKey, SignatureAlgorithm, digest};
use wire::der::Writer;
use wire::{AlgorithmIdentifier, SubjectPublicKeyInfo, oids};

const HSS: SignatureAlgorithm = SignatureAlgorithm::HssLms(Digest::Sha256);

#[test]
fn the_test_cases_of_rfc_8554() {
    for (key, message, signature) in [(F_1_KEY, F_1_MESSAGE, F_1_SIGNATURE), (F_2_KEY, F_2_MESSAGE, F_2_SIGNATURE)] {
        let (octets, signature) = (hex(key), hex(signature));
        let key = key_of(&octets).unwrap();
        assert_eq!(key.kind(), KeyKind::HssLms);
        key.verify(&HSS, message.as_bytes(), &signature).unwrap();
        assert_eq!(key.verify(&HSS, &message.as_bytes()[1..], &signature), Err(Error::BadSignature));
        for length in 0..signature.len() {
            assert!(key.verify(&HSS, message.as_bytes(), &signature[..length]).is_err(), "{length}");
        }
        let longer = [&signature[..], &[0]].concat();
        assert!(key.verify(&HSS, message.as_bytes(), &longer).is_err());
        for at in (0..signature.len()).step_by(29).chain(0..16) {
            let mut bad = signature.clone();
            bad[at] ^= 1 << (at % 8);
            assert!(key.verify(&HSS, message.as_bytes(), &bad).is_err(), "{at}");
        }
        for at in 0..octets.len() {
            let mut bad = octets.clone();
            bad[at] ^= 1 << (at % 8);
            let verified = key_of(&bad).and_then(|key| key.verify(&HSS, message.as_bytes(), &signature));
            assert!(verified.is_err(), "{at}");
        }
        for length in 0..octets.len() {
            assert!(key_of(&octets[..length]).is_err(), "{length}");
        }
        assert!(key_of(&[&octets[..], &[0]].concat()).is_err());
    }
}

/// SP 800-208 §4: SHA-256 and SHAKE256 with 32 and 24 octets, five heights, four widths.
#[test]
fn every_parameter_set_of_sp_800_208_verifies() {
    for kind in 5..=24 {
        for width in 0..4 {
            let one = Level::new(kind, chains_for(kind, width), u8::try_from(kind).unwrap());
            let octets = [&1_u32.to_be_bytes()[..], &one.public()].concat();
            let key = key_of(&octets).unwrap();
            let bare = one.sign(b"message");
            let signature = [&[0; 4], &bare[..]].concat();
            key.verify(&HSS, b"message", &signature).unwrap();
            // As Bouncy Castle 1.72 writes a single tree.
            key.verify(&HSS, b"message", &bare).unwrap();
            assert!(key.verify(&HSS, b"massage", &signature).is_err());
            for length in (0..signature.len()).filter(|length| *length != bare.len() || kind % 5 == 0) {
                assert!(key.verify(&HSS, b"message", &signature[..length]).is_err(), "{kind} {width} {length}");
            }
            let mut beyond = signature.clone();
            beyond[4..8].copy_from_slice(&(1_u32 << one.height()).to_be_bytes());
            assert!(key.verify(&HSS, b"message", &beyond).is_err(), "a leaf outside of the tree");
        }
    }
}

#[test]
fn every_flipped_octet_fails() {
    let levels = [Level::new(10, 7, 1), Level::new(10, 7, 2)];
    let octets = [&2_u32.to_be_bytes()[..], &levels[0].public()].concat();
    let key = key_of(&octets).unwrap();
    let signature = chained(&levels, b"message");
    key.verify(&HSS, b"message", &signature).unwrap();
    for at in 0..signature.len() {
        let mut bad = signature.clone();
        bad[at] ^= 1 << (at % 8);
        assert_eq!(key.verify(&HSS, b"message", &bad), Err(Error::BadSignature), "{at}");
    }
}

/// no more than eight levels, and as many in the signature as in the key.
#[test]
fn x_17_hss_levels_are_capped() {
    let levels: Vec<Level> = (0..9).map(|seed| Level::new(14, 8, seed)).collect();
    let top = levels[0].public();
    for count in [0_u32, 9, 255] {
        let refused = key_of(&[&count.to_be_bytes()[..], &top].concat());
        assert!(matches!(refused, Err(Error::BadKey(_))), "{count}");
    }
    for count in 1..=8 {
        let key = key_of(&[&u32::try_from(count).unwrap().to_be_bytes()[..], &top].concat()).unwrap();
        for other in 1..=9 {
            let signature = chained(&levels[..other], b"message");
            assert_eq!(key.verify(&HSS, b"message", &signature).is_ok(), count == other, "{count} {other}");
        }
    }
}

/// RFC 9708 §4: no parameters; the octets as they are, or as RFC 8708 wrapped them. SP 800-208 §4: sets that it has, and
/// one hash function in a tree.
#[test]
fn hss_keys_are_what_they_say() {
    let octets = hex(F_1_KEY);
    let mut w = Writer::new();
    w.octet_string(&octets);
    key_of(w.as_bytes()).unwrap().verify(&HSS, F_1_MESSAGE.as_bytes(), &hex(F_1_SIGNATURE)).unwrap();
    assert!(key_of(&[w.as_bytes(), &[0]].concat()).is_err());
    let null = AlgorithmIdentifier::with_null(oids::HSS_LMS);
    assert!(matches!(PublicKey::new(SubjectPublicKeyInfo::new(null, octets)), Err(Error::BadParameters(_))));
    for (kind, chains) in [(4, 4), (25, 4), (0, 0), (5, 0), (5, 5), (5, 9), (5, 17), (24, 12), (u32::MAX, u32::MAX)] {
        let root = [&1_u32.to_be_bytes()[..], &kind.to_be_bytes(), &chains.to_be_bytes(), &[0; 48]].concat();
        assert!(matches!(key_of(&root), Err(Error::Unsupported { .. })), "{kind} {chains}");
    }
    // Nothing else is signed with such a key, and its signatures are of messages.
    let key = key_of(&hex(F_1_KEY)).unwrap();
    assert!(matches!(key.verify(&SignatureAlgorithm::Ed25519, b"", &[]), Err(Error::Unsupported { .. })));
    assert!(key.verify_digest(&HSS, &digest(Digest::Sha256, b""), &[]).is_err());
    assert_eq!(SignatureAlgorithm::for_key(&key.kind(), Digest::Sha256), None);
    assert!(!key.kind().signs() && !key.kind().decrypts() && key.kind().is_post_quantum());
}

fn key_of(octets: &[u8]) -> Result<PublicKey, Error> {
    PublicKey::new(SubjectPublicKeyInfo::new(AlgorithmIdentifier::new(oids::HSS_LMS), octets))
}

/// The LM-OTS set of a tree's hash function with chains of 1, 2, 4 or 8 bits.
fn chains_for(kind: u32, width: u32) -> u32 {
    (kind - 5) / 5 * 4 + 1 + width
}

/// An HSS signature (RFC 8554 §6.2).
fn chained(levels: &[Level], message: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(levels.len() - 1).unwrap().to_be_bytes().to_vec();
    for pair in levels.windows(2) {
        out.extend(pair[0].sign(&pair[1].public()));
        out.extend(pair[1].public());
    }
    out.extend(levels.last().unwrap().sign(message));
    out
}

/// One leaf of a tree whose other nodes are whatever they are: enough to sign once, at any height.
struct Level {
    kind: u32,
    chains: u32,
    seed: u8,
}

impl Level {
    fn new(kind: u32, chains: u32, seed: u8) -> Level {
        Level { kind, chains, seed }
    }

    /// n, w, p and ls of RFC 8554 §4.1 and SP 800-208 §4.
    fn numbers(&self) -> (usize, usize, usize, usize) {
        let long = [(1, 265, 7), (2, 133, 6), (4, 67, 4), (8, 34, 0)];
        let short = [(1, 200, 8), (2, 101, 6), (4, 51, 4), (8, 26, 0)];
        let at = usize::try_from((self.chains - 1) % 4).unwrap();
        match (self.chains - 1) / 4 % 2 {
            0 => (32, long[at].0, long[at].1, long[at].2),
            _ => (24, short[at].0, short[at].1, short[at].2),
        }
    }

    fn height(&self) -> usize {
        usize::try_from((self.kind - 5) % 5 + 1).unwrap() * 5
    }

    /// A leaf that is neither the first nor the last.
    fn leaf(&self) -> u32 {
        (1 << self.height()) - 1 - (u32::from(self.seed) % 5 + 1)
    }

    fn hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        let name = if self.kind < 15 { Digest::Sha256 } else { Digest::Shake256 };
        let mut hasher = Hasher::new(name);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()[..self.numbers().0].to_vec()
    }

    fn chance(&self, what: &[u8]) -> Vec<u8> {
        self.hash(&[&[self.seed], what])
    }

    fn identifier(&self) -> Vec<u8> {
        self.chance(b"I")[..16].to_vec()
    }

    /// The value of a chain after so many steps (RFC 8554 §4.3, §4.5).
    fn step(&self, i: usize, steps: usize) -> Vec<u8> {
        let mut value = self.chance(&[b"x", &u16::try_from(i).unwrap().to_be_bytes()[..]].concat());
        for j in 0..steps {
            let (i, j) = (u16::try_from(i).unwrap().to_be_bytes(), u8::try_from(j).unwrap());
            value = self.hash(&[&self.identifier(), &self.leaf().to_be_bytes(), &i, &[j], &value]);
        }
        value
    }

    fn sibling(&self, i: usize) -> Vec<u8> {
        self.chance(&[b"path", &i.to_be_bytes()[..]].concat())
    }

    /// LMS public key (RFC 8554 §5.3), its root from the leaf upwards.
    fn public(&self) -> Vec<u8> {
        let (_, w, p, _) = self.numbers();
        let identifier = self.identifier();
        let leaf = self.leaf().to_be_bytes();
        let ends: Vec<u8> = (0..p).flat_map(|i| self.step(i, (1 << w) - 1)).collect();
        let key = self.hash(&[&identifier, &leaf, &[0x80, 0x80], &ends]);
        let mut number = (1 << self.height()) + self.leaf();
        let mut node = self.hash(&[&identifier, &number.to_be_bytes(), &[0x82, 0x82], &key]);
        for i in 0..self.height() {
            let other = self.sibling(i);
            let pair = if number.is_multiple_of(2) { [node, other] } else { [other, node] };
            number /= 2;
            node = self.hash(&[&identifier, &number.to_be_bytes(), &[0x83, 0x83], &pair[0], &pair[1]]);
        }
        [&self.kind.to_be_bytes()[..], &self.chains.to_be_bytes(), &identifier, &node].concat()
    }

    /// LMS signature (RFC 8554 §4.5, §5.4.1).
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let (n, w, p, ls) = self.numbers();
        let chance = self.chance(b"C");
        let mut q = self.hash(&[&self.identifier(), &self.leaf().to_be_bytes(), &[0x81, 0x81], &chance, message]);
        let coefficient = |s: &[u8], i: usize| (usize::from(s[i * w / 8]) >> (8 - w * (i % (8 / w)) - w)) % (1 << w);
        let sum: usize = (0..n * 8 / w).map(|i| (1 << w) - 1 - coefficient(&q, i)).sum();
        q.extend(u16::try_from(sum << ls).unwrap().to_be_bytes());
        let mut out = [&self.leaf().to_be_bytes()[..], &self.chains.to_be_bytes(), &chance].concat();
        (0..p).for_each(|i| out.extend(self.step(i, coefficient(&q, i))));
        out.extend(self.kind.to_be_bytes());
        (0..self.height()).for_each(|i| out.extend(self.sibling(i)));
        out
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// RFC 8554 appendix F, test case 1: two levels of trees of height 5, chains of 8 bits.
const F_1_KEY: &str = "\
    00000002000000050000000461a5d57d37f5e46bfb7520806b07a1b850650e3b31fe4a773ea29a07f09cf2ea30e579f0df58ef8e298da043\
    4cb2b878";

const F_1_MESSAGE: &str = "\
    The powers not delegated to the United States by the Constitution, nor prohibited by it to the States, are \
    reserved to the States respectively, or to the people.\n";

/// Of test case 1.
const F_1_SIGNATURE: &str = "\
    000000010000000500000004d32b56671d7eb98833c49b433c272586bc4a1c8a8970528ffa04b966f9426eb9965a25bfd37f196b9073f3d4\
    a232feb69128ec45146f86292f9dff9610a7bf95a64c7f60f6261a62043f86c70324b7707f5b4a8a6e19c114c7be866d488778a0e05fd5c6\
    509a6e61d559cf1a77a970de927d60c70d3de31a7fa0100994e162a2582e8ff1b10cd99d4e8e413ef469559f7d7ed12c838342f9b9c96b83\
    a4943d1681d84b15357ff48ca579f19f5e71f18466f2bbef4bf660c2518eb20de2f66e3b14784269d7d876f5d35d3fbfc7039a462c716bb9\
    f6891a7f41ad133e9e1f6d9560b960e7777c52f060492f2d7c660e1471e07e72655562035abc9a701b473ecbc3943c6b9c4f2405a3cb8bf8\
    a691ca51d3f6ad2f428bab6f3a30f55dd9625563f0a75ee390e385e3ae0b906961ecf41ae073a0590c2eb6204f44831c26dd768c35b167b2\
    8ce8dc988a3748255230cef99ebf14e730632f27414489808afab1d1e783ed04516de012498682212b07810579b250365941bcc98142da13\
    609e9768aaf65de7620dabec29eb82a17fde35af15ad238c73f81bdb8dec2fc0e7f932701099762b37f43c4a3c20010a3d72e2f606be108d\
    310e639f09ce7286800d9ef8a1a40281cc5a7ea98d2adc7c7400c2fe5a101552df4e3cccfd0cbf2ddf5dc6779cbbc68fee0c3efe4ec22b83\
    a2caa3e48e0809a0a750b73ccdcf3c79e6580c154f8a58f7f24335eec5c5eb5e0cf01dcf4439424095fceb077f66ded5bec73b27c5b9f64a\
    2a9af2f07c05e99e5cf80f00252e39db32f6c19674f190c9fbc506d826857713afd2ca6bb85cd8c107347552f30575a5417816ab4db3f603\
    f2df56fbc413e7d0acd8bdd81352b2471fc1bc4f1ef296fea1220403466b1afe78b94f7ecf7cc62fb92be14f18c2192384ebceaf8801afdf\
    947f698ce9c6ceb696ed70e9e87b0144417e8d7baf25eb5f70f09f016fc925b4db048ab8d8cb2a661ce3b57ada67571f5dd546fc22cb1f97\
    e0ebd1a65926b1234fd04f171cf469c76b884cf3115cce6f792cc84e36da58960c5f1d760f32c12faef477e94c92eb75625b6a371efc72d6\
    0ca5e908b3a7dd69fef0249150e3eebdfed39cbdc3ce9704882a2072c75e13527b7a581a556168783dc1e97545e31865ddc46b3c957835da\
    252bb7328d3ee2062445dfb85ef8c35f8e1f3371af34023cef626e0af1e0bc017351aae2ab8f5c612ead0b729a1d059d02bfe18efa971b73\
    00e882360a93b025ff97e9e0eec0f3f3f13039a17f88b0cf808f488431606cb13f9241f40f44e537d302c64a4f1f4ab949b9feefadcb71ab\
    50ef27d6d6ca8510f150c85fb525bf25703df7209b6066f09c37280d59128d2f0f637c7d7d7fad4ed1c1ea04e628d221e3d8db77b7c878c9\
    411cafc5071a34a00f4cf07738912753dfce48f07576f0d4f94f42c6d76f7ce973e9367095ba7e9a3649b7f461d9f9ac1332a4d1044c96ae\
    fee67676401b64457c54d65fef6500c59cdfb69af7b6dddfcb0f086278dd8ad0686078dfb0f3f79cd893d314168648499898fbc0ced5f95b\
    74e8ff14d735cdea968bee7400000005d8b8112f9200a5e50c4a262165bd342cd800b8496810bc716277435ac376728d129ac6eda839a6f3\
    57b5a04387c5ce97382a78f2a4372917eefcbf93f63bb59112f5dbe400bd49e4501e859f885bf0736e90a509b30a26bfac8c17b5991c157e\
    b5971115aa39efd8d564a6b90282c3168af2d30ef89d51bf14654510a12b8a144cca1848cf7da59cc2b3d9d0692dd2a20ba3863480e25b1b\
    85ee860c62bf51360000000500000004d2f14ff6346af964569f7d6cb880a1b66c5004917da6eafe4d9ef6c6407b3db0e5485b122d9ebe15\
    cda93cfec582d7ab0000000a000000040703c491e7558b35011ece3592eaa5da4d918786771233e8353bc4f62323185c95cae05b899e35df\
    fd717054706209988ebfdf6e37960bb5c38d7657e8bffeef9bc042da4b4525650485c66d0ce19b317587c6ba4bffcc428e25d08931e72dfb\
    6a120c5612344258b85efdb7db1db9e1865a73caf96557eb39ed3e3f426933ac9eeddb03a1d2374af7bf77185577456237f9de2d60113c23\
    f846df26fa942008a698994c0827d90e86d43e0df7f4bfcdb09b86a373b98288b7094ad81a0185ac100e4f2c5fc38c003c1ab6fea479eb2f\
    5ebe48f584d7159b8ada03586e65ad9c969f6aecbfe44cf356888a7b15a3ff074f771760b26f9c04884ee1faa329fbf4e61af23aee7fa5d4\
    d9a5dfcf43c4c26ce8aea2ce8a2990d7ba7b57108b47dabfbeadb2b25b3cacc1ac0cef346cbb90fb044beee4fac2603a442bdf7e507243b7\
    319c9944b1586e899d431c7f91bcccc8690dbf59b28386b2315f3d36ef2eaa3cf30b2b51f48b71b003dfb08249484201043f65f5a3ef6bbd\
    61ddfee81aca9ce60081262a00000480dcbc9a3da6fbef5c1c0a55e48a0e729f9184fcb1407c31529db268f6fe50032a363c9801306837fa\
    fabdf957fd97eafc80dbd165e435d0e2dfd836a28b354023924b6fb7e48bc0b3ed95eea64c2d402f4d734c8dc26f3ac591825daef01eae3c\
    38e3328d00a77dc657034f287ccb0f0e1c9a7cbdc828f627205e4737b84b58376551d44c12c3c215c812a0970789c83de51d6ad787271963\
    327f0a5fbb6b5907dec02c9a90934af5a1c63b72c82653605d1dcce51596b3c2b45696689f2eb382007497557692caac4d57b5de9f5569bc\
    2ad0137fd47fb47e664fcb6db4971f5b3e07aceda9ac130e9f38182de994cff192ec0e82fd6d4cb7f3fe00812589b7a7ce51544045643301\
    6b84a59bec6619a1c6c0b37dd1450ed4f2d8b584410ceda8025f5d2d8dd0d2176fc1cf2cc06fa8c82bed4d944e71339ece780fd025bd41ec\
    34ebff9d4270a3224e019fcb444474d482fd2dbe75efb20389cc10cd600abb54c47ede93e08c114edb04117d714dc1d525e11bed8756192f\
    929d15462b939ff3f52f2252da2ed64d8fae88818b1efa2c7b08c8794fb1b214aa233db3162833141ea4383f1a6f120be1db82ce3630b342\
    9114463157a64e91234d475e2f79cbf05e4db6a9407d72c6bff7d1198b5c4d6aad2831db61274993715a0182c7dc8089e32c8531deed4f74\
    31c07c02195eba2ef91efb5613c37af7ae0c066babc69369700e1dd26eddc0d216c781d56e4ce47e3303fa73007ff7b949ef23be2aa4dbf2\
    5206fe45c20dd888395b2526391a724996a44156beac808212858792bf8e74cba49dee5e8812e019da87454bff9e847ed83db07af3137430\
    82f880a278f682c2bd0ad6887cb59f652e155987d61bbf6a88d36ee93b6072e6656d9ccbaae3d655852e38deb3a2dcf8058dc9fb6f2ab3d3\
    b3539eb77b248a661091d05eb6e2f297774fe6053598457cc61908318de4b826f0fc86d4bb117d33e865aa805009cc2918d9c2f840c4da43\
    a703ad9f5b5806163d7161696b5a0adc00000005d5c0d1bebb06048ed6fe2ef2c6cef305b3ed633941ebc8b3bec9738754cddd60e1920ada\
    52f43d055b5031cee6192520d6a5115514851ce7fd448d4a39fae2ab2335b525f484e9b40d6a4a969394843bdcf6d14c48e8015e08ab9266\
    2c05c6e9f90b65a7a6201689999f32bfd368e5e3ec9cb70ac7b8399003f175c40885081a09ab3034911fe125631051df0408b3946b0bde79\
    0911e8978ba07dd56c73e7ee";

/// Test case 2: a tree of height 10 with chains of 4 bits over one of height 5 with chains of 8.
const F_2_KEY: &str = "\
    000000020000000600000003d08fabd4a2091ff0a8cb4ed834e7453432a58885cd9ba0431235466bff9651c6c92124404d45fa53cf161c28\
    f1ad5a8e";

const F_2_MESSAGE: &str = "\
    The enumeration in the Constitution, of certain rights, shall not be construed to deny or disparage others \
    retained by the people.\n";

/// Of test case 2.
const F_2_SIGNATURE: &str = "\
    0000000100000003000000033d46bee8660f8f215d3f96408a7a64cf1c4da02b63a55f62c666ef5707a914ce0674e8cb7a55f0c48d484f31\
    f3aa4af9719a74f22cf823b94431d01c926e2a76bb71226d279700ec81c9e95fb11a0d10d065279a5796e265ae17737c44eb8c594508e126\
    a9a7870bf4360820bdeb9a01d9693779e416828e75bddd7d8c70d50a0ac8ba39810909d445f44cb5bb58de737e60cb4345302786ef2c6b14\
    af212ca19edeaa3bfcfe8baa6621ce88480df2371dd37add732c9de4ea2ce0dffa53c92649a18d39a50788f4652987f226a1d48168205df6\
    ae7c58e049a25d4907edc1aa90da8aa5e5f7671773e941d8055360215c6b60dd35463cf2240a9c06d694e9cb54e7b1e1bf494d0d1a28c0d3\
    1acc75161f4f485dfd3cb9578e836ec2dc722f37ed30872e07f2b8bd0374eb57d22c614e09150f6c0d8774a39a6e168211035dc52988ab46\
    eaca9ec597fb18b4936e66ef2f0df26e8d1e34da28cbb3af752313720c7b345434f72d65314328bbb030d0f0f6d5e47b28ea91008fb11b05\
    017705a8be3b2adb83c60a54f9d1d1b2f476f9e393eb5695203d2ba6ad815e6a111ea293dcc21033f9453d49c8e5a6387f588b1ea4f70621\
    7c151e05f55a6eb7997be09d56a326a32f9cba1fbe1c07bb49fa04cecf9df1a1b815483c75d7a27cc88ad1b1238e5ea986b53e087045723c\
    e16187eda22e33b2c70709e53251025abde8939645fc8c0693e97763928f00b2e3c75af3942d8ddaee81b59a6f1f67efda0ef81d11873b59\
    137f67800b35e81b01563d187c4a1575a1acb92d087b517a8833383f05d357ef4678de0c57ff9f1b2da61dfde5d88318bcdde4d9061cc75c\
    2de3cd4740dd7739ca3ef66f1930026f47d9ebaa713b07176f76f953e1c2e7f8f271a6ca375dbfb83d719b1635a7d8a13891957944b1c29b\
    b101913e166e11bd5f34186fa6c0a555c9026b256a6860f4866bd6d0b5bf90627086c6149133f8282ce6c9b3622442443d5eca959d6c14ca\
    8389d12c4068b503e4e3c39b635bea245d9d05a2558f249c9661c0427d2e489ca5b5dde220a90333f4862aec793223c781997da98266c12c\
    50ea28b2c438e7a379eb106eca0c7fd6006e9bf612f3ea0a454ba3bdb76e8027992e60de01e9094fddeb3349883914fb17a9621ab929d970\
    d101e45f8278c14b032bcab02bd15692d21b6c5c204abbf077d465553bd6eda645e6c3065d33b10d518a61e15ed0f092c32226281a29c8a0\
    f50cde0a8c66236e29c2f310a375cebda1dc6bb9a1a01dae6c7aba8ebedc6371a7d52aacb955f83bd6e4f84d2949dcc198fb77c7e5cdf604\
    0b0f84faf82808bf985577f0a2acf2ec7ed7c0b0ae8a270e951743ff23e0b2dd12e9c3c828fb5598a22461af94d568f29240ba2820c4591f\
    71c088f96e095dd98beae456579ebbba36f6d9ca2613d1c26eee4d8c73217ac5962b5f3147b492e8831597fd89b64aa7fde82e1974d2f677\
    9504dc21435eb3109350756b9fdabe1c6f368081bd40b27ebcb9819a75d7df8bb07bb05db1bab705a4b7e37125186339464ad8faaa4f052c\
    c1272919fde3e025bb64aa8e0eb1fcbfcc25acb5f718ce4f7c2182fb393a1814b0e942490e52d3bca817b2b26e90d4c9b0cc38608a6cef5e\
    b153af0858acc867c9922aed43bb67d7b33acc519313d28d41a5c6fe6cf3595dd5ee63f0a4c4065a083590b275788bee7ad875a7f88dd737\
    20708c6c6c0ecf1f43bbaadae6f208557fdc07bd4ed91f88ce4c0de842761c70c186bfdafafc444834bd3418be4253a71eaf41d718753ad0\
    7754ca3effd5960b0336981795721426803599ed5b2b7516920efcbe32ada4bcf6c73bd29e3fa152d9adeca36020fdeeee1b739521d3ea8c\
    0da497003df1513897b0f54794a873670b8d93bcca2ae47e64424b7423e1f078d9554bb5232cc6de8aae9b83fa5b9510beb39ccf4b4e1d9c\
    0f19d5e17f58e5b8705d9a6837a7d9bf99cd13387af256a8491671f1f2f22af253bcff54b673199bdb7d05d81064ef05f80f0153d0be7919\
    684b23da8d42ff3effdb7ca0985033f389181f47659138003d712b5ec0a614d31cc7487f52de8664916af79c98456b2c94a8038083db5539\
    1e3475862250274a1de2584fec975fb09536792cfbfcf6192856cc76eb5b13dc4709e2f7301ddff26ec1b23de2d188c999166c74e1e14bbc\
    15f457cf4e471ae13dcbdd9c50f4d646fc6278e8fe7eb6cb5c94100fa870187380b777ed19d7868fd8ca7ceb7fa7d5cc861c5bdac98e7495\
    eb0a2ceec1924ae979f44c5390ebedddc65d6ec11287d978b8df064219bc5679f7d7b264a76ff272b2ac9f2f7cfc9fdcfb6a51428240027a\
    fd9d52a79b647c90c2709e060ed70f87299dd798d68f4fadd3da6c51d839f851f98f67840b964ebe73f8cec41572538ec6bc131034ca2894\
    eb736b3bda93d9f5f6fa6f6c0f03ce43362b8414940355fb54d3dfdd03633ae108f3de3ebc85a3ff51efeea3bc2cf27e1658f1789ee612c8\
    3d0f5fd56f7cd071930e2946beeecaa04dccea9f97786001475e0294bc2852f62eb5d39bb9fbeef75916efe44a662ecae37ede27e9d6eadf\
    deb8f8b2b2dbccbf96fa6dbaf7321fb0e701f4d429c2f4dcd153a2742574126e5eaccc77686acf6e3ee48f423766e0fc466810a905ff5453\
    ec99897b56bc55dd49b991142f65043f2d744eeb935ba7f4ef23cf80cc5a8a335d3619d781e7454826df720eec82e06034c44699b5f0c44a\
    8787752e057fa3419b5bb0e25d30981e41cb1361322dba8f69931cf42fad3f3bce6ded5b8bfc3d20a2148861b2afc14562ddd27f12897abf\
    0685288dcc5c4982f826026846a24bf77e383c7aacab1ab692b29ed8c018a65f3dc2b87ff619a633c41b4fadb1c78725c1f8f922f6009787\
    b1964247df0136b1bc614ab575c59a16d089917bd4a8b6f04d95c581279a139be09fcf6e98a470a0bceca191fce476f9370021cbc05518a7\
    efd35d89d8577c990a5e19961ba16203c959c91829ba7497cffcbb4b294546454fa5388a23a22e805a5ca35f956598848bda678615fec28a\
    fd5da61a00000006b326493313053ced3876db9d237148181b7173bc7d042cefb4dbe94d2e58cd21a769db4657a103279ba8ef3a629ca84e\
    e836172a9c50e51f45581741cf8083150b491cb4ecbbabec128e7c81a46e62a67b57640a0a78be1cbf7dd9d419a10cd8686d16621a80816b\
    fdb5bdc56211d72ca70b81f1117d129529a7570cf79cf52a7028a48538ecdd3b38d3d5d62d26246595c4fb73a525a5ed2c30524ebb1d8cc8\
    2e0c19bc4977c6898ff95fd3d310b0bae71696cef93c6a552456bf96e9d075e383bb7543c675842bafbfc7cdb88483b3276c29d4f0a341c2\
    d406e40d4653b7e4d045851acf6a0a0ea9c710b805cced4635ee8c107362f0fc8d80c14d0ac49c516703d26d14752f34c1c0d2c4247581c1\
    8c2cf4de48e9ce949be7c888e9caebe4a415e291fd107d21dc1f084b1158208249f28f4f7c7e931ba7b3bd0d824a45700000000500000004\
    215f83b7ccb9acbcd08db97b0d04dc2ba1cd035833e0e90059603f26e07ad2aad152338e7a5e5984bcd5f7bb4eba40b70000000400000004\
    0eb1ed54a2460d512388cad533138d240534e97b1e82d33bd927d201dfc24ebb11b3649023696f85150b189e50c00e98850ac343a77b3638\
    319c347d7310269d3b7714fa406b8c35b021d54d4fdada7b9ce5d4ba5b06719e72aaf58c5aae7aca057aa0e2e74e7dcfd17a0823429db629\
    65b7d563c57b4cec942cc865e29c1dad83cac8b4d61aacc457f336e6a10b66323f5887bf3523dfcadee158503bfaa89dc6bf59daa82afd2b\
    5ebb2a9ca6572a6067cee7c327e9039b3b6ea6a1edc7fdc3df927aade10c1c9f2d5ff446450d2a3998d0f9f6202b5e07c3f97d2458c69d3c\
    8190643978d7a7f4d64e97e3f1c4a08a7c5bc03fd55682c017e2907eab07e5bb2f190143475a6043d5e6d5263471f4eecf6e2575fbc6ff37\
    edfa249d6cda1a09f797fd5a3cd53a066700f45863f04b6c8a58cfd341241e002d0d2c0217472bf18b636ae547c1771368d9f317835c9b0e\
    f430b3df4034f6af00d0da44f4af7800bc7a5cf8a5abdb12dc718b559b74cab9090e33cc58a955300981c420c4da8ffd67df540890a062fe\
    40dba8b2c1c548ced22473219c534911d48ccaabfb71bc71862f4a24ebd376d288fd4e6fb06ed8705787c5fedc813cd2697e5b1aac1ced45\
    767b14ce88409eaebb601a93559aae893e143d1c395bc326da821d79a9ed41dcfbe549147f71c092f4f3ac522b5cc57290706650487bae9b\
    b5671ecc9ccc2ce51ead87ac01985268521222fb9057df7ed41810b5ef0d4f7cc67368c90f573b1ac2ce956c365ed38e893ce7b2fae15d36\
    85a3df2fa3d4cc098fa57dd60d2c9754a8ade980ad0f93f6787075c3f680a2ba1936a8c61d1af52ab7e21f416be09d2a8d64c3d3d8582968\
    c2839902229f85aee297e717c094c8df4a23bb5db658dd377bf0f4ff3ffd8fba5e383a48574802ed545bbe7a6b4753533353d73706067640\
    135a7ce517279cd683039747d218647c86e097b0daa2872d54b8f3e5085987629547b830d8118161b65079fe7bc59a99e9c3c7380e3e70b7\
    138fe5d9be2551502b698d09ae193972f27d40f38dea264a0126e637d74ae4c92a6249fa103436d3eb0d4029ac712bfc7a5eacbdd7518d6d\
    4fe903a5ae65527cd65bb0d4e9925ca24fd7214dc617c150544e423f450c99ce51ac8005d33acd74f1bed3b17b7266a4a3bb86da7eba80b1\
    01e15cb79de9a207852cf91249ef480619ff2af8cabca83125d1faa94cbb0a03a906f683b3f47a97c871fd513e510a7a25f283b196075778\
    496152a91c2bf9da76ebe089f4654877f2d586ae7149c406e663eadeb2b5c7e82429b9e8cb4834c83464f079995332e4b3c8f5a72bb4b8c6\
    f74b0d45dc6c1f79952c0b7420df525e37c15377b5f0984319c3993921e5ccd97e097592064530d33de3afad5733cbe7703c5296263f7734\
    2efbf5a04755b0b3c997c4328463e84caa2de3ffdcd297baaaacd7ae646e44b5c0f16044df38fabd296a47b3a838a913982fb2e370c078ed\
    b042c84db34ce36b46ccb76460a690cc86c302457dd1cde197ec8075e82b393d542075134e2a17ee70a5e187075d03ae3c853cff60729ba4\
    000000054de1f6965bdabc676c5a4dc7c35f97f82cb0e31c68d04f1dad96314ff09e6b3de96aeee300d1f68bf1bca9fc58e4032336cd819a\
    af578744e50d1357a0e4286704d341aa0a337b19fe4bc43c2e79964d4f351089f2e0e41c7c43ae0d49e7f404b0f75be80ea3af098c975242\
    0a8ac0ea2bbb1f4eeba05238aef0d8ce63f0c6e5e4041d95398a6f7f3e0ee97cc1591849d4ed236338b147abde9f51ef9fd4e1c1";
