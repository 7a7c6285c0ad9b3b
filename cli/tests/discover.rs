//! `sealpost cert find`, `cert publish` and what `seal` finds by itself: against slapd, a zone signed by ldns on nsd, stores by
//! HTTP, and servers that do their worst.

use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ca::Served;
use crate::cert_check::web::{Answer, Web};
use crate::support::{DAY, Run, Sandbox, from_now, has};

/// A server that ends with the value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Daemons lie where not everybody's PATH leads.
fn daemon(name: &str) -> Option<PathBuf> {
    let found = ["/usr/sbin", "/usr/local/sbin"].map(|folder| Path::new(folder).join(name));
    let found = found.into_iter().find(|path| path.is_file());
    found.or_else(|| has(name).then(|| name.into()))
}

fn free_port() -> u16 {
    // One that both TCP and UDP have free.
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn start(mut command: Command, port: u16) -> Server {
    let mut server = Server(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "{command:?} does not listen");
        assert!(server.0.try_wait().unwrap().is_none(), "{command:?} ended");
        thread::sleep(Duration::from_millis(30));
    }
    server
}

#[track_caller]
fn bash(folder: &Path, script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Somebody else's store: an authority, and people whom it certified.
fn others(people: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["ca", "init", "--name", "Other CA", "--no-passphrase"]);
    for address in people {
        sandbox.ok(&["id", "new", address, "--issuer", "Other CA", "--no-passphrase"]);
    }
    sandbox
}

/// The base64 of a certificate.
fn base64(sandbox: &Sandbox, address: &str) -> String {
    let pem = sandbox.ok(&["cert", "show", address, "--pem"]);
    let body = pem.split("-----").nth(2).unwrap();
    body.split_whitespace().collect()
}

/// The certificate of somebody else's authority.
fn authority(sandbox: &Sandbox) -> String {
    let list = sandbox.json(&["cert", "list"]);
    let list = list["certificates"].as_array().unwrap();
    let own = list.iter().find(|c| c["subject"].as_str().unwrap().contains("Other CA")).unwrap();
    let print = own["fingerprint"].as_str().unwrap().rsplit(' ').next().unwrap();
    sandbox.ok(&["cert", "show", print, "--pem"])
}

fn find(sandbox: &Sandbox, code: i32, arguments: &[&str]) -> Value {
    let all = [&["cert", "find", "--json"][..], arguments].concat();
    let run = sandbox.run(&all).expect(code);
    serde_json::from_slice(&run.out).unwrap()
}

/// What a kind of place answered: outcome and reason, then what became of its first certificate.
fn told(report: &Value, by: &str) -> (String, String) {
    let step = report["steps"].as_array().unwrap().iter().find(|step| step["by"] == by).unwrap();
    let certificate = &step["certificates"][0];
    let texts = [&step["why"], &certificate["why_not"], &certificate["taken"]].map(|v| v.as_str().unwrap_or(""));
    (step["outcome"].as_str().unwrap().to_owned(), texts.concat())
}

fn stored(sandbox: &Sandbox) -> usize {
    sandbox.json(&["cert", "list"])["certificates"].as_array().unwrap().len()
}

/// DI-04: what `cert publish` gives for a directory is what slapd takes and `cert find` finds.
#[test]
fn di_04_a_directory_server_is_asked_and_no_address_is_more_than_a_value() {
    let (Some(slapd), true) = (daemon("slapd"), has("ldapmodify")) else { return };
    let theirs = others(&["fred@example.net", "carol@example.net"]);
    let mine = Sandbox::with_people();
    let port = free_port();
    let folder = theirs.path("ldap");
    std::fs::create_dir_all(folder.join("db")).unwrap();
    let schema = |name: &str| format!("include /etc/ldap/schema/{name}.schema\n");
    let mut conf: String = ["core", "cosine", "inetorgperson"].map(schema).concat();
    conf.push_str(
        "modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile pid\ndatabase mdb\nsuffix dc=example,dc=net\n\
         rootdn cn=root,dc=example,dc=net\nrootpw secret\ndirectory db\n",
    );
    std::fs::write(folder.join("slapd.conf"), conf).unwrap();
    std::fs::write(
        folder.join("base.ldif"),
        "dn: dc=example,dc=net\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\n\
         dn: cn=fred,dc=example,dc=net\nobjectClass: inetOrgPerson\ncn: fred\nsn: fred\nmail: fred@example.net\n\n\
         dn: cn=carol,dc=example,dc=net\nobjectClass: inetOrgPerson\ncn: carol\nsn: carol\nmail: carol@example.net\n\n\
         dn: cn=dave,dc=example,dc=net\nobjectClass: inetOrgPerson\ncn: dave\nsn: dave\nmail: dave@example.net\n",
    )
    .unwrap();
    // A copy: what a system confines by its path is not confined here.
    let own = folder.join("slapd");
    std::fs::copy(slapd, &own).unwrap();
    let mut command = Command::new(own);
    let url = format!("ldap://127.0.0.1:{port}");
    command.args(["-d", "0", "-f", "slapd.conf", "-h", &format!("{url}/")]).current_dir(&folder);
    let server = start(command, port);
    let change = |tool: &str, file: &str| {
        bash(&folder, &format!("{tool} -x -H {url} -D cn=root,dc=example,dc=net -w secret -f {file} >/dev/null"));
    };
    change("ldapadd", "base.ldif");
    theirs.ok(&[
        "cert",
        "publish",
        "fred@example.net",
        "--for",
        "ldap",
        "--entry",
        "cn=fred,dc=example,dc=net",
        "-o",
        "ldap/bob.ldif",
    ]);
    change("ldapmodify", "bob.ldif");
    // Dave's entry has the certificate of carol, who has none.
    let wrong =
        theirs.ok(&["cert", "publish", "carol@example.net", "--for", "ldap", "--entry", "cn=dave,dc=example,dc=net"]);
    std::fs::write(folder.join("dave.ldif"), wrong).unwrap();
    change("ldapmodify", "dave.ldif");

    let base = format!("{url}/dc=example,dc=net");
    let before = stored(&mine);
    let ask = |code: i32, address: &str| {
        let without = ["--not-from", "smimea", "--not-from", "cert", "--not-from", "http"];
        find(&mine, code, &[&[address, "--refresh", "--ldap-server", &base][..], &without].concat())
    };
    // Nobody here trusts the other authority yet.
    let (outcome, why) = told(&ask(1, "bob@example.org"), "ldap");
    assert_eq!((outcome.as_str(), why.as_str()), ("nothing", ""));
    let (outcome, why) = told(&ask(1, "fred@example.net"), "ldap");
    assert!(outcome == "answered" && why.contains("Other CA"), "{why}");
    let (_, why) = told(&ask(1, "dave@example.net"), "ldap");
    assert_eq!(why, "it is for carol@example.net, not for dave@example.net");
    for address in ["*@example.net", "bob*@example.net", "a)(mail=*@example.net", "\"a)(|(mail=*\"@example.net"] {
        let run = mine.run(&[
            "cert",
            "find",
            address,
            "--json",
            "--not-from",
            "smimea",
            "--not-from",
            "cert",
            "--not-from",
            "http",
            "--ldap-server",
            &base,
        ]);
        if run.code == 2 {
            assert!(run.err.contains("not a mail address"), "{}", run.err);
            continue;
        }
        let report: Value = serde_json::from_slice(&run.expect(1).out).unwrap();
        assert_eq!(told(&report, "ldap"), ("nothing".into(), String::new()), "{address}");
    }
    assert_eq!(stored(&mine), before, "what was not taken is not kept");

    // The authority that came with it is trusted: then it is taken, kept and encrypted to.
    let authority = authority(&theirs);
    mine.write("other.pem", authority);
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    let report = ask(0, "fred@example.net");
    assert_eq!((report["by"].as_str(), told(&report, "ldap").1.as_str()), (Some("ldap"), "path"));
    drop(server);
    let again = find(&mine, 0, &["fred@example.net", "--offline"]);
    assert_eq!(again["by"], "kept");
    let kept = mine.json(&["cert", "show", "fred@example.net"])["certificates"][0].clone();
    assert_eq!((&kept["origin"], &kept["sources"][0]["source"]), (&"ldap".into(), &"ldap".into()), "{kept:#}");
    assert_eq!(kept["sources"][0]["detail"], base.as_str());
}

