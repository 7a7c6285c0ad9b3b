//! `sealpost cert trust`.

use std::path::Path;

use clap::Args;
use directory::{CertificateInfo, Directory, Mark, Origin};
use serde_json::json;

use super::select;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{input, material, output, prompt, report, store};

/// Trust certificates, after comparing their fingerprints
///
/// A person's certificate is then believed for its addresses; an authority's vouches for whatever it certifies. With
/// --system, the authorities count that the system carries with trust for mail, by the word of Mozilla, the distribution
/// or the administrator; `sealpost cert distrust` wins over them.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Trust {
    /// An address, the first 8 or more digits of a fingerprint, or a file of certificates, all of which are meant
    #[arg(required_unless_present = "system")]
    certificate: Option<String>,

    /// Do not ask: the fingerprints were compared
    #[arg(long)]
    yes: bool,

    /// The system's anchors for mail, in the place of those that were taken before
    #[arg(long, conflicts_with = "certificate")]
    system: bool,

    /// With --system: also the bundle whose authorities are trusted for servers, of which nobody says that it is for mail
    #[arg(long, requires = "system")]
    plain_bundle: bool,

    /// With --system: none of them any more
    #[arg(long, requires = "system", conflicts_with = "plain_bundle")]
    undo: bool,
}

impl Trust {
    /// Shows the fingerprints, asks, and trusts.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let Some(certificate) = &self.certificate else { return self.system(global, &directory) };
        let found = named(global, &directory, certificate)?;
        if !self.yes {
            confirm(&found)?;
        }
        select::mark(global, &directory, &found, Mark::Trusted, "trusted")
    }

    fn system(&self, global: &Global, directory: &Directory) -> Result {
        let found = match self.undo {
            true => directory::SystemAnchors::default(),
            false => directory::system_anchors(Path::new("/"), self.plain_bundle),
        };
        for (path, why) in &found.failures {
            global.say(format!("note: {} was not read: {why}", path.display()));
        }
        if found.anchors.is_empty() && !self.undo {
            let failure = Failure::other("this system says of no authority that it is trusted for mail");
            return Err(failure.hint("install p11-kit's trust files or NSS (libnss3), or name --plain-bundle as well"));
        }
        let change = directory.set_system_anchors(&found.anchors, global.now())?;
        for (path, count) in &found.sources {
            global.say(format!("{count} anchors: {}", path.display()));
        }
        global.say(format!(
            "{} anchors of the system, {} of them new, {} gone",
            found.anchors.len(),
            change.new,
            change.gone
        ));
        if change.distrusted > 0 {
            global.say(format!("{} of them count for nothing: you distrust them", change.distrusted));
        }
        if !global.json {
            return Ok(());
        }
        let source = |(path, count): &(std::path::PathBuf, usize)| json!({ "path": path, "anchors": count });
        let failure = |(path, why): &(std::path::PathBuf, String)| json!({ "path": path, "why": why });
        output::text(
            global,
            &report::json(json!({
                "anchors": found.anchors.len(),
                "new": change.new,
                "gone": change.gone,
                "distrusted": change.distrusted,
                "sources": found.sources.iter().map(source).collect::<Vec<_>>(),
                "failures": found.failures.iter().map(failure).collect::<Vec<_>>(),
            })),
        )
    }
}

/// The certificates that a selector fits; where none does and it is a file, those in the file, which are imported.
fn named(global: &Global, directory: &Directory, selector: &str) -> Result<Vec<CertificateInfo>> {
    let path = Path::new(selector);
    let known = select::some(directory, selector);
    if known.is_ok() || !path.is_file() {
        return known;
    }
    let bytes = input::small(path)?;
    let no_password = || Err(Failure::usage(format!("{selector} is encrypted; name a file of certificates alone")));
    let found = material::certificates(selector, &bytes, &no_password)?;
    let imported = directory.import_certificates(&found, Origin::File, global.now())?;
    imported.iter().map(|done| Ok(directory.certificate(&done.fingerprint)?)).collect()
}

fn confirm(found: &[CertificateInfo]) -> Result {
    let lines = found.iter().map(|info| {
        let authority = info.certificate.basic_constraints().is_some_and(|b| b.ca);
        let what = if authority { " (an authority: it vouches for others)" } else { "" };
        format!("{} {}{what}", certificate::print(&info.certificate), certificate::whose(&info.certificate))
    });
    let lines: Vec<String> = lines.collect();
    lines.iter().for_each(|line| crate::common::terminal::say(line));
    match prompt::confirm("Did you compare this with its owner, by another way than mail?") {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::other("nothing was trusted")),
        Err(_) => Err(Failure::usage("there is no terminal to ask on").hint("--yes trusts without asking")),
    }
}

const HELP: &str = "\
Examples:
  sealpost cert trust bob@example.net --yes
  sealpost cert trust roots.pem --yes
  sealpost cert trust --system --plain-bundle

Exit status:
  0 done, 1 there is no such certificate or you said no, or the system has no anchors, 2 usage, 41 no certificate in the
  file";
