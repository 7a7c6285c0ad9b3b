//! `sealpost cert check`, against authorities that openssl makes and servers of the tests.

#[path = "../../directory/tests/web/mod.rs"]
pub mod web;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use self::web::{Answer, Web};
use crate::support::{Run, Sandbox, has, snapshot};

/// Authorities in a sandbox: `root` signs `sub` and `sub` signs `bob`, each with a CRL.
struct Pki {
    sandbox: Sandbox,
}

/// Where the certificates say that things are.
#[derive(Default, Clone)]
struct Pointers {
    crl: String,
    ocsp: String,
    issuer: String,
}

impl Pki {
    fn new(bob: &Pointers, sub: &Pointers) -> Pki {
        let pki = Pki { sandbox: Sandbox::new() };
        let authority = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
            subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
        pki.authority("root", None, &format!("{authority}{}", sub_lines(&Pointers::default())));
        pki.authority("sub", Some("root"), &format!("{authority}{}", sub_lines(sub)));
        pki.person("bob", "sub", bob);
        pki.crl("root");
        pki.crl("sub");
        pki
    }

    /// A chain that says of nothing where it is.
    fn silent() -> Pki {
        Pki::new(&Pointers::default(), &Pointers::default())
    }

    fn openssl(&self, arguments: &str) {
        let run = Command::new("openssl").args(arguments.split(' ')).current_dir(self.sandbox.path("")).output();
        let run = run.unwrap();
        assert!(run.status.success(), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
    }

    fn authority(&self, name: &str, issuer: Option<&str>, extensions: &str) {
        let folder = self.sandbox.path("");
        let folder = folder.display();
        self.sandbox.write(
            &format!("{name}.cnf"),
            format!(
                "[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/{name}.index\nnew_certs_dir={folder}\n\
                 crlnumber={folder}/{name}.number\ndefault_md=sha256\ndefault_days=300\ndefault_crl_days=5\n\
                 policy=p\ncertificate={folder}/{name}.crt\nprivate_key={folder}/{name}.key\nunique_subject=no\n\
                 rand_serial=yes\n[p]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n"
            ),
        );
        self.sandbox.write(&format!("{name}.index"), "");
        self.sandbox.write(&format!("{name}.number"), "01\n");
        self.request(name);
        self.sandbox.write(&format!("{name}.ext"), extensions);
        let issuer = issuer.map_or_else(|| format!("-selfsign -config {name}.cnf"), |by| format!("-config {by}.cnf"));
        self.openssl(&format!("ca {issuer} -batch -notext -in {name}.csr -extfile {name}.ext -out {name}.crt"));
    }

    fn request(&self, name: &str) {
        self.openssl(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
    }

    fn person(&self, name: &str, issuer: &str, pointers: &Pointers) {
        self.request(name);
        let lines = sub_lines(pointers);
        self.sandbox.write(
            &format!("{name}.ext"),
            format!(
                "subjectAltName=email:{name}@example.net\nkeyUsage=digitalSignature,keyAgreement\nextendedKeyUsage=emailProtection\n\
                 authorityKeyIdentifier=keyid\n{lines}"
            ),
        );
        self.openssl(&format!(
            "ca -config {issuer}.cnf -batch -notext -in {name}.csr -extfile {name}.ext -out {name}.crt"
        ));
    }

    fn crl(&self, name: &str) {
        self.openssl(&format!("ca -config {name}.cnf -gencrl -out {name}.pem"));
        self.openssl(&format!("crl -in {name}.pem -outform DER -out {name}.crl"));
    }

    fn revoke(&self, name: &str, issuer: &str) {
        self.openssl(&format!("ca -config {issuer}.cnf -revoke {name}.crt -crl_reason keyCompromise"));
        self.crl(issuer);
    }

    fn check(&self, more: &[&str]) -> Run {
        self.sandbox.run(&[&["cert", "check", "--trust", "root.crt"][..], more, &["bob.crt"]].concat())
    }

    /// The report of a check that ends with this code.
    #[track_caller]
    fn json(&self, code: i32, more: &[&str]) -> Value {
        let run = self.check(&[more, &["--json"]].concat()).expect(code);
        serde_json::from_slice(&run.out).unwrap()
    }

    fn der(&self, name: &str) -> Vec<u8> {
        wire::pem::parse(&self.sandbox.read(name)).unwrap()[0].contents.to_vec()
    }
}

fn sub_lines(pointers: &Pointers) -> String {
    let mut lines = String::new();
    if !pointers.crl.is_empty() {
        lines += &format!("crlDistributionPoints={}\n", pointers.crl);
    }
    let access = [("OCSP", &pointers.ocsp), ("caIssuers", &pointers.issuer)];
    let access: Vec<String> =
        access.iter().filter(|(_, url)| !url.is_empty()).map(|(what, url)| format!("{what};URI:{url}")).collect();
    if !access.is_empty() {
        lines += &format!("authorityInfoAccess={}\n", access.join(","));
    }
    lines
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

/// Paths and what is there; the newest counts.
type Shelf = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server of files that are made later.
fn files() -> (Web, Shelf) {
    let shelf = Shelf::default();
    let shared = Arc::clone(&shelf);
    let web = Web::start(move |path, _| {
        let shelf = shared.lock().unwrap();
        shelf.iter().rev().find(|(p, _)| p == path).map_or(Answer::Status(404), |(_, b)| Answer::Bytes(b.clone()))
    });
    (web, shelf)
}

/// Fingerprints and times, which are others each time, as words.
fn plain(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_inclusive([' ', '\n']) {
        let end = word.len() - word.trim_end_matches([',', ' ', '\n', ':', ';']).len();
        let (bare, end) = word.split_at(word.len() - end);
        let time = bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        let bare = match (bare.starts_with("sha256:"), time) {
            (true, _) => "sha256:…",
            (_, true) => "TIME",
            _ => bare,
        };
        words.push(format!("{bare}{end}"));
    }
    words.concat()
}

#[test]
fn r_06_an_authority_without_a_word_on_revocation_passes_with_a_warning() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::silent();
    let report = pki.json(0, &["--chain", "sub.crt"]);
    assert_eq!((&report["certificate"], &report["revocation"]), (&"trusted".into(), &"unknown".into()));
    assert_eq!(codes(&report), ["revocation-unknown", "revocation-unknown"]);
    assert_eq!(report["path"].as_array().unwrap().len(), 3);
    assert_eq!(report["path"][2]["trusted_by"], "option");
    assert_eq!(report["fetched"], serde_json::json!([]));
    // No store was made for it.
    assert!(!pki.sandbox.path("store").exists());

    // With a CRL named, each has to be settled (PKITS 4.4.1: a missing CRL fails).
    let report = pki.json(3, &["--chain", "sub.crt", "--crl", "root.crl"]);
    assert_eq!((&report["certificate"], &report["revocation"]), (&"untrusted".into(), &"unknown".into()));
    assert_eq!(codes(&report), ["revocation-unknown"]);
    for crls in [["root.crl", "sub.pem"], ["sub.crl", "root.pem"]] {
        let report = pki.json(0, &["--chain", "sub.crt", "--crl", crls[0], "--crl", crls[1], "--offline"]);
        assert_eq!(report["revocation"], "good");
    }
    pki.check(&["--chain", "sub.crt", "--no-revocation"]).expect(0);
    // A policy of one's own may be stricter.
    std::fs::create_dir(pki.sandbox.path("store")).unwrap();
    pki.sandbox.write("store/policy.toml", "[revocation]\nmode = \"hard\"\n");
    pki.check(&["--chain", "sub.crt"]).expect(3);
    pki.check(&["--chain", "sub.crt", "--no-revocation"]).expect(0);
}

#[test]
fn what_is_said_to_people() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::silent();
    let mut said = String::new();
    let mut say = |more: &[&str], code| {
        said += &format!("$ sealpost cert check {} bob.crt\n", more.join(" "));
        let arguments = [&["cert", "check"][..], more, &["bob.crt"]].concat();
        let run = pki.sandbox.run(&arguments).expect(code);
        said += &plain(&run.text());
        said += &run.err;
        said.push('\n');
    };
    let trusted = ["--trust", "root.crt", "--chain", "sub.crt"];
    say(&[], 3);
    say(&["--chain", "sub.crt"], 3);
    say(&["--chain", "sub.crt", "--chain", "root.crt"], 3);
    say(&trusted, 0);
    say(&[&trusted[..], &["--crl", "root.crl", "--crl", "sub.crl"]].concat(), 0);
    say(&[&trusted[..], &["--crl", "root.crl"]].concat(), 3);
    say(&[&trusted[..], &["--no-revocation"]].concat(), 0);
    say(&[&trusted[..], &["--address", "carol@example.net"]].concat(), 3);
    say(&[&trusted[..], &["--address", "BOB@example.net", "--purpose", "any"]].concat(), 0);
    say(&[&trusted[..], &["--at", "2040-01-01"]].concat(), 3);
    say(&[&trusted[..], &["--policy", "1.2.3", "--explicit-policy"]].concat(), 3);
    say(&[&trusted[..], &["--profile", "smime-br"]].concat(), 3);
    pki.revoke("bob", "sub");
    say(&[&trusted[..], &["--crl", "root.crl", "--crl", "sub.crl"]].concat(), 3);
    snapshot("cert-check.txt", &said);
}

#[test]
fn r_01_crls_are_fetched_once_kept_and_fetched_again_when_due() {
    if !has("openssl") {
        return;
    }
    let (web, shelf) = files();
    let at = |name: &str| Pointers { crl: format!("URI:{}", web.url(name)), ..Pointers::default() };
    let pki = Pki::new(&at("/sub.crl"), &at("/root.crl"));
    let put = |name: &str| shelf.lock().unwrap().push((format!("/{name}"), pki.sandbox.read(name)));
    let chain = ["--chain", "sub.crt", "--allow-host"];
    let host = web.host();
    let allowed = [&chain[..], &[&host]].concat();

    // Nothing there: a person can see what was asked and what came.
    let report = pki.json(3, &allowed);
    assert_eq!(codes(&report), ["revocation-unknown", "fetch-failed", "fetch-failed"]);
    assert_eq!(web.requests().len(), 2);
    put("sub.crl");
    put("root.crl");
    // Without a store it is fetched each time.
    assert_eq!(pki.json(0, &allowed)["revocation"], "good");
    assert_eq!(pki.json(0, &allowed)["fetched"][0]["outcome"], "fetched");
    assert_eq!(web.requests().len(), 6);
    pki.json(3, &[&allowed[..], &["--offline"]].concat());
    assert_eq!(web.requests().len(), 6);

    // With one it is fetched once.
    pki.sandbox.ok(&["cert", "list"]);
    assert_eq!(pki.json(0, &allowed)["fetched"][0]["outcome"], "fetched");
    assert_eq!(web.requests().len(), 8);
    let report = pki.json(0, &allowed);
    assert_eq!((&report["fetched"][0]["outcome"], &report["revocation"]), (&"kept".into(), &"good".into()));
    let offline = [&chain[..2], &["--offline"]].concat();
    assert_eq!(pki.json(0, &offline)["revocation"], "good");
    assert_eq!(web.requests().len(), 8);

    // Revoked meanwhile: what is kept does not know it yet; when it is due, it is fetched again and says so.
    pki.revoke("bob", "sub");
    put("sub.crl");
    pki.json(0, &allowed);
    assert_eq!(web.requests().len(), 8);
    let later = wire::Time(now() + 6 * 86_400).to_string();
    let due = [&offline[..], &["--at", &later]].concat();
    let report = pki.json(3, &due);
    assert_eq!(report["fetched"][0]["outcome"], "kept-overdue");
    assert_eq!(web.requests().len(), 8);
    let report = pki.json(3, &[&allowed[..], &["--at", &later]].concat());
    assert_eq!(report["certificate"], "revoked");
    assert_eq!(report["path"][0]["revocation"]["reason"], "keyCompromise");
    assert!(web.requests().len() > 8);
    // The policy may say that nothing is asked of the network, or nothing at all.
    for (word, asked) in [("cached", "kept"), ("never", "")] {
        let before = web.requests().len();
        pki.sandbox.write("store/policy.toml", format!("[revocation]\ncheck = \"{word}\"\n"));
        let report = pki.json(3, &[&chain[..2], &["--at", &later]].concat());
        assert!(
            report["fetched"].as_array().unwrap().iter().all(|f| f["outcome"].as_str().unwrap().starts_with(asked))
        );
        assert_eq!(report["fetched"].as_array().unwrap().is_empty(), word == "never");
        assert_eq!(web.requests().len(), before);
    }
}

#[test]
fn r_05_pointers_to_where_nobody_may_ask_are_not_followed() {
    if !has("openssl") {
        return;
    }
    let web = Web::start(|_, _| Answer::Bytes(b"inside".to_vec()));
    let port = web.port;
    for url in [
        format!("http://127.0.0.1:{port}/x.crl"),
        format!("http://localhost:{port}/x.crl"),
        "http://127.0.0.1/x.crl".to_owned(),
        "http://localhost/x.crl".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/x.crl".to_owned(),
        "http://127.0.0.1:22/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1:70/1x".to_owned(),
        format!("ldap://127.0.0.1:{port}/cn=x"),
    ] {
        let pointers = Pointers { crl: format!("URI:{url}"), ..Pointers::default() };
        let pki = Pki::new(&pointers, &Pointers::default());
        let report = pki.json(3, &["--chain", "sub.crt"]);
        assert_eq!(codes(&report), ["revocation-unknown", "fetch-failed"], "{url}: {report}");
        let text = report["findings"][1]["text"].as_str().unwrap();
        assert!(text.starts_with(&url) && (text.contains(" not ") || text.contains("nothing is fetched by")), "{text}");
    }
    assert!(web.requests().is_empty());
    // The policy file lists hosts as well; what comes is judged for what it is.
    let pointers = Pointers { crl: format!("URI:{}", web.url("/x.crl")), ..Pointers::default() };
    let pki = Pki::new(&pointers, &Pointers::default());
    let port = format!("port {port} of 127.0.0.1");
    assert!(pki.check(&["--chain", "sub.crt"]).expect(3).text().contains(&port));
    std::fs::create_dir(pki.sandbox.path("store")).unwrap();
    pki.sandbox.write("store/policy.toml", format!("[revocation]\nallow-hosts = [\"{}\"]\n", web.host()));
    let report = pki.json(3, &["--chain", "sub.crt"]);
    assert_eq!(report["fetched"][0]["why"], "what came is no CRL");
    assert_eq!(web.requests(), ["GET /x.crl"]);
}

/// X-19: a false list at the right address, as whoever sits on the way can put it there, tells nothing, and does not stay
/// in the place of the right one for as long as it says.
#[test]
fn x_19_a_false_list_is_neither_believed_nor_kept_in_the_place_of_the_right_one() {
    if !has("openssl") {
        return;
    }
    let (web, shelf) = files();
    let point = Pointers { crl: format!("URI:{}", web.url("/sub.crl")), ..Pointers::default() };
    let pki = Pki::new(&point, &Pointers::default());
    let put = |bytes: Vec<u8>| shelf.lock().unwrap().push(("/sub.crl".into(), bytes));
    // An authority of the same names, and of another key, which has revoked nobody.
    put(Pki::silent().sandbox.read("sub.crl"));
    pki.revoke("bob", "sub");
    pki.sandbox.ok(&["cert", "list"]);
    let host = web.host();
    let allowed = ["--chain", "sub.crt", "--allow-host", &host];
    let state = |more: &[&str]| {
        let report = pki.json(3, &[&allowed[..], more].concat());
        (report["revocation"].as_str().unwrap().to_owned(), web.requests().len())
    };
    assert_eq!(state(&[]), ("unknown".into(), 1));
    // It is kept, and whoever asks offline is told no more; nobody asks twice in one operation.
    assert_eq!(state(&["--offline"]), ("unknown".into(), 1));
    assert_eq!(state(&[]), ("unknown".into(), 2));
    // The way is free again: the right list takes its place at once.
    put(pki.sandbox.read("sub.crl"));
    assert_eq!(state(&[]), ("revoked".into(), 3));
    assert_eq!(state(&[]), ("revoked".into(), 3));
    assert_eq!(state(&["--offline"]), ("revoked".into(), 3));
    // One that comes too late replaces the right one where that is kept, and revokes nothing back.
    put(Pki::silent().sandbox.read("sub.crl"));
    assert_eq!(state(&[]), ("revoked".into(), 3));
}

/// X-19: of what a stranger's certificate points to nothing is asked when a mail is opened, whatever kind of pointer it
/// is, listed host or not: that would tell them that it was read, and reach into the network where it is.
#[test]
fn x_19_opening_a_stranger_s_mail_asks_nobody() {
    if !has("openssl") {
        return;
    }
    let web = Web::start(|_, _| Answer::Status(404));
    let point = |what: &str| Pointers {
        crl: format!("URI:{}", web.url(&format!("/{what}.crl"))),
        ocsp: web.url(&format!("/{what}.ocsp")),
        issuer: web.url(&format!("/{what}.crt")),
    };
    let pki = Pki::new(&point("bob"), &point("sub"));
    let sandbox = &pki.sandbox;
    sandbox.ok(&["id", "new", "alice@example.org", "--no-passphrase"]);
    sandbox.ok(&["cert", "trust", "root.crt", "--yes"]);
    sandbox.write("text", "Content-Type: text/plain\r\n\r\nFrom Bob.\r\n");
    let sign = |more: &str, out: &str| {
        pki.openssl(&format!(
            "cms -sign -in text -signer bob.crt -inkey bob.key {more}-from bob@example.net -to alice@example.org -subject x -out {out}"
        ));
    };
    // With the issuer, so that he is believed but for revocation, and without.
    sign("-certfile sub.crt ", "whole.eml");
    sign("", "alone.eml");
    let host = web.host();
    for mail in ["whole.eml", "alone.eml"] {
        for verb in
            [&["open"][..], &["open", "--text"], &["open", "--json"], &["explain"], &["cms", "verify", "--no-chain"]]
        {
            for more in [&[][..], &["--allow-host", &host]] {
                if verb[0] != "open" && !more.is_empty() {
                    continue;
                }
                sandbox.run(&[verb, more, &[mail]].concat());
            }
        }
    }
    assert_eq!(web.requests(), Vec::<String>::new());
    // Where the policy says so they are asked: each of these pointers is one that is followed.
    sandbox.write("store/policy.toml", format!("[revocation]\nopen = \"fetch\"\nallow-hosts = [\"{host}\"]\n"));
    sandbox.run(&["open", "whole.eml"]);
    let asked = web.requests().join(" ");
    assert!(asked.contains("/bob.crl") && asked.contains("/bob.ocsp") && asked.contains("/sub.crl"), "{asked}");
}

#[test]
fn missing_issuers_are_fetched_from_where_the_certificate_says() {
    if !has("openssl") {
        return;
    }
    for form in ["der", "pem", "p7c"] {
        let (web, shelf) = files();
        let pki = Pki::new(&Pointers { issuer: web.url("/sub"), ..Pointers::default() }, &Pointers::default());
        let bytes = match form {
            "der" => pki.der("sub.crt"),
            "pem" => pki.sandbox.read("sub.crt"),
            _ => {
                pki.openssl("crl2pkcs7 -nocrl -certfile sub.crt -outform DER -out sub.p7c");
                pki.sandbox.read("sub.p7c")
            }
        };
        let allow = ["--allow-host".to_owned(), web.host()];
        let allow: Vec<&str> = allow.iter().map(String::as_str).collect();
        let report = pki.json(3, &allow);
        assert_eq!(codes(&report), ["certificate-untrusted", "fetch-failed"], "{form}");
        shelf.lock().unwrap().push(("/sub".into(), bytes));
        let report = pki.json(0, &allow);
        assert_eq!(report["path"].as_array().unwrap().len(), 3, "{form}");
        pki.json(3, &[&allow[..], &["--offline"]].concat());
        // What is not DER at all is told as such.
        shelf.lock().unwrap().push(("/sub".into(), b"<html>".to_vec()));
        assert_eq!(pki.json(3, &allow)["fetched"][0]["why"], "what came is no certificate");
    }
    // A chain of issuers without end is followed for three steps.
    let web = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&web);
    let server = Web::start(move |_, _| {
        let cn = shared.lock().unwrap().clone();
        if cn.is_empty() { Answer::Status(404) } else { Answer::Bytes(cn.into_bytes()) }
    });
    let pki = Pki::new(&Pointers { issuer: server.url("/a"), ..Pointers::default() }, &Pointers::default());
    *web.lock().unwrap() = String::from_utf8(pki.sandbox.read("bob.crt")).unwrap();
    pki.json(3, &["--allow-host", &server.host()]);
    assert!(server.requests().len() <= 3, "{:?}", server.requests());
}

