//! `sealpost id request`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use crypto::{PrivateKey, Secret, SoftKey, SystemRandom};
use directory::{Directory, IdentityId, NewRequest, RequestInfo, Role};
use serde_json::{Value, json};
use std::io::Write as _;
use trust::Address;
use wire::Pkcs11Uri;

use super::acme::AcmeOptions;
use super::kind::KeyKinds;
use super::usage::profile;
use super::{in_token, select};
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::output::{Kind, Output, file_of};
use crate::common::{output, report, store, token};

/// Ask an authority for the certificate of a new key: by a request (PKCS#10), or by ACME
///
/// The key stays in the store and waits; `sealpost id import` takes the certificate that the authority sends for the request.
/// With two keys, one that signs and one that decrypts, there are two requests.
///
/// With --token the request is for a key that is in a token, for what the token lets it do: nothing is made or kept, and
/// `sealpost id import --token` takes the certificate.
///
/// With --acme the certificate is got at once, from any authority that proves addresses by mail (RFC 8823): the mail that it
/// sends is looked for in --mailbox and answered over --server. Run again, it goes on where it was ended, does nothing while
/// the certificate lasts, and gets a new one for a new key before it ends; the old key stays to read old mail. So a timer may
/// run it each day.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Request {
    /// The mail address
    #[arg(value_parser = address)]
    address: Address,

    /// Your name, for people to read; the request does not have it
    #[arg(long)]
    name: Option<String>,

    /// The kind of the keys: rsa-2048, rsa-3072, rsa-4096, p256, p384, p521, or two with a plus sign between, such as
    /// ed25519+p256: one that signs, one that decrypts
    #[arg(long, value_name = "KIND", default_value = "p256")]
    key: KeyKinds,

    /// Two keys, one that signs and one that decrypts, each with a request of its own
    #[arg(long, conflicts_with = "acme")]
    dual: bool,

    /// How the request is written
    #[arg(long, value_enum, default_value_t = Form::Pem, conflicts_with = "acme")]
    form: Form,

    /// Write files into this folder instead: ADDRESS.csr, with two keys ADDRESS.sign.csr and ADDRESS.encrypt.csr
    #[arg(long, value_name = "DIR", conflicts_with = "acme")]
    out_dir: Option<PathBuf>,

    /// Retire this identity when the certificate is there: an address, a number, or the beginning of a fingerprint
    #[arg(long, value_name = "IDENTITY", conflicts_with = "acme")]
    renews: Option<String>,

    /// Write what was asked for last for this address once more, with the keys that wait; nothing is made
    #[arg(long, conflicts_with_all = ["name", "key", "dual", "renews", "no_passphrase", "acme"])]
    again: bool,

    /// A key in a token, by a PKCS #11 URI such as pkcs11:token=Alice;id=%01
    #[arg(long, value_name = "URI", value_parser = token::parse,
        conflicts_with_all = ["name", "key", "dual", "renews", "again", "no_passphrase", "acme"])]
    token: Option<Pkcs11Uri>,

    /// Keep the keys of the store under no passphrase, if this is its first key
    #[arg(long)]
    no_passphrase: bool,

    #[command(flatten)]
    acme: AcmeOptions,
}

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Pem,
    Der,
}

/// A key that signs its own request.
struct Signer {
    role: Role,
    key: SoftKey,
    pkcs8: Secret,
}

