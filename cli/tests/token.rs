//! Keys in tokens: SoftHSM2, filled by OpenSC's pkcs11-tool, from outside.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::mail::letter;
use crate::support::{Run, Sandbox, has, run};
use crate::terminal::read_until;

const PIN: &str = "4711-secret";

/// Alice's keys in a token, their certificates there or not.
struct Desk {
    sandbox: Sandbox,
    module: PathBuf,
}

fn module() -> Option<PathBuf> {
    let known = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    known.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Whether there is what these tests need.
fn has_token() -> bool {
    has("softhsm2-util") && has("pkcs11-tool") && has("openssl")
}

impl Desk {
    fn new() -> Desk {
        let sandbox = Sandbox::new();
        std::fs::create_dir(sandbox.path("tokens")).unwrap();
        let tokens = sandbox.path("tokens");
        sandbox.write("softhsm2.conf", format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()));
        sandbox.write("pin", format!("{PIN}\n"));
        let desk = Desk { sandbox, module: module().unwrap() };
        desk.tool(
            "softhsm2-util",
            &["--init-token", "--free", "--label", "Alice 1", "--so-pin", "12345678", "--pin", PIN],
        );
        desk
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).env("SOFTHSM2_CONF", self.sandbox.path("softhsm2.conf"));
        let output = command.current_dir(self.sandbox.path("")).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn pkcs11(&self, arguments: &[&str]) -> String {
        let module = self.module.to_str().unwrap();
        self.tool(
            "pkcs11-tool",
            &[&["--module", module, "--token-label", "Alice 1", "--login", "--pin", PIN], arguments].concat(),
        )
    }

    /// An identity of this kind made in software, whose keys are put into the token under these numbers, and its
    /// certificates with them if `certificates`.
    fn fill(&self, kind: &str, certificates: bool) {
        let soft = &self.sandbox;
        soft.ok(&["--store", "soft", "ca", "init", "--name", "Example CA", "--no-passphrase"]);
        let new = ["--store", "soft", "id", "new", "alice@example.org", "--key", kind, "--issuer", "Example CA"];
        soft.ok(&[&new[..], &["--no-passphrase"]].concat());
        let directory = directory::Directory::open(&soft.path("soft"), directory::Unlock::None).unwrap();
        let id = directory.identities().unwrap().remove(0).id;
        let exported = directory.export(id).unwrap();
        for (number, (key, pkcs8)) in exported.info.keys.iter().zip(&exported.pkcs8).enumerate() {
            let role = key.role.name();
            soft.write(&format!("{role}.p8"), pkcs8.as_ref().unwrap().as_bytes());
            soft.write(&format!("{role}.der"), key.certificate.der());
            soft.write(&format!("{role}.crt"), wire::pem::encode("CERTIFICATE", key.certificate.der()));
            soft.write(&format!("{role}.pub"), key.certificate.public_key().der());
            let id = format!("{:02}", number + 1);
            let write = |file: &str, kind: &str, more: &[&str]| {
                let object = ["--write-object", file, "--type", kind, "--id", &id, "--label", role];
                self.pkcs11(&[&object[..], more].concat());
            };
            let derives = if kind.starts_with("rsa") { "--usage-decrypt" } else { "--usage-derive" };
            write(&format!("{role}.p8"), "privkey", &["--usage-sign", derives]);
            // With a certificate beside it, nothing else has to tell the public half of an EC key.
            match certificates {
                true => write(&format!("{role}.der"), "cert", &[]),
                false => write(&format!("{role}.pub"), "pubkey", &[]),
            }
        }
    }

    fn uri(&self, more: &str) -> String {
        format!("pkcs11:token=Alice%201{more}?module-path={}", self.module.display())
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        let inner = self.sandbox.command(arguments);
        // Nobody is there to ask.
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(inner.get_program()).args(inner.get_args()).current_dir(self.sandbox.path(""));
        command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("SOFTHSM2_CONF", self.sandbox.path("softhsm2.conf"));
        run(command, input)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"")
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let run = self.run(&[arguments, &["--json"]].concat()).expect(0);
        serde_json::from_slice(&run.out).unwrap()
    }
}