/// What a server does with a connection.
type Deed = fn(TcpStream);

/// A directory server that takes a question and never answers, and one whose answer is a GiB long.
#[test]
fn di_04_a_directory_server_that_does_its_worst_is_told_in_time() {
    let mine = Sandbox::with_people();
    let before = stored(&mine);
    let never: Deed = |stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    };
    // A bind answer, then an entry that says it has 2^30 octets, and zeros.
    let long: Deed = |mut stream| {
        let bound = [0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0];
        let _ = stream.write_all(&bound);
        let _ = stream.write_all(&[0x30, 0x84, 0x40, 0, 0, 0, 2, 1, 2, 0x64, 0x84, 0x3f, 0xff, 0xff, 0xf7]);
        while stream.write_all(&[0; 65536]).is_ok() {}
    };
    // A bind answer that comes octet by octet, and references to other servers without end.
    let drip: Deed = |mut stream| {
        for octet in [0x30, 100].into_iter().chain(std::iter::repeat(2)) {
            if stream.write_all(&[octet]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(300));
        }
    };
    let endless: Deed = |mut stream| {
        let _ = stream.write_all(&[0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0]);
        while stream.write_all(&[0x30, 6, 2, 1, 2, 0x73, 1, 0x40].repeat(4096)).is_ok() {}
    };
    let late = "no whole answer within 5 seconds";
    let large = "larger than 131072 octets";
    thread::scope(|scope| {
        for (deed, why) in [(never, late), (drip, late), (long, large), (endless, large)] {
            let mine = &mine;
            scope.spawn(move || {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let server = format!("ldap://{}/dc=example", listener.local_addr().unwrap());
                thread::spawn(move || listener.incoming().for_each(|s| drop(thread::spawn(move || deed(s.unwrap())))));
                let began = Instant::now();
                let quiet = ["--not-from", "smimea", "--not-from", "cert", "--not-from", "http"];
                let report = find(mine, 1, &[&["bob@example.com", "--ldap-server", &server][..], &quiet].concat());
                let (outcome, text) = told(&report, "ldap");
                assert!(outcome == "failed" && text.contains(why), "{why}: {text}");
                assert!(began.elapsed() < Duration::from_secs(8), "{why}: {:?}", began.elapsed());
            });
        }
    });
    assert_eq!(stored(&mine), before);
}

/// Zones below `test`, which is signed, on nsd: `example.test`, signed as it should be; `past.test` and `young.test`, whose
/// signatures are over and not yet good; `torn.test`, whose signatures of SMIMEA and whose proofs are taken out; `plain.test`,
/// which nobody signed.
struct Zones {
    port: u16,
    anchors: PathBuf,
    _server: Option<Server>,
}

impl Zones {
    /// With these records in the zones; `bend` changes example.test when it is signed.
    fn start(sandbox: &Sandbox, records: &dyn Fn(&str) -> String, bend: &str) -> Option<Zones> {
        let nsd = daemon("nsd")?;
        if !has("ldns-signzone") {
            return None;
        }
        let folder = sandbox.path("zones");
        std::fs::create_dir_all(&folder).unwrap();
        let head = |zone: &str| {
            format!(
                "$ORIGIN {zone}.\n$TTL 300\n@ IN SOA ns.{zone}. root.{zone}. 1 3600 600 86400 300\n@ IN NS ns.{zone}.\nns IN A 127.0.0.1\n"
            )
        };
        let mut top = head("test");
        for name in BELOW {
            std::fs::write(folder.join(format!("{name}.test")), head(&format!("{name}.test")) + &records(name))
                .unwrap();
            top.push_str(&format!("{name} IN NS ns.{name}.test.\nns.{name} IN A 127.0.0.1\n"));
        }
        std::fs::write(folder.join("test"), top).unwrap();
        bash(
            &folder,
            &format!(
                "for zone in example.test past.test young.test torn.test test; do
                     key=$(ldns-keygen -a ECDSAP256SHA256 -k $zone)
                     [ $zone = test ] && cat *.ds >>test && cp $key.key anchors
                     dates=
                     [ $zone = past.test ] && dates='-i 20200101000000 -e 20200201000000'
                     [ $zone = young.test ] && dates='-i 20900101000000 -e 20900201000000'
                     ldns-signzone $dates -f $zone.signed $zone $key
                     ldns-key2ds -n -2 $key.key >$zone.ds
                 done
                 sed -i -E '/IN[[:space:]]+(NSEC|RRSIG[[:space:]]+(NSEC|SMIMEA))[[:space:]]/d' torn.test.signed
                 if grep -qE 'RRSIG[[:space:]]+(NSEC|SMIMEA)' torn.test.signed; then exit 1; fi
                 other=$(ldns-keygen -a ECDSAP256SHA256 -k test); cp $other.key wrong; : >empty
                 {bend}"
            ),
        );
        let port = free_port();
        let signed = |name: &str| if name == "plain" { String::new() } else { ".signed".to_owned() };
        let below = BELOW.map(|name| format!("zone:\n  name: {name}.test\n  zonefile: {name}.test{}\n", signed(name)));
        let zones = below.concat() + "zone:\n  name: test\n  zonefile: test.signed\n";
        let here = folder.display();
        let conf = format!(
            "server:\n  ip-address: 127.0.0.1\n  port: {port}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{here}\"\n  database: \"\"\n  \
             pidfile: \"{here}/pid\"\n  xfrdfile: \"{here}/xfrd\"\n  zonelistfile: \"{here}/list\"\n  xfrdir: \"{here}\"\n  \
             cookie-secret-file: \"{here}/cookie\"\n  server-count: 1\nremote-control:\n  control-enable: no\n{zones}"
        );
        std::fs::write(folder.join("nsd.conf"), conf).unwrap();
        let mut command = Command::new(nsd);
        command.args(["-d", "-c", "nsd.conf"]).current_dir(&folder);
        Some(Zones { port, anchors: folder.join("anchors"), _server: Some(start(command, port)) })
    }

