//! The bounds that hostile input meets.

/// Bounds of every parser of this crate. The defaults suit mail from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one header section, line ends included. Default 256 KiB.
    pub header_bytes: usize,
    /// Bytes of one header line, line end included. Default 64 KiB.
    pub line_bytes: usize,
    /// MIME parts of one message, containers counted too. Default 1000.
    pub parts: usize,
    /// Nesting of multiparts and attached messages. Default 20.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { header_bytes: 256 * 1024, line_bytes: 64 * 1024, parts: 1000, depth: 20 }
    }
}
