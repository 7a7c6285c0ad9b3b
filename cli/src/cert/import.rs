//! `sealpost cert import`.

use std::path::PathBuf;

use clap::Args;
use directory::Origin;
use serde_json::json;

use super::select;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{input, material, output, report, store};

/// Take certificates from a file: PEM, DER, or certs-only (.p7c)
///
/// They are candidates: none is trusted by this. `sealpost cert trust` does that.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// The file
    file: Option<PathBuf>,
}

impl Import {
    /// Adds what the file has.
    pub fn run(self, global: &Global) -> Result {
        let path = self.file.unwrap_or_else(|| "-".into());
        let name = path.display().to_string();
        let bytes = input::small(&path)?;
        let no_password = || Err(Failure::usage(format!("{name} has private keys; `sealpost id import` takes them")));
        let found = material::certificates(&name, &bytes, &no_password)?;
        let directory = store::open(global)?;
        let imported = directory.import_certificates(&found, Origin::File, global.now())?;
        let mut infos = Vec::new();
        for (done, certificate) in imported.iter().zip(&found) {
            let what = if done.new { "new" } else { "known" };
            global.say(format!("{what}: {} {}", certificate::print(certificate), certificate::whose(certificate)));
            let mut info = select::json(&directory.certificate(&done.fingerprint)?);
            info["new"] = json!(done.new);
            infos.push(info);
        }
        if global.json {
            return output::text(global, &report::json(json!({ "certificates": infos })));
        }
        Ok(())
    }
}

const HELP: &str = "\
Examples:
  sealpost cert import carol.crt
  sealpost cert import carol.crt --json

Exit status:
  0 done, 2 usage, 41 no certificate in the file, 61 the file is not there";
