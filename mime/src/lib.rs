//! RFC 5322 and MIME with byte spans: parsing, canonical form, writing. It knows nothing of cryptography.
//!
//! Bodies stream over `BufRead` and `Write`; only header sections (at most [`Limits::header_bytes`]) are held.
//!
//! | module | what it does |
//! |---|---|
//! | `error`, `limits` | the closed list of errors; the bounds of every parser |
//! | `header` | a header section as it arrived: raw bytes and fields as spans |
//! | `content`, `param` | Content-Type, Content-Disposition, transfer encodings; parameters with RFC 2231 |
//! | `words`, `charset` | RFC 2047 encoded words, both ways; the few charsets that need no tables |
//! | `address`, `date` | RFC 5322 address lists and dates, obsolete forms included |
//! | `prelude` | a byte order mark or an mbox `From ` line before the mail |
//! | `lines`, `tolf`, `check` | LF to CRLF, CRLF to LF, and defects of CRLF text, at memory speed |
//! | `base64`, `quoted` | streaming readers and writers of the transfer encodings |
//! | `split`, `part`, `signed` | byte-exact parts of a multipart; one of them; multipart/signed |
//! | `tnef` | the S/MIME message inside a winmail.dat |
//! | `walk`, `survey`, `rewrite` | which leaves a relay could change, and the same mail recoded so that none can |
//! | `legacy`, `html`, `readable` | Legacy Display Elements in and out; markup without a browser; what a mail says to people |
//! | `retype` | a Content-Type with other parameters |
//! | `write`, `field` | folding, boundaries; raw UTF-8 fields made ASCII |
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod address;
mod base64;
mod charset;
mod check;
mod content;
mod date;
mod error;
mod field;
mod fuzz;
mod header;
mod html;
mod legacy;
mod limits;
mod lines;
mod param;
mod part;
mod prelude;
mod quoted;
mod readable;
mod retype;
mod rewrite;
mod signed;
mod split;
mod survey;
mod tnef;
mod tolf;
mod walk;
mod words;
mod write;

pub use address::{Mailbox, address_list};
pub use base64::{Base64Reader, Base64Writer};
pub use check::TextCheck;
pub use content::{ContentType, Disposition, TransferEncoding};
pub use date::{format_date, parse_date};
pub use error::{Base64Fault, Error, MultipartFault};
pub use field::{encode_international_field, encode_raw_field};
pub use fuzz::fuzz_mime;
pub use header::{Field, Fields, Header};
pub use legacy::{
    Displayed, GATHERED, LEGACY_DISPLAY, WithLegacyDisplay, WithoutLegacyDisplay, charset_for_legacy_display,
};
pub use limits::Limits;
pub use lines::{LineEnds, LineStyle};
pub use part::PartReader;
pub use prelude::{Prelude, skip_prelude};
pub use quoted::{QuotedPrintableReader, QuotedPrintableWriter};
pub use readable::{Attachment, Readable, Text, readable};
pub use retype::retyped;
pub use rewrite::rewrite;
pub use signed::{Defect, SecondPart, SignedParts};
pub use split::valid_boundary;
pub use survey::Survey;
pub use tnef::TnefReader;
pub use tolf::{CrlfToLf, ToLf};
pub use words::{decode as decode_words, encode_unstructured};
pub use write::{boundary, fold};