#[test]
fn r_03_responders_are_asked_and_their_answers_kept() {
    if !has("openssl") {
        return;
    }
    let folder: Arc<Mutex<std::path::PathBuf>> = Arc::default();
    let shared = Arc::clone(&folder);
    let web = Web::start(move |_, body| respond(&shared.lock().unwrap(), body));
    let pki = Pki::new(&Pointers { ocsp: web.url("/ocsp"), ..Pointers::default() }, &Pointers::default());
    *folder.lock().unwrap() = pki.sandbox.path("");
    pki.sandbox.ok(&["cert", "list"]);
    let host = web.host();
    let arguments = ["--chain", "sub.crt", "--allow-host", &host];
    let report = pki.json(0, &arguments);
    assert_eq!(report["path"][0]["revocation"]["source"], "ocsp");
    assert_eq!(report["path"][0]["revocation"]["state"], "good");
    assert_eq!(web.requests(), ["POST /ocsp"]);
    assert_eq!(pki.json(0, &arguments)["fetched"][0]["outcome"], "kept");
    assert_eq!(pki.json(0, &["--chain", "sub.crt", "--offline"])["path"][0]["revocation"]["state"], "good");
    assert_eq!(web.requests().len(), 1);

    pki.revoke("bob", "sub");
    let later = wire::Time(now() + 2 * 86_400).to_string();
    let report = pki.json(3, &[&arguments[..], &["--at", &later]].concat());
    // An answer of today is stale two days later, and it was asked for again.
    assert_eq!(report["certificate"], "revoked");
    assert_eq!(web.requests().len(), 2);
    // An answer in a file.
    std::fs::copy(pki.sandbox.path("answer.der"), pki.sandbox.path("kept.der")).unwrap();
    let report = pki.json(3, &["--chain", "sub.crt", "--offline", "--ocsp", "kept.der"]);
    assert_eq!(report["certificate"], "revoked");
}

