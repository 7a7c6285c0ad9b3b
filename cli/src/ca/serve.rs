//! `sealpost ca serve`.

use ::ca::{HttpAnswer, Publisher};
use clap::Args;
use crypto::SystemRandom;
use directory::{JournalFile, ListenLimits, Listener};

use super::shared::{Opened, ready};
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{certificate, clock, store};

/// Answer CRL, OCSP, the authority's certificate and the HTTP certificate store (RFC 4387)
///
/// Below the URL of `ca init`: /ca.crl, /ocsp, /ca.cer, and /search.cgi?uri=ADDRESS, which is what `cert find` asks; of the root
/// above, if there is one, /root.crl and /root.cer. It runs until it is ended.
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
        let Opened { stored, mut journal, root } = opened;
        let root = match root {
            Some(root) => Some((JournalFile::open(&store::folder(global)?, &root.certificate)?, root)),
            None => None,
        };
        let mut publisher = Publisher::new(service, ready(&stored)?);
        if let Some((file, root)) = &root {
            publisher.set_root(root.certificate.clone(), file.kept_crl()?);
        }
        let listener = Listener::bind(&self.listen, ListenLimits::default())?;
        global.say(format!("listening at http://{}", listener.address()?));
        if let Some((file, root)) = &root {
            warn(global, &root.name, file.kept_crl()?.as_deref());
        }
        let mut broken = None;
        listener.serve(|request| {
            let mut fresh = journal.refresh();
            if let (Some((file, root)), true) = (&root, publisher.asks_for_root_crl(request)) {
                // Another process may have signed a newer one.
                let list = fresh.and_then(|()| file.kept_crl());
                fresh = list.map(|list| publisher.set_root(root.certificate.clone(), list));
            }
            if let Err(error) = fresh {
                broken = Some(error);
                return None;
            }
            let now = global.at.unwrap_or_else(clock::now);
            if publisher.needs_crl(request, journal.journal(), now) {
                let signed =
                    journal.sign_crl(&mut |journal, last| publisher.sign_crl(journal, last, now, &mut SystemRandom));
                if let Err(error) = signed {
                    global.say(format!("warning: the list that was signed cannot be kept: {error}"));
                }
            }
            let answer = publisher.answer(request, journal.journal(), now, &mut SystemRandom);
            Some(answer.unwrap_or_else(|_| HttpAnswer::text(500, "the authority cannot sign")))
        });
        broken.map_or_else(|| Err(Failure::other("the listener ended")), |error| Err(error.into()))
    }
}

/// A root's list ends unnoticed, for nothing here signs it: who serves it is told a month before.
fn warn(global: &Global, root: &str, list: Option<&[u8]>) {
    const MONTH: i64 = 30 * 86_400;
    let end = list.and_then(|der| wire::Crl::from_der(der).ok()).and_then(|crl| crl.next_update());
    if end.is_none_or(|end| end.0 - global.now().0 < MONTH) {
        let until = end.map_or_else(|| "is not here".to_owned(), |end| format!("ends on {}", certificate::day(end)));
        global.say(format!("note: the list of {root:?} {until}; sign it with `sealpost ca crl --issuer {root:?}`"));
    }
}

const HELP: &str = "\
Examples:
  sealpost ca serve --issuer \"Example CA\" --listen 127.0.0.1:0

Exit status:
  1 it cannot listen there, or the journal was changed, 2 usage, 67 the store is locked";
