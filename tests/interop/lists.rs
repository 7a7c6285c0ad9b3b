//! Mailing lists (RFC 2634 §4) with OpenSSL: it writes to a list and reads what the list passes on, layer by layer.

use crate::{FORMS, Lab, has, letters};

#[test]
fn ess_05_openssl_writes_to_a_list_and_its_members_read() {
    if !has("openssl") {
        return;
    }
    for (newkey, usage) in [
        ("-newkey rsa:2048", "digitalSignature,keyEncipherment"),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-256", "digitalSignature,keyAgreement"),
    ] {
        let lab = Lab::new();
        for name in ["list", "member", "k"] {
            lab.person(newkey, usage);
            if name != "k" {
                lab.write(&format!("{name}.crt"), &lab.read("k.crt"));
                lab.write(&format!("{name}.key"), &lab.read("k.key"));
            }
        }
        for letter in letters() {
            lab.write("m", &letter);
            lab.ok("openssl", &format!("{SIGN} -in m -out s"));
            lab.ok("openssl", &format!("{SIGN} -nodetach -in m -out t"));
            for (cipher, inside) in [("-aes-256-cbc", "s"), ("-aes-256-cbc", "t"), ("-aes-256-gcm", "t")] {
                lab.ok("openssl", &format!("cms -encrypt -binary -in {inside} {cipher} -out e list.crt"));
                // As it was encrypted, and in a signature around that.
                passed_on(&lab, "e", &letter);
                lab.ok("openssl", &format!("{SIGN} -nodetach -in e -out w"));
                passed_on(&lab, "w", &letter);
            }
            // What nobody encrypted is signed as it is.
            for message in ["s", "t"] {
                for form in FORMS {
                    lab.ok("sealpost", &format!("{EXPAND} --form {form} {message} -o x --force"));
                    lab.ok("openssl", &format!("{VERIFY} -CAfile list.crt -inform {form} -in x -out y"));
                    // It takes a clear signature in lines that end in CRLF for text only.
                    let verify = if message == "s" { VERIFY.replace("-binary ", "") } else { VERIFY.to_owned() };
                    lab.ok("openssl", &format!("{verify} -CAfile k.crt -in y -out o"));
                    assert_eq!(lab.read("o"), letter, "{message} {form}");
                }
            }
        }
    }
}

fn passed_on(lab: &Lab, message: &str, letter: &[u8]) {
    let members = "--decrypt-with list.key --to member.crt";
    lab.ok("sealpost", &format!("{EXPAND} {members} {message} -o x --force"));
    lab.ok("openssl", &format!("{VERIFY} -CAfile list.crt -in x -out y"));
    lab.ok("openssl", "cms -decrypt -recip member.crt -inkey member.key -in y -out z");
    lab.ok("openssl", &format!("{VERIFY} -CAfile k.crt -in z -out o"));
    assert_eq!(lab.read("o"), letter, "{message}");
    // It is for the list no more.
    assert_ne!(lab.run("openssl", "cms -decrypt -recip list.crt -inkey list.key -in y -out z").0, 0);
}

const SIGN: &str = "cms -sign -binary -signer k.crt -inkey k.key";
const VERIFY: &str = "cms -verify -binary -purpose any";
const EXPAND: &str = "cms expand --cert list.crt --key list.key --trust k.crt";
