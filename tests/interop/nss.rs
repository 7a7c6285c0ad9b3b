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
    let curves = ["P-256", "P-384", "P-521"].map(|curve| format!("ec -pkeyopt ec_paramgen_curve:{curve}"));
    for kind in curves.iter().map(String::as_str).chain(["rsa:2048"]) {
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
                // It verifies RSASSA-PSS and makes none.
                let ours = if kind.contains("rsa") { &["", "--key-id", "--pss"][..] } else { &["", "--key-id"] };
                for option in ours {
                    let line = format!(
                        "cms sign --cert k.crt --key k.key --digest {digest} {option} --form der m -o s --force"
                    );
                    lab.ok("sealpost", &line);
                    lab.ok("cmsutil", "-D -d sql:db -i s -o o");
                    assert_eq!(lab.read("o"), letter, "{kind} {line}");
                }
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
            for option in ["", "--key-id"] {
                let line =
                    format!("cms encrypt --to k.crt --rsa pkcs1 --cipher {cipher} {option} --form der m -o s --force");
                lab.ok("sealpost", &line);
                lab.ok("cmsutil", "-D -d sql:db -i s -o o");
                assert_eq!(lab.read("o"), letter, "{line}");
            }
        }
    }
}

/// EncryptedData (RFC 5652 §8), whose key NSS takes from an EnvelopedData that it is given beside it.
#[test]
fn nss_encrypted_data_both_ways() {
    if !has_nss() {
        return;
    }
    let lab = Lab::new();
    lab.certified("rsa:2048");
    database(&lab);
    lab.write("m", b"text\r\n");
    lab.ok("cmsutil", "-E -d sql:db -r peer@example.org -i m -o env");
    // The encryptedKey of the only recipient: an OCTET STRING of 256 octets.
    let envelope = lab.read("env");
    let at = envelope.windows(4).position(|w| w == [4, 0x82, 1, 0]).unwrap() + 4;
    lab.write("wrapped", &envelope[at..at + 256]);
    lab.ok("openssl", "pkeyutl -decrypt -inkey k.key -in wrapped -out key");
    assert_eq!(lab.read("key").len(), 16);
    for letter in letters() {
        lab.write("m", &letter);
        lab.ok("cmsutil", "-C -d sql:db -e env -i m -o t");
        assert_eq!(lab.ok("sealpost", "cms decrypt -q --content-key-file key t"), letter);
        lab.ok("sealpost", "cms encrypt --content-key-file key --cipher aes-128-cbc --form der m -o s --force");
        lab.ok("cmsutil", "-D -d sql:db -e env -i s -o o");
        assert_eq!(lab.read("o"), letter);
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
