//! The operations that are measured, and how.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use cms::{Encryption, KeyList, OwnKey, Recipient, SignOptions, Signer, Workers, default_signature_algorithm};
use crypto::{ContentCipher, KeyTransport, PrivateKey, SoftKey, SystemRandom};
use rustix::time::{ClockId, clock_gettime};
use smime::stateless::{self, OutputForm, Trust, VerifyRequest};
use trust::{Evidence, Policy, ProvenPath, Purpose, RevocationEvidence, When};
use wire::{Certificate, Crl, Time};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How often the operation ran within these CPU seconds, and how many it took.
pub fn measure(seconds: f64, operation: impl FnMut() -> Result<Vec<u8>>) -> Result<(f64, f64)> {
    measure_by(cpu_seconds, seconds, operation)
}

/// The same by the clock on the wall, which is what several threads make shorter.
pub fn measure_wall(seconds: f64, operation: impl FnMut() -> Result<Vec<u8>>) -> Result<(f64, f64)> {
    let begun = std::time::Instant::now();
    measure_by(move || begun.elapsed().as_secs_f64(), seconds, operation)
}

fn measure_by(
    clock: impl Fn() -> f64,
    seconds: f64,
    mut operation: impl FnMut() -> Result<Vec<u8>>,
) -> Result<(f64, f64)> {
    operation()?; // what is made once is made now
    let begun = clock();
    std::hint::black_box(operation()?);
    // Asking for the time costs as much as a short operation, so it is asked for once in a millisecond.
    let batch = (1e-3 / (clock() - begun).max(1e-7)).clamp(1.0, 1e4) as usize;
    let begun = clock();
    let (mut rounds, mut used) = (0.0, 0.0);
    while used < seconds {
        for _ in 0..batch {
            std::hint::black_box(operation()?);
        }
        rounds += batch as f64;
        used = clock() - begun;
    }
    Ok((rounds, used))
}

pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Threads that share the recipients out among them.
#[derive(Debug)]
struct Jobs(usize);

impl Workers for Jobs {
    fn run(&self, count: usize, part: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < count) {
                part(number);
            }
        };
        std::thread::scope(|scope| {
            (1..self.0).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }
}

/// Everything that is read before the clock starts.
pub struct Bench {
    pub mail: Vec<u8>,
    now: Time,
    policy: Policy,
    pub key: Option<Arc<SoftKey>>,
    pub certificate: Option<Certificate>,
    own: KeyList,
    intermediates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    revocation: RevocationEvidence,
    pub recipients: Vec<Recipient>,
    jobs: Jobs,
    room: RefCell<Vec<u8>>,
}

