//! `sealpost policy show`.

use clap::Args;
use serde_json::{Value, json};
use trust::{Policy, Row, Use};

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::output;
use crate::common::policy;
use crate::common::report;

/// Show which algorithm is accepted for which use, since and until when, and by which source
///
/// The first row that speaks of a use and an algorithm decides; what no row speaks of is refused.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Show {
    /// Only the rows of this use: sign, verify, encrypt, decrypt or certify
    #[arg(long = "use", value_name = "USE")]
    use_: Option<Use>,

    /// A table that is built in, instead of the one in force: standard or cnsa-2.0
    #[arg(long, value_name = "NAME", value_parser = named)]
    named: Option<Policy>,

    /// As TOML, in the form that a policy file has
    #[arg(long, conflicts_with = "json")]
    toml: bool,
}

impl Show {
    /// Prints the table.
    pub fn run(self, global: &Global) -> Result {
        let standard = match &self.named {
            Some(policy) => policy.clone(),
            None => policy::load(global)?,
        };
        let rows: Vec<Row> =
            standard.rows().iter().filter(|r| self.use_.is_none_or(|u| u == r.use_)).cloned().collect();
        let shown = Policy::new(rows).with_writing(standard.writing());
        let shown = shown.with_clearances(standard.clearances().iter().filter(|_| self.use_.is_none()).cloned());
        let text = if global.json {
            report::json(json!({
                "profile": shown.writing().word(),
                "rows": shown.rows().iter().map(row_json).collect::<Vec<_>>(),
                "clearances": shown.clearances().iter().map(ToString::to_string).collect::<Vec<_>>(),
            }))
        } else if self.toml {
            shown.to_toml()
        } else {
            shown.to_string()
        };
        output::text(global, &text)
    }
}

fn named(name: &str) -> std::result::Result<Policy, String> {
    Policy::named(name).ok_or_else(|| "standard or cnsa-2.0".to_owned())
}

fn row_json(row: &Row) -> Value {
    json!({
        "use": row.use_.word(),
        "algorithm": row.algorithm,
        "min_bits": row.min_bits,
        "max_bits": row.max_bits,
        "standing": row.standing.word(),
        "from": row.from.map(|t| t.to_string()),
        "until": row.until.map(|t| t.to_string()),
        "source": row.source,
    })
}

const HELP: &str = "\
Examples:
  sealpost policy show
  sealpost policy show --use encrypt
  sealpost policy show --json
  sealpost policy show --named cnsa-2.0 --toml -o policy.toml

What one is cleared for of what security labels (RFC 2634) mark stands in policy.toml too; without it they stop nothing:
  [[clearance]]
  label-policy = \"1.2.3.4\"
  highest = \"confidential\"       # or levels = [\"unclassified\", \"11\"]; all, if left out
  categories = [\"1.2.3.4.1\"]     # or [\"any\"]; none, if left out
  translated-by = [\"guard@example.org\"]

Exit status:
  0 done, 2 usage";
