//! Anchors for mail as systems carry them, in a folder that stands for `/`.

use std::path::Path;
use std::process::Command;

use directory::{Mark, SystemAnchors, TrustedBy, system_anchors};
use smime::Keyring;
use wire::der::{Tag, Writer};
use wire::{Certificate, Oid, oids, pem};

use crate::people::{Folder, NOW, root};

/// What is put into files, and what should come of it.
struct System {
    folder: Folder,
    names: Vec<(String, Certificate)>,
}

impl System {
    fn new() -> System {
        System { folder: Folder::new(), names: Vec::new() }
    }

    fn certificate(&mut self, name: &str) -> Certificate {
        if let Some((_, known)) = self.names.iter().find(|(n, _)| n == name) {
            return known.clone();
        }
        let made = root(name).certificate;
        self.names.push((name.to_owned(), made.clone()));
        made
    }

    fn pem(&mut self, name: &str) -> String {
        pem::encode("CERTIFICATE", self.certificate(name).der())
    }

    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.folder.store().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    fn found(&self, plain: bool) -> SystemAnchors {
        system_anchors(&self.folder.store(), plain)
    }

    fn names(&self, found: &SystemAnchors) -> Vec<&str> {
        let name = |c: &Certificate| self.names.iter().find(|(_, n)| n == c).map(|(name, _)| name.as_str()).unwrap();
        let mut names: Vec<&str> = found.anchors.iter().map(|a| name(&a.certificate)).collect();
        names.sort_unstable();
        names
    }
}

/// A section of p11-kit's format with a certificate.
fn object(fields: &str, pem: &str) -> String {
    format!("[p11-kit-object-v1]\n{fields}{pem}\n")
}

/// The purposes that are stapled to a key.
fn stapled(id: &str, certificate: &Certificate, purposes: &[Oid]) -> String {
    let mut extension = Writer::new();
    extension.sequence(|w| {
        w.oid(oids::EXTENDED_KEY_USAGE).boolean(true);
        let mut list = Writer::new();
        list.sequence(|w| {
            purposes.iter().for_each(|p| {
                w.oid(*p);
            })
        });
        w.octet_string(list.as_bytes());
    });
    let value: String = extension.as_bytes().iter().map(|b| format!("%{b:02x}")).collect();
    let key = pem::encode("PUBLIC KEY", certificate.public_key().der());
    format!("[p11-kit-object-v1]\nclass: x-certificate-extension\nobject-id: {id}\nvalue: \"{value}\"\n{key}\n")
}

/// OpenSSL's form, with trusted and rejected purposes.
fn trusted(certificate: &Certificate, trust: &[Oid], reject: &[Oid]) -> String {
    let mut w = Writer::new();
    w.raw(certificate.der());
    w.sequence(|w| {
        w.sequence(|w| {
            trust.iter().for_each(|p| {
                w.oid(*p);
            })
        });
        w.nested(Tag::context(0), |w| {
            reject.iter().for_each(|p| {
                w.oid(*p);
            })
        });
    });
    pem::encode("TRUSTED CERTIFICATE", w.as_bytes())
}

/// id-kp-serverAuth.
fn server() -> Oid {
    "1.3.6.1.5.5.7.3.1".parse().unwrap()
}

#[test]
fn c_07_only_what_is_said_to_be_for_mail_is_an_anchor() {
    let mut s = System::new();
    let mut file = String::from("# what a distribution ships\n");
    for (name, fields) in [
        ("for all", "trusted: true\n"),
        ("for servers", "trusted: true\n"),
        ("for mail too", "trusted: true\nnss-email-distrust-after: \"%00\"\n"),
        ("not for mail", "trusted: true\n"),
        ("until a day", "trusted: true\nnss-email-distrust-after: \"240101000000Z\"\n"),
        ("no word", "label: \"x\"\n"),
        ("untrusted", "trusted: false\n"),
        ("distrusted", "x-distrusted: true\n"),
        ("blocked", "trusted: true\n"),
    ] {
        file += &object(fields, &s.pem(name));
    }
    let both = [server(), oids::EMAIL_PROTECTION];
    file += &stapled("2.5.29.37", &s.certificate("for servers"), &[server()]);
    file += &stapled("2.5.29.37", &s.certificate("for mail too"), &both);
    file += &stapled("1.3.6.1.4.1.3319.6.10.1", &s.certificate("not for mail"), &[oids::EMAIL_PROTECTION]);
    s.write("usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit", file);

    let (own, blocked, distrusted) = (s.pem("own"), s.pem("blocked"), s.pem("distrusted"));
    s.write("etc/pki/ca-trust/source/anchors/own.pem", &own);
    s.write("etc/pki/ca-trust/source/anchors/der.crt", s.names.last().unwrap().1.der());
    s.write("etc/pki/ca-trust/source/blocklist/blocked.pem", blocked);
    s.write("etc/pki/ca-trust/source/README", "what goes where");
    // Somebody distrusts it; that another file trusts it does not help.
    s.write("etc/pki/ca-trust/source/anchors/distrusted.pem", distrusted);
    let openssl = [
        trusted(&s.certificate("openssl mail"), &both, &[]),
        trusted(&s.certificate("openssl servers"), &[server()], &[]),
        trusted(&s.certificate("openssl rejected"), &both, &[oids::EMAIL_PROTECTION]),
    ];
    s.write("etc/pki/ca-trust/source/openssl.pem", openssl.concat());
    let plain = s.pem("source without a word");
    s.write("etc/pki/ca-trust/source/plain.pem", plain);
    let bundle = [s.pem("extracted"), s.pem("for all")].concat();
    s.write("etc/pki/ca-trust/extracted/pem/email-ca-bundle.pem", bundle);
    let servers = [s.pem("plain"), s.pem("blocked")].concat();
    s.write("etc/ssl/certs/ca-certificates.crt", servers);
    s.write("etc/pki/ca-trust/source/broken.p11-kit", "[p11-kit-object-v1]\nvalue: \"%\"\n");

    let found = s.found(false);
    let expected = ["distrusted", "extracted", "for all", "for mail too", "openssl mail", "own"];
    assert_eq!(s.names(&found), expected[1..]);
    assert_eq!(found.failures.len(), 1, "{:?}", found.failures);
    let at =
        |name: &str| found.anchors.iter().find(|a| a.certificate == s.names.iter().find(|n| n.0 == name).unwrap().1);
    assert!(at("own").unwrap().source.ends_with("der.crt") || at("own").unwrap().source.ends_with("own.pem"));
    assert!(at("for all").unwrap().source.ends_with("ca-bundle.trust.p11-kit"));
    assert_eq!(s.names(&s.found(true)), ["extracted", "for all", "for mail too", "openssl mail", "own", "plain"]);
    assert!(system_anchors(Path::new("/nowhere"), true).anchors.is_empty());
}

