//! NSS, which reads and writes the mails of Thunderbird, by its program `cmsutil`.

use crate::{Lab, has, letters};

/// The root and the person of [`Lab::certified`] in a database of NSS.
fn database(lab: &Lab) {
    std::fs::create_dir(lab.0.join("db")).unwrap();
    lab.ok("certutil", "-N -d sql:db --empty-password");
    lab.ok("certutil", "-A -n root -t ,C, -d sql:db -i ca.crt");
    lab.ok("openssl", "pkcs12 -export -in k.crt -inkey k.key -name peer -passout pass:x -out k.p12");
    lab.ok("pk12util", "-i k.p12 -d sql:db -W x");
}

fn has_nss() -> bool {
    has("openssl") && has("cmsutil") && has("certutil") && has("pk12util")
}

#[test]
fn nss_signatures_both_ways() {
    if !has_nss() {
        return;
    }
    for kind in ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384"] {
        let lab = Lab::new();
        lab.certified(kind);
        database(&lab);
        for letter in letters() {
            lab.write("m", &letter);
            for digest in ["sha256", "sha384", "sha512"] {
                let hash = digest.to_uppercase();
                lab.ok("cmsutil", &format!("-S -G -P -d sql:db -N peer -H {hash} -i m -o t"));
                assert_eq!(lab.ok("sealpost", "cms verify --trust ca.crt t"), letter, "{kind} {digest}");
                lab.ok("cmsutil", &format!("-S -T -G -Y peer -d sql:db -N peer -H {hash} -i m -o t"));
                assert_eq!(lab.ok("sealpost", "cms verify --trust ca.crt --content m t"), letter, "{kind} detached");
                let line = format!("cms sign --cert k.crt --key k.key --digest {digest} --form der m -o s --force");
                lab.ok("sealpost", &line);
                lab.ok("cmsutil", "-D -d sql:db -i s -o o");
                assert_eq!(lab.read("o"), letter, "{kind} {line}");
            }
        }
    }
}

#[test]
fn nss_recipients_both_ways() {
    if !has_nss() {
        return;
    }
    let lab = Lab::new();
    lab.certified("rsa:2048");
    database(&lab);
    for letter in letters() {
        lab.write("m", &letter);
        lab.ok("cmsutil", "-E -d sql:db -r peer@example.org -i m -o t");
        assert_eq!(lab.ok("sealpost", "cms decrypt -q --key k.key --cert k.crt t"), letter);
        for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"] {
            lab.ok(
                "sealpost",
                &format!("cms encrypt --to k.crt --rsa pkcs1 --cipher {cipher} --form der m -o s --force"),
            );
            lab.ok("cmsutil", "-D -d sql:db -i s -o o");
            assert_eq!(lab.read("o"), letter, "{cipher}");
        }
    }
}

#[test]
fn nss_files_of_keys_and_certificates_both_ways() {
    if !has_nss() {
        return;
    }
    let lab = Lab::new();
    lab.certified("rsa:2048");
    database(&lab);
    lab.ok("cmsutil", "-O -d sql:db -r peer@example.org -o certs.p7c");
    lab.ok("sealpost", "--store st cert import certs.p7c");
    // What NSS exports we import, and what we export NSS imports.
    lab.ok("pk12util", "-o theirs.p12 -n peer -d sql:db -W pass");
    lab.write("pass", b"pass\n");
    lab.ok("sealpost", "--store st id import theirs.p12 --key-password-file pass --no-passphrase");
    lab.ok("sealpost", "--store st id export peer@example.org --key-password-file pass -o ours.p12");
    std::fs::create_dir(lab.0.join("db2")).unwrap();
    lab.ok("certutil", "-N -d sql:db2 --empty-password");
    lab.ok("pk12util", "-i ours.p12 -d sql:db2 -W pass");
    let keys = String::from_utf8(lab.ok("certutil", "-K -d sql:db2")).unwrap();
    assert!(keys.contains("rsa"), "{keys}");
}
