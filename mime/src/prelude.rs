//! What may stand before a mail in a file: a byte order mark, an mbox `From ` line.

use std::io::{self, BufRead};

/// What [`skip_prelude`] found and skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prelude {
    /// A UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// A leading `From ` line (RFC 4155).
    pub mbox_line: bool,
}

/// Consumes a UTF-8 byte order mark and one mbox `From ` line, where they are, from the start of a stream.
///
/// It has to see eight bytes at once: use it on a slice or on [`crate::LineEnds`], whose first buffer is never shorter
/// unless the stream is.
///
/// # Errors
/// Those of the reader.
pub fn skip_prelude(from: &mut dyn BufRead) -> io::Result<Prelude> {
    let mut found = Prelude::default();
    let start = from.fill_buf()?;
    if start.starts_with(BOM) {
        found.byte_order_mark = true;
    }
    let rest = start.get(if found.byte_order_mark { BOM.len() } else { 0 }..);
    found.mbox_line = rest.is_some_and(|r| r.starts_with(b"From "));
    if found.byte_order_mark {
        from.consume(BOM.len());
    }
    if found.mbox_line {
        skip_line(from)?;
    }
    Ok(found)
}

fn skip_line(from: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buf = from.fill_buf()?;
        if buf.is_empty() {
            return Ok(());
        }
        match memchr::memchr(b'\n', buf) {
            Some(at) => {
                from.consume(at + 1);
                return Ok(());
            }
            None => {
                let all = buf.len();
                from.consume(all);
            }
        }
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineEnds;

    #[test]
    fn each_prelude() {
        for (text, bom, mbox) in [
            (&b"\xEF\xBB\xBFFrom me@x Mon\r\nA: 1\r\n"[..], true, true),
            (b"From me@x Mon\r\nA: 1\r\n", false, true),
            (b"\xEF\xBB\xBFA: 1\r\n", true, false),
            (b"A: 1\r\n", false, false),
        ] {
            // Readers that deliver a byte at a time must not hide the line.
            let mut reader = LineEnds::new(io::BufReader::with_capacity(1, text));
            let found = skip_prelude(&mut reader).unwrap();
            assert_eq!((found.byte_order_mark, found.mbox_line), (bom, mbox));
            let mut rest = String::new();
            io::Read::read_to_string(&mut reader, &mut rest).unwrap();
            assert_eq!(rest, "A: 1\r\n");
        }
        let mut from_field = &b"From: x\r\n"[..];
        assert_eq!(skip_prelude(&mut from_field).unwrap(), Prelude::default());
        assert_eq!(from_field, b"From: x\r\n");
        assert!(skip_prelude(&mut &b"From no end"[..]).unwrap().mbox_line);
    }
}
