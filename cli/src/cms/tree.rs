//! The tree of `sealpost cms inspect`, as text and as JSON, written while it is read.

use std::io::{self, Write};

use serde_json::json;
use wire::Certificate;
use wire::tree::{Node, Sink};

use crate::common::terminal;

/// Lines: the offset, the name of the part, its type, its contents or their length.
pub struct Lines<W: Write> {
    out: W,
    depth: usize,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Lines { out, depth: 0 }
    }

    fn line(&mut self, offset: Option<u64>, depth: usize, text: &str) -> io::Result<()> {
        let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
        writeln!(self.out, "{offset:>10}  {:indent$}{}", "", terminal::escape(text), indent = 2 * depth)
    }
}

impl<W: Write> Sink for Lines<W> {
    fn node(&mut self, node: Node) -> io::Result<()> {
        let mut text = String::new();
        if !node.name.is_empty() {
            text = format!("{} ", node.name);
        }
        text += &node.tag;
        match node.length {
            Some(length) => text += &format!(", {length} octets"),
            None => text += ", indefinite length",
        }
        if let Some(value) = &node.value {
            text += &format!(": {value}");
        }
        self.depth = node.depth + usize::from(node.open);
        self.line(Some(node.offset), node.depth, &text)
    }

    fn close(&mut self, certificate: Option<&[u8]>) -> io::Result<()> {
        if let Some(octets) = certificate {
            self.line(None, self.depth, &format!("fingerprint {}", fingerprint(octets)))?;
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn trouble(&mut self, offset: u64, depth: usize, what: &str) -> io::Result<()> {
        self.line(Some(offset), depth, &format!("! {what}"))
    }
}

/// JSON: a list of the outermost elements, each with its `children`.
pub struct Json<W: Write> {
    out: W,
    /// For each open list, whether something is in it already.
    lists: Vec<bool>,
}

impl<W: Write> Json<W> {
    /// Begins the list.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Json { out, lists: vec![false] })
    }

    /// Ends the list.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"]")?;
        Ok(self.out)
    }

    fn member(&mut self, object: &serde_json::Value, open: bool) -> io::Result<()> {
        if let Some(list) = self.lists.last_mut() {
            if *list {
                self.out.write_all(b",\n")?;
            }
            *list = true;
        }
        let text = object.to_string();
        if !open {
            return self.out.write_all(text.as_bytes());
        }
        self.lists.push(false);
        self.out.write_all(text.strip_suffix('}').unwrap_or(&text).as_bytes())?;
        self.out.write_all(b",\"children\":[")
    }
}

impl<W: Write> Sink for Json<W> {
    fn node(&mut self, node: Node) -> io::Result<()> {
        let mut object = json!({
            "offset": node.offset, "header": node.header, "length": node.length, "type": node.tag,
        });
        if !node.name.is_empty() {
            object["name"] = json!(node.name);
        }
        if let Some(value) = node.value {
            object["value"] = json!(value);
        }
        self.member(&object, node.open)
    }

    fn close(&mut self, certificate: Option<&[u8]>) -> io::Result<()> {
        self.lists.pop();
        self.out.write_all(b"]")?;
        if let Some(octets) = certificate {
            write!(self.out, ",\"fingerprint\":{}", json!(fingerprint(octets)))?;
        }
        self.out.write_all(b"}")
    }

    fn trouble(&mut self, offset: u64, _depth: usize, what: &str) -> io::Result<()> {
        self.member(&json!({ "offset": offset, "problem": what }), false)
    }
}

/// `sha256:` and the digest, with whom it names where that can be read.
fn fingerprint(octets: &[u8]) -> String {
    let digest = wire::hex(&crypto::fingerprint(octets));
    match Certificate::from_der(octets) {
        Ok(_) => format!("sha256:{digest}"),
        Err(error) => format!("sha256:{digest} ({error})"),
    }
}
