//! The floor: what the bare primitives of an operation cost, each counted as often as the promises require it. It is
//! measured over the same libraries and the same mail, one primitive at a time, with nothing between them.

use std::fs::File;
use std::io::{Read, Write};

use base64_simd::STANDARD;
use crypto::{
    AgreementScheme, BlockTags, CipherParameters, ContentCipher, Decryptor, Digest, Encryptor, KeyKind, KeyTransport,
    KeyWrap, PrivateKey, PublicKey, Secret, SystemRandom,
};
use serde_json::{Value, json};

use crate::work::{Bench, Result, cpu_seconds, measure};

/// A primitive, how often it is counted, and how many microseconds each takes.
pub struct Part(&'static str, f64, f64);

/// What one operation on the mail in memory cannot cost less than.
pub fn small(bench: &Bench, operation: &str, seconds: f64) -> Result<Vec<Part>> {
    let each = seconds / 8.0;
    let mail = Bulk::new(bench.mail.clone(), each)?;
    let key = |name| -> Result<f64> { KeyWork { bench, each }.measure(name) };
    let recipients = bench.recipients.len() as f64;
    Ok(match operation {
        "sign" => {
            let signature = Signature::new(bench, each)?;
            let parts = [mail.digest(1.0)?, signature.certificate()?, signature.text.encode(0.75)?];
            std::iter::once(Part("private-key operation", 1.0, key("sign")?)).chain(parts).collect()
        }
        "verify" => {
            let signature = Signature::new(bench, each)?;
            let parts = [
                mail.digest(1.0)?,
                signature.certificate()?,
                signature.text.decode(1.0)?,
                tag_key(each)?,
                mail.tags(2.0)?,
            ];
            std::iter::once(Part("verification", 3.0, key("verify")?)).chain(parts).collect()
        }
        "encrypt" => {
            let message = Bulk::new(bench.encrypt()?, each)?;
            vec![
                Part("public-key operation", recipients, key("to recipient")?),
                mail.encrypt(1.0)?,
                message.encode(0.75)?,
            ]
        }
        "decrypt" => {
            let message = Bulk::new(bench.encrypt()?, each)?;
            let parts = [mail.decrypt(2.0)?, message.decode(2.0)?, tag_key(each)?, mail.tags(2.0)?];
            std::iter::once(Part("private-key operation", 1.0, key("from sender")?)).chain(parts).collect()
        }
        _ => return Err("an unknown operation".into()),
    })
}

/// What one operation on a large file cannot cost less than: the key operations do not count there.
pub fn file(operation: &str, input: &str, output: &str) -> Result<Vec<Part>> {
    let octets = std::fs::metadata(input)?.len() as f64;
    let mut piece = vec![0; PIECE];
    File::open(input)?.read_exact(&mut piece)?;
    let bulk = Bulk { scale: octets / PIECE as f64, ..Bulk::new(piece, 0.2)? };
    let read = || -> Result<f64> {
        let mut buffer = vec![0; BUFFER];
        once(|| {
            let mut from = File::open(input)?;
            while from.read(&mut buffer)? != 0 {}
            Ok(())
        })
    };
    let write = || -> Result<f64> {
        let buffer = vec![1; BUFFER];
        let used = once(|| {
            let mut to = File::create(output)?;
            for _ in 0..(octets as usize / BUFFER) {
                to.write_all(&buffer)?;
            }
            Ok(())
        })?;
        std::fs::remove_file(output)?;
        Ok(used)
    };
    let (read, write) = (
        |times| Ok::<_, Box<dyn std::error::Error>>(Part("read", times, read()?)),
        |times| Ok::<_, Box<dyn std::error::Error>>(Part("write", times, write()?)),
    );
    Ok(match operation {
        "encrypt" => vec![read(1.0)?, bulk.encrypt(1.0)?, bulk.encode(1.0)?, write(ARMOURED)?],
        "decrypt" => {
            vec![read(2.0 * ARMOURED)?, bulk.decode(2.0 * ARMOURED)?, bulk.decrypt(2.0)?, bulk.tags(2.0)?, write(1.0)?]
        }
        "sign detached" => vec![read(2.0)?, bulk.digest(1.0)?, write(1.0)?],
        "verify detached" => vec![read(2.0)?, bulk.digest(1.0)?, bulk.tags(2.0)?, write(1.0)?],
        "sign attached" => vec![read(1.0)?, bulk.digest(1.0)?, bulk.encode(1.0)?, write(ARMOURED)?],
        "verify attached" => {
            vec![read(2.0 * ARMOURED)?, bulk.decode(2.0 * ARMOURED)?, bulk.digest(1.0)?, bulk.tags(2.0)?, write(1.0)?]
        }
        _ => return Err("an unknown operation".into()),
    })
}

/// The sum in microseconds, and what it is made of.
pub fn report(operation: &str, parts: &[Part]) -> Value {
    let sum: f64 = parts.iter().map(|Part(_, times, each)| times * each).sum();
    let parts: Vec<Value> = parts
        .iter()
        .map(|Part(name, times, each)| json!({ "name": name, "times": times, "microseconds": each }))
        .collect();
    json!({ "operation": operation, "microseconds": sum, "parts": parts })
}

/// The primitives that follow the length.
struct Bulk {
    octets: Vec<u8>,
    key: Secret,
    seconds: f64,
    /// How often these octets go into what is measured.
    scale: f64,
}

impl Bulk {
    fn new(octets: Vec<u8>, seconds: f64) -> Result<Self> {
        Ok(Bulk { octets, key: crypto::random_secret(32, &mut SystemRandom)?, seconds, scale: 1.0 })
    }

    fn part(&self, name: &'static str, times: f64, mut work: impl FnMut() -> Result<Vec<u8>>) -> Result<Part> {
        let (rounds, used) = measure(self.seconds, &mut work)?;
        Ok(Part(name, times, used * 1e6 / rounds * self.scale))
    }

    fn digest(&self, times: f64) -> Result<Part> {
        self.part("SHA-256", times, || Ok(crypto::digest(Digest::Sha256, &self.octets).to_vec()))
    }

    fn tags(&self, times: f64) -> Result<Part> {
        let tags = BlockTags::new(&mut SystemRandom)?;
        self.part("block tags", times, || Ok(tags.tag(0, &self.octets)?.to_vec()))
    }

    fn encrypt(&self, times: f64) -> Result<Part> {
        let mut out = vec![0; self.octets.len() + 16];
        self.part("AES-256-CBC encryption", times, || {
            Encryptor::new(ContentCipher::Aes256Cbc, &self.key, &[7; 16], &[])?.update_slice(&self.octets, &mut out)?;
            Ok(Vec::new())
        })
    }

    fn decrypt(&self, times: f64) -> Result<Part> {
        let whole = &self.octets[..self.octets.len() / 16 * 16];
        let mut out = vec![0; self.octets.len() + 16];
        let algorithm = ContentCipher::Aes256Cbc.to_algorithm(&[7; 16]);
        let (cipher, parameters): (_, CipherParameters) = ContentCipher::from_algorithm(&algorithm)?;
        self.part("AES-256-CBC decryption", times, || {
            Decryptor::new(cipher, &parameters, &self.key, &[])?.update_slice(whole, &mut out)?;
            Ok(Vec::new())
        })
    }

    fn encode(&self, times: f64) -> Result<Part> {
        let mut out = vec![0; STANDARD.encoded_length(self.octets.len())];
        self.part("base64 encoding", times, || {
            let _ = STANDARD.encode(&self.octets, base64_simd::Out::from_slice(&mut out));
            Ok(Vec::new())
        })
    }

    /// As many octets of base64 as this has.
    fn decode(&self, times: f64) -> Result<Part> {
        let text = STANDARD.encode_to_string(&self.octets[..self.octets.len() / 4 * 3]);
        let mut out = vec![0; self.octets.len()];
        self.part("base64 decoding", times, || {
            STANDARD.decode(text.as_bytes(), base64_simd::Out::from_slice(&mut out)).map_err(|_| "base64")?;
            Ok(Vec::new())
        })
    }
}

/// The key of the block tags, which every message has anew.
fn tag_key(seconds: f64) -> Result<Part> {
    let (rounds, used) = measure(seconds, || {
        std::hint::black_box(BlockTags::new(&mut SystemRandom)?);
        Ok(Vec::new())
    })?;
    Ok(Part("key of the tags", 1.0, used * 1e6 / rounds))
}

/// What a clear-signed mail has beside the mail: the text of the signature, and in it the digest that names the
/// signer's certificate (RFC 5035 §3).
struct Signature {
    text: Bulk,
    certificate: Bulk,
}

impl Signature {
    fn new(bench: &Bench, each: f64) -> Result<Self> {
        let text = bench.sign()?.split_off(bench.mail.len());
        let certificate = bench.certificate.as_ref().ok_or("no certificate")?.der().to_vec();
        Ok(Signature { text: Bulk::new(text, each)?, certificate: Bulk::new(certificate, each)? })
    }

    fn certificate(&self) -> Result<Part> {
        let Part(_, times, each) = self.certificate.digest(1.0)?;
        Ok(Part("SHA-256 of the certificate", times, each))
    }
}

/// The primitives of public-key cryptography.
struct KeyWork<'a> {
    bench: &'a Bench,
    each: f64,
}

