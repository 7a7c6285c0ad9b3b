//! `sealpost ca serve`.

use ::ca::HttpAnswer;
use clap::Args;
use crypto::SystemRandom;
use directory::{ListenLimits, Listener};

use super::shared::{Opened, ready};
use crate::common::clock;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;

/// Answer CRL, OCSP, the authority's certificate and the HTTP certificate store (RFC 4387)
///
/// Below the URL of `ca init`: /ca.crl, /ocsp, /ca.cer, and /certificates?email=ADDRESS. It runs until it is ended.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Serve {
    /// The address to listen at; with port 0 a free one is taken and told
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8560")]
    listen: String,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl Serve {
    /// Listens and answers.
    pub fn run(self, global: &Global) -> Result {
        let opened = Opened::open(global, self.issuer.as_deref())?;
        let service = opened.service("localhost")?;
        let Opened { stored, mut journal } = opened;
        let authority = ready(&stored)?;
        let listener = Listener::bind(&self.listen, ListenLimits::default())?;
        global.say(format!("listening at http://{}", listener.address()?));
        let mut broken = None;
        listener.serve(|request| {
            if let Err(error) = journal.refresh() {
                broken = Some(error);
                return None;
            }
            let now = global.at.unwrap_or_else(clock::now);
            let answer = ::ca::answer(&service, request, &authority, journal.journal(), now, &mut SystemRandom);
            Some(answer.unwrap_or_else(|_| HttpAnswer::text(500, "the authority cannot sign")))
        });
        broken.map_or_else(|| Err(Failure::other("the listener ended")), |error| Err(error.into()))
    }
}

const HELP: &str = "\
Examples:
  sealpost ca serve --issuer \"Example CA\" --listen 127.0.0.1:0

Exit status:
  1 it cannot listen there, or the journal was changed, 2 usage, 67 the store is locked";