impl Request {
    /// Makes the keys, keeps them, and writes what the authority gets.
    pub fn run(mut self, global: &Global) -> Result {
        if self.acme.is_wanted() {
            let directory = store::open_to_add(global, self.no_passphrase)?;
            return self.acme.obtain(&self.address, self.name.as_deref(), self.key, &directory, global);
        }
        if let Some(uri) = &self.token {
            let begun = self.begin(global, 1)?;
            let (found, role) = in_token::to_certify(uri, global)?;
            let csr = self.csr(role, found.key.as_ref())?;
            let told = json!({ "id": null, "address": self.address.to_string(), "token": found.uri.to_string() });
            self.write(global, told, &[csr], begun)?;
            global.say("The key stays in the token; `sealpost id import --token` takes the certificate that comes.");
            return Ok(());
        }
        if self.again {
            let directory = store::open(global)?;
            let waits = directory.requests()?.into_iter().rfind(|r| self.is_for(r)).ok_or_else(|| {
                Failure::other(format!("no request for {} waits for its answer", self.address))
                    .hint("make one without --again; `sealpost id list` shows those that wait")
            })?;
            // As it was written then.
            self.address = Address::parse_international(&waits.address).map_err(Failure::other)?;
            let signers = directory.request_keys(waits.id)?;
            let csrs = signers.iter().map(|(role, key)| self.csr(*role, key.as_ref())).collect::<Result<Vec<_>>>()?;
            let begun = self.begin(global, csrs.len())?;
            return self.write_kept(global, &waits, &csrs, begun);
        }
        let directory = store::open_to_add(global, self.no_passphrase)?;
        let renews = self.renews.as_deref().map(|old| select::one(&directory, old)).transpose()?.map(|old| old.id);
        let begun = self.begin(global, if self.is_dual() { 2 } else { 1 })?;
        let signers = self.make()?;
        let csrs = signers.iter().map(|s| self.csr(s.role, &s.key)).collect::<Result<Vec<_>>>()?;
        let keys = signers.into_iter().map(|s| (s.role, s.pkcs8)).collect();
        let info = self.keep(&directory, keys, renews, global)?;
        self.write_kept(global, &info, &csrs, begun)
    }

    fn is_for(&self, request: &RequestInfo) -> bool {
        Address::parse_international(&request.address).is_ok_and(|address| address.same_mailbox(&self.address))
    }

    fn is_dual(&self) -> bool {
        self.dual || self.key.sign != self.key.encrypt
    }

    fn make(&self) -> Result<Vec<Signer>> {
        let kinds = match self.is_dual() {
            true => vec![(Role::Sign, self.key.sign), (Role::Encrypt, self.key.encrypt)],
            false => vec![(Role::Both, self.key.sign)],
        };
        if let Some((_, kind)) = kinds.iter().find(|(_, kind)| !kind.signs()) {
            let why =
                format!("a key of the kind {kind} cannot sign its request, by which an authority knows whose it is");
            return Err(Failure::usage(why).hint("ask for ed25519+p256, or ml-dsa-65+p256, instead"));
        }
        let mut signers = Vec::new();
        for (role, kind) in kinds {
            let (key, pkcs8) = SoftKey::generate(kind, &mut SystemRandom).map_err(Failure::other)?;
            signers.push(Signer { role, key, pkcs8: Secret::from(pkcs8) });
        }
        Ok(signers)
    }

    fn csr(&self, role: Role, key: &dyn PrivateKey) -> Result<Csr> {
        let usage = ::ca::key_usage(&key.public().kind(), profile(role)).map_err(Failure::usage)?;
        let der = ::ca::csr(key, &self.address, Some(usage), &mut SystemRandom).map_err(Failure::usage)?;
        Ok(Csr { role, kind: key.public().kind().to_string(), der })
    }

    fn keep(
        &self,
        directory: &Directory,
        keys: Vec<(Role, Secret)>,
        renews: Option<IdentityId>,
        global: &Global,
    ) -> Result<RequestInfo> {
        let new = NewRequest { address: self.address.clone(), display: self.name.clone(), renews, keys };
        let id = directory.keep_request(&new, global.now())?;
        let kept = directory.requests()?.into_iter().find(|request| request.id == id);
        kept.ok_or_else(|| Failure::other("the request was removed meanwhile"))
    }

