//! Megabytes a second of everything that a large mail passes through. Run with `--release -- --ignored --nocapture`.

// The room has no clock and no disk; its tests have.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{BufRead, BufReader, Cursor, Write, sink};
use std::time::Instant;

use sealpost_mime as mime;

const SIZE: usize = 64 << 20;

fn timed(name: &str, bytes: usize, mut work: impl FnMut()) {
    let best = (0..3)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::MAX, f64::min);
    eprintln!("{name:24} {:8.0} MB/s", bytes as f64 / best / 1e6);
}

fn drain(mut reader: impl BufRead) -> usize {
    let mut total = 0;
    loop {
        let len = reader.fill_buf().unwrap().len();
        if len == 0 {
            return total;
        }
        total += len;
        reader.consume(len);
    }
}

fn buffered(data: &[u8]) -> BufReader<Cursor<&[u8]>> {
    BufReader::with_capacity(256 * 1024, Cursor::new(data))
}

#[test]
#[ignore = "a measurement, not a test"]
fn readers_and_writers() {
    let line =
        |end: &str| format!("{}{end}", "Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod temp");
    let crlf = line("\r\n").repeat(SIZE / 74).into_bytes();
    let lf = line("\n").repeat(SIZE / 73).into_bytes();
    let mut base64 = mime::Base64Writer::new(Vec::new());
    base64.write_all(&crlf).unwrap();
    let base64 = base64.finish().unwrap();
    let base64_lf: Vec<u8> = base64.iter().copied().filter(|b| *b != b'\r').collect();
    let signed = [b"--=_x\r\n\r\n", crlf.as_slice(), b"\r\n--=_x\r\n\r\n\r\n--=_x--\r\n"].concat();
    let limits = mime::Limits::default();
    let header = mime::Header::parse(b"Subject: x\r\n", &limits).unwrap();

    timed("bare BufReader", crlf.len(), || assert_eq!(drain(buffered(&crlf)), crlf.len()));
    timed("LineEnds crlf", crlf.len(), || assert_eq!(drain(mime::LineEnds::new(buffered(&crlf))), crlf.len()));
    timed("LineEnds lf", lf.len(), || assert!(drain(mime::LineEnds::new(buffered(&lf))) > lf.len()));
    timed("ToLf", crlf.len(), || assert!(drain(mime::ToLf::new(buffered(&crlf))) < crlf.len()));
    timed("TextCheck", crlf.len(), || {
        let mut check = mime::TextCheck::new();
        crlf.chunks(256 * 1024).for_each(|c| check.update(c));
        assert!(!check.broken() && !check.eight_bit());
    });
    timed("SignedParts", signed.len(), || {
        let mut parts = mime::SignedParts::new(buffered(&signed), "=_x", &limits).unwrap();
        assert_eq!(drain(&mut parts), crlf.len() + 2);
        assert!(parts.finish().0.is_ok());
    });
    timed("Base64Reader", base64.len(), || assert_eq!(drain(mime::Base64Reader::new(buffered(&base64))), crlf.len()));
    timed("Base64Reader lf", base64_lf.len(), || {
        assert_eq!(drain(mime::Base64Reader::new(buffered(&base64_lf))), crlf.len());
    });
    timed("Base64Writer (input)", crlf.len(), || {
        let mut writer = mime::Base64Writer::new(sink());
        crlf.chunks(64 * 1024).for_each(|c| writer.write_all(c).unwrap());
        writer.finish().unwrap();
    });
    timed("Survey", crlf.len(), || {
        assert!(mime::Survey::of(&header, &mut buffered(&crlf), &limits).unwrap().clean());
    });
    timed("rewrite", crlf.len(), || {
        let survey = mime::Survey::of(&header, &mut &b""[..], &limits).unwrap();
        mime::rewrite(&survey, &header, &mut buffered(&crlf), &mut sink()).unwrap();
    });
    timed("QuotedPrintableWriter", crlf.len(), || {
        mime::QuotedPrintableWriter::new(sink()).write_all(&crlf).unwrap();
    });
    timed("QuotedPrintableReader", crlf.len(), || {
        assert_eq!(drain(mime::QuotedPrintableReader::new(buffered(&crlf))), crlf.len());
    });
}
