//! `sealpost-gpgsm` beside gpgsm: the same lines about the same signatures, both ways.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::help::bare_pair;
use crate::support::{Run, Sandbox, has, run};

const BASE: [&str; 7] =
    ["--batch", "--yes", "--no-tty", "--disable-crl-checks", "--disable-policy-checks", "--pinentry-mode", "loopback"];

fn gpgsm(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = Command::new("gpgsm");
    command.args(BASE).args(arguments).current_dir(sandbox.path("")).env("GNUPGHOME", sandbox.path("gnupg"));
    run(command, input)
}

fn ours(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Run {
    let like = sandbox.command(&[""; 0]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost-gpgsm"));
    command.args(arguments).current_dir(sandbox.path("")).env_clear();
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(command, input)
}

/// The status lines that say something of signatures.
fn lines(run: &Run) -> Vec<String> {
    let all = String::from_utf8_lossy(&run.out).into_owned() + &run.err;
    let lines = all.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
    let others = ["PROGRESS", "FAILURE", "ERROR", "INQUIRE_MAXLEN", "KEY_CONSIDERED"];
    lines.filter(|line| !others.iter().any(|o| line.starts_with(o))).map(str::to_owned).collect()
}

fn keywords(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split(' ').next()).collect()
}

/// Alice with an RSA key, which gpgsm has as well and believes.
fn scene() -> Sandbox {
    let sandbox = Sandbox::new();
    // gpgsm signs with the digest that the certificate is signed with.
    sandbox.ok(&["ca", "init", "--name", "Example CA", "--key", "p256", "--no-passphrase"]);
    let new =
        ["id", "new", "alice@example.org", "--name", "Alice Example", "--key", "rsa-2048", "--issuer", "Example CA"];
    sandbox.ok(&[&new[..], &["--no-passphrase"]].concat());
    sandbox.write("pw", "battery staple");
    bare_pair(&sandbox, "alice", "alice@example.org", 0, "pw");
    let trusted = sandbox.json(&["cert", "list", "--trusted"]);
    let root = trusted["certificates"].as_array().unwrap().iter().find(|c| c["subject"] == "CN=Example CA").unwrap();
    sandbox.ok(&["cert", "show", root["fingerprint"].as_str().unwrap(), "--pem", "-o", "ca.crt"]);
    fs::create_dir(sandbox.path("gnupg")).unwrap();
    fs::set_permissions(sandbox.path("gnupg"), fs::Permissions::from_mode(0o700)).unwrap();
    sandbox.write("gnupg/gpg-agent.conf", "allow-loopback-pinentry\n");
    let der = &wire::pem::parse(&sandbox.read("ca.crt")).unwrap()[0].contents;
    let print = wire::hex(&crypto::digest(crypto::Digest::Sha1, der)).to_uppercase();
    let pairs: Vec<String> = print.as_bytes().chunks(2).map(|p| String::from_utf8_lossy(p).into_owned()).collect();
    sandbox.write("gnupg/trustlist.txt", format!("{} S relax\n", pairs.join(":")));
    gpgsm(&sandbox, &["--import", "ca.crt"], b"").expect(0);
    // Some PKCS#12 files are refused by gpgsm 2.2; the same key under a fresh salt is another file.
    let imported = (0..8).any(|_| {
        let line = "pkcs12 -export -in alice.crt -inkey alice.key -certfile ca.crt -out alice.p12 -passout pass:x \
                    -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1";
        let mut command = Command::new("openssl");
        command.args(line.split_whitespace()).current_dir(sandbox.path(""));
        run(command, b"").expect(0);
        gpgsm(&sandbox, &["--passphrase-fd", "0", "--import", "alice.p12"], b"x\n").code == 0
    });
    assert!(imported, "gpgsm imports no key");
    sandbox.write("text", "Forty-two.\n");
    sandbox
}

#[test]
fn the_same_lines_about_the_same_signatures() {
    if !has("gpgsm") || !has("gpg-agent") || !has("openssl") {
        return;
    }
    let sandbox = scene();
    let text = sandbox.read("text");
    // As git calls it: what is made by each says the same of itself.
    let sign = ["--status-fd=2", "-bsau", "alice@example.org"];
    let theirs =
        gpgsm(&sandbox, &["--passphrase-fd", "0", "--output", "theirs.pem", sign[0], sign[1], sign[2], "text"], b"x\n")
            .expect(0);
    let made = ours(&sandbox, &sign, &text).expect(0);
    sandbox.write("ours.pem", &made.out);
    let fields = |run: &Run| -> Vec<String> {
        let line = lines(run).into_iter().find(|l| l.starts_with("SIG_CREATED")).unwrap();
        line.split(' ').map(str::to_owned).collect()
    };
    let (there, here) = (fields(&theirs), fields(&made));
    assert_eq!((&there[..5], &there[6]), (&here[..5], &here[6]));
    assert_eq!((there[5].len(), here.len()), (here[5].len(), there.len()));
    let first = |name: &str| String::from_utf8(sandbox.read(name)).unwrap().lines().next().unwrap().to_owned();
    assert_eq!((first("ours.pem"), first("theirs.pem")), ("-----BEGIN SIGNED MESSAGE-----".into(), first("ours.pem")));

    // Each verifies both, and tells the same.
    for name in ["ours.pem", "theirs.pem"] {
        let verify = ["--status-fd=1", "--verify", name, "-"];
        let (there, here) = (gpgsm(&sandbox, &verify, &text), ours(&sandbox, &verify, &text));
        assert_eq!((there.code, here.code), (0, 0), "{}\n{}", there.err, here.err);
        assert_eq!(lines(&there), lines(&here), "{name}");
        assert_eq!(keywords(&lines(&here)), ["NEWSIG", "GOODSIG", "VALIDSIG", "TRUST_FULLY"]);
        let (there, here) = (gpgsm(&sandbox, &verify, b"Forty-three.\n"), ours(&sandbox, &verify, b"Forty-three.\n"));
        assert!(there.code != 0 && here.code == 1);
        assert_eq!(lines(&there), lines(&here), "{name}");
        assert_eq!(keywords(&lines(&here)), ["NEWSIG", "BADSIG"]);
    }
    // Whom neither believes.
    sandbox.write("gnupg/trustlist.txt", "");
    let mut command = Command::new("gpgconf");
    command.args(["--kill", "gpg-agent"]).env("GNUPGHOME", sandbox.path("gnupg"));
    run(command, b"").expect(0);
    fs::rename(sandbox.path("store"), sandbox.path("away")).unwrap();
    let verify = ["--status-fd=1", "--verify", "theirs.pem", "text"];
    let (there, here) = (gpgsm(&sandbox, &verify, b""), ours(&sandbox, &verify, b""));
    assert!(there.code != 0 && here.code == 2);
    let (there, here) = (lines(&there), lines(&here));
    assert_eq!(there[..3], here[..3]);
    assert!(there[3].starts_with("TRUST_") && here[3].starts_with("TRUST_UNDEFINED"), "{there:?} {here:?}");
    assert_eq!(here.len(), 4);
}

/// Status lines on any descriptor, DER, the wrong options, and what is no signature.
#[test]
fn the_program_by_itself() {
    let sandbox = Sandbox::with_people();
    sandbox.write("text", "Forty-two.\n");
    ours(&sandbox, &["-b", "-u", "alice@example.org", "text", "-o", "text.p7s"], b"").expect(0);
    assert_eq!(sandbox.read("text.p7s")[0], 0x30);
    let told = ours(&sandbox, &["--verify", "text.p7s", "text"], b"").expect(0);
    assert!(told.out.is_empty() && told.err.contains("Good signature"), "{}", told.err);
    sandbox.ok(&["cms", "verify", "--no-chain", "--content", "text", "text.p7s"]);
    // The other name of the same program, as a link.
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sealpost"), sandbox.path("sealpost-gpgsm")).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "./sealpost-gpgsm --status-fd 7 --verify text.p7s text 7>status"])
        .current_dir(sandbox.path(""));
    command.env("SEALPOST_STORE", sandbox.path("store"));
    run(command, b"").expect(0);
    assert!(String::from_utf8(sandbox.read("status")).unwrap().contains("[GNUPG:] TRUST_FULLY 0 shell\n"));
    for wrong in [
        &["text"][..],
        &["--verify", "-", "-"],
        &["--sign", "text"],
        &["--verify", "a", "b", "c"],
        &["-b", "text", "text.p7s"],
        &["--status-fd", "77", "--verify", "text.p7s", "text"],
        &["--verify", "missing", "text"],
        &["--verify", "text.p7s", "missing"],
        &["-b", "--verify", "text.p7s"],
    ] {
        ours(&sandbox, wrong, b"").expect(2);
    }
    // What to do next is told in words of this program.
    ours(&sandbox, &["-b", "-u", "alice@example.org", "text", "-o", "alone.p7s"], b"").expect(0);
    let told = ours(&sandbox, &["--verify", "alone.p7s"], b"").expect(2);
    assert!(
        told.err.contains("sealpost-gpgsm --verify SIGNATURE FILE") && !told.err.contains("--content"),
        "{}",
        told.err
    );
    // Two people, and nobody named.
    let told = ours(&sandbox, &["-b", "text"], b"").expect(2);
    assert!(told.err.contains("there are several keys that sign"), "{}", told.err);
    // Whatever is cut off or bent is no good signature.
    let whole = sandbox.read("text.p7s");
    for end in (0..whole.len()).step_by(97) {
        let told = ours(&sandbox, &["--status-fd=1", "--verify", "-", "text"], &whole[..end]);
        assert!(told.code != 0 && !told.text().contains("GOODSIG"), "{end}");
    }
}