impl KeyWork<'_> {
    fn measure(&self, name: &str) -> Result<f64> {
        let per_round = |(rounds, used): (f64, f64)| used * 1e6 / rounds;
        let message = [7; 512];
        let own = || self.bench.key.as_deref().ok_or("no key");
        Ok(per_round(match name {
            "sign" => {
                let (key, algorithm) = (own()?, cms::default_signature_algorithm(own()?.public()));
                measure(self.each, || Ok(key.sign(&algorithm, &message, &mut SystemRandom)?))?
            }
            "verify" => {
                let (key, algorithm) = (own()?, cms::default_signature_algorithm(own()?.public()));
                let signature = key.sign(&algorithm, &message, &mut SystemRandom)?;
                let spki = key.public().spki();
                measure(self.each, || {
                    PublicKey::from_spki(spki)?.verify(&algorithm, &message, &signature)?;
                    Ok(Vec::new())
                })?
            }
            "to recipient" => {
                let spki = self.bench.recipients.first().ok_or("no recipient")?.certificate.public_key().der().to_vec();
                measure(self.each, || self.seal(&PublicKey::from_spki(&spki)?))?
            }
            _ => {
                let key = own()?;
                let sealed = self.seal(key.public())?;
                measure(self.each, || match key.public().kind() {
                    KeyKind::Rsa { .. } => Ok(key.decrypt(&KeyTransport::RsaPkcs1, &sealed)?.as_bytes().to_vec()),
                    _ => {
                        let (point, wrapped) = sealed.split_at(sealed.len() - 40);
                        let kek = crypto::agreement_kek(SCHEME, &key.agree(point)?, KeyWrap::Aes256, Some(&[7; 32]))?;
                        Ok(KeyWrap::Aes256.unwrap(&kek, wrapped)?.as_bytes().to_vec())
                    }
                })?
            }
        }))
    }

    /// The content key for one recipient: what RSA makes of it, or the public value and the wrapped key.
    fn seal(&self, key: &PublicKey) -> Result<Vec<u8>> {
        if matches!(key.kind(), KeyKind::Rsa { .. }) {
            return Ok(key.encrypt(&KeyTransport::RsaPkcs1, &[7; 32], &mut SystemRandom)?);
        }
        let (mut point, shared) = key.agree_ephemeral()?;
        let kek = crypto::agreement_kek(SCHEME, &shared, KeyWrap::Aes256, Some(&[7; 32]))?;
        point.extend(KeyWrap::Aes256.wrap(&kek, &[7; 32])?);
        Ok(point)
    }
}

/// Microseconds of CPU that one run takes.
fn once(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = cpu_seconds();
    work()?;
    Ok((cpu_seconds() - begun) * 1e6)
}

const SCHEME: AgreementScheme = AgreementScheme::X963(Digest::Sha256);
/// Octets at once for the primitives that follow the length: what stays in a core's own cache.
const PIECE: usize = 64 * 1024;
/// Octets of one read or write.
const BUFFER: usize = 64 * 1024;
/// Octets of base64 with its line ends for each octet.
const ARMOURED: f64 = 4.0 / 3.0 * 78.0 / 76.0;
