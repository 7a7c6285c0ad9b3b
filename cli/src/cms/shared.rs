//! Secrets that both sides hold, as `cms encrypt` and `cms decrypt` name them.

use ::cms::SharedSecret;
use clap::Args;
use crypto::ContentCipher;

use crate::common::error::{Failure, Result};
use crate::common::secret::{SecretSource, read_or_ask};

/// The options of both verbs.
#[derive(Args)]
pub struct Shared {
    /// A key that both sides hold, of 16, 24 or 32 octets, as they are or in hexadecimal: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    kek_file: Option<SecretSource>,

    /// What both sides call that key, in hexadecimal
    #[arg(long, value_name = "HEX", requires = "kek_file", value_parser = Name::parse)]
    kek_id: Option<Name>,

    /// A password that both sides know: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    password_file: Option<SecretSource>,

    /// The key of the content itself, agreed beforehand (EncryptedData), in the same form as --kek-file
    #[arg(long, value_name = "SOURCE")]
    content_key_file: Option<SecretSource>,
}

/// The name of a key.
#[derive(Debug, Clone)]
struct Name(Vec<u8>);

impl Name {
    fn parse(text: &str) -> std::result::Result<Name, String> {
        match wire::from_hex(text.as_bytes()) {
            Some(octets) if (1..=MAX_NAME).contains(&octets.len()) => Ok(Name(octets)),
            _ => Err(format!("1 to {MAX_NAME} octets in hexadecimal")),
        }
    }
}

impl Shared {
    /// The secrets, read from where they are.
    pub fn secrets(&self) -> Result<Vec<SharedSecret>> {
        let mut found = Vec::new();
        if let Some(source) = &self.kek_file {
            let id = self.kek_id.as_ref().map(|name| name.0.clone());
            found.push(SharedSecret::Kek { id, key: source.read_key()? });
        }
        if let Some(source) = &self.password_file {
            let password = read_or_ask(Some(source), "Password of the message", "--password-file")?;
            if password.is_empty() {
                return Err(Failure::usage(format!("the password in {source} is empty")));
            }
            found.push(SharedSecret::Password(password));
        }
        if let Some(source) = &self.content_key_file {
            found.push(SharedSecret::ContentKey(source.read_key()?));
        }
        Ok(found)
    }

    /// Whether any of them is named.
    pub fn is_given(&self) -> bool {
        self.kek_file.is_some() || self.password_file.is_some() || self.content_key_file.is_some()
    }

    /// Whether the key of the content itself is given.
    pub fn has_content_key(&self) -> bool {
        self.content_key_file.is_some()
    }

    /// The cipher asked for, or the one that is meant: AES-256-GCM, but under a content key AES-CBC of its length, for
    /// no authenticated cipher may use a key twice (RFC 5083 section 2).
    pub fn cipher(&self, asked: Option<ContentCipher>, secrets: &[SharedSecret]) -> Result<ContentCipher> {
        let [SharedSecret::ContentKey(key)] = secrets else {
            return Ok(asked.unwrap_or(ContentCipher::Aes256Gcm));
        };
        let meant = match key.len() {
            16 => ContentCipher::Aes128Cbc,
            24 => ContentCipher::Aes192Cbc,
            _ => ContentCipher::Aes256Cbc,
        };
        match asked {
            Some(other) if other != meant => {
                Err(Failure::usage(format!("under this content key the cipher is {meant}, not {other}")))
            }
            _ => Ok(meant),
        }
    }
}

/// Octets of the name of a key.
const MAX_NAME: usize = 64;
