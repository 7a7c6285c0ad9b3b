//! gpgsm reads what is written here, and what it writes is read here.

use crate::peer::Folder;
use crate::people::*;
use crypto::{ContentCipher, Digest, KeySpec};

/// A folder with a keyring that trusts the authority and holds this person's key.
pub fn keyring(who: &Person, keys_too: bool) -> Option<Folder> {
    let folder = Folder::with("gpgsm")?;
    Folder::with("openssl")?;
    let home = folder.0.join("gnupg");
    std::fs::create_dir(&home).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let root = crypto::digest(Digest::Sha1, authority().certificate.der());
    let hex: Vec<String> = root.iter().map(|b| format!("{b:02X}")).collect();
    folder.write("gnupg/trustlist.txt", format!("{} S relax\n", hex.join(":")).as_bytes());
    folder.write("gnupg/gpg-agent.conf", b"allow-loopback-pinentry\n");
    folder.person("a", who);
    gpgsm(&folder, "--import ca.pem");
    if keys_too {
        import_key(&folder);
    } else {
        gpgsm(&folder, "--import a.pem");
    }
    Some(folder)
}

/// gpgsm 2.2.40 refuses some PKCS#12 files that OpenSSL writes (measured: 1 of 75), the same file each time;
/// the same key under a fresh salt is another file. What is tested here does not depend on it.
fn import_key(folder: &Folder) {
    let mut said = String::new();
    for _ in 0..8 {
        folder.must(
            "openssl pkcs12 -export -in a.pem -inkey a.key -certfile ca.pem -out a.p12 -passout pass:x \
             -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
        );
        let (done, what) = folder.run(&format!("{GPGSM} --passphrase-fd 0 --import a.p12"));
        if done {
            return;
        }
        said = what;
    }
    panic!("gpgsm imports no key: {said}");
}

pub const GPGSM: &str =
    "gpgsm --batch --yes --no-tty --disable-crl-checks --disable-policy-checks --pinentry-mode loopback";

fn gpgsm(folder: &Folder, arguments: &str) -> String {
    folder.must(&format!("{GPGSM} {arguments}"))
}

/// Signatures from here, attached and detached, small and streamed.
fn reads_signatures(folder: &Folder, who: &Person) {
    for length in LENGTHS {
        let text = letter(length);
        folder.write("text", &text);
        // gpgsm 2.2 parses no signer that is named by key identifier, whoever wrote it.
        folder.write("x", &sign_attached(vec![who.signer()], options(), &text));
        let said = gpgsm(folder, "--verify --output out x");
        assert!(said.contains("Good signature"), "{said}");
        assert!(folder.read("out") == text, "{}", who.name);
        folder.write("x", &sign_detached(vec![who.signer()], options(), &text));
        let said = gpgsm(folder, "--verify x text");
        assert!(said.contains("Good signature"), "{said}");
    }
}

/// What it encrypts to a certificate is decrypted here.
fn encrypts(folder: &Folder, who: &Person) {
    for length in LENGTHS {
        let text = letter(length);
        folder.write("text", &text);
        for cipher in ["AES128", "AES256"] {
            let to = "--recipient alice@example.org";
            gpgsm(folder, &format!("--cipher-algo {cipher} {to} --output x --encrypt text"));
            let (read, _) = decrypt(&folder.read("x"), &who.keys()).unwrap();
            assert!(read == text, "{} {cipher}", who.name);
        }
    }
}

/// Whether this release reads the AuthEnvelopedData that OpenSSL writes.
fn reads_gcm(folder: &Folder) -> bool {
    folder.must("openssl cms -encrypt -binary -in text -outform DER -out y -aes-256-gcm a.pem");
    folder.run(&format!("{GPGSM} --passphrase-fd 0 --output out --decrypt y")).0
}

#[test]
fn rsa_both_ways() {
    let who = alice(RSA);
    let Some(folder) = keyring(&who, true) else { return };
    reads_signatures(&folder, &who);
    encrypts(&folder, &who);
    for length in LENGTHS {
        let text = letter(length);
        folder.write("text", &text);
        for detached in ["", "--detach-sign"] {
            gpgsm(&folder, &format!("--passphrase-fd 0 --output x --sign {detached} text"));
            let read = read_signed(&folder.read("x"), Some(&text)).unwrap();
            assert!(read.holds(), "{:?}", read.only().result);
            assert!(read.facts.has_content != (detached == "--detach-sign"));
        }
        for cipher in [ContentCipher::Aes128Cbc, ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm] {
            if cipher.is_aead() && !reads_gcm(&folder) {
                println!("this gpgsm reads no AuthEnvelopedData, OpenSSL's neither");
                continue;
            }
            folder.write("x", &encrypt(cipher, &[person("bob", RSA).recipient(), who.recipient()], &text));
            gpgsm(&folder, "--passphrase-fd 0 --output out --decrypt x");
            assert!(folder.read("out") == text, "{cipher} {length}");
        }
    }
}

/// gpgsm 2.2 imports no private key of a curve and encrypts to none; it verifies, but not with P-521.
#[test]
fn curves_verify_there() {
    for spec in [P256, KeySpec::Ec(crypto::Curve::P384)] {
        let who = alice(spec);
        let Some(folder) = keyring(&who, false) else { return };
        reads_signatures(&folder, &who);
    }
}

const LENGTHS: [usize; 2] = [500, 150_000];
