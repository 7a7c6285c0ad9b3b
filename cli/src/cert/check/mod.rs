//! `sealpost cert check`.

mod advice;
mod evidence;
mod report;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use directory::{InDoubt, Inquiry, inquire};
use trust::{Address, PathProfile, Purpose, Request};
use wire::{Oid, oids};

use self::evidence::AtHand;
use crate::common::error::{Exit, Failure, Result};
use crate::common::fetching::Fetching;
use crate::common::global::Global;
use crate::common::{output, policy, store};

/// Judge one certificate, and say why
///
/// The path to an anchor is proven, and each certificate on it is asked for whether it was revoked, where need be by
/// fetching what it points to. Where nobody can tell, it is not believed (exit 3); one whose issuer never said where to
/// ask is, with a warning, unless CRLs were named. Nothing is trusted or imported by this.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Check {
    /// A file of anchors that count beside those of the store
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,

    /// A file of certificates that may stand between it and an anchor
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,

    /// A file of CRLs; with one, each certificate's revocation has to be settled
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// A file with an OCSP answer
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,

    /// What it is wanted for
    #[arg(long, value_enum, default_value_t = For::Mail)]
    purpose: For,

    /// An address that it must name
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    address: Option<Address>,

    /// A certificate policy that will do; any, if none is named
    #[arg(long, value_name = "OID")]
    policy: Vec<Oid>,

    /// One of the policies must hold for the whole path
    #[arg(long)]
    explicit_policy: bool,

    /// anyPolicy in a certificate says nothing
    #[arg(long)]
    inhibit_any_policy: bool,

    /// No authority says that a policy of another is as good as its own
    #[arg(long)]
    inhibit_policy_mapping: bool,

    /// Which rules the certificates keep: RFC 5280, or also those of the CA/Browser Forum for mail
    #[arg(long, value_enum, default_value_t = Rules::Pkix)]
    profile: Rules,

    /// Do not ask whether it is revoked
    #[arg(long, conflicts_with_all = ["crl", "ocsp"])]
    no_revocation: bool,

    #[command(flatten)]
    fetching: Fetching,

    /// Leave out the system's anchors that `cert trust --system` took
    #[arg(long)]
    no_system_trust: bool,

    /// A file whose first certificate is judged, or what names one of the store
    certificate: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum For {
    /// Signing mail or encrypting it
    Mail,
    /// Nothing in particular
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rules {
    Pkix,
    SmimeBr,
}

impl Check {
    /// Judges.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open_if_there(global)?;
        let policy = policy::load(global)?;
        let mut at_hand = AtHand::read(&self, directory.as_ref())?;
        let gatherer = self.fetching.gatherer(global, &policy)?.insisting();
        let request = self.request();
        let mut inquiry = Inquiry {
            leaf: &at_hand.leaf,
            request: &request,
            pool: std::mem::take(&mut at_hand.pool),
            anchors: &at_hand.anchors,
            distrusted: &at_hand.distrusted,
            evidence: std::mem::take(&mut at_hand.evidence),
            policy: &policy,
            now: global.now(),
            how: policy.revocation().check,
            doubt: self.doubt(),
        };
        let answer = inquire(&mut inquiry, directory.as_ref(), &gatherer);
        let notes = gatherer.notes();
        let report = report::Report::new(&self, &at_hand, &answer, &notes);
        let text = if global.json { report.json() } else { report.words(global.verbose) };
        output::text(global, &text)?;
        if answer.path.is_ok() { Ok(()) } else { Err(Failure::told(Exit::NoSignature)) }
    }

    fn request(&self) -> Request {
        let mut request = Request::new(if self.purpose == For::Mail { Purpose::Mail } else { Purpose::Any });
        request.profile = if self.profile == Rules::SmimeBr { PathProfile::SmimeBr } else { PathProfile::Pkix };
        request.address = self.address.clone();
        let any = self.policy.is_empty() || self.policy.contains(&oids::ANY_POLICY);
        request.policies = (!any).then(|| self.policy.clone());
        request.explicit_policy = self.explicit_policy;
        request.inhibit_any_policy = self.inhibit_any_policy;
        request.inhibit_policy_mapping = self.inhibit_policy_mapping;
        request
    }

    fn doubt(&self) -> Option<InDoubt> {
        match (self.no_revocation, self.crl.is_empty()) {
            (true, _) => None,
            (false, false) => Some(InDoubt::Refused),
            (false, true) => Some(InDoubt::RefusedIfItCouldBeAsked),
        }
    }
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|error| error.to_string())
}

const HELP: &str = "\
Examples:
  sealpost cert check alice.crt
  sealpost cert check --trust roots.pem --address alice@example.org --offline alice.crt
  sealpost cert check --no-revocation --json alice.crt

Exit status:
  0 it is to be believed, 1 another failure, 2 usage, 3 it is not to be believed: the report says why, 41 no certificate in
  a file, 61 a file is not there";
