//! The program against other people's: what we write they read, what they write we read.
#![allow(clippy::disallowed_methods)]

mod bouncy;
mod gpgsm;
mod lists;
mod microsoft;
mod nss;
mod openssl36;
mod receipts;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder for one test, removed when dropped.
struct Lab(PathBuf);

impl Lab {
    fn new() -> Lab {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sealpost-interop-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Lab(path)
    }

    /// Runs a command line split at blanks; its exit code, standard output and standard error.
    fn run(&self, program: &str, line: &str) -> (i32, Vec<u8>, String) {
        let program = if program == "sealpost" { env!("CARGO_BIN_EXE_sealpost") } else { program };
        let output = Command::new(program)
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .env("GNUPGHOME", self.0.join("gnupg"))
            .stdin(std::fs::File::open(self.0.join("stdin")).map_or_else(|_| Stdio::null(), Stdio::from))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap_or(-1), output.stdout, told)
    }

    fn ok(&self, program: &str, line: &str) -> Vec<u8> {
        let (code, out, told) = self.run(program, line);
        assert_eq!(code, 0, "{program} {line}\n{told}");
        out
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap()
    }

    /// A self-signed certificate `k.crt` with the key `k.key`, made by openssl.
    fn person(&self, newkey: &str, usage: &str) {
        self.ok(
            "openssl",
            &format!(
                "req -x509 {newkey} -nodes -keyout k.key -out k.crt -days 30 -subj /CN=Peer \
                 -addext subjectAltName=email:peer@example.org -addext keyUsage={usage} \
                 -addext extendedKeyUsage=emailProtection"
            ),
        );
    }
}

impl Lab {
    /// A root `ca.crt` and a certificate of its making, `k.crt`, for both uses, with the key `k.key`.
    fn certified(&self, newkey: &str) {
        self.ok(
            "openssl",
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=Root \
             -addext keyUsage=critical,keyCertSign,cRLSign",
        );
        self.ok("openssl", &format!("req -new -newkey {newkey} -nodes -keyout k.key -out k.csr -subj /CN=Peer"));
        let agreement = if newkey.starts_with("ec") { "keyAgreement" } else { "keyEncipherment" };
        let extensions = format!(
            "subjectAltName=email:peer@example.org\nkeyUsage=digitalSignature,{agreement}\n\
             extendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        );
        self.write("extensions", extensions.as_bytes());
        self.ok(
            "openssl",
            "x509 -req -in k.csr -CA ca.crt -CAkey ca.key -days 30 -set_serial 77 -extfile extensions -out k.crt",
        );
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A line past the capture of the test harness, for counts are to be seen when all is well.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Whether the peer is installed; where every peer is required, its absence fails the test.
fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder: PathBuf| Path::new(&folder).join(program).is_file())
    });
    if !found {
        assert!(std::env::var_os("SEALPOST_REQUIRE").is_none(), "{program} is required and not installed");
        tell(&format!("skipped, install {program}"));
    }
    found
}

/// Small, of several fragments, and with a line that is longer than most.
fn letters() -> [Vec<u8>; 2] {
    let head = b"Content-Type: text/plain\r\n\r\n".to_vec();
    let small = [&head[..], b"Hello, peer.\r\n"].concat();
    let mut large = head;
    for line in 0..9000 {
        large.extend_from_slice(format!("line {line} of a letter that does not fit into one buffer\r\n").as_bytes());
    }
    [small, large]
}

const FORMS: [&str; 3] = ["smime", "der", "pem"];
const SIGNERS: [&str; 5] = [
    "-newkey rsa:2048",
    "-newkey rsa:3072",
    "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
    "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
    "-newkey ec -pkeyopt ec_paramgen_curve:P-521",
];

#[test]
fn openssl_reads_what_we_sign_and_we_read_what_it_signs() {
    if !has("openssl") {
        return;
    }
    for kind in SIGNERS {
        let lab = Lab::new();
        lab.person(kind, "digitalSignature");
        for letter in letters() {
            lab.write("m", &letter);
            for form in FORMS {
                lab.ok("sealpost", &format!("cms sign --cert k.crt --key k.key --form {form} m -o s --force"));
                lab.ok("openssl", &format!("cms -verify -in s -inform {form} -CAfile k.crt -binary -out o"));
                assert_eq!(lab.read("o"), letter, "{kind} {form}");
                assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt s"), letter);
                for option in ["", "-stream", "-nosmimecap", "-keyid"] {
                    lab.ok(
                        "openssl",
                        &format!("cms -sign -binary -nodetach {option} -in m -signer k.crt -inkey k.key -outform {form} -out t"),
                    );
                    assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{kind} {form} {option}");
                }
            }
            lab.ok("sealpost", "cms sign --detached --cert k.crt --key k.key m -o s --force");
            lab.ok("openssl", "cms -verify -in s -CAfile k.crt -out o");
            assert_eq!(lab.read("o"), letter, "{kind} clear-signed");
            lab.ok("openssl", "cms -sign -in m -signer k.crt -inkey k.key -out t");
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{kind} clear-signed by openssl");
            lab.ok("sealpost", "cms sign --detached --form der --cert k.crt --key k.key m -o s --force");
            lab.ok("openssl", "cms -verify -inform der -in s -content m -binary -CAfile k.crt -out o");
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt --content m s"), letter);
        }
    }
}

