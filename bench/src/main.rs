//! Rates of CMS operations on one small mail, in one process and one thread: the counterpart of
//! `peer/libcrypto.c`, with the same options and the same line of JSON at the end.
//!
//! Keys, certificates and anchors are read before the clock starts; each operation starts from the message in
//! memory and ends with its result in memory, read back to its last octet. Nothing is remembered between rounds.

mod contacts;
mod floor;
mod work;

use std::collections::HashMap;
use std::process::ExitCode;

use serde_json::json;

use crate::work::{Bench, Result, measure, measure_wall};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut options = HashMap::new();
    let mut operation = String::new();
    while let Some(name) = args.next() {
        if name.starts_with('-') {
            options.insert(name, args.next().ok_or("an option without its value")?);
        } else {
            operation = name;
        }
    }
    let seconds: f64 = options.get("-s").map_or(Ok(1.0), |s| s.parse())?;
    if let Some(what) = options.get("--file-floor") {
        let out = options.get("-o").ok_or("no output")?;
        println!("{}", floor::report(what, &floor::file(what, options.get("-m").ok_or("no mail")?, out)?));
        return Ok(());
    }
    if operation == "contacts" {
        let anchor = options.get("-a").ok_or("no file for the anchor")?;
        return contacts::write(options.get("-n").ok_or("no count")?.parse()?, anchor);
    }
    let bench = Bench::new(&options)?;
    if let Some(what) = options.get("--floor") {
        println!("{}", floor::report(what, &floor::small(&bench, what, seconds)?));
        return Ok(());
    }
    let (rounds, used) = match operation.as_str() {
        "sign" => measure(seconds, || bench.sign())?,
        "encrypt" if options.contains_key("-j") => measure_wall(seconds, || bench.encrypt())?,
        "encrypt" => measure(seconds, || bench.encrypt())?,
        "verify" => {
            let message = bench.sign()?;
            measure(seconds, || bench.verify(&message))?
        }
        "decrypt" => {
            let message = bench.encrypt()?;
            measure(seconds, || bench.decrypt(&message))?
        }
        "chain" => measure(seconds, || bench.prove_from_der())?,
        "chain-parsed" => measure(seconds, || bench.prove_parsed())?,
        "chain-crl" => measure(seconds, || bench.prove_unrevoked())?,
        _ => return Err("an unknown operation".into()),
    };
    let microseconds = used * 1e6 / rounds;
    println!("{}", json!({ "operation": operation, "rounds": rounds, "microseconds": microseconds }));
    Ok(())
}

const USAGE: &str = "bench sign|verify|encrypt|decrypt|chain|chain-parsed|chain-crl -m MAIL [-s SECONDS] [-c CERT] [-k KEY] [-i INTERMEDIATES] \
                     [-a ANCHORS] [-r RECIPIENTS] [-n COUNT] [-j JOBS] [-l CRLS]\n\
                     bench contacts -n COUNT -a ANCHOR: certificates of so many people as PEM\n\
                     bench --floor OPERATION …the same: what its primitives cost\n\
                     bench --file-floor 'encrypt|decrypt|sign detached|…' -m LARGE -o SCRATCH";
