//! `sealpost-gpgsm --detach-sign`.

use std::io::Write;
use std::path::Path;

use ::cms::{SignOptions, Signer, default_signature_algorithm};
use crypto::SystemRandom;
use smime::stateless::{self, OutputForm};
use trust::Use;

use super::select;
use super::status::{Status, fingerprint, moment, numbers_of};
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{Kind, Output};
use crate::common::{policy, store};
use crate::open::failure;

/// Signs a file, or standard input.
pub fn run(file: Option<&Path>, user: Option<&str>, armor: bool, global: &Global, status: &mut Status) -> Result {
    let directory = store::open(global)?;
    let policy = policy::load(global)?;
    let input = Input::open(file)?;
    let chosen = select::one(&directory, user, &policy, global.now())?;
    let algorithm = default_signature_algorithm(chosen.key.key.public());
    let judgement = policy.judge_signature(Use::Sign, &algorithm, &chosen.key.key.public().kind(), global.now());
    if !judgement.is_accepted() {
        return Err(Failure::new(Exit::CannotSign, judgement.to_string()));
    }
    let (_, digest) = numbers_of(&algorithm).split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unzip();
    status.line("BEGIN_SIGNING", &format!("H{}", digest.unwrap_or_default()))?;
    // No root travels with a signature: whoever believes it has it (RFC 8551 section 2.3, A-05).
    let chain = chosen.chain.iter().filter(|c| c.subject() != c.issuer()).cloned().collect();
    let options = SignOptions { chain, ..SignOptions::at(global.now()) };
    let signer = Signer { certificate: chosen.certificate.clone(), key: &*chosen.key.key, algorithm };
    let mut signature = Vec::new();
    let form = OutputForm::Der;
    stateless::sign(&input, vec![signer], options, true, form, &mut signature, &mut SystemRandom)
        .map_err(|error| failure::writing(error, Exit::CannotSign))?;
    let mut out = Output::open(global, if armor { Kind::Text } else { Kind::Binary })?;
    if armor {
        // The label by which git knows a signature of this kind.
        out.write_all(wire::pem::encode("SIGNED MESSAGE", &signature).as_bytes())?;
    } else {
        out.write_all(&signature)?;
    }
    out.commit()?;
    let numbers = numbers_of(&algorithm);
    let when = moment(&global.now().to_string());
    status.line("SIG_CREATED", &format!("D {numbers} 00 {when} {}", fingerprint(&chosen.certificate)))
}
