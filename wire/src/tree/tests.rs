use super::*;
use crate::der::{Tag, Writer};
use crate::{AlgorithmIdentifier, oids};

/// What was told, a line each.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    open: usize,
    troubles: usize,
}

impl Sink for Told {
    fn node(&mut self, node: Node) -> io::Result<()> {
        self.lines.push(format!("{} {} {} {}", node.offset, node.name, node.tag, node.value.unwrap_or_default()));
        self.open += usize::from(node.open);
        Ok(())
    }

    fn close(&mut self, certificate: Option<&[u8]>) -> io::Result<()> {
        self.open -= 1;
        self.lines.extend(certificate.map(|octets| format!("certificate of {}", octets.len())));
        Ok(())
    }

    fn trouble(&mut self, offset: u64, _depth: usize, what: &str) -> io::Result<()> {
        self.lines.push(format!("{offset} ! {what}"));
        self.troubles += 1;
        Ok(())
    }
}

fn told(octets: &[u8]) -> Told {
    let mut told = Told::default();
    let begun = walk(octets, octets, &mut told).unwrap();
    assert_eq!(begun, !told.lines.is_empty());
    assert_eq!(told.open, 0);
    told
}

const KEY: [u8; 32] = [0x5a; 32];

fn private_key() -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.uint(0).raw(&AlgorithmIdentifier::new(oids::ED25519).to_der()).octet_string(&KEY);
    });
    w.into_bytes()
}

fn message() -> Vec<u8> {
    let mut w = Writer::new();
    w.raw(&[0x30, 0x80]).oid(oids::COMPRESSED_DATA).raw(&[0xa0, 0x80, 0x30, 0x80]).uint(0);
    w.raw(&AlgorithmIdentifier::new(oids::ZLIB).to_der()).raw(&[0x30, 0x80]).oid(oids::DATA);
    w.raw(&[0xa0, 0x80, 0x24, 0x80]);
    for n in 0..9 {
        w.octet_string(&[n; 5]);
    }
    w.raw(&[0; 12]);
    w.into_bytes()
}

#[test]
fn parts_have_the_names_of_their_standards() {
    let told = told(&message());
    assert_eq!(told.lines[0], "0  SEQUENCE ");
    assert!(told.lines[1].contains("contentType OBJECT IDENTIFIER compressed-data"));
    assert!(told.lines.iter().any(|line| line.contains("compressionAlgorithm SEQUENCE")));
    assert!(told.lines.iter().any(|line| line.contains("eContent [0]")));
    assert!(told.lines.iter().any(|line| line.contains("6 more fragments, not shown; all together are 45 octets")));
    assert_eq!(kind(&message()), "cms");
}

#[test]
fn a_private_key_is_never_shown() {
    let mut pfx = Writer::new();
    let key = private_key();
    pfx.sequence(|w| {
        w.uint(1).octet_string(&KEY);
    });
    for (octets, kind) in [(&key, "private-key"), (&pfx.into_bytes(), "private-key")] {
        assert_eq!(super::kind(octets), kind);
        let told = told(octets).lines.join("\n");
        assert!(told.contains("not shown") && !told.contains("5a5a"), "{told}");
    }
    // Nothing is known of it: it might be one.
    let mut strange = Writer::new();
    strange.element(Tag::context(7), &key);
    let told = told(strange.as_bytes()).lines.join("\n");
    assert!(!told.contains("5a5a") && told.contains("ed25519"), "{told}");
}

#[test]
fn whatever_is_cut_or_changed_has_a_tree() {
    for sound in [message(), private_key()] {
        assert_eq!(told(&sound).troubles, usize::from(sound == message()));
        for end in 1..sound.len() {
            let cut = told(&sound[..end]);
            assert!(cut.troubles > 0 || cut.lines.is_empty(), "{end}");
        }
        for bit in 0..sound.len() * 8 {
            let mut changed = sound.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            told(&changed);
        }
        assert!(told(&[&sound[..], b"xyz"].concat()).lines.last().unwrap().contains("3 octets follow the end"));
    }
    assert!(told(b"").lines.is_empty());
    assert!(told(&[0, 0]).lines.is_empty());
}

#[test]
fn damage_inside_is_told_and_passed() {
    // The second element says that it is longer than what it is in; the third is read again.
    let octets = [0x30, 9, 0x30, 4, 2, 9, 1, 1, 2, 1, 7];
    let told = told(&octets).lines;
    assert!(told.iter().any(|line| line.contains("4 ! an element that is longer than what it is in")), "{told:?}");
    assert!(told.iter().any(|line| line == "8  INTEGER 7"), "{told:?}");
}

#[test]
fn x_14_depth_and_count_are_bounded() {
    let deep = told(&[0x30, 0x80].repeat(100_000));
    assert!(deep.lines.len() < 100 && deep.troubles > 0);
    let many = [&[0x30, 0x83, 0x20, 0, 0][..], &[5, 0].repeat(1 << 20)].concat();
    let told = told(&many);
    assert_eq!(told.lines.len(), 1_000_001);
    assert!(told.lines.last().unwrap().contains("more elements"));
}

#[test]
fn what_stands_behind_a_million_fragments_is_shown() {
    let mut octets = vec![0x30, 0x80, 0x24, 0x80];
    octets.extend([4, 1, 7].repeat(1_000_100));
    octets.extend([0, 0, 2, 1, 9, 0, 0]);
    let told = told(&octets).lines;
    assert!(told.iter().any(|line| line.contains("1000097 more fragments, not shown")), "{told:?}");
    assert!(told.last().unwrap().ends_with("INTEGER 9"), "{told:?}");
}

#[test]
fn lengths_that_promise_everything_cost_nothing() {
    let octets = [0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0x84, 0xff, 0xff, 0xff, 0xff, 1];
    let told = told(&octets);
    assert!(told.lines.last().unwrap().contains("octets are missing") || told.troubles > 0);
}

#[test]
fn end_marks_do_not_reach_beyond_what_they_are_in() {
    // Found by fuzzing: the second octet of the mark is beyond the end of the SEQUENCE around it.
    let told = told(&[0x30, 6, 0x30, 3, 0x30, 0x80, 0, 0, 5, 0]);
    assert!(told.troubles > 0, "{:?}", told.lines);
}
