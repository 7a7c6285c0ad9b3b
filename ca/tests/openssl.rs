//! What is issued is believed by OpenSSL, and paths that OpenSSL made are believed here.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crypto::{Curve, KeySpec, PrivateKey, SoftKey, SystemRandom};
use sealpost_ca::{Authority, CertificateProfile, Request, personal_root, root, self_signed};
use trust::{Address, Evidence, PathError, Policy, Profile, Purpose, certificate_addresses, check_profile, validate};
use wire::{Certificate, Time};

/// A folder of its own for each test, removed with its owner.
struct Folder(PathBuf);

impl Folder {
    /// `None`, with a word about it, where OpenSSL is not installed.
    fn new(name: &str) -> Option<Folder> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "openssl is not installed");
            println!("skipped: install openssl");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("sealpost-ca-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Some(Folder(folder))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn write(&self, name: &str, certificate: &Certificate) -> String {
        let path = self.0.join(name);
        fs::write(&path, wire::pem::encode("CERTIFICATE", certificate.der())).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command line, and gives whether it succeeded and all that it said.
    fn openssl(&self, line: &str) -> (bool, String) {
        let output = Command::new("openssl").args(line.split_whitespace()).current_dir(self.path()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn must(&self, line: &str) -> String {
        let (done, said) = self.openssl(line);
        assert!(done, "openssl {line}: {said}");
        said
    }

    fn read(&self, name: &str) -> Certificate {
        let text = fs::read(self.0.join(name)).unwrap();
        Certificate::from_der(&wire::pem::parse(&text).unwrap()[0].contents).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time(i64::try_from(since.as_secs()).unwrap())
}

fn key(spec: KeySpec) -> SoftKey {
    SoftKey::generate(spec, &mut SystemRandom).unwrap().0
}

#[test]
fn openssl_believes_what_is_issued() {
    let Some(folder) = Folder::new("issued") else { return };
    let address = Address::parse("alice@example.org").unwrap();
    let start = Time(now().0 - 3600);
    let end = Time(start.0 + 30 * 86_400);
    for spec in [KeySpec::Rsa(2048), KeySpec::Ec(Curve::P256), KeySpec::Ec(Curve::P521), KeySpec::Ed25519] {
        let (root_key, own) = (key(spec), key(spec));
        let organisation = root("Example", &root_key, start, &mut SystemRandom).unwrap();
        let person = personal_root(&address, &root_key, start, &mut SystemRandom).unwrap();
        for anchor in [organisation, person] {
            let authority = Authority::new(anchor.clone(), &root_key).unwrap();
            let root_file = folder.write("root.pem", &anchor);
            let issue = |key: &SoftKey, profile| {
                let request = Request {
                    address: &address,
                    display_name: Some("Zoë"),
                    public_key: key.public(),
                    profile,
                    not_before: start,
                    not_after: end,
                };
                folder.write("leaf.pem", &authority.issue(&request, &mut SystemRandom).unwrap())
            };
            let leaf = issue(&own, CertificateProfile::MailSign);
            let strict = "verify -x509_strict -check_ss_sig";
            let said = folder.must(&format!(
                "{strict} -purpose smimesign -verify_email alice@example.org -CAfile {root_file} {leaf}"
            ));
            assert!(said.contains(": OK"), "{spec} {said}");
            let text = folder.must(&format!("x509 -noout -text -nameopt utf8,sep_comma_plus -in {leaf}"));
            for wanted in
                ["email:alice@example.org", "E-mail Protection", "Digital Signature, Non Repudiation", "CN=Zoë"]
            {
                assert!(text.contains(wanted), "{wanted} in {text}");
            }
            let (other, _) =
                folder.openssl(&format!("verify -verify_email bob@example.org -CAfile {root_file} {leaf}"));
            assert!(!other);
            if spec != KeySpec::Ed25519 {
                let leaf = issue(&own, CertificateProfile::MailEncrypt);
                // OpenSSL 3.0 knows only RSA's keyEncipherment as a purpose of mail encryption.
                let purpose = if matches!(spec, KeySpec::Rsa(_)) { "-purpose smimeencrypt" } else { "" };
                folder.must(&format!("{strict} {purpose} -CAfile {root_file} {leaf}"));
            }
            let leaf = issue(&key(KeySpec::X25519), CertificateProfile::MailEncrypt);
            folder.must(&format!("{strict} -CAfile {root_file} {leaf}"));
        }
        let alone = self_signed(&own, &address, None, CertificateProfile::MailSign, (start, end), &mut SystemRandom);
        let alone = folder.write("alone.pem", &alone.unwrap());
        folder.must(&format!("verify -purpose smimesign -check_ss_sig -CAfile {alone} {alone}"));
    }
}

#[test]
fn openssl_refuses_a_personal_root_for_another_address() {
    let Some(folder) = Folder::new("personal") else { return };
    let start = Time(now().0 - 3600);
    let (alice, bob) = (Address::parse("alice@example.org").unwrap(), Address::parse("bob@example.org").unwrap());
    let own = key(KeySpec::Ed25519);
    let anchor = personal_root(&alice, &own, start, &mut SystemRandom).unwrap();
    let root_file = folder.write("root.pem", &anchor);
    let authority = Authority::new(anchor, &own).unwrap();
    let request = Request {
        address: &bob,
        display_name: None,
        public_key: own.public(),
        profile: CertificateProfile::MailSign,
        not_before: start,
        not_after: Time(start.0 + 86_400),
    };
    let leaf = folder.write("leaf.pem", &authority.issue(&request, &mut SystemRandom).unwrap());
    let (believed, said) = folder.openssl(&format!("verify -CAfile {root_file} {leaf}"));
    assert!(!believed && said.contains("permitted subtree violation"), "{said}");
}

#[test]
fn paths_that_openssl_made_are_believed() {
    let Some(folder) = Folder::new("made") else { return };
    let extensions = "[root]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
        subjectKeyIdentifier=hash\n[middle]\nbasicConstraints=critical,CA:true,pathlen:0\n\
        keyUsage=critical,keyCertSign\nextendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\n\
        authorityKeyIdentifier=keyid,issuer\nnameConstraints=critical,permitted;email:example.org\n\
        [leaf]\nkeyUsage=digitalSignature,keyEncipherment,keyAgreement\nextendedKeyUsage=emailProtection\n\
        subjectAltName=email:alice@example.org\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n\
        [other]\nsubjectAltName=email:alice@example.net\n[tls]\nextendedKeyUsage=serverAuth\n\
        subjectAltName=email:alice@example.org\n[req]\ndistinguished_name=dn\n[dn]\n";
    fs::write(folder.path().join("x.cnf"), extensions).unwrap();
    let kinds = [
        ("rsa", "rsa -pkeyopt rsa_keygen_bits:2048", "-sha256"),
        (
            "pss",
            "rsa -pkeyopt rsa_keygen_bits:2048",
            "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
        ),
        ("p256", "ec -pkeyopt ec_paramgen_curve:P-256", "-sha256"),
        ("p521", "ec -pkeyopt ec_paramgen_curve:P-521", "-sha512"),
        ("ed25519", "ed25519", ""),
    ];
    for (kind, make, how) in kinds {
        for name in ["root", "middle", "leaf"] {
            folder.must(&format!("genpkey -algorithm {make} -out {name}.key"));
            folder.must(&format!("req -new -config x.cnf -subj /O={kind}/CN={name} -key {name}.key -out {name}.csr"));
        }
        let from = |section: &str| format!("-extfile x.cnf -extensions {section} -days 30 {how}");
        folder.must(&format!("x509 -req -in root.csr -signkey root.key -out root.pem {}", from("root")));
        let issue = |csr: &str, by: &str, section: &str| {
            let serial = "-set_serial 0x4a4b4c4d4e4f5051";
            folder.must(&format!(
                "x509 -req -in {csr}.csr -CA {by}.pem -CAkey {by}.key {serial} -out {section}.pem {}",
                from(section)
            ));
            folder.read(&format!("{section}.pem"))
        };
        let middle = issue("middle", "root", "middle");
        let (pool, anchors) = ([middle], [folder.read("root.pem")]);
        let evidence = Evidence { pool: &pool, anchors: &anchors, distrusted: &[] };
        let prove = |leaf: &Certificate| validate(leaf, Purpose::SignMail, &evidence, &Policy::standard(), now());
        let leaf = issue("leaf", "middle", "leaf");
        assert_eq!(prove(&leaf).unwrap_or_else(|e| panic!("{kind}: {e}")).chain().len(), 3);
        assert_eq!(certificate_addresses(&leaf), [Address::parse("alice@example.org").unwrap()]);
        let broken: Vec<&str> = check_profile(Profile::MailLeaf, &leaf).iter().map(|v| v.clause.id).collect();
        assert_eq!(broken[..2], ["leaf-key-usage", "leaf-subject"], "{kind}");
        assert!(matches!(prove(&issue("leaf", "middle", "other")), Err(PathError::NameConstraint { .. })), "{kind}");
        assert!(matches!(prove(&issue("leaf", "middle", "tls")), Err(PathError::WrongPurpose { .. })), "{kind}");
    }
}
