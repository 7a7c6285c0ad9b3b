//! The options of `sealpost cert check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use trust::Address;
use wire::Oid;

use crate::common::fetching::Fetching;

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
    pub trust: Vec<PathBuf>,

    /// A file of certificates that may stand between it and an anchor
    #[arg(long, value_name = "FILE")]
    pub chain: Vec<PathBuf>,

    /// A file of CRLs; with one, each certificate's revocation has to be settled
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,

    /// A file with an OCSP answer
    #[arg(long, value_name = "FILE")]
    pub ocsp: Vec<PathBuf>,

    /// What it is wanted for
    #[arg(long, value_enum, default_value_t = For::Mail)]
    pub purpose: For,

    /// An address that it must name
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub address: Option<Address>,

    /// A certificate policy that will do; any, if none is named
    #[arg(long, value_name = "OID")]
    pub policy: Vec<Oid>,

    /// One of the policies must hold for the whole path
    #[arg(long)]
    pub explicit_policy: bool,

    /// anyPolicy in a certificate says nothing
    #[arg(long)]
    pub inhibit_any_policy: bool,

    /// No authority says that a policy of another is as good as its own
    #[arg(long)]
    pub inhibit_policy_mapping: bool,

    /// Which rules the certificates keep: RFC 5280, or also those of the CA/Browser Forum for mail
    #[arg(long, value_enum, default_value_t = Rules::Pkix)]
    pub profile: Rules,

    /// Do not ask whether it is revoked
    #[arg(long, conflicts_with_all = ["crl", "ocsp"])]
    pub no_revocation: bool,

    #[command(flatten)]
    pub fetching: Fetching,

    /// Leave out the system's anchors that `cert trust --system` took
    #[arg(long)]
    pub no_system_trust: bool,

    /// A file whose first certificate is judged, or what names one of the store
    pub certificate: PathBuf,
}

/// What a certificate is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum For {
    /// Signing mail or encrypting it
    Mail,
    /// Nothing in particular
    Any,
}

/// Which rules certificates keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rules {
    Pkix,
    SmimeBr,
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
