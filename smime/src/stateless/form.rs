//! The forms in which CMS is written.

use std::io::{self, Write};
use std::str::FromStr;

use mime::Base64Writer;

/// How a CMS message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputForm {
    /// A MIME entity (RFC 8551 §3).
    #[default]
    Smime,
    /// The bare structure: DER, or BER where it streams.
    Der,
    /// The same between PEM lines (RFC 7468 §9).
    Pem,
}

impl FromStr for OutputForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "smime" => Ok(OutputForm::Smime),
            "der" => Ok(OutputForm::Der),
            "pem" => Ok(OutputForm::Pem),
            _ => Err(format!("{text:?} is not a form: smime, der or pem")),
        }
    }
}

/// A writer for the bare structure in one of the forms; what stands around it is written by
/// [`Body::new`] and [`Body::finish`].
pub(super) enum Body<W: Write> {
    Der(W),
    Text(Base64Writer<W>, &'static str),
}

impl<W: Write> Body<W> {
    /// Writes what stands before the structure: a MIME header for this smime-type (none where it is empty), or a PEM
    /// line.
    pub fn new(mut out: W, form: OutputForm, smime_type: &str) -> io::Result<Self> {
        Ok(match form {
            OutputForm::Der => Body::Der(out),
            OutputForm::Pem => {
                out.write_all(b"-----BEGIN CMS-----\r\n")?;
                Body::Text(Base64Writer::new(out), "-----END CMS-----\r\n")
            }
            OutputForm::Smime => {
                // RFC 8551 §3.2.1.
                let name = if smime_type == "compressed-data" { "smime.p7z" } else { "smime.p7m" };
                let smime_type =
                    if smime_type.is_empty() { String::new() } else { format!(" smime-type={smime_type};") };
                write!(
                    out,
                    "MIME-Version: 1.0\r\n\
                     Content-Type: application/pkcs7-mime;{smime_type}\r\n name=\"{name}\"\r\n\
                     Content-Transfer-Encoding: base64\r\n\
                     Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
                )?;
                Body::Text(Base64Writer::new(out), "")
            }
        })
    }

    /// Writes what stands behind the structure.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Body::Der(out) => Ok(out),
            Body::Text(text, end) => {
                let mut out = text.finish()?;
                out.write_all(end.as_bytes())?;
                Ok(out)
            }
        }
    }
}

impl<W: Write> Write for Body<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Body::Der(out) => out.write(bytes),
            Body::Text(text, _) => text.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Body::Der(out) => out.flush(),
            Body::Text(text, _) => text.flush(),
        }
    }
}