#[test]
fn v_07_a_signature_without_attributes_is_let_through_only_when_asked() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person(SIGNERS[0], "digitalSignature");
    let [letter, _] = letters();
    lab.write("m", &letter);
    lab.ok("openssl", "cms -sign -noattr -binary -nodetach -in m -signer k.crt -inkey k.key -outform der -out t");
    let (code, out, told) = lab.run("sealpost", "cms verify --trust k.crt t");
    assert_eq!((code, out.len()), (3, 0), "{told}");
    assert_eq!(lab.ok("sealpost", "cms verify --no-attributes --trust k.crt t"), letter);
}

#[test]
fn pss_both_ways() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person(SIGNERS[0], "digitalSignature");
    let [letter, _] = letters();
    lab.write("m", &letter);
    for digest in ["sha256", "sha384", "sha512"] {
        lab.ok(
            "sealpost",
            &format!("cms sign --pss --digest {digest} --cert k.crt --key k.key --form der m -o s --force"),
        );
        lab.ok("openssl", "cms -verify -binary -inform der -in s -CAfile k.crt -out o");
        assert_eq!(lab.read("o"), letter);
        for salt in ["", "-keyopt rsa_pss_saltlen:-1", "-keyopt rsa_pss_saltlen:20"] {
            lab.ok(
                "openssl",
                &format!("cms -sign -binary -nodetach -md {digest} -in m -signer k.crt -inkey k.key -keyopt rsa_padding_mode:pss {salt} -outform der -out t"),
            );
            assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt t"), letter, "{digest} {salt}");
        }
    }
}

#[test]
fn openssl_reads_what_we_encrypt_and_we_read_what_it_encrypts() {
    if !has("openssl") {
        return;
    }
    for kind in SIGNERS {
        let lab = Lab::new();
        lab.person(kind, if kind.contains("rsa") { "keyEncipherment" } else { "keyAgreement" });
        let ways = if kind.contains("rsa") { vec!["--rsa oaep", "--rsa pkcs1"] } else { vec!["", "--key-id"] };
        for letter in letters() {
            lab.write("m", &letter);
            for form in FORMS {
                for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm"] {
                    for way in &ways {
                        let line =
                            format!("cms encrypt --to k.crt --cipher {cipher} {way} --form {form} m -o s --force");
                        lab.ok("sealpost", &line);
                        lab.ok(
                            "openssl",
                            &format!("cms -decrypt -binary -in s -inform {form} -inkey k.key -recip k.crt -out o"),
                        );
                        assert_eq!(lab.read("o"), letter, "{kind} {line}");
                        assert_eq!(lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt s"), letter, "{line}");
                        assert_eq!(
                            lab.ok("sealpost", "cms decrypt -q --key k.key s"),
                            letter,
                            "without --cert: {line}"
                        );
                    }
                }
                let theirs: &[&str] = if kind.contains("rsa") {
                    &["", "-keyopt rsa_padding_mode:oaep", "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"]
                } else {
                    &["", "-keyopt ecdh_kdf_md:sha256"]
                };
                for option in theirs {
                    for more in ["-aes-256-cbc", "-aes-128-gcm", "-aes-256-cbc -stream", "-aes-256-cbc -keyid"] {
                        let line =
                            format!("cms -encrypt -binary {more} -in m -outform {form} -out t -recip k.crt {option}");
                        lab.ok("openssl", &line);
                        assert_eq!(
                            lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t"),
                            letter,
                            "{kind} {line}"
                        );
                    }
                }
            }
        }
    }
}