#[test]
fn tk_02_mail_is_sealed_and_opened_with_keys_that_never_leave_the_token() {
    if !has_token() {
        return;
    }
    for kind in ["rsa-2048", "p256", "p384"] {
        let desk = Desk::new();
        desk.fill(kind, true);
        let uri = desk.uri("");
        let imported = desk.json(&["id", "import", "--token", &uri, "--pin-file", "pin"]);
        let keys = imported["identities"][0]["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 2, "{kind}: {imported}");
        for (key, role) in keys.iter().zip(["sign", "encrypt"]) {
            assert_eq!(key["role"], role);
            let place = key["token"].as_str().unwrap();
            assert!(
                place.starts_with("pkcs11:") && place.contains("token=Alice%201;") && !place.contains(PIN),
                "{place}"
            );
        }
        let list = desk.run(&["id", "list"]).expect(0).text();
        assert!(list.contains(&format!("{kind} (token)+{kind} (token)")), "{list}");
        assert!(desk.run(&["id", "show", "alice@example.org"]).expect(0).text().contains("pkcs11:"));
        desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
        let told = desk.run(&["seal", "letter.eml", "-o", "sealed.eml", "--pin-file", "pin", "-v"]).expect(0).err;
        let opened = desk.run(&["open", "sealed.eml", "--pin-file", "pin", "-v"]).expect(0);
        assert!(opened.text().contains("Forty-two, as agreed"));
        assert!(![&told, &opened.err].iter().any(|words| words.contains(PIN)));
        let verdict = desk.json(&["open", "sealed.eml", "--pin-file", "pin"]);
        assert_eq!(
            (&verdict["confidentiality"], &verdict["signers"][0]["signature"]),
            (&"authenticated".into(), &"good".into())
        );
        // The same mail, by the same keys in software.
        let soft = desk.run(&["--store", "soft", "open", "sealed.eml"]).expect(0);
        assert_eq!(soft.out, opened.out);
        // pin-source in the URI: nothing else is needed.
        let uri = format!("{uri}&pin-source=file:{}", desk.sandbox.path("pin").display());
        desk.run(&["--store", "second", "id", "import", "--token", &uri]).expect(0);
        assert_eq!(desk.run(&["--store", "second", "open", "sealed.eml"]).expect(0).out, soft.out);
        // What is kept is where the keys are, and no secret: neither the PIN nor a key can be had from it.
        let told =
            desk.run(&["id", "export", "alice@example.org", "--key-password-file", "pin", "-o", "a.p12"]).expect(1).err;
        assert!(told.contains("in a token and cannot leave it"), "{told}");
        let store = std::fs::read(desk.sandbox.path("store/store.db")).unwrap();
        assert!(!store.windows(PIN.len()).any(|window| window == PIN.as_bytes()));
        desk.run(&["id", "remove", "alice@example.org", "--destroy-key", "--yes"]).expect(0);
        desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(29);
        desk.run(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin"]).expect(0);
        desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(0);
    }
}

/// `cms` with keys of a token, against OpenSSL on both sides: signatures by every scheme, key transport by each of its
/// paddings (SoftHSM does OAEP with SHA-1 alone; the bare operation does all), key agreement.
#[test]
fn tk_02_openssl_verifies_what_a_token_signs_and_a_token_opens_what_openssl_encrypts() {
    if !has_token() {
        return;
    }
    for kind in ["rsa-2048", "p256", "p384"] {
        let desk = Desk::new();
        desk.fill(kind, false);
        desk.sandbox.write("letter.txt", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
        // By its label, by its number, and by the certificate alone.
        let named = [";object=sign;type=private", ";id=%01", ""].map(|more| desk.uri(more));
        let schemes: &[&[&str]] = if kind == "rsa-2048" {
            &[&[], &["--pss"], &["--digest", "sha512"], &["--pss", "--digest", "sha384"]]
        } else {
            &[&[], &["--digest", "sha512"], &["--digest", "sha256"]]
        };
        for (number, scheme) in schemes.iter().enumerate() {
            let sign =
                ["cms", "sign", "--cert", "sign.crt", "--key", &named[number % 3], "--pin-file", "pin", "letter.txt"];
            let signed = desk.run(&[&sign[..], scheme].concat()).expect(0);
            desk.sandbox.write("signed.eml", &signed.out);
            let out = desk.tool("openssl", &["cms", "-verify", "-noverify", "-in", "signed.eml"]);
            assert!(out.contains("Forty-two."), "{kind} {scheme:?}");
        }
        let options: &[&[&str]] = if kind == "rsa-2048" {
            &[
                &[],
                &["-keyopt", "rsa_padding_mode:oaep"],
                &["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"],
                &["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha384", "-keyopt", "rsa_mgf1_md:sha1"],
            ]
        } else {
            &[&[], &["-keyopt", "ecdh_kdf_md:sha384"]]
        };
        for options in options {
            let encrypt = [
                "cms",
                "-encrypt",
                "-in",
                "letter.txt",
                "-binary",
                "-aes256",
                "-out",
                "sealed.eml",
                "-recip",
                "encrypt.crt",
            ];
            desk.tool("openssl", &[&encrypt[..], options].concat());
            for (uri, cert) in [(desk.uri(";object=encrypt"), false), (desk.uri(""), true), (desk.uri(""), false)] {
                let mut decrypt = vec!["cms", "decrypt", "--key", &uri, "--pin-file", "pin", "sealed.eml"];
                if cert {
                    decrypt.extend(["--cert", "encrypt.crt"]);
                }
                let opened = desk.run(&decrypt).expect(0);
                assert_eq!(opened.out, desk.sandbox.read("letter.txt"), "{kind} {options:?} {uri}");
            }
        }
        // The certificates are in a file, and the keys found by them.
        let both = [desk.sandbox.read("sign.crt"), desk.sandbox.read("encrypt.crt")].concat();
        desk.sandbox.write("both.crt", both);
        let told = desk.run(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin"]).expect(1).err;
        assert!(told.contains("none of the 2 keys in the token has a certificate"), "{told}");
        let imported = desk.json(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin", "both.crt"]);
        assert_eq!(imported["identities"][0]["keys"].as_array().unwrap().len(), 2);
        desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(0);
    }
}

/// A token that has nothing but private keys: an EC key does not tell its public half, and the certificate in a file does.
#[test]
fn tk_07_a_key_that_came_alone_is_found_by_its_certificate() {
    if !has_token() {
        return;
    }
    for kind in ["rsa-2048", "p384"] {
        let desk = Desk::new();
        desk.fill(kind, false);
        for id in ["01", "02"] {
            desk.pkcs11(&["--delete-object", "--type", "pubkey", "--id", id]);
        }
        desk.sandbox.write("letter.txt", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
        let uri = desk.uri("");
        let sign = ["cms", "sign", "--cert", "sign.crt", "--key", &uri, "--pin-file", "pin", "letter.txt"];
        desk.sandbox.write("signed.eml", desk.run(&sign).expect(0).out);
        desk.tool("openssl", &["cms", "-verify", "-noverify", "-in", "signed.eml"]);
        let both = [desk.sandbox.read("sign.crt"), desk.sandbox.read("encrypt.crt")].concat();
        desk.sandbox.write("both.crt", both);
        let imported = desk.json(&["id", "import", "--token", &uri, "--pin-file", "pin", "both.crt"]);
        let roles: Vec<_> = imported["identities"][0]["keys"].as_array().unwrap().iter().map(|k| &k["role"]).collect();
        assert_eq!(roles, ["sign", "encrypt"], "{kind}: {imported}");
        desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
        desk.run(&["seal", "letter.eml", "-o", "sealed.eml", "--pin-file", "pin"]).expect(0);
        assert!(desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(0).text().contains("Forty-two"));
        // Somebody else's certificate finds none of them.
        desk.sandbox.ok(&["ca", "init", "--name", "Other CA", "--no-passphrase", "-o", "other.pem"]);
        let other = ["cms", "sign", "--cert", "other.pem", "--key", &uri, "--pin-file", "pin", "letter.txt"];
        let run = desk.run(&other);
        assert!(run.code != 0 && run.out.is_empty(), "{}", run.err);
    }
}

/// A key that wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE), as the signing key of a PIV card does: SoftHSM
/// refuses to sign where nobody logs in between. What the token refuses is told as what it is.
#[test]
fn tk_06_a_key_that_wants_its_pin_each_time_signs_each_time() {
    if !has_token() {
        return;
    }
    for kind in ["rsa-2048", "p256"] {
        let desk = Desk::new();
        desk.fill(kind, true);
        desk.pkcs11(&["--delete-object", "--type", "privkey", "--id", "01"]);
        let write = ["--write-object", "sign.p8", "--type", "privkey", "--id", "01", "--usage-sign", "--always-auth"];
        desk.pkcs11(&write);
        desk.sandbox.write("letter.txt", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
        let (uri, certificate) = (desk.uri(";id=%01"), "sign.crt");
        let sign = ["cms", "sign", "--cert", certificate, "--key", &uri, "--pin-file", "pin", "letter.txt"];
        if kind == "p256" {
            // SoftHSM does not hash for ECDSA.
            let told = desk.run(&sign).expect(13).err;
            assert!(
                told.contains("not supported: a key in this token that wants its PIN for each signature"),
                "{told}"
            );
            continue;
        }
        for more in [&[][..], &["--digest", "sha512"], &["--pss"]] {
            let signed = desk.run(&[&sign[..], more].concat()).expect(0);
            desk.sandbox.write("signed.eml", &signed.out);
            let out = desk.tool("openssl", &["cms", "-verify", "-noverify", "-in", "signed.eml"]);
            assert!(out.contains("Forty-two."), "{more:?}");
        }
        // Two signatures in one process: the mail, and the one that is wrapped around it.
        desk.run(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin"]).expect(0);
        desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
        desk.run(&["seal", "letter.eml", "--triple-wrap", "-o", "sealed.eml", "--pin-file", "pin"]).expect(0);
        assert_eq!(desk.json(&["open", "sealed.eml", "--pin-file", "pin"])["signers"][0]["signature"], "good");
    }
}

/// Promise 5 with a token: whatever is wrong with an encrypted key, code, output and words are the same.
#[test]
fn tk_03_all_failures_after_the_key_was_used_are_one() {
    if !has_token() {
        return;
    }
    for kind in ["rsa-2048", "p256"] {
        let desk = Desk::new();
        desk.fill(kind, true);
        desk.sandbox.write("letter.txt", "Content-Type: text/plain\r\n\r\nForty-two.\r\n");
        let paddings: &[&[&str]] = if kind == "rsa-2048" { &[&["--rsa", "pkcs1"], &["--rsa", "oaep"]] } else { &[&[]] };
        let mut seen = Vec::new();
        for padding in paddings {
            let encrypt = ["cms", "encrypt", "--to", "encrypt.crt", "--form", "der", "letter.txt"];
            let good = desk.run(&[&encrypt[..], padding].concat()).expect(0).out;
            let uri = desk.uri("");
            let decrypt = |message: &[u8]| {
                desk.run_with(
                    &["cms", "decrypt", "--key", &uri, "--cert", "encrypt.crt", "--pin-file", "pin", "-v"],
                    message,
                )
            };
            assert_eq!(decrypt(&good).expect(0).out, desk.sandbox.read("letter.txt"));
            // In the encrypted key, in the wrapped key and the point, in the content, in the tag.
            let from = good.len() / 3;
            for at in (from..good.len()).step_by(good.len() / 12).chain([good.len() - 1]) {
                let mut bad = good.clone();
                bad[at] ^= 1;
                let run = decrypt(&bad);
                // For whom it is shows without a key.
                if run.code == 29 && !run.err.contains("none of the keys here") {
                    seen.push((run.code, run.out, run.err));
                }
            }
        }
        assert!(seen.len() > 3, "{kind}: {}", seen.len());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 1, "{kind}: {seen:#?}");
    }
}

/// An authority whose key was made in the token: OpenSSL believes what it issues and its CRL, the store has no key.
#[test]
fn tk_05_an_authority_signs_with_a_key_that_was_made_in_a_token() {
    if !has_token() {
        return;
    }
    let desk = Desk::new();
    for (id, kind) in [("01", "EC:secp384r1"), ("02", "rsa:3072")] {
        desk.pkcs11(&["--keypairgen", "--key-type", kind, "--id", id, "--label", kind, "--usage-sign"]);
    }
    let init = |more: &str, pin: &str| {
        desk.run(&["ca", "init", "--name", "Safe CA", "--token", &desk.uri(more), "--pin-file", pin, "-o", "root.pem"])
    };
    let told = init("", "pin").expect(2).err;
    assert!(told.contains("several private keys") && told.contains(";id="), "{told}");
    desk.sandbox.write("wrong", "0000");
    for id in ["%01", "%02"] {
        init(&format!(";id={id}"), "wrong").expect(67);
        init(&format!(";id={id}"), "pin").expect(0);
        let issue =
            |address: &str, pin: &str| desk.run(&["ca", "issue", "--no-passphrase", address, "--pin-file", pin]);
        let told = issue("bob@example.net", "wrong").expect(67).err;
        assert!(told.contains("the PIN of the token") && !desk.sandbox.path("bob@example.net.pem").exists(), "{told}");
        issue("bob@example.net", "pin").expect(0);
        issue("carol@example.net", "pin").expect(0);
        desk.run(&["ca", "revoke", "carol@example.net", "--pin-file", "pin"]).expect(0);
        desk.run(&["ca", "crl", "--pin-file", "pin", "-o", "ca.crl"]).expect(0);
        let crl = desk.sandbox.read("ca.crl");
        let form = if crl.starts_with(b"-----") { "PEM" } else { "DER" };
        desk.tool("openssl", &["crl", "-in", "ca.crl", "-inform", form, "-outform", "PEM", "-out", "crl.pem"]);
        let verify = |who: &str| {
            let file = format!("{who}@example.net.pem");
            let mut command = Command::new("openssl");
            command.args(["verify", "-crl_check", "-CAfile", "root.pem", "-CRLfile", "crl.pem", &file]);
            let output = command.current_dir(desk.sandbox.path("")).output().unwrap();
            (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        assert_eq!(verify("bob"), (true, String::new()));
        let (good, told) = verify("carol");
        assert!(!good && told.contains("certificate revoked"), "{told}");
        // An identity of the same authority: its keys are in the store, its issuer's are not.
        let new = ["id", "new", "alice@example.org", "--issuer", "Safe CA", "--no-passphrase", "--pin-file", "pin"];
        desk.run(&new).expect(0);
        assert!(desk.run(&["id", "list"]).expect(0).text().contains("alice@example.org"));
        for entry in ["store", "root.pem", "ca.crl", "crl.pem", "bob@example.net.pem", "bob@example.net.key.pem"] {
            let path = desk.sandbox.path(entry);
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
        for file in ["carol@example.net.pem", "carol@example.net.key.pem"] {
            std::fs::remove_file(desk.sandbox.path(file)).unwrap();
        }
    }
}

/// A root in the store, or in the token, and below it an authority whose key is in the token.
#[test]
fn tk_05_an_authority_below_a_root_has_its_key_in_a_token() {
    if !has_token() {
        return;
    }
    let desk = Desk::new();
    for id in ["01", "02"] {
        desk.pkcs11(&["--keypairgen", "--key-type", "EC:secp384r1", "--id", id, "--label", id, "--usage-sign"]);
    }
    let [one, two] = ["01", "02"].map(|id| desk.uri(&format!(";id=%{id}")));
    let below = ["--url", "http://ca.example.org", "--pin-file", "pin", "-o"];
    let init = |more: &[&str], file: &str| {
        let run = desk.run(&[&["ca", "init"], more, &below, &[file]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
    };
    init(&["--name", "Top", "--key", "rsa-3072", "--no-passphrase"], "top.pem");
    init(&["--name", "First", "--under", "Top", "--token", &one], "first.pem");
    init(&["--name", "Safe Top", "--token", &two], "safe.pem");
    init(&["--name", "Second", "--under", "Safe Top", "--key", "p256"], "second.pem");
    // Refused before anything is made: two authorities do not share a name, and a root has to be here.
    let twice = ["ca", "init", "--name", "First", "--under", "Top", "--token", &two, "--url", "http://ca.example.org"];
    assert!(desk.run(&twice).expect(1).err.contains("\"First\" exists"));
    let nowhere = ["ca", "init", "--name", "X", "--under", "Nobody", "--token", &two, "--url", "http://ca.example.org"];
    assert!(desk.run(&nowhere).expect(1).err.contains("Nobody"));
    for (name, root) in [("First", "top.pem"), ("Second", "safe.pem")] {
        let issue = ["ca", "issue", "--issuer", name, "--no-passphrase", "--pin-file", "pin", "--out-dir", name];
        desk.run(&[&issue[..], &["bob@example.net", "carol@example.net"]].concat()).expect(0);
        desk.run(&["ca", "revoke", "--issuer", name, "carol@example.net"]).expect(0);
        let lists = format!("{name}.crls");
        let mut both = Vec::new();
        for issuer in [name, if name == "First" { "Top" } else { "Safe Top" }] {
            both.extend(desk.run(&["ca", "crl", "--issuer", issuer, "--pin-file", "pin"]).expect(0).out);
        }
        desk.sandbox.write(&lists, both);
        for (who, good) in [("bob", true), ("carol", false)] {
            let file = format!("{name}/{who}@example.net.pem");
            let mut command = Command::new("openssl");
            command.args(["verify", "-crl_check_all", "-CAfile", root, "-untrusted", &file, "-CRLfile", &lists, &file]);
            let output = command.current_dir(desk.sandbox.path("")).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), good, "{file}: {told}");
            assert!(good || told.contains("certificate revoked"), "{told}");
        }
    }
}

/// From a key that was made in the token to mail: a request, the authority's certificate, the identity.
#[test]
fn tk_08_a_key_that_was_made_in_a_token_asks_for_its_certificate() {
    if !has_token() {
        return;
    }
    let desk = Desk::new();
    let made = |kind: &str, id: &str, more: &[&str]| {
        desk.pkcs11(&[&["--keypairgen", "--key-type", kind, "--id", id, "--label", kind], more].concat());
    };
    made("rsa:3072", "01", &["--usage-sign", "--usage-decrypt"]);
    made("EC:prime256v1", "02", &["--usage-sign", "--usage-derive"]);
    made("rsa:3072", "03", &["--usage-sign", "--usage-decrypt", "--always-auth"]);
    desk.sandbox.ok(&["--store", "ca", "ca", "init", "--name", "Example CA", "--no-passphrase", "-o", "root.pem"]);
    let request = |more: &str, arguments: &[&str]| {
        let uri = desk.uri(more);
        desk.run(&[&["id", "request", "alice@example.org", "--token", &uri, "--pin-file", "pin"], arguments].concat())
    };
    let told = request("", &[]).expect(2).err;
    assert!(told.contains("several private keys") && told.contains(";id="), "{told}");
    desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
    for (id, usage) in [("01", "Key Encipherment"), ("02", "Key Agreement"), ("03", "")] {
        let place = format!(";id=%{id}");
        request(&place, &["-o", "alice.csr", "--force"]).expect(0);
        let asked = desk.tool("openssl", &["req", "-verify", "-noout", "-text", "-in", "alice.csr"]);
        let words = ["Digital Signature", "Non Repudiation", usage];
        let expected = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ") + "\n";
        assert!(asked.contains("email:alice@example.org") && asked.contains(&expected), "{asked}");
        let issue = ["--store", "ca", "ca", "issue", "--csr", "alice.csr", "alice@example.org", "--out-dir"];
        desk.sandbox.ok(&[&issue[..], &[id]].concat());
        let file = std::fs::read_dir(desk.sandbox.path(id)).unwrap().next().unwrap().unwrap().path();
        let (store, uri) = (format!("store-{id}"), desk.uri(&place));
        let run = |arguments: &[&str]| desk.run(&[&["--store", &store, "--pin-file", "pin"], arguments].concat());
        run(&["id", "import", "--token", &uri, file.to_str().unwrap()]).expect(0);
        run(&["cert", "trust", "root.pem", "--yes"]).expect(0);
        let how: &[&str] = if usage.is_empty() { &["--sign-only"] } else { &[] };
        run(&[&["seal", "letter.eml", "-o", "sealed.eml", "--force"], how].concat()).expect(0);
        run(&["open", "sealed.eml", "--require", "signed"]).expect(0);
    }
    let report = request(";id=%01", &["--json"]).expect(0);
    let report: serde_json::Value = serde_json::from_slice(&report.out).unwrap();
    assert!(report["request"]["csrs"][0]["pem"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE REQUEST"));
    assert!(report["request"]["token"].as_str().unwrap().starts_with("pkcs11:"), "{report}");
    assert!(!desk.sandbox.path("store").exists(), "nothing is kept");
}

#[test]
fn tk_04_a_wrong_pin_is_tried_once_and_every_trouble_has_its_words() {
    if !has_token() {
        return;
    }
    let desk = Desk::new();
    desk.fill("p256", true);
    desk.run(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin"]).expect(0);
    desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
    desk.run(&["seal", "letter.eml", "-o", "sealed.eml", "--pin-file", "pin"]).expect(0);
    desk.sandbox.write("wrong", "0000");
    // Signing and decrypting want two keys of the token, and the PIN is asked for and tried once.
    let told = desk.run(&["open", "sealed.eml", "--pin-file", "wrong"]).expect(67).err;
    assert!(
        told.contains("the PIN of the token \"Alice 1\" is wrong; it was tried once") && !told.contains("0000"),
        "{told}"
    );
    let told = desk.run(&["seal", "letter.eml", "--pin-file", "wrong"]).expect(67).err;
    assert!(told.contains("the PIN of the token"), "{told}");
    let send = ["send", "--server", "smtp+plain://127.0.0.1:9", "letter.eml", "--pin-file", "wrong"];
    let told = desk.run(&send).expect(67).err;
    assert!(told.contains("the PIN of the token"), "{told}");
    let told = desk.run(&["open", "sealed.eml"]).expect(67).err;
    assert!(told.contains("there is no terminal to ask on") && told.contains("--pin-file"), "{told}");
    let told = desk.run(&["open", "sealed.eml", "--pin-file", "missing"]).expect(67).err;
    assert!(told.contains("missing"), "{told}");
    // Without the token; another key in its place; the module gone.
    let other = format!("pkcs11:token=Bob?module-path={}", desk.module.display());
    let told = desk.run(&["cms", "decrypt", "--key", &other, "--pin-file", "pin", "sealed.eml"]).expect(1).err;
    assert!(told.contains("no token that is there fits"), "{told}");
    let told = desk
        .run(&["cms", "decrypt", "--key", "pkcs11:?module-path=/none.so", "--pin-file", "pin", "sealed.eml"])
        .expect(1)
        .err;
    assert!(told.contains("/none.so"), "{told}");
    let told = desk.run(&["cms", "decrypt", "--key", "pkcs11:token=a?pin-value=1", "sealed.eml"]).expect(2).err;
    assert!(told.contains("a PIN is never an argument"), "{told}");
    let told = desk.run(&["id", "import", "--token", "pkcs11:token=a?pin-value=4711"]).expect(2).err;
    assert!(told.contains("a PIN is never an argument") && !told.contains("4711"), "{told}");
    desk.pkcs11(&["--delete-object", "--type", "privkey", "--id", "01"]);
    desk.pkcs11(&["--delete-object", "--type", "privkey", "--id", "02"]);
    let told = desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(67).err;
    assert!(told.contains("no such private key"), "{told}");
    std::fs::remove_dir_all(desk.sandbox.path("tokens")).unwrap();
    std::fs::create_dir(desk.sandbox.path("tokens")).unwrap();
    let told = desk.run(&["open", "sealed.eml", "--pin-file", "pin"]).expect(67).err;
    assert!(told.contains("no token that is there fits"), "{told}");
}

#[test]
fn tk_04_the_pin_is_asked_for_at_the_terminal_once_and_not_shown() {
    if !has_token() || !cfg!(target_os = "linux") || !has("script") {
        return;
    }
    let desk = Desk::new();
    desk.fill("p256", true);
    desk.run(&["id", "import", "--token", &desk.uri(""), "--pin-file", "pin"]).expect(0);
    desk.sandbox.write("letter.eml", letter().replace("Bob <bob@example.net>", "alice@example.org"));
    desk.run(&["seal", "letter.eml", "-o", "sealed.eml", "--pin-file", "pin"]).expect(0);
    let mut command = Command::new("script");
    let line = format!("{} open sealed.eml -o opened.eml", env!("CARGO_BIN_EXE_sealpost"));
    command.args(["-qec", &line, "/dev/null"]).current_dir(desk.sandbox.path(""));
    command.env("SEALPOST_STORE", desk.sandbox.path("store"));
    command.env("SOFTHSM2_CONF", desk.sandbox.path("softhsm2.conf"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    read_until(&mut output, &mut seen, "PIN of the token Alice 1: ");
    // What is typed before the terminal is silent is dropped.
    std::thread::sleep(std::time::Duration::from_millis(200));
    input.write_all(format!("{PIN}\r").as_bytes()).unwrap();
    output.read_to_string(&mut seen).unwrap();
    assert!(child.wait().unwrap().success(), "{seen}");
    assert!(!seen.contains(PIN) && seen.matches("PIN of the token").count() == 1, "{seen}");
    assert!(String::from_utf8(desk.sandbox.read("opened.eml")).unwrap().contains("Forty-two"));
}
