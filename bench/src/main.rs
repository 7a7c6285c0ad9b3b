//! Rates of CMS operations on one small mail, in one process and one thread: the counterpart of
//! `peer/libcrypto.c`, with the same options and the same line of JSON at the end.
//!
//! Keys, certificates and anchors are read before the clock starts; each operation starts from the message in
//! memory and ends with its result in memory, read back to its last octet. Nothing is remembered between rounds.

mod floor;

use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use cms::{KeyList, OwnKey, Recipient, SignOptions, Signer, default_signature_algorithm};
use crypto::{ContentCipher, KeyTransport, PrivateKey, SoftKey, SystemRandom};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use smime::stateless::{self, OutputForm, Trust, VerifyRequest};
use trust::Policy;
use wire::{Certificate, Time};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut options = HashMap::new();
    let mut operation = String::new();
    while let Some(name) = args.next() {
        if name.starts_with('-') {
            options.insert(name, args.next().ok_or("an option without its value")?);
        } else {
            operation = name;
        }
    }
    let seconds: f64 = options.get("-s").map_or(Ok(1.0), |s| s.parse())?;
    if let Some(what) = options.get("--file-floor") {
        let out = options.get("-o").ok_or("no output")?;
        println!("{}", floor::report(what, &floor::file(what, options.get("-m").ok_or("no mail")?, out)?));
        return Ok(());
    }
    let bench = Bench::new(&options)?;
    if let Some(what) = options.get("--floor") {
        println!("{}", floor::report(what, &floor::small(&bench, what, seconds)?));
        return Ok(());
    }
    let (rounds, used) = match operation.as_str() {
        "sign" => measure(seconds, || bench.sign())?,
        "encrypt" => measure(seconds, || bench.encrypt())?,
        "verify" => {
            let message = bench.sign()?;
            measure(seconds, || bench.verify(&message))?
        }
        "decrypt" => {
            let message = bench.encrypt()?;
            measure(seconds, || bench.decrypt(&message))?
        }
        _ => return Err("an unknown operation".into()),
    };
    let microseconds = used * 1e6 / rounds;
    println!("{}", json!({ "operation": operation, "rounds": rounds, "microseconds": microseconds }));
    Ok(())
}

/// How often the operation ran within these CPU seconds, and how many it took.
fn measure(seconds: f64, mut operation: impl FnMut() -> Result<Vec<u8>>) -> Result<(f64, f64)> {
    operation()?; // what is made once is made now
    let begun = cpu_seconds();
    let (mut rounds, mut used) = (0.0, 0.0);
    while used < seconds {
        std::hint::black_box(operation()?);
        rounds += 1.0;
        used = cpu_seconds() - begun;
    }
    Ok((rounds, used))
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Everything that is read before the clock starts.
struct Bench {
    mail: Vec<u8>,
    now: Time,
    policy: Policy,
    key: Option<Arc<SoftKey>>,
    certificate: Option<Certificate>,
    own: KeyList,
    intermediates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    recipients: Vec<Recipient>,
}

impl Bench {
    fn new(options: &HashMap<String, String>) -> Result<Self> {
        let list = |name: &str| options.get(name).map_or(Ok(Vec::new()), |path| certificates(path));
        let certificate = list("-c")?.into_iter().next();
        let key = options.get("-k").map(|path| key(path).map(Arc::new)).transpose()?;
        let own = key.iter().map(|key| OwnKey {
            name: "own".to_owned(),
            certificate: certificate.clone(),
            key: Arc::clone(key) as Arc<dyn PrivateKey>,
        });
        let most = options.get("-n").map_or(Ok(usize::MAX), |n| n.parse())?;
        let recipient = |certificate| Recipient { certificate, transport: KeyTransport::RsaPkcs1, use_key_id: false };
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        Ok(Bench {
            mail: std::fs::read(options.get("-m").ok_or("no mail")?)?,
            now: Time(i64::try_from(since_1970.as_secs())?),
            policy: Policy::standard(),
            own: KeyList::new(own.collect()),
            key,
            certificate,
            intermediates: list("-i")?,
            anchors: list("-a")?,
            recipients: list("-r")?.into_iter().take(most).map(recipient).collect(),
        })
    }

    fn sign(&self) -> Result<Vec<u8>> {
        let key = self.key.as_deref().ok_or("no key")?;
        let certificate = self.certificate.clone().ok_or("no certificate")?;
        let algorithm = default_signature_algorithm(key.public());
        let options = SignOptions { signed_at: self.now, chain: self.intermediates.clone(), use_key_id: false };
        let signers = vec![Signer { certificate, key, algorithm }];
        let mut out = Vec::new();
        stateless::sign(&self.mail, signers, options, true, OutputForm::Smime, &mut out, &mut SystemRandom)?;
        Ok(out)
    }

    fn verify(&self, message: &[u8]) -> Result<Vec<u8>> {
        let trust = Trust::Anchors(self.anchors.clone());
        let request = VerifyRequest { policy: &self.policy, now: self.now, trust, without_attributes: false };
        let verified = stateless::verify(&message, None, request, &mut SystemRandom)?;
        self.read(verified.content()?)
    }

    fn encrypt(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let cipher = ContentCipher::Aes256Cbc;
        stateless::encrypt(&self.mail, &self.recipients, cipher, OutputForm::Smime, &mut out, &mut SystemRandom)?;
        Ok(out)
    }

    fn decrypt(&self, message: &[u8]) -> Result<Vec<u8>> {
        let decrypted = stateless::decrypt(&message, &self.own, &mut SystemRandom)?;
        self.read(decrypted.content()?)
    }

    fn read(&self, mut content: impl Read) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        content.read_to_end(&mut out)?;
        if out == self.mail { Ok(out) } else { Err("another mail came out".into()) }
    }
}

fn certificates(path: &str) -> Result<Vec<Certificate>> {
    let blocks = wire::pem::parse(&std::fs::read(path)?)?;
    Ok(blocks.iter().map(|block| Certificate::from_der(&block.contents)).collect::<std::result::Result<_, _>>()?)
}

fn key(path: &str) -> Result<SoftKey> {
    let blocks = wire::pem::parse(&std::fs::read(path)?)?;
    Ok(SoftKey::from_pkcs8(&blocks.first().ok_or("no key in the file")?.contents)?)
}

const USAGE: &str = "bench sign|verify|encrypt|decrypt -m MAIL [-s SECONDS] [-c CERT] [-k KEY] [-i INTERMEDIATES] \
                     [-a ANCHORS] [-r RECIPIENTS] [-n COUNT]\n\
                     bench --floor OPERATION …the same: what its primitives cost\n\
                     bench --file-floor 'encrypt|decrypt|sign detached|…' -m LARGE -o SCRATCH";