/// RFC 5639, RFC 5753: read on every curve and by every derivation, written to the random curves, never signed with.
#[test]
fn brainpool_with_openssl_both_ways() {
    if !has("openssl") {
        return;
    }
    let curves = ["P256r1", "P320r1", "P384r1", "P512r1", "P256t1", "P320t1", "P384t1", "P512t1"];
    for curve in curves {
        let lab = Lab::new();
        let newkey = format!("-newkey ec -pkeyopt ec_paramgen_curve:brainpool{curve}");
        lab.person(&newkey, "digitalSignature,keyAgreement");
        lab.ok("openssl", "ec -in k.key -out k.sec1");
        assert!(String::from_utf8(lab.read("k.sec1")).unwrap().contains("BEGIN EC PRIVATE KEY"));
        let letter = b"Content-Type: text/plain\r\n\r\nGuten Tag.\r\n".repeat(300);
        lab.write("m", &letter);
        for digest in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
            for more in ["-aes-128-cbc -aes128-wrap", "-aes-256-gcm -aes256-wrap -keyid", "-aes-256-cbc -stream"] {
                let option = format!("-keyopt ecdh_kdf_md:{digest}");
                lab.ok(
                    "openssl",
                    &format!("cms -encrypt -binary {more} -in m -outform DER -out t -recip k.crt {option}"),
                );
                for key in ["--key k.key --cert k.crt", "--key k.key", "--key k.sec1 --cert k.crt"] {
                    assert_eq!(
                        lab.ok("sealpost", &format!("cms decrypt -q {key} t")),
                        letter,
                        "{curve} {digest} {more}"
                    );
                }
            }
        }
        // What is changed or cut fails, and with a key always in the same way.
        let message = lab.read("t");
        let mut told = std::collections::BTreeSet::new();
        for at in (100..message.len()).step_by(message.len() / 23) {
            let mut bad = message.clone();
            bad[at] ^= 0x41;
            for bad in [&bad, &message[..at]] {
                lab.write("bad", bad);
                let (code, out, words) = lab.run("sealpost", "cms decrypt --key k.key --cert k.crt bad");
                // CBC proves nothing but its padding: a changed block may come out, and is never the letter.
                assert!((code != 0 && out.is_empty()) || (code == 0 && out != letter), "{curve} {at} {code}");
                if code == 29 {
                    told.insert(words);
                }
            }
        }
        assert!(told.len() <= 1, "{told:?}");

        lab.ok(
            "openssl",
            "cms -sign -nodetach -binary -in m -outform DER -out signed -signer k.crt -inkey k.key -md sha512",
        );
        assert_eq!(lab.ok("sealpost", "cms verify -q --trust k.crt signed"), letter, "{curve}");
        let mut bad = lab.read("signed");
        let last = bad.len() - 1;
        bad[last] ^= 1;
        lab.write("bad", &bad);
        assert_eq!(lab.run("sealpost", "cms verify -q --trust k.crt bad").0, 3, "{curve}");
        assert_eq!(lab.run("sealpost", "cms sign --cert k.crt --key k.key m").0, 79, "{curve}");

        if curve.ends_with("t1") {
            assert_eq!(lab.run("sealpost", "cms encrypt --to k.crt m").0, 17, "{curve}");
            continue;
        }
        let kdf = match curve {
            "P256r1" => "dhSinglePass-stdDH-sha256kdf-scheme",
            "P512r1" => "dhSinglePass-stdDH-sha512kdf-scheme",
            _ => "dhSinglePass-stdDH-sha384kdf-scheme",
        };
        for (cipher, wrap) in [("aes-128-cbc", "id-aes128-wrap"), ("aes-256-gcm", "id-aes256-wrap")] {
            lab.ok("sealpost", &format!("cms encrypt --to k.crt --cipher {cipher} --form der m -o s --force"));
            lab.ok("openssl", "cms -decrypt -binary -in s -inform DER -inkey k.key -recip k.crt -out o");
            assert_eq!(lab.read("o"), letter, "{curve} {cipher}");
            let printed = String::from_utf8(lab.ok("openssl", "cms -cmsout -print -noout -inform DER -in s")).unwrap();
            assert!(printed.contains(kdf) && printed.contains(wrap), "{curve} {cipher} {printed}");
            assert_eq!(lab.ok("sealpost", "cms decrypt -q --key k.key s"), letter, "{curve} {cipher}");
        }
    }
}