/// What openssl answers to a request, from the index of `sub`.
fn respond(folder: &Path, request: &[u8]) -> Answer {
    std::fs::write(folder.join("request.der"), request).unwrap();
    let command = "ocsp -index sub.index -CA sub.crt -rsigner sub.crt -rkey sub.key -reqin request.der -respout answer.der \
        -ndays 1";
    let run = Command::new("openssl").args(command.split(' ')).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Answer::Bytes(std::fs::read(folder.join("answer.der")).unwrap())
}

/// Sealing asks the network, opening does not: that would tell whoever wrote the mail that it was read.
#[test]
fn r_05_sealing_fetches_and_opening_uses_what_was_kept() {
    if !has("openssl") {
        return;
    }
    let (web, shelf) = files();
    let pki = Pki::new(
        &Pointers { crl: format!("URI:{}", web.url("/sub.crl")), ..Pointers::default() },
        &Pointers::default(),
    );
    let sandbox = &pki.sandbox;
    let put = |name: &str| shelf.lock().unwrap().push((format!("/{name}"), sandbox.read(name)));
    put("sub.crl");
    sandbox.ok(&["id", "new", "alice@example.org", "--no-passphrase"]);
    sandbox.ok(&["cert", "trust", "root.crt", "--yes"]);
    sandbox.ok(&["cert", "import", "sub.crt"]);
    sandbox.ok(&["cert", "import", "bob.crt"]);
    sandbox.write("text", "Content-Type: text/plain\r\n\r\nFrom Bob.\r\n");
    pki.openssl(
        "cms -sign -in text -signer bob.crt -inkey bob.key -certfile sub.crt -from bob@example.net \
         -to alice@example.org -subject x -out from-bob.eml",
    );
    // Nothing is kept yet, and opening asks nobody.
    let host = web.host();
    let open = |more: &[&str]| {
        let run = sandbox.run(&[&["open", "--json", "from-bob.eml", "--allow-host", &host][..], more].concat());
        let report: Value = serde_json::from_slice(&run.out).unwrap();
        (report["signers"][0]["certificate"].clone(), report["signers"][0]["revocation"].clone())
    };
    assert_eq!(open(&[]), ("trusted".into(), "not-checked".into()));
    assert!(web.requests().is_empty());

    let letter = "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Hi\r\n\r\nHello.\r\n";
    sandbox.write("letter.eml", letter);
    let seal = |more: &[&str]| {
        sandbox.run(&[&["seal", "--no-discovery", "letter.eml", "--allow-host", &host][..], more].concat())
    };
    seal(&["--offline"]).expect(0);
    assert!(web.requests().is_empty());
    seal(&[]).expect(0);
    assert_eq!(web.requests(), ["GET /sub.crl"]);
    seal(&[]).expect(0);
    assert_eq!(web.requests().len(), 1);

    // The next list says that it is revoked: sealing gets it when it is due, and opening knows from then on.
    pki.revoke("bob", "sub");
    put("sub.crl");
    let later = wire::Time(now() + 6 * 86_400).to_string();
    let refused = seal(&["--at", &later]).expect(17);
    assert!(refused.err.contains("revoked"), "{}", refused.err);
    let asked = web.requests().len();
    assert_eq!(open(&[]), ("revoked".into(), "revoked".into()));
    sandbox.write("store/policy.toml", "[revocation]\nopen = \"never\"\n");
    assert_eq!(open(&[]).0, "trusted");
    assert_eq!(web.requests().len(), asked);
}

