//! CompressedData, rows Z-01, Z-02 and X-13 of the map.

use std::io::{Read, Write};

use sealpost_cms::{CompressWriter, CompressedFacts, CompressedReader, Error, Inflated, enter};
use wire::ber::BerReader;
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::peer::Folder;

const HUGE: u64 = u64::MAX;

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut writer = CompressWriter::new(Vec::new());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// The content as far as it comes, and how it ended.
fn read(message: &[u8], limit: u64) -> (Vec<u8>, Result<CompressedFacts, Error>) {
    read_within(message, Inflated::Bounded(limit))
}

fn read_within(message: &[u8], most: Inflated) -> (Vec<u8>, Result<CompressedFacts, Error>) {
    let mut ber = BerReader::new(message);
    let mut out = Vec::new();
    match enter(&mut ber) {
        Ok(oids::COMPRESSED_DATA) => {}
        Ok(other) => return (out, Err(Error::ContentType(other))),
        Err(error) => return (out, Err(error)),
    }
    let mut reader = match CompressedReader::new(ber, most) {
        Ok(reader) => reader,
        Err(broken) => return (out, Err(broken.error)),
    };
    let _ = reader.read_to_end(&mut out);
    (out, reader.finish().0)
}

/// A CompressedData around these octets.
fn around(stream: &[u8], algorithm: Oid) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oids::COMPRESSED_DATA).nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.uint(0).raw(&AlgorithmIdentifier::new(algorithm).to_der()).sequence(|w| {
                    w.oid(oids::DATA).nested(Tag::context(0), |w| {
                        w.octet_string(stream);
                    });
                });
            });
        });
    });
    w.into_bytes()
}

#[test]
fn z_01_what_is_compressed_comes_out_again() {
    let noise: Vec<u8> = (0u32..300_000).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for content in [&b""[..], b"Forty-two.\r\n", &noise, &noise[..65_536]] {
        let message = compressed(content);
        let (out, facts) = read(&message, HUGE);
        assert!(out == content);
        let facts = facts.unwrap();
        assert_eq!((facts.content_type, facts.length), (oids::DATA, content.len() as u64));
        assert!(facts.compressed > 0 && facts.compressed < message.len() as u64);
    }
}

#[test]
fn z_01_zlib_of_another_program_both_ways() {
    let Some(folder) = Folder::with("python3") else { return };
    folder.write(
        "deflate.py",
        b"import sys,zlib\nfor n in range(10): open(f'z{n}','wb').write(zlib.compress(open('text','rb').read(), n))\n",
    );
    folder
        .write("inflate.py", b"import sys,zlib\nopen('back','wb').write(zlib.decompress(open('ours','rb').read()))\n");
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(50);
    folder.write("text", text.as_bytes());
    assert!(folder.run("python3 deflate.py").0);
    for level in 0..10 {
        let (out, facts) = read(&around(&folder.read(&format!("z{level}")), oids::ZLIB), HUGE);
        facts.unwrap();
        assert_eq!(out, text.as_bytes(), "{level}");
    }
    let ours = compressed(text.as_bytes());
    let start = ours.windows(2).position(|two| two == [0x78, 0x9c]).unwrap();
    folder.write("ours", &ours[start..]);
    let (good, said) = folder.run("python3 inflate.py");
    assert!(good, "{said}");
    assert_eq!(folder.read("back"), text.as_bytes());
}

#[test]
fn z_01_only_zlib_and_only_whole() {
    let good = compressed(b"Forty-two, and no less than that.\r\n");
    for end in 0..good.len() {
        assert!(read(&good[..end], HUGE).1.is_err(), "{end}");
    }
    for index in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[index] ^= 1 << bit;
            let (out, facts) = read(&bad, HUGE);
            // Version, inner content type and the first octet of zlib's own header say nothing about the content.
            assert!(facts.is_err() || out == b"Forty-two, and no less than that.\r\n", "{index} {bit}");
        }
    }
    let stream = &[0x78, 0x9c, 3, 0, 0, 0, 0, 1];
    read(&around(stream, oids::ZLIB), HUGE).1.unwrap();
    assert!(matches!(read(&around(stream, oids::DATA), HUGE).1, Err(Error::Unsupported(_))));
    assert!(read(&around(&[&stream[..], b"more"].concat(), oids::ZLIB), HUGE).1.is_err());
    assert!(read(&around(&[&stream[..], stream].concat(), oids::ZLIB), HUGE).1.is_err());
    assert!(read(&around(b"", oids::ZLIB), HUGE).1.is_err());
    assert!(read(&[&compressed(b"x")[..], b"x"].concat(), HUGE).1.is_err());
}

#[test]
fn z_02_x_13_a_bomb_goes_off_at_its_limit() {
    // 64 MiB of nothing: a thousand to one.
    let mut writer = CompressWriter::new(Vec::new());
    for _ in 0..1024 {
        writer.write_all(&[0; 65_536]).unwrap();
    }
    let bomb = writer.finish().unwrap();
    assert!(bomb.len() < 128 * 1024);
    let (out, facts) = read(&bomb, HUGE);
    assert!(
        matches!(facts, Err(Error::TooLarge { limit }) if limit < 101 * bomb.len() as u64 + (1 << 20)),
        "{facts:?}"
    );
    assert!(out.len() < 101 * bomb.len() + (2 << 20), "{}", out.len());
    // What a short text may be beyond the ratio, and the limit of the caller.
    read(&compressed(&[0; 1 << 20]), HUGE).1.unwrap();
    read(&compressed(&[7; 1000]), 1000).1.unwrap();
    assert!(read(&compressed(&[7; 1001]), 1000).1.is_err());
    // Who says how much they expect gets that much, and no more.
    let (out, facts) = read_within(&bomb, Inflated::UpTo(64 << 20));
    assert!(out.len() == 64 << 20 && facts.is_ok(), "{facts:?}");
    assert!(matches!(read_within(&bomb, Inflated::UpTo((64 << 20) - 1)).1, Err(Error::TooLarge { .. })));
}