/// The same through the store: such a person's key is imported and opens mail, and others seal to its certificate.
#[test]
fn mail_to_a_brainpool_key_is_sealed_and_opened() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person("-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP512r1", "keyAgreement");
    lab.write("k.pem", &[lab.read("k.key"), lab.read("k.crt")].concat());
    lab.ok("sealpost", "--store peer id import k.pem --no-passphrase");
    lab.write("inner", b"Content-Type: text/plain\r\n\r\nGuten Tag.\r\n");
    let addresses = "-from alice@example.org -to peer@example.org -subject Hallo";
    lab.ok("openssl", &format!("cms -encrypt -aes-256-cbc {addresses} -in inner -out theirs.eml k.crt"));
    let opened = String::from_utf8(lab.ok("sealpost", "--store peer open theirs.eml")).unwrap();
    assert!(opened.contains("Guten Tag."), "{opened}");

    lab.ok("sealpost", "--store st id new alice@example.org --no-passphrase");
    lab.ok("sealpost", "--store st cert import k.crt");
    lab.ok("sealpost", "--store st cert trust peer@example.org --yes");
    let headers = "From: alice@example.org\nTo: peer@example.org\nSubject: Hallo\n";
    lab.write("letter.eml", format!("{headers}Date: Mon, 23 Nov 2026 10:00:00 +0000\n\nGuten Tag.\n").as_bytes());
    lab.ok("sealpost", "--store st seal letter.eml -o sealed.eml");
    lab.ok("openssl", "cms -decrypt -in sealed.eml -inkey k.key -recip k.crt -out inner");
    let opened = String::from_utf8(lab.ok("sealpost", "--store peer open sealed.eml")).unwrap();
    assert!(opened.contains("Guten Tag."), "{opened}");
}

#[test]
fn a_conversation_with_openssl_on_the_other_side() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person(SIGNERS[0], "digitalSignature,keyEncipherment");
    lab.ok("sealpost", "--store st id new alice@example.org --no-passphrase");
    lab.ok("sealpost", "--store st cert import k.crt");
    lab.ok("sealpost", "--store st cert trust peer@example.org --yes");
    lab.ok("sealpost", "--store st id export alice@example.org --public -o alice.pem");
    lab.write(
        "letter.eml",
        b"From: Alice <alice@example.org>\nTo: peer@example.org\nSubject: hello\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\nHello, peer.\n",
    );
    lab.ok("sealpost", "--store st seal letter.eml -o sealed.eml");
    // The outer lines keep the LF of the letter.
    assert!(!lab.read("sealed.eml").contains(&b'\r'));
    lab.ok("openssl", "cms -decrypt -in sealed.eml -inkey k.key -recip k.crt -out inner");
    lab.ok("openssl", "cms -verify -in inner -noverify -certfile alice.pem -out payload");
    let payload = String::from_utf8(lab.read("payload")).unwrap();
    assert!(payload.contains("Subject: hello") && payload.contains("Hello, peer."), "{payload}");
    // The answer: signed, then encrypted by openssl, to Alice's encryption certificate (the last in her file but one).
    lab.write("answer", b"Content-Type: text/plain\r\n\r\nHello, Alice.\r\n");
    lab.ok("openssl", "cms -sign -in answer -signer k.crt -inkey k.key -out answer.signed");
    let encryption = encryption_certificate(&lab);
    lab.write("alice-enc.pem", encryption.as_bytes());
    lab.ok(
        "openssl",
        "cms -encrypt -aes-256-cbc -in answer.signed -from peer@example.org -to alice@example.org -subject Re -out answer.eml alice-enc.pem",
    );
    let opened =
        String::from_utf8(lab.ok("sealpost", "--store st open --require signed --require encrypted answer.eml"))
            .unwrap();
    assert!(opened.contains("Hello, Alice.") && opened.contains("peer@example.org"), "{opened}");
    // The same, wrapped three times by openssl (ESS-01).
    lab.ok("openssl", "cms -encrypt -aes-256-cbc -in answer.signed -out answer.sealed alice-enc.pem");
    lab.ok(
        "openssl",
        "cms -sign -in answer.sealed -signer k.crt -inkey k.key -from peer@example.org -to alice@example.org -subject Re -out answer.wrapped",
    );
    let report = String::from_utf8(lab.ok("sealpost", "--store st --json open answer.wrapped")).unwrap();
    // The mail, and the layers around and within the encryption.
    assert_eq!(report.matches("\"verdict\": \"verified\"").count(), 3, "{report}");
    assert!(report.contains("\"confidentiality\": \"authenticated\""), "{report}");
}

fn encryption_certificate(lab: &Lab) -> String {
    let file = String::from_utf8(lab.read("alice.pem")).unwrap();
    let blocks: Vec<String> =
        file.split_inclusive("-----END CERTIFICATE-----").map(str::to_owned).filter(|b| b.contains("BEGIN")).collect();
    for block in blocks {
        lab.write("one.pem", block.as_bytes());
        let text = String::from_utf8(lab.ok("openssl", "x509 -in one.pem -noout -text")).unwrap();
        if text.contains("Key Agreement") {
            return block;
        }
    }
    panic!("no encryption certificate");
}