    fn ask(&self, sandbox: &Sandbox, code: i32, address: &str, more: &[&str]) -> Value {
        let run = self.run(sandbox, &[&["cert", "find", address, "--json", "--refresh"][..], more].concat());
        serde_json::from_slice(&run.expect(code).out).unwrap()
    }

    /// A verb that asks these zones and no store.
    fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Run {
        let resolver = format!("127.0.0.1:{}", self.port);
        let anchors = self.anchors.display().to_string();
        let usual = ["--resolver", &resolver, "--dns-anchors", &anchors, "--not-from", "http"];
        sandbox.run(&[arguments, &usual].concat())
    }
}

const BELOW: [&str; 5] = ["example", "past", "young", "torn", "plain"];

/// DI-01, DI-02, DI-03, R-07: each usage, what a certificate is judged by beside it, aliases, and what is not proven.
#[test]
fn di_02_smimea_and_cert_records_are_proven_in_this_process() {
    let people = ["bob", "carol", "dave", "erin", "grace", "ivan", "judy", "old", "big", "zero"]
        .map(|name| format!("{name}@example.test"));
    let theirs = others(&people.each_ref().map(String::as_str));
    for zone in &BELOW[1..] {
        theirs.ok(&["id", "new", &format!("bob@{zone}.test"), "--issuer", "Other CA", "--no-passphrase"]);
    }
    let publish = |address: &str, more: &[&str]| theirs.ok(&[&["cert", "publish", address][..], more].concat());
    let owner = |text: &str| text.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let own = |name: &str, more: &[&str]| publish(&format!("{name}@example.test"), more);
    let cert = |name: &str| format!("{name} IN CERT 1 0 0 {}\n", base64(&theirs, &format!("{name}@example.test")));
    // frank has bob's certificate, grace an alias, heidi aliases that lead in a ring, erin a record of another certificate.
    let bob = own("bob", &[]);
    let moved = |name: &str, to: &str| {
        let digest = &directory_owner(&format!("{name}@example.test"));
        format!("{digest}. IN CNAME {to}\n")
    };
    // More than a datagram takes (1232 octets): it comes truncated, and whole by TCP.
    let big = own("big", &[]);
    let of_others = ["bob", "carol"].map(|name| {
        own(name, &[]).replace(&directory_owner(&format!("{name}@example.test")), &directory_owner("big@example.test"))
    });
    let others_of_big = of_others.concat();
    let digits =
        |zone: &str| zone.lines().filter(|line| line.starts_with("    ")).map(|line| line.trim().len()).sum::<usize>();
    assert!((digits(&big) + digits(&others_of_big)) / 2 > 1232);
    let grace = own("grace", &[]).replace(&owner(&own("grace", &[])), "grace-smimea.example.test.");
    let records = [
        bob.clone(),
        own("carol", &["--usage", "1"]),
        own("dave", &["--usage", "2"]),
        cert("dave"),
        own("bob", &["--matching", "1"]).replace(&owner(&bob), &format!("{}.", directory_owner("erin@example.test"))),
        cert("erin"),
        bob.replace(&owner(&bob), &format!("{}.", directory_owner("frank@example.test"))),
        grace,
        moved("grace", "grace-smimea.example.test."),
        moved("heidi", "ring.example.test."),
        moved("leo", &format!("{}.", directory_owner("bob@torn.test"))),
        moved("heidi", "").split(' ').next().map(|h| format!("ring.example.test. IN CNAME {h}\n")).unwrap(),
        own("ivan", &[]),
        own("judy", &["--matching", "1", "--selector", "1"]),
        cert("judy"),
        own("old", &[]),
        own("zero", &["--ttl", "0"]),
        big,
        others_of_big,
    ]
    .concat();
    let records = |zone: &str| match zone {
        "example" => records.clone(),
        other => publish(&format!("bob@{other}.test"), &[]),
    };
    // Somebody changes ivan's record on the way: another certificate under the old signature.
    let ivan = directory_owner("ivan@example.test");
    let bend = format!(
        "sed -i -E '/^{ivan}.*IN[[:space:]]+SMIMEA/s/SMIMEA[[:space:]]+3 0 0/SMIMEA\\t2 0 0/' example.test.signed
         grep -q '^{ivan}.*SMIMEA.2 0 0' example.test.signed"
    );
    let mine = Sandbox::with_people();
    let before = stored(&mine);
    let Some(zones) = Zones::start(&mine, &records, &bend) else { return };
    let ask = |code: i32, name: &str, more: &[&str]| zones.ask(&mine, code, &format!("{name}@example.test"), more);
    let smimea = |report: &Value| told(report, "smimea");

    // What is not to be taken, first: nothing of it is kept.
    let (outcome, why) = smimea(&ask(1, "carol", &[]));
    assert!(outcome == "answered" && why.contains("Other CA"), "usage 1 needs a path: {why}");
    let report = ask(1, "erin", &[]);
    assert_eq!(told(&report, "cert").1, "the SMIMEA records of the address name another certificate");
    assert!(smimea(&report).1.starts_with("its records hold no certificate"), "{report:#}");
    assert_eq!(smimea(&ask(1, "frank", &[])).1, "it is for bob@example.test, not for frank@example.test");
    assert_eq!(smimea(&ask(1, "nobody", &[])), ("nothing".into(), String::new()));
    // Each that is forged or broken in its own words.
    for (address, reason) in [
        ("ivan@example.test", "contradicts DNSSEC: its signature, or that of a key above it, does not hold"),
        ("heidi@example.test", "its aliases (CNAME) lead nowhere"),
        ("bob@past.test", "contradicts DNSSEC: its signature ended on 2020-02-01T00:00:00Z"),
        ("bob@young.test", "contradicts DNSSEC: its signature begins on 2090-01-01T00:00:00Z only"),
        ("bob@torn.test", "contradicts DNSSEC: it has no signature and its zone is signed"),
        ("leo@example.test", "contradicts DNSSEC: it has no signature and its zone is signed"),
        ("nobody@torn.test", "contradicts DNSSEC: it says that there is nothing and does not prove it"),
        ("bob@plain.test", "the answer is not signed (DNSSEC), so that anybody could have made it"),
    ] {
        let (outcome, why) = smimea(&zones.ask(&mine, 1, address, &[]));
        assert!(outcome == "failed" && why.contains(reason), "{address}: {why}");
    }
    let anchored = |file: &str| {
        let resolver = format!("127.0.0.1:{}", zones.port);
        let file = mine.path("zones").join(file).display().to_string();
        let usual =
            ["bob@example.test", "--resolver", &resolver, "--dns-anchors", &file, "--not-from", "http", "--refresh"];
        told(&find(&mine, 1, &usual), "smimea").1
    };
    assert!(anchored("wrong").contains("contradicts DNSSEC: its signature, or that of a key above it, does not hold"));
    assert!(anchored("empty").contains("no DNSKEY record is in it"));
    assert!(anchored("nowhere").contains("DNSSEC has nothing to begin from"));
    let expired = smimea(&ask(1, "old", &["--at", "2039-01-01T00:00:00Z"])).1;
    assert!(expired.contains("expired"), "{expired}");
    assert_eq!(stored(&mine), before);

    // What is: by the domain's word, by its authority's, by a digest and a CERT record, through an alias.
    for (name, by, how) in [
        ("bob", "smimea", "dane-ee"),
        ("dave", "cert", "dane-ta"),
        ("judy", "cert", "dane-ee"),
        ("grace", "smimea", "dane-ee"),
        ("big", "smimea", "dane-ee"),
    ] {
        let report = ask(0, name, &[]);
        let step = report["steps"].as_array().unwrap().iter().find(|step| step["by"] == by).unwrap();
        let taken: Vec<&str> =
            step["certificates"].as_array().unwrap().iter().filter_map(|c| c["taken"].as_str()).collect();
        assert_eq!((report["by"].as_str(), taken.as_slice()), (Some(by), &[how][..]), "{report:#}");
    }
    let kept = mine.json(&["cert", "show", "dave@example.test"])["certificates"][0].clone();
    assert_eq!((&kept["origin"], &kept["sources"][0]["detail"]), (&"cert-record".into(), &"dave@example.test".into()));
    // It counts for as long as the record does, for the mail too, and for its own address alone.
    let letter = |to: &str| format!("From: alice@example.org\r\nTo: {to}\r\nSubject: x\r\n\r\nhello\r\n");
    mine.write("bob.eml", letter("bob@example.test"));
    mine.ok(&["seal", "--offline", "bob.eml", "-o", "sealed.eml"]);
    theirs.write("sealed.eml", mine.read("sealed.eml"));
    assert!(theirs.run(&["open", "sealed.eml"]).text().contains("hello"));
    let later = ["--at", &from_now(DAY), "seal", "--offline", "bob.eml"];
    mine.run(&later).expect(17);
    // What may not be kept counts for the mail for which it was asked, and for no other.
    mine.write("zero.eml", letter("zero@example.test"));
    let zero = |more: &[&str], code: i32| zones.run(&mine, &[&["seal", "zero.eml"][..], more].concat()).expect(code);
    let sealed = zero(&["-o", "zero-sealed.eml"], 0);
    assert!(sealed.err.contains("found by smimea: zero@example.test"), "{}", sealed.err);
    theirs.write("zero-sealed.eml", mine.read("zero-sealed.eml"));
    assert!(theirs.run(&["open", "zero-sealed.eml"]).text().contains("hello"));
    zero(&["--offline"], 17);
    // That there is nothing counts as long as the zone says (its SOA: 300 seconds), and no longer.
    let after = |seconds: i64| {
        let run =
            zones.run(&mine, &["--at", &from_now(seconds), "cert", "find", "--json", "nobody@example.test"]).expect(1);
        told(&serde_json::from_slice(&run.out).unwrap(), "smimea").0
    };
    assert_eq!([0, 200, 400].map(after), ["nothing", "remembered", "nothing"]);
    // With the authority trusted, usage 1 has its path.
    mine.write("other.pem", authority(&theirs));
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    let report = ask(0, "carol", &[]);
    assert_eq!((report["by"].as_str(), smimea(&report).1.as_str()), (Some("smimea"), "path"));
    assert_eq!(told(&ask(1, "erin", &[]), "cert").1, "the SMIMEA records of the address name another certificate");
}