    /// Begins the output before a key is kept: one whose request cannot be written would wait for ever.
    fn begin(&self, global: &Global, count: usize) -> Result<Option<Output>> {
        if let Some(folder) = &self.out_dir {
            std::fs::create_dir_all(folder)?;
            for role in [Role::Both, Role::Sign, Role::Encrypt] {
                let path = file_of(folder, &self.address, end(role));
                if path.exists() {
                    let why = format!("{} exists", path.display());
                    return Err(Failure::new(Exit::OutputExists, why).hint("name another folder with --out-dir"));
                }
            }
            return Ok(None);
        }
        match self.form {
            Form::Der if count > 1 => Err(Failure::usage("two requests do not fit into one file of DER")
                .hint("name a folder with --out-dir, or leave --form der out")),
            Form::Der if global.json => Err(Failure::usage("a JSON report has the requests as PEM")),
            Form::Der => Output::open(global, Kind::Binary).map(Some),
            Form::Pem => Output::open(global, Kind::Text).map(Some),
        }
    }

    /// Writes what was asked for keys that wait here.
    fn write_kept(&self, global: &Global, info: &RequestInfo, csrs: &[Csr], begun: Option<Output>) -> Result {
        self.write(global, select::request_json(info), csrs, begun)?;
        let keys = if csrs.len() == 1 { "The key waits" } else { "Two keys wait" };
        global.say(format!("{keys} here as {}; `sealpost id import` takes the certificate that comes.", info.id));
        Ok(())
    }

    /// Writes the requests; in a report they stand beside what `told` says of them.
    fn write(&self, global: &Global, told: Value, csrs: &[Csr], begun: Option<Output>) -> Result {
        if let Some(folder) = &self.out_dir {
            for csr in csrs {
                let mut out = Output::file(&file_of(folder, &self.address, end(csr.role)), false)?;
                out.write_all(&csr.bytes(self.form))?;
                out.commit()?;
            }
        }
        let report = report::json(json!({ "request": json_of(told, csrs) }));
        match begun {
            Some(mut out) if global.json => {
                out.write_all(report.as_bytes())?;
                out.commit()?;
            }
            Some(mut out) => {
                csrs.iter().try_for_each(|csr| out.write_all(&csr.bytes(self.form)))?;
                out.commit()?;
            }
            None if global.json => output::text(global, &report)?,
            None => {}
        }
        Ok(())
    }
}

/// A request, ready to be sent.
struct Csr {
    role: Role,
    kind: String,
    der: Vec<u8>,
}

impl Csr {
    fn bytes(&self, form: Form) -> Vec<u8> {
        match form {
            Form::Der => self.der.clone(),
            Form::Pem => self.pem().into_bytes(),
        }
    }

    fn pem(&self) -> String {
        wire::pem::encode("CERTIFICATE REQUEST", &self.der)
    }
}

/// The end of a file's name.
fn end(role: Role) -> &'static str {
    match role {
        Role::Both => ".csr",
        Role::Sign => ".sign.csr",
        Role::Encrypt => ".encrypt.csr",
    }
}

/// A request that was just made, in a report. The names are a contract.
fn json_of(mut value: Value, csrs: &[Csr]) -> Value {
    let one = |csr: &Csr| json!({ "role": csr.role.name(), "key": csr.kind, "pem": csr.pem() });
    value["csrs"] = csrs.iter().map(one).collect();
    value
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|e| e.to_string())
}

const HELP: &str = "\
With a token:
  sealpost id request alice@example.org --token 'pkcs11:token=Alice;id=%01' -o alice.csr
  sealpost id import --token 'pkcs11:token=Alice;id=%01' alice.pem

Examples:
  sealpost id request carol@example.org -o carol.csr
  sealpost id request dave@example.org --dual --out-dir requests
  sealpost id request dave@example.org --again --out-dir requests-again
  sealpost id request alice@example.org --acme https://ca.example/acme/directory --mailbox maildir:Maildir --server smtps://mail.example.org

Exit status:
  0 done, or nothing to do yet; 1 no request for the address waits, or server, mail or token did not do it, 2 usage,
  59 an output file exists, 61 a file is not there, 67 the store is locked, or the token does not take the PIN";