/// A recipient whose issuer nobody imported: sealing gets it from where the certificate says, as `cert check` does.
#[test]
fn sealing_fetches_the_issuers_that_are_missing() {
    if !has("openssl") {
        return;
    }
    let (web, shelf) = files();
    let pki = Pki::new(&Pointers { issuer: web.url("/sub"), ..Pointers::default() }, &Pointers::default());
    let sandbox = &pki.sandbox;
    sandbox.ok(&["id", "new", "alice@example.org", "--no-passphrase"]);
    sandbox.ok(&["cert", "trust", "root.crt", "--yes"]);
    sandbox.ok(&["cert", "import", "bob.crt"]);
    sandbox.write("letter.eml", "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Hi\r\n\r\nHello.\r\n");
    let host = web.host();
    let seal = |more: &[&str]| {
        sandbox.run(&[&["seal", "--no-discovery", "letter.eml", "--allow-host", &host][..], more].concat())
    };
    let refused = seal(&["--offline"]).expect(17);
    assert!(refused.err.contains("bob@example.net"), "{}", refused.err);
    assert!(web.requests().is_empty());
    shelf.lock().unwrap().push(("/sub".into(), pki.der("sub.crt")));
    seal(&[]).expect(0);
    assert_eq!(web.requests(), ["GET /sub"]);
    // It was kept, and whoever may not fetch finds it.
    seal(&["--offline"]).expect(0);
    assert_eq!(web.requests().len(), 1);
    // An issuer that was distrusted is none, wherever it comes from.
    sandbox.ok(&["cert", "import", "sub.crt"]);
    let sub = sandbox.json(&["cert", "list"])["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["subject"] == "CN=sub")
        .unwrap()["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox.ok(&["cert", "distrust", &sub]);
    seal(&[]).expect(17);
    // Of a certificate that can no longer be used nothing is fetched.
    let asked = web.requests().len();
    let later = wire::Time(now() + 400 * 86_400).to_string();
    seal(&["--at", &later]).expect(17);
    assert_eq!(web.requests().len(), asked);
}

#[test]
fn crls_come_from_directories_that_were_allowed() {
    if !has("openssl") {
        return;
    }
    // The port is known before there is a CRL to serve: the one of a first chain is another key's.
    let pki = Pki::silent();
    let strange = web::ldap("certificateRevocationList;binary", vec![pki.sandbox.read("sub.crl")], 0);
    let point = |port: u16| Pointers {
        crl: format!("URI:ldap://localhost:{port}/CN=sub?certificateRevocationList"),
        ..Pointers::default()
    };
    pki.person("bob", "sub", &point(strange));
    pki.crl("sub");
    let allow = format!("localhost:{strange}");
    let report = pki.json(0, &["--chain", "sub.crt", "--allow-host", &allow]);
    assert_eq!(report["path"][0]["revocation"]["state"], "good");
    let report = pki.json(3, &["--chain", "sub.crt"]);
    assert!(report["fetched"][0]["why"].as_str().unwrap().contains("directory server"), "{report}");
}

/// What is far too long is not read at all, and the bound is told.
#[test]
fn files_without_end_are_refused_by_their_length() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::silent();
    let junk = std::fs::File::create(pki.sandbox.path("junk")).unwrap();
    junk.set_len(1 << 30).unwrap();
    for (code, option) in [(3, "--crl"), (3, "--ocsp"), (3, "--chain"), (41, "--trust")] {
        let run = pki.check(&[option, "junk"]).expect(code);
        let said = run.text() + &run.err;
        assert!(said.contains("junk is longer than 64 MiB"), "{option}: {said}");
    }
    for arguments in [&["cert", "trust", "--yes", "junk"][..], &["cert", "import", "junk"]] {
        let run = pki.sandbox.run(arguments).expect(41);
        assert!(run.err.contains("junk is longer than 64 MiB"), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn anchors_of_the_store_count_and_what_is_distrusted_does_not() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::silent();
    let check = |code: i32| {
        let run = pki.sandbox.run(&["cert", "check", "--json", "--chain", "sub.crt", "bob.crt"]).expect(code);
        serde_json::from_slice::<Value>(&run.out).unwrap()
    };
    assert_eq!(check(3)["certificate"], "untrusted");
    pki.sandbox.ok(&["cert", "trust", "root.crt", "--yes"]);
    let report = check(0);
    assert_eq!(report["path"][2]["trusted_by"], "user");
    let print = report["path"][2]["fingerprint"].as_str().unwrap().to_owned();
    let sub = report["path"][1]["fingerprint"].as_str().unwrap().to_owned();
    pki.sandbox.ok(&["cert", "import", "sub.crt"]);
    pki.sandbox.ok(&["cert", "distrust", &sub]);
    assert_eq!(codes(&check(3))[0], "certificate-distrusted");
    // --trust does not take back what was said.
    pki.check(&["--chain", "sub.crt"]).expect(3);
    pki.sandbox.ok(&["cert", "distrust", &sub, "--undo"]);
    check(0);
    pki.sandbox.ok(&["cert", "distrust", &print]);
    check(3);
    // A certificate of the store by its address.
    pki.sandbox.ok(&["cert", "distrust", &print, "--undo"]);
    pki.sandbox.ok(&["cert", "trust", &print, "--yes"]);
    pki.sandbox.ok(&["cert", "import", "bob.crt"]);
    pki.sandbox.ok(&["cert", "check", "bob@example.net"]);
    pki.sandbox.run(&["cert", "check", "nobody.crt"]).expect(61);
    pki.sandbox.write("text.txt", "not a certificate");
    pki.sandbox.run(&["cert", "check", "text.txt"]).expect(41);
    // One that breaks the rules of its form is judged by that.
    let mut der = pki.der("bob.crt");
    // The outermost SEQUENCE stays whole: what is in it does not.
    der[4] = 0x31;
    for (name, bytes) in [("cut.der", der.clone()), ("cut.crt", wire::pem::encode("CERTIFICATE", &der).into_bytes())] {
        pki.sandbox.write(name, bytes);
        let run = pki.sandbox.run(&["cert", "check", name]).expect(3);
        assert!(run.err.contains("malformed"), "{name}: {}", run.err);
        let run = pki.sandbox.run(&["cert", "check", "--json", name]).expect(3);
        let report: Value = serde_json::from_slice(&run.out).unwrap();
        assert_eq!(codes(&report), ["certificate-malformed"]);
    }
    // What might have helped is passed over, and told.
    let report = pki.json(0, &["--chain", "text.txt"]);
    assert!(codes(&report).contains(&"file-unreadable"));
    pki.json(3, &["--crl", "text.txt"]);
}

fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}