/// The owner name of an address's records, by the program of somebody else's making.
fn directory_owner(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap();
    let output = Command::new("bash").args(["-c", &format!("printf %s '{local}' | sha256sum")]).output().unwrap();
    let digest = String::from_utf8(output.stdout).unwrap();
    format!("{}._smimecert.{domain}", &digest[..56])
}

/// A resolver that answers each question by UDP with what this makes of it, and by TCP not at all. Its port, and how
/// often it was asked.
fn resolver(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let port = free_port();
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        let mut question = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            counted.fetch_add(1, Ordering::Relaxed);
            if let Some(answer) = answer(&question[..length]) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    (port, count)
}

/// The question with these flags, and with one record behind it: the name of the question, this type and data.
fn reply(question: &[u8], flags: [u8; 2], record: Option<(u16, &[u8])>) -> Vec<u8> {
    let mut at = 12;
    while question[at] != 0 {
        at += 1 + usize::from(question[at]);
    }
    let mut out = question[..at + 5].to_vec();
    out[2..4].copy_from_slice(&flags);
    out[4..12].copy_from_slice(&[0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]);
    if let Some((kind, data)) = record {
        out.extend([0xc0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 1, 44]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

/// Item by item what a lying or a silent resolver can do: a line each, in time, and nothing is kept.
#[test]
fn di_02_a_lying_resolver_is_told_and_nothing_of_it_is_kept() {
    let mine = Sandbox::with_people();
    let theirs = others(&["bob@example.com"]);
    let before = stored(&mine);
    let publish = theirs.ok(&["cert", "publish", "bob@example.com"]);
    let hex: String = publish.lines().skip(2).take_while(|l| !l.contains(')')).flat_map(|l| l.trim().chars()).collect();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let forged: Vec<u8> = [3, 0, 0].into_iter().chain((0..hex.len()).step_by(2).map(byte)).collect();
    assert_eq!(forged.len(), 3 + hex.len() / 2);
    type Lie = Box<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send>;
    let record = forged.clone();
    let lies: Vec<(&str, Lie)> = vec![
        // A certificate without a signature, from a zone whose parents are signed.
        (
            "it has no signature and its zone is signed",
            Box::new(move |q| Some(reply(q, [0x81, 0xa0], Some((53, &record))))),
        ),
        // The same as the record of another name.
        (
            "it is about another name than was asked for",
            Box::new(move |q| {
                let mut answer = reply(q, [0x81, 0xa0], Some((53, &forged)));
                let end = answer.len() - forged.len() - 12;
                answer.splice(end..end + 2, *b"\x05other\x04test\x00");
                Some(answer)
            }),
        ),
        // No such name, and a name with nothing.
        ("it says that there is nothing and does not prove it", Box::new(|q| Some(reply(q, [0x81, 0x83], None)))),
        ("it says that there is nothing and does not prove it", Box::new(|q| Some(reply(q, [0x81, 0x80], None)))),
        ("cuts its answer short, and gives no whole one by TCP", Box::new(|q| Some(reply(q, [0x83, 0x80], None)))),
        ("the resolver answers Server Failure", Box::new(|q| Some(reply(q, [0x81, 0x82], None)))),
        ("the resolver answers Query Refused", Box::new(|q| Some(reply(q, [0x81, 0x85], None)))),
        // A name that is its own alias.
        ("its aliases (CNAME) lead nowhere", Box::new(|q| Some(reply(q, [0x81, 0x80], Some((5, &[0xc0, 12])))))),
        (LATE, Box::new(|q| Some(vec![0xff; q.len()]))),
        (LATE, Box::new(|_| None)),
    ];
    let runs = lies.into_iter().map(|(why, lie)| {
        let sandbox = mine.copy();
        thread::spawn(move || {
            let (port, count) = resolver(lie);
            let began = Instant::now();
            let resolver = format!("127.0.0.1:{port}");
            let report = find(&sandbox, 1, &["bob@example.com", "--resolver", &resolver, "--not-from", "http"]);
            assert!(began.elapsed() < Duration::from_secs(12), "{why}: {:?}", began.elapsed());
            assert!(count.load(Ordering::Relaxed) > 0);
            for by in ["smimea", "cert"] {
                let (found, text) = told(&report, by);
                let silent = why == LATE && by == "cert" && text.contains("is not asked again");
                assert!(found == "failed" && (text.contains(why) || silent), "{by}: {found}, {text}, not {why}");
            }
            assert_eq!(stored(&sandbox), before);
        })
    });
    let runs: Vec<_> = runs.collect();
    runs.into_iter().for_each(|run| run.join().unwrap());
}

const LATE: &str = "no answer that fits the question within";

/// A resolver whose answers by UDP are cut short, and whose TCP never says a word, drips, or goes on without end.
#[test]
fn di_02_a_resolver_that_does_its_worst_by_tcp_is_told_in_time() {
    let mine = Sandbox::with_people();
    let before = stored(&mine);
    let never: Deed = |stream| {
        thread::sleep(Duration::from_secs(30));
        drop(stream);
    };
    let drip: Deed = |mut stream| {
        let _ = stream.write_all(&[0xff; 2]);
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(300));
        }
    };
    let endless: Deed = |mut stream| while stream.write_all(&[0xff; 65536]).is_ok() {};
    let runs = [never, drip, endless].map(|deed| {
        let sandbox = mine.copy();
        thread::spawn(move || {
            let (port, count) = resolver(|question| Some(reply(question, [0x83, 0x80], None)));
            let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
            thread::spawn(move || listener.incoming().for_each(|s| drop(thread::spawn(move || deed(s.unwrap())))));
            let began = Instant::now();
            let resolver = format!("127.0.0.1:{port}");
            let report = find(&sandbox, 1, &["bob@example.com", "--resolver", &resolver, "--not-from", "http"]);
            assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
            let (found, why) = told(&report, "smimea");
            assert!(found == "failed" && why.contains(LATE) && count.load(Ordering::Relaxed) > 0, "{found} {why}");
            assert_eq!(stored(&sandbox), before);
        })
    });
    runs.into_iter().for_each(|run| run.join().unwrap());
}

/// DI-05, DI-08: a store by HTTP serves the files of `cert publish`; what a bad one does; who is asked and who is not.
#[test]
fn di_05_a_store_is_asked_and_a_seal_finds_what_is_missing() {
    let theirs = others(&["bob@example.com", "carol@example.com"]);
    for address in ["bob@example.com", "carol@example.com"] {
        theirs.ok(&["cert", "publish", address, "--for", "http", "--out-dir", "store"]);
    }
    let served = theirs.path("store");
    let carol = std::fs::read(served.join("uri/bob%40example.com")).unwrap();
    let web = Web::start(move |path, _| {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (attribute, value) = query.split_once('=').unwrap_or((query, ""));
        match path {
            "/search.cgi" => match std::fs::read(served.join(attribute).join(value)) {
                Ok(bytes) => Answer::Bytes(bytes),
                Err(_) => Answer::Status(404),
            },
            "/other" => Answer::Bytes(carol.clone()),
            "/long" => Answer::Long(1 << 30),
            "/endless" => Answer::Endless,
            "/html" => Answer::Bytes(b"<html>".to_vec()),
            "/500" => Answer::Status(500),
            "/drip" => Answer::Drip,
            "/headers" => Answer::Headers,
            "/file" => Answer::Redirect(302, "file:///etc/passwd".to_owned()),
            "/near" => Answer::Redirect(302, "http://127.0.0.1:1/search.cgi".to_owned()),
            "/inside" => Answer::Redirect(302, "http://127.0.0.1/search.cgi".to_owned()),
            "/round" => Answer::Redirect(302, "/round".to_owned()),
            _ => Answer::Never,
        }
    });
    let mine = Sandbox::with_people();
    mine.write("bob.eml", "From: alice@example.org\r\nTo: bob@example.com\r\nSubject: x\r\n\r\nhello\r\n");
    // Nobody here trusts who certified it: it is found, told, and neither used nor kept.
    let doubtful = mine.copy();
    doubtful.write("store/policy.toml", "[discovery]\nsmimea = \"off\"\ncert = \"off\"\n");
    let store = web.url("/search.cgi");
    let run = doubtful.run(&["seal", "--http-store", &store, "bob.eml", "-o", "none.eml"]).expect(17);
    let note = |line: &&str| line.starts_with("note: bob@example.com, http");
    let line = run.err.lines().find(note).unwrap_or_else(|| panic!("{}", run.err));
    assert!(line.contains("not taken: ") && line.contains("Other CA"), "{line}");
    assert!(run.err.contains("error: bob@example.com cannot be encrypted to: no certificate"), "{}", run.err);
    assert!(!doubtful.path("none.eml").exists());
    assert_eq!(stored(&doubtful), stored(&mine));

    mine.write("other.pem", authority(&theirs));
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    let before = stored(&mine);
    let quiet = ["--not-from", "smimea", "--not-from", "cert"];
    let policy = |of_domain: &str, store: &str| {
        let text = format!("[discovery]\nsmimea = \"off\"\ncert = \"off\"\nhttp-of-domain = \"{of_domain}\"\n{store}");
        std::fs::write(mine.path("store/policy.toml"), text).unwrap();
    };
    policy("off", "");
    let deeds = [
        ("/search.cgi", "dave@example.com", "nothing", ""),
        ("/other", "carol@example.com", "answered", "it is for bob@example.com, not for carol@example.com"),
        ("/long", "dave@example.com", "failed", "larger than 131072 octets"),
        ("/endless", "dave@example.com", "failed", "larger than 131072 octets"),
        ("/html", "dave@example.com", "failed", "what came is no certificate"),
        ("/500", "dave@example.com", "failed", "the server answers 500"),
        ("/never", "dave@example.com", "failed", "no whole answer within 5 seconds"),
        ("/drip", "dave@example.com", "failed", "no whole answer within 5 seconds"),
        ("/headers", "dave@example.com", "failed", "the header of the answer is too large"),
        ("/file", "dave@example.com", "failed", "a redirect to file:///etc/passwd is not followed"),
        ("/near", "dave@example.com", "failed", "port 1 of 127.0.0.1 is not asked"),
        ("/inside", "dave@example.com", "failed", "127.0.0.1 is at 127.0.0.1, which is this machine: not asked"),
        ("/round", "dave@example.com", "failed", "more than 3 redirects"),
    ];
    let runs = deeds.map(|(path, address, outcome, why)| {
        let (mine, url) = (mine.copy(), web.url(path));
        thread::spawn(move || {
            let began = Instant::now();
            let report = find(&mine, 1, &[&[address, "--http-store", &url][..], &quiet].concat());
            let (found, text) = told(&report, "http");
            assert!(found == outcome && text.contains(why), "{path}: {found} {text}");
            assert!(began.elapsed() < Duration::from_secs(8), "{path}");
            assert_eq!(stored(&mine), before, "nothing wrong is kept");
        })
    });
    runs.into_iter().for_each(|run| run.join().unwrap());

    // A seal looks where the policy lets it, and nowhere where it is told not to.
    let store = format!("http-stores = [\"{}\"]\n", web.url("/search.cgi"));
    policy("off", &store);
    let asked = web.requests().len();
    let run = mine.run(&["seal", "--no-discovery", "bob.eml"]).expect(17);
    assert!(run.out.is_empty());
    mine.run(&["seal", "--not-from", "http", "bob.eml"]).expect(17);
    mine.run(&["seal", "--offline", "bob.eml"]).expect(17);
    policy("off", &format!("http = \"find\"\n{store}"));
    mine.run(&["seal", "bob.eml"]).expect(17);
    let planned = |mine: &Sandbox, more: &[&str]| mine.run(&[&["send", "--dry-run", "bob.eml"], more].concat());
    policy("off", &store);
    planned(&mine, &["--no-discovery"]).expect(17);
    assert_eq!(web.requests().len(), asked, "nobody was asked");
    // Whoever sends is helped in the same way; leave to send in clear is no reason not to look.
    let other = mine.copy();
    let plan = planned(&other, &["--allow-clear", "all", "--json"]).expect(0);
    assert!(plan.err.contains("found by http: bob@example.com"), "{}", plan.err);
    let plan: Value = serde_json::from_slice(&plan.out).unwrap();
    assert_eq!(
        (&plan["in_clear"], &plan["copies"][0]["protection"]),
        (&serde_json::json!([]), &"signed-and-encrypted".into())
    );
    let asked = web.requests().len();
    let run = mine.run(&["seal", "bob.eml", "-o", "sealed.eml"]).expect(0);
    assert!(run.err.contains("found by http: bob@example.com"), "{}", run.err);
    assert_eq!(web.requests()[asked..], ["GET /search.cgi?uri=bob%40example.com"]);
    theirs.write("sealed.eml", mine.read("sealed.eml"));
    assert!(theirs.run(&["open", "sealed.eml"]).text().contains("hello"));
    // It is here now, and a list of nothing counts too: nobody is told twice.
    mine.ok(&["seal", "bob.eml", "-o", "again.eml"]);
    mine.write("dave.eml", "From: alice@example.org\r\nTo: emma@example.com\r\nSubject: x\r\n\r\nhello\r\n");
    mine.run(&["seal", "dave.eml"]).expect(17);
    mine.run(&["seal", "dave.eml"]).expect(17);
    assert_eq!(web.requests().len(), asked + 2, "{:?}", web.requests());
    let report = find(&mine, 0, &["bob@example.com"]);
    assert_eq!((report["by"].as_str(), told(&report, "http").0.as_str()), (Some("kept"), "not-asked"));
}

/// DI-05: the authority's own store answers what `cert find` asks, and what is revoked there is not handed out.
#[test]
fn di_05_the_store_that_ca_serve_opens_is_found_in() {
    let theirs = others(&[]);
    let (kim, lee) = ("kim+mail@example.com", "lee@example.com");
    theirs.ok(&["ca", "issue", "--no-passphrase", "--out-dir", "out", kim, lee]);
    theirs.ok(&["ca", "revoke", lee]);
    let served = Served::start(&theirs, &["ca", "serve", "--listen", "127.0.0.1:0"]);
    let mine = Sandbox::with_people();
    mine.write("other.pem", authority(&theirs));
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    mine.write("store/policy.toml", "[discovery]\nhttp-of-domain = \"off\"\nsmimea = \"off\"\ncert = \"off\"\n");
    for path in ["/search.cgi", "/certificates"] {
        let mine = mine.copy();
        let store = format!("{}{path}", served.url);
        let report = find(&mine, 0, &[kim, "--http-store", &store]);
        assert_eq!((&report["by"], told(&report, "http").1.as_str()), (&"http".into(), "path"), "{path}");
        assert_eq!(told(&find(&mine, 1, &[lee, "--http-store", &store]), "http").0, "nothing");
        let other = find(&mine, 1, &["KIM@example.com", "--http-store", &store]);
        assert_eq!(told(&other, "http").0, "nothing");
    }
}

/// The certificate of an address in a store that is encrypted to.
fn encrypted_to(sandbox: &Sandbox, address: &str) -> Vec<String> {
    let list = sandbox.json(&["cert", "show", address]);
    let uses = |c: &&Value| c["uses"].as_array().unwrap().iter().any(|word| *word == "keyAgreement");
    let of_use = list["certificates"].as_array().unwrap().iter().filter(uses);
    of_use.map(|c| c["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// DI-08: what the user put here by hand comes before what a mail brought, in what is told and in what is done.
#[test]
fn di_08_a_certificate_that_the_user_put_here_is_used_before_a_newer_one_of_a_mail() {
    let (theirs, mine, bob, ago) = (Sandbox::new(), Sandbox::with_people(), "bob@example.com", from_now(-60 * DAY));
    theirs.ok(&["--at", &ago, "ca", "init", "--name", "Other CA", "--no-passphrase"]);
    theirs.ok(&["--at", &ago, "id", "new", bob, "--issuer", "Other CA", "--no-passphrase"]);
    let first = encrypted_to(&theirs, bob);
    mine.write("first.pem", theirs.ok(&["cert", "show", bob, "--pem"]));
    theirs.ok(&["id", "renew", bob, "--issuer", "Other CA"]);
    let letter = |from: &str, to: &str| format!("From: {from}\r\nTo: {to}\r\nSubject: x\r\n\r\nhello\r\n");
    theirs.write("mail.eml", letter(bob, "alice@example.org"));
    mine.write("signed.eml", theirs.run(&["seal", "--sign-only", "mail.eml"]).expect(0).out);
    mine.write("other.pem", authority(&theirs));
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    mine.ok(&["open", "signed.eml"]);
    mine.write("mail.eml", letter("alice@example.org", bob));
    let reader = || {
        let report = mine.json(&["seal", "mail.eml", "--force", "-o", "sealed.eml"]);
        report["readers"][0]["fingerprint"].as_str().unwrap().to_owned()
    };
    let harvested = encrypted_to(&mine, bob);
    assert_eq!(
        (reader(), find(&mine, 0, &[bob, "--offline"])["by"].clone()),
        (harvested[0].clone(), "harvested".into())
    );
    mine.ok(&["cert", "import", "first.pem"]);
    let found = find(&mine, 0, &[bob, "--offline"]);
    assert_eq!((&found["by"], &found["fingerprint"]), (&"pinned".into(), &first[0].as_str().into()));
    assert_eq!(reader(), first[0]);
    theirs.write("sealed.eml", mine.read("sealed.eml"));
    assert!(theirs.run(&["open", "sealed.eml"]).text().contains("hello"), "the old key opens it");
}

/// DI-06, R-07: an authority of one's own revokes: from then on nobody here is told otherwise, whether or not a CRL was made.
#[test]
fn r_07_what_an_authority_of_ones_own_revoked_is_neither_encrypted_to_nor_published() {
    let mine = Sandbox::with_people();
    let carol = "carol@example.com";
    mine.ok(&["ca", "issue", "--no-passphrase", "--out-dir", "out", carol]);
    mine.ok(&["cert", "import", &format!("out/{carol}.pem")]);
    mine.write("mail.eml", format!("From: alice@example.org\r\nTo: {carol}\r\nSubject: x\r\n\r\nhello\r\n"));
    let seal = |code: i32| mine.run(&["seal", "mail.eml", "--offline", "--force", "-o", "sealed.eml"]).expect(code).err;
    seal(0);
    mine.ok(&["cert", "publish", carol]);
    mine.ok(&["ca", "revoke", carol, "--reason", "key-compromise"]);
    let err = seal(17);
    assert!(
        err.contains(&format!("{carol} cannot be encrypted to: the certificate of \"CN={carol}\" was revoked on")),
        "{err}"
    );
    assert_eq!(mine.run(&["cert", "publish", carol]).expect(1).out, b"");
    let report = find(&mine, 1, &[carol, "--offline"]);
    assert!(told(&report, "pinned").1.contains("was revoked on"), "{report:#}");
    let check = mine.run(&["cert", "check", carol, "--offline"]).expect(3).text();
    assert!(check.contains("by your own authority"), "{check}");
    // Its others are as good as before.
    mine.write("bob.eml", "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: x\r\n\r\nhello\r\n");
    mine.ok(&["seal", "bob.eml", "--offline", "-o", "to-bob.eml"]);
}

/// DI-08: what is published is what one is to be encrypted to, and nothing that was replaced or distrusted.
#[test]
fn di_08_nothing_is_published_that_was_replaced_or_distrusted() {
    let mine = Sandbox::with_people();
    let alice = "alice@example.org";
    let old = encrypted_to(&mine, alice);
    mine.ok(&["id", "renew", alice, "--issuer", "Example CA"]);
    let run = mine.run(&["cert", "publish", alice]).expect(0);
    assert_eq!(run.text().matches("IN SMIMEA").count(), 1, "{}", run.text());
    let note = format!("note: {} is not published: its key was replaced by a newer one", old[0]);
    assert!(run.err.contains(&note), "{}", run.err);
    let new: Vec<String> = encrypted_to(&mine, alice).into_iter().filter(|print| *print != old[0]).collect();
    mine.ok(&["cert", "distrust", &new[0]]);
    let run = mine.run(&["cert", "publish", alice]).expect(1);
    assert!(run.out.is_empty() && run.err.contains("is not published: it is distrusted"), "{}", run.err);
    mine.run(&["cert", "publish", alice, "--ttl", "2147483648"]).expect(2);
    // The authority above is the one whose key signed, and not another of its name.
    let mine = Sandbox::with_people();
    mine.write("namesake.pem", Sandbox::new().ok(&["ca", "init", "--name", "Example CA", "--no-passphrase"]));
    mine.ok(&["cert", "import", "namesake.pem"]);
    let list = mine.json(&["cert", "list"]);
    let own = list["certificates"].as_array().unwrap().iter().find(|c| c["origin"] == "authority").unwrap();
    let digest = own["fingerprint"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
    let record = mine.ok(&["cert", "publish", alice, "--usage", "2", "--matching", "1"]);
    assert_eq!(record.lines().nth(2).unwrap().trim(), digest);
}

/// DI-06, DI-08: what was found has a history; a key that is another than the one before waits until it is accepted.
#[test]
fn di_08_a_key_that_changed_is_found_and_not_used_until_it_is_accepted() {
    let ago = from_now(-60 * DAY);
    let theirs = Sandbox::new();
    theirs.ok(&["--at", &ago, "ca", "init", "--name", "Other CA", "--no-passphrase"]);
    let bob = "bob@example.com";
    theirs.ok(&["--at", &ago, "id", "new", bob, "--issuer", "Other CA", "--days", "30", "--no-passphrase"]);
    let publish = ["cert", "publish", bob, "--for", "http", "--out-dir", "store-of-others"];
    theirs.ok(&[&["--at", &ago][..], &publish].concat());
    let served = theirs.path("store-of-others/uri/bob%40example.com");
    let web = Web::start(move |_, _| Answer::Bytes(std::fs::read(&served).unwrap()));

    let mine = Sandbox::with_people();
    mine.write("other.pem", authority(&theirs));
    mine.ok(&["cert", "trust", "other.pem", "--yes"]);
    mine.write("store/policy.toml", "[discovery]\nhttp-of-domain = \"off\"\n");
    let url = web.url("/search.cgi");
    let places = ["--not-from", "smimea", "--not-from", "cert", "--http-store", &url];
    let first = find(&mine, 0, &[&[bob, "--at", &ago][..], &places].concat());
    let kept = mine.json(&["cert", "show", bob])["certificates"][0].clone();
    assert_eq!((&kept["fingerprint"], &kept["origin"]), (&first["fingerprint"], &"http".into()));
    assert_eq!((&kept["sources"][0]["detail"], &kept["first_seen"]), (&url.as_str().into(), &ago.as_str().into()));

    // A month later it is over, and the store has another with another key.
    theirs.ok(&["id", "renew", bob, "--issuer", "Other CA"]);
    theirs.ok(&publish);
    mine.write("bob.eml", format!("From: alice@example.org\r\nTo: {bob}\r\nSubject: x\r\n\r\nhello\r\n"));
    let seal =
        |code| mine.run(&[&["seal", "bob.eml", "--force", "-o", "sealed.eml"][..], &places].concat()).expect(code).err;
    let told = seal(17);
    let note =
        told.lines().find(|l| l.starts_with(&format!("note: {bob}, http {url}: "))).unwrap_or_else(|| panic!("{told}"));
    assert!(note.contains("not used: it has another key than before, which nobody accepted yet"), "{note}");
    assert!(told.contains("expired on") && told.contains("hint: compare the fingerprint of their new key"), "{told}");
    assert!(!mine.path("sealed.eml").exists());
    let run = mine.run(&[&["cert", "find", bob, "--refresh"][..], &places].concat()).expect(1);
    assert!(
        run.err.contains("is another than the one before") && run.err.contains("sealpost cert accept "),
        "{}",
        run.err
    );
    let accept = told.split('`').find(|words| words.starts_with("sealpost cert accept")).unwrap().to_owned();
    mine.ok(&accept.split(' ').skip(1).collect::<Vec<_>>());
    let told = seal(0);
    assert!(!told.contains("not used") && told.contains("encrypted to bob@example.com"), "{told}");
    theirs.write("sealed.eml", mine.read("sealed.eml"));
    assert!(theirs.run(&["open", "sealed.eml"]).text().contains("hello"));
}

/// DI-08: each kind of place has a switch of its own, for a seal and for `cert find`.
#[test]
fn di_08_each_kind_of_place_is_asked_where_the_policy_says_so_and_not_elsewhere() {
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&kinds);
    let (port, _) = resolver(move |question| {
        let end = 12 + question[12..].iter().position(|octet| *octet == 0)?;
        heard.lock().unwrap().push(u16::from_be_bytes([question[end + 1], question[end + 2]]));
        Some(reply(question, [0x81, 0x82], None))
    });
    let directory = TcpListener::bind("127.0.0.1:0").unwrap();
    let ldap = directory.local_addr().unwrap();
    let searches = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&searches);
    thread::spawn(move || {
        for _ in directory.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let web = Web::start(|_, _| Answer::Status(500));
    let mine = Sandbox::with_people();
    mine.write("bob.eml", "From: alice@example.org\r\nTo: bob@example.com\r\nSubject: x\r\n\r\nhello\r\n");
    const KINDS: [&str; 4] = ["ldap", "smimea", "cert", "http"];
    // Who was asked: SMIMEA is type 53, CERT type 37.
    let asked = |words: [&str; 4], arguments: &[&str], code: i32| {
        let switches: String = KINDS.iter().zip(words).map(|(kind, word)| format!("{kind} = \"{word}\"\n")).collect();
        let text = format!(
            "[discovery]\n{switches}http-of-domain = \"off\"\nresolver = \"127.0.0.1:{port}\"\n\
             ldap-servers = [\"ldap://{ldap}/dc=example\"]\nhttp-stores = [\"{}\"]\n",
            web.url("/s")
        );
        let run = mine.copy();
        run.write("store/policy.toml", text);
        let before = (searches.load(Ordering::Relaxed), web.requests().len());
        kinds.lock().unwrap().clear();
        run.run(arguments).expect(code);
        let kinds = kinds.lock().unwrap().clone();
        [
            searches.load(Ordering::Relaxed) > before.0,
            kinds.contains(&53),
            kinds.contains(&37),
            web.requests().len() > before.1,
        ]
    };
    let (seal, find) = (["seal", "bob.eml"], ["cert", "find", "bob@example.com"]);
    assert_eq!(asked(["seal"; 4], &seal, 17), [true; 4]);
    assert_eq!(asked(["find"; 4], &seal, 17), [false; 4]);
    assert_eq!(asked(["find"; 4], &find, 1), [true; 4]);
    assert_eq!(asked(["off"; 4], &find, 1), [false; 4]);
    assert_eq!(asked(["seal"; 4], &["seal", "--offline", "bob.eml"], 17), [false; 4]);
    assert_eq!(asked(["seal"; 4], &["seal", "--no-discovery", "bob.eml"], 17), [false; 4]);
    for (at, kind) in KINDS.into_iter().enumerate() {
        let only = |index: usize| index == at;
        let words: [&str; 4] = std::array::from_fn(|index| if only(index) { "seal" } else { "off" });
        assert_eq!(asked(words, &seal, 17), std::array::from_fn(only), "{kind}");
        let not = ["seal", "bob.eml", "--not-from", kind];
        assert_eq!(asked(["seal"; 4], &not, 17), std::array::from_fn(|index| !only(index)), "not {kind}");
    }
}