impl Bench {
    pub fn new(options: &HashMap<String, String>) -> Result<Self> {
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
            revocation: RevocationEvidence {
                crls: options.get("-l").map_or(Ok(Vec::new()), |path| crls(path))?,
                ..RevocationEvidence::default()
            },
            room: RefCell::default(),
            jobs: Jobs(options.get("-j").map_or(Ok(1), |n| n.parse())?),
            recipients: list("-r")?.into_iter().take(most).map(recipient).collect(),
        })
    }

    /// Three certificates from their octets to a proven path.
    pub fn prove_from_der(&self) -> Result<Vec<u8>> {
        let read = |all: &[Certificate]| all.iter().map(|c| Certificate::from_der(c.der())).collect();
        let certificate = self.certificate.as_ref().ok_or("no certificate")?;
        let (pool, anchors): (wire::Result<Vec<_>>, wire::Result<Vec<_>>) =
            (read(&self.intermediates), read(&self.anchors));
        self.prove(&Certificate::from_der(certificate.der())?, &pool?, &anchors?)
    }

    /// The same of certificates that were read before; every signature is checked each time.
    pub fn prove_parsed(&self) -> Result<Vec<u8>> {
        let certificate = self.certificate.as_ref().ok_or("no certificate")?;
        self.prove(certificate, &self.intermediates, &self.anchors)
    }

    /// The same, and that nothing on the path is revoked, by CRLs that were read and indexed before. Their signatures
    /// are checked each time, over the digest that was made of them when they were first used.
    pub fn prove_unrevoked(&self) -> Result<Vec<u8>> {
        let certificate = self.certificate.as_ref().ok_or("no certificate")?;
        let evidence = Evidence { pool: &self.intermediates, anchors: &self.anchors, distrusted: &[] };
        let path = self.path(certificate, &evidence)?;
        let when = When::now(self.now);
        let outcome = trust::check_revocation(&path, &evidence, &self.revocation, &self.policy, when);
        if outcome.word() == "good" { Ok(Vec::new()) } else { Err(format!("{outcome:?}").into()) }
    }

    fn prove(&self, leaf: &Certificate, pool: &[Certificate], anchors: &[Certificate]) -> Result<Vec<u8>> {
        self.path(leaf, &Evidence { pool, anchors, distrusted: &[] }).map(|_| Vec::new())
    }

    fn path(&self, leaf: &Certificate, evidence: &Evidence<'_>) -> Result<ProvenPath> {
        let path = trust::validate(leaf, Purpose::SignMail, evidence, &self.policy, self.now)?;
        if path.chain().len() == 3 { Ok(path) } else { Err("a path of another length".into()) }
    }

    pub fn sign(&self) -> Result<Vec<u8>> {
        let key = self.key.as_deref().ok_or("no key")?;
        let certificate = self.certificate.clone().ok_or("no certificate")?;
        let algorithm = default_signature_algorithm(key.public());
        let options = SignOptions { chain: self.intermediates.clone(), ..SignOptions::at(self.now) };
        let signers = vec![Signer { certificate, key, algorithm }];
        let mut out = Vec::with_capacity(2 * self.mail.len());
        stateless::sign(&self.mail, signers, options, true, OutputForm::Smime, &mut out, &mut SystemRandom)?;
        Ok(out)
    }

    pub fn verify(&self, message: &[u8]) -> Result<Vec<u8>> {
        let trust = Trust::Anchors(self.anchors.clone());
        let request = VerifyRequest {
            policy: &self.policy,
            now: self.now,
            trust,
            certificates: Vec::new(),
            without_attributes: false,
        };
        let verified = stateless::verify(&message, None, request, &mut SystemRandom)?;
        self.read(verified.content()?)
    }

    pub fn encrypt(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let how = Encryption {
            cipher: ContentCipher::Aes256Cbc,
            recipients: &self.recipients,
            shared: &[],
            derive_key: false,
            workers: (self.jobs.0 > 1).then_some(&self.jobs as &dyn Workers),
        };
        stateless::encrypt_as(&self.mail, &how, OutputForm::Smime, &mut out, &mut SystemRandom)?;
        Ok(out)
    }

    pub fn decrypt(&self, message: &[u8]) -> Result<Vec<u8>> {
        let decrypted =
            stateless::decrypt(&message, &self.own, cms::Permit::new(&self.policy, self.now), &mut SystemRandom)?;
        self.read(decrypted.content()?)
    }

    /// Reads what came out into the room of the round before, as a server does.
    fn read(&self, mut content: impl Read) -> Result<Vec<u8>> {
        let mut out = self.room.borrow_mut();
        out.clear();
        content.read_to_end(&mut out)?;
        if *out == self.mail { Ok(Vec::new()) } else { Err("another mail came out".into()) }
    }
}

fn crls(path: &str) -> Result<Vec<Crl>> {
    let blocks = wire::pem::parse(&std::fs::read(path)?)?;
    blocks.iter().map(|block| Ok(Crl::from_der(&block.contents)?)).collect()
}

fn certificates(path: &str) -> Result<Vec<Certificate>> {
    let blocks = wire::pem::parse(&std::fs::read(path)?)?;
    Ok(blocks.iter().map(|block| Certificate::from_der(&block.contents)).collect::<std::result::Result<_, _>>()?)
}

fn key(path: &str) -> Result<SoftKey> {
    let blocks = wire::pem::parse(&std::fs::read(path)?)?;
    Ok(SoftKey::from_pkcs8(&blocks.first().ok_or("no key in the file")?.contents)?)
}
