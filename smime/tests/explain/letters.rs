//! Parts that people sign: written as mail programs write them, by code of this test's own.

use crate::relays::{Rng, encode_base64, encode_quoted};

/// Words of several languages.
const WORDS: [&str; 24] = [
    "meeting", "on", "Monday", "the", "contract", "is", "attached", "please", "Grüße", "café", "naïve", "signed",
    "from", "Zürich", "we", "agree", "with", "your", "offer", "of", "100", "a=b", "résumé", "thanks",
];

/// A MIME entity that is signed, its lines in CRLF.
pub fn letter(rng: &mut Rng) -> Vec<u8> {
    let ascii = rng.chance(30);
    let latin = !ascii && rng.chance(35);
    let text = prose(rng, ascii);
    let octets: Vec<u8> =
        if latin { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() } else { text.into_bytes() };
    let charset = match (ascii, latin) {
        (true, _) => *rng.pick(&["us-ascii", "utf-8", "iso-8859-1"]),
        (_, true) => *rng.pick(&["iso-8859-1", "ISO-8859-1"]),
        _ => *rng.pick(&["utf-8", "UTF-8"]),
    };
    let flowed = *rng.pick(&["", "; format=flowed", ""]);
    let typed = match rng.below(4) {
        0 => format!("Content-Type: text/plain; charset=\"{charset}\"{flowed}\r\n"),
        1 => format!("Content-Type: text/plain; charset={charset}{flowed}\r\n"),
        2 => format!("Content-Type: text/plain;\r\n\tcharset=\"{charset}\"{flowed}\r\n"),
        _ => format!("Content-Type: text/plain; charset={charset}{flowed}\r\nContent-Language: en\r\n"),
    };
    let encoded = match rng.below(10) {
        0..4 => ("quoted-printable", encode_quoted(&octets, *rng.pick(&[76, 76, 72, 73]), rng.chance(20))),
        4..6 => ("base64", encode_base64(&octets, *rng.pick(&[76, 76, 72, 64]))),
        _ if ascii => ("7bit", octets),
        _ => ("8bit", octets),
    };
    let text =
        [typed.as_bytes(), format!("Content-Transfer-Encoding: {}\r\n\r\n", encoded.0).as_bytes(), &encoded.1].concat();
    match rng.below(10) {
        0..7 => text,
        shape => multipart(rng, &text, shape == 9),
    }
}

fn multipart(rng: &mut Rng, text: &[u8], alternative: bool) -> Vec<u8> {
    let boundary = format!("=_{:08x}", rng.next());
    let (kind, second) = if alternative {
        let html =
            format!("<html><body>\r\n<p>{}</p>\r\n</body></html>\r\n", prose(rng, true).replace("\r\n", "<br>\r\n"));
        let head = "Content-Type: text/html; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
        ("alternative", [head.as_bytes(), html.as_bytes()].concat())
    } else {
        let length = 200 + rng.below(1500);
        let octets: Vec<u8> = (0..length).map(|_| u8::try_from(rng.next() & 255).unwrap()).collect();
        let head = "Content-Type: application/pdf; name=\"offer.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\
            Content-Disposition: attachment; filename=\"offer.pdf\"\r\n\r\n";
        ("mixed", [head.as_bytes(), &encode_base64(&octets, 76)].concat())
    };
    let mut out = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n").into_bytes();
    for part in [text, &second] {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

/// Some paragraphs, with what relays like to touch.
fn prose(rng: &mut Rng, ascii: bool) -> String {
    let mut out = String::from("Dear all,\r\n\r\n");
    for _ in 0..4 + rng.below(18) {
        let mut line = String::new();
        for _ in 0..1 + rng.below(14) {
            let word = *rng.pick(&WORDS);
            if !ascii || word.is_ascii() {
                line.push_str(word);
                line.push(' ');
            }
        }
        match rng.below(14) {
            0 => out.push_str("From "),
            1 => out.push('.'),
            2 => out.push_str("item\tamount\t"),
            3 => out.push_str("> "),
            _ => {}
        }
        // Some lines keep the space at their end.
        out.push_str(if rng.chance(12) { &line } else { line.trim_end() });
        out.push_str("\r\n");
        if rng.chance(15) {
            out.push_str("\r\n");
        }
    }
    if rng.chance(40) {
        out.push_str("-- \r\nAlice Example\r\n");
    }
    out
}
