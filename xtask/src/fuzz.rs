//! `cargo xtask fuzz`: builds and runs the fuzz targets with the stable compiler and libFuzzer.
//!
//! No address sanitizer: unsafe code is forbidden, so what a target looks for is a panic, a time-out
//! or too much memory. The coverage that libFuzzer needs is a pass of LLVM which the compiler only
//! takes with `RUSTC_BOOTSTRAP`; that is set for this build alone.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs the targets named, or all. Says whether none found anything.
pub fn run(root: &Path, args: impl Iterator<Item = OsString>) -> io::Result<bool> {
    let folder = root.join("fuzz");
    let plan = Plan::read(args, &targets(&folder)?).map_err(io::Error::other)?;
    let binaries = build(&folder)?;
    // Without openssl the script says so, and the targets start from nothing.
    if !Command::new(folder.join("seeds")).status()?.success() {
        return Err(io::Error::other("fuzz/seeds failed"));
    }
    let jobs = plan.targets.len().min(JOBS);
    println!("fuzz: {} targets, {} s each, {jobs} at a time", plan.targets.len(), plan.seconds);
    let mut clean = true;
    let mut waiting = plan.targets.iter();
    let mut running: Vec<Run> = Vec::new();
    loop {
        while running.len() < jobs {
            match waiting.next() {
                Some(target) => running.push(Run::start(&folder, &binaries, target, plan.seconds)?),
                None => break,
            }
        }
        if running.is_empty() {
            return Ok(clean);
        }
        clean &= running.remove(0).finish()?;
    }
}

struct Plan {
    targets: Vec<String>,
    seconds: u64,
}

impl Plan {
    fn read(args: impl Iterator<Item = OsString>, known: &[String]) -> Result<Self, String> {
        let mut args = args.map(|a| a.to_string_lossy().into_owned());
        let mut targets = Vec::new();
        let mut seconds = None;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--smoke" => seconds = Some(SMOKE / known.len().max(1) as u64 * JOBS as u64),
                "--seconds" => {
                    let value = args.next().and_then(|v| v.parse().ok());
                    seconds = Some(value.ok_or("--seconds wants a whole number")?);
                }
                name if known.iter().any(|k| k == name) => targets.push(arg),
                other => return Err(format!("no fuzz target {other}; there are: {}", known.join(" "))),
            }
        }
        if targets.is_empty() {
            targets = known.to_vec();
        }
        Ok(Self { targets, seconds: seconds.unwrap_or(LONG) })
    }
}

struct Run {
    target: String,
    child: Child,
    log: File,
}

impl Run {
    fn start(folder: &Path, binaries: &Path, target: &str, seconds: u64) -> io::Result<Self> {
        let corpus = folder.join("corpus").join(target);
        let artifacts = folder.join("artifacts").join(target);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let log_path = folder.join("artifacts").join(format!("{target}.log"));
        let log = File::options().read(true).write(true).create(true).truncate(true).open(log_path)?;
        let mut command = Command::new(binaries.join(target));
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LEN}"))
            .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(&corpus);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.try_clone()?).spawn()?;
        Ok(Self { target: target.to_owned(), child, log })
    }

    /// Waits, prints one line, and on a finding the end of the log with the artefact's path.
    fn finish(mut self) -> io::Result<bool> {
        let clean = self.child.wait()?.success();
        let mut bytes = Vec::new();
        self.log.seek(SeekFrom::Start(0))?;
        self.log.read_to_end(&mut bytes)?;
        let log = String::from_utf8_lossy(&bytes);
        let runs = stat(&log, "stat::number_of_executed_units:");
        let rss = stat(&log, "stat::peak_rss_mb:");
        let word = if clean { "clean" } else { "FOUND" };
        println!("fuzz: {:<8} {word}  {runs} runs, {rss} MiB", self.target);
        if !clean {
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(TAIL)..] {
                println!("  {line}");
            }
        }
        Ok(clean)
    }
}

fn stat<'a>(log: &'a str, name: &str) -> &'a str {
    log.lines().find_map(|l| l.strip_prefix(name)).map_or("?", str::trim)
}

/// The names of `fuzz/targets/*.rs`.
fn targets(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("targets"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Builds every target and returns the folder of the binaries.
fn build(folder: &Path) -> io::Result<PathBuf> {
    let host = host()?;
    let target_dir = folder.join("target");
    // A named --target keeps the flags away from build scripts and procedural macros.
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--bins", "--target", &host, "--target-dir"])
        .arg(&target_dir)
        .current_dir(folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS.join(" "))
        .status()?;
    if !status.success() {
        return Err(io::Error::other("the fuzz targets do not build"));
    }
    Ok(target_dir.join(host).join("release"))
}

fn host() -> io::Result<String> {
    let out = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines()
        .find_map(|l| l.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other("rustc -vV names no host"))
}

/// What cargo-fuzz passes, without a sanitizer.
const FLAGS: [&str; 8] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Ccodegen-units=1",
];
/// Targets at a time.
const JOBS: usize = 2;
/// Seconds of wall time that the smoke shares among all targets.
const SMOKE: u64 = 300;
/// Seconds for each target otherwise.
const LONG: u64 = 600;
/// Bytes of the largest input.
const MAX_LEN: usize = 65_536;
/// Lines of the log that are shown for a finding.
const TAIL: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(args: &[&str]) -> Result<Plan, String> {
        let known = ["ber", "cms", "mime"].map(str::to_owned);
        Plan::read(args.iter().map(OsString::from), &known)
    }

    #[test]
    fn the_smoke_fits_in_its_time() {
        let plan = plan(&["--smoke"]).unwrap();
        assert_eq!((plan.targets.len(), plan.seconds), (3, 200));
    }

    #[test]
    fn targets_and_seconds_are_read() {
        let plan = plan(&["--seconds", "7", "cms"]).unwrap();
        assert_eq!((plan.targets, plan.seconds), (vec!["cms".to_owned()], 7));
    }

    #[test]
    fn an_unknown_target_is_refused() {
        assert!(plan(&["pdf"]).is_err_and(|e| e.contains("ber cms mime")));
        assert!(plan(&["--seconds", "soon"]).is_err());
    }
}