#[test]
fn anchors_of_the_system_are_told_apart_and_distrust_wins() {
    let mut s = System::new();
    let (a, b) = (s.pem("a"), s.pem("b"));
    let path = "etc/ca-certificates/extracted/email-ca-bundle.pem";
    s.write(path, [a.clone(), b].concat());
    let store = Folder::new();
    let directory = store.open();
    let change = directory.set_system_anchors(&s.found(false).anchors, NOW).unwrap();
    assert_eq!((change.new, change.gone, change.distrusted), (2, 0, 0));
    assert_eq!(directory.anchors().unwrap().len(), 2);
    assert!(directory.anchors_of(false).unwrap().is_empty());
    // Nothing of them is a candidate for an issuer besides.
    assert!(directory.intermediates().unwrap().is_empty());
    let print = |name: &str| directory::fingerprint(&s.names.iter().find(|(n, _)| n == name).unwrap().1);
    let info = directory.certificate(&print("a")).unwrap();
    assert_eq!((info.mark, info.trusted_by()), (Mark::None, Some(TrustedBy::System)));
    assert!(info.system.unwrap().ends_with(path));

    directory.distrust(&print("a")).unwrap();
    assert_eq!(directory.anchors().unwrap().len(), 1);
    assert_eq!(directory.distrusted().unwrap().len(), 1);
    assert_eq!(directory.certificate(&print("a")).unwrap().trusted_by(), None);
    let change = directory.set_system_anchors(&s.found(false).anchors, NOW).unwrap();
    assert_eq!((change.new, change.gone, change.distrusted), (0, 0, 1));
    // What the user trusts stays when the system no longer does.
    directory.trust(&print("b")).unwrap();
    assert_eq!(directory.certificate(&print("b")).unwrap().trusted_by(), Some(TrustedBy::User));
    s.write(path, a);
    let change = directory.set_system_anchors(&s.found(false).anchors, NOW).unwrap();
    assert_eq!((change.new, change.gone, change.distrusted), (0, 1, 1));
    assert_eq!(directory.anchors_of(true).unwrap(), directory.anchors_of(false).unwrap());
    assert_eq!(directory.anchors().unwrap().len(), 1);
}

/// NSS's module, where the system has it, says the same as NSS's own tool.
#[test]
fn c_07_nss_is_asked_as_it_asks_itself() {
    let found = system_anchors(Path::new("/"), false);
    let of_nss = found.sources.iter().find(|(path, _)| path.ends_with("libnssckbi.so"));
    let Some((path, count)) = of_nss else {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "libnss3 is not installed");
        return eprintln!("skipped: install libnss3");
    };
    assert!((20..1000).contains(count), "{count}");
    let Ok(listed) = nss_list(path.parent().unwrap()) else { return eprintln!("skipped: install libnss3-tools") };
    // Flags are for servers, mail and code; C is an authority for it. Some are trusted until a day that has passed.
    let for_mail = listed.lines().filter_map(|line| line.trim().rsplit(' ').next()).filter(|flags| {
        let parts: Vec<&str> = flags.split(',').collect();
        matches!(parts[..], [_, mail, _] if mail.contains('C'))
    });
    let for_mail = for_mail.count();
    assert!(*count <= for_mail && for_mail <= count + 40, "{count} of {for_mail}");
}

fn nss_list(modules: &Path) -> std::io::Result<String> {
    let folder = Folder::new();
    let database = folder.store();
    std::fs::create_dir_all(&database)?;
    let certutil = |arguments: &[&str]| {
        Command::new("certutil").args(arguments).arg("-d").arg(format!("sql:{}", database.display())).output()
    };
    certutil(&["-N", "--empty-password"])?;
    let module = modules.join("libnssckbi.so");
    let add = ["-dbdir", &format!("sql:{}", database.display()), "-add", "roots", "-force", "-libfile"];
    Command::new("modutil").args(add).arg(module).output()?;
    Ok(String::from_utf8_lossy(&certutil(&["-L", "-h", "all"])?.stdout).into_owned())
}
