//! DigestedData (RFC 5652 §7): whole or damaged, and nobody's.

use std::io::Read;

use sealpost_cms::{DigestedFacts, DigestedReader, Error, enter};
use wire::ber::BerReader;
use wire::oids;

use crate::peer::Folder;
use crate::people::letter;

fn read(message: &[u8]) -> Result<(Vec<u8>, DigestedFacts), Error> {
    let mut ber = BerReader::new(message);
    assert_eq!(enter(&mut ber)?, oids::DIGESTED_DATA);
    let mut reader = DigestedReader::new(ber).map_err(|broken| broken.error)?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content).map_err(Error::from_io)?;
    Ok((content, reader.finish().0?))
}

#[test]
fn what_openssl_digests_is_read_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    for md in ["sha1", "sha256", "sha384", "sha512"] {
        for (length, stream) in [(0, ""), (1000, ""), (1000, "-stream"), (200_001, "-stream")] {
            folder.write("text", &letter(length));
            folder.must(&format!(
                "openssl cms -digest_create -binary -nodetach -in text -outform DER -out x -md {md} {stream}"
            ));
            let (content, facts) = read(&folder.read("x")).unwrap();
            assert!(content == letter(length) && facts.digest.to_string() == md, "{md} {length}");
            assert_eq!((facts.content_type, facts.length), (oids::DATA, length as u64));
        }
    }
}

/// RFC 4134 §6, as a whole; then each of its octets changed and each of its beginnings.
#[test]
fn the_example_of_the_standard_and_every_damage_to_it() {
    let digest = crypto::digest(crypto::Digest::Sha1, b"This is some sample content.");
    let mut example = vec![0x30, 94, 6, 9];
    example.extend_from_slice(oids::DIGESTED_DATA.contents());
    example.extend_from_slice(b"\xa0\x51\x30\x4f\x02\x01\x00\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x30\x2b\x06\x09");
    example.extend_from_slice(oids::DATA.contents());
    example.extend_from_slice(b"\xa0\x1e\x04\x1cThis is some sample content.\x04\x14");
    example.extend_from_slice(b"\x40\x6a\xec\x08\x52\x79\xba\x6e\x16\x02\x2d\x9e\x06\x29\xc0\x22\x96\x87\xdd\x48");
    assert_eq!(read(&example).unwrap().0, b"This is some sample content.");
    assert!(example.ends_with(&digest));
    for end in 20..example.len() {
        assert!(read(&example[..end]).is_err(), "{end}");
    }
    for place in 46..example.len() {
        let mut bad = example.clone();
        bad[place] ^= 0x20;
        assert!(read(&bad).is_err(), "{place}");
    }
    let mut empty = example.clone();
    empty.push(0);
    assert!(read(&empty).is_err(), "something follows");
}
