//! Signed receipts (RFC 2634 §2) with OpenSSL: each asks, answers and verifies.

use crate::{FORMS, Lab, SIGNERS, has};

#[test]
fn ess_03_openssl_answers_us_and_we_answer_it() {
    if !has("openssl") {
        return;
    }
    for kind in SIGNERS {
        let lab = Lab::new();
        lab.person(kind, "digitalSignature");
        lab.write("m", b"Content-Type: text/plain\r\n\r\nHello, peer.\r\n");
        for form in FORMS {
            lab.ok(
                "sealpost",
                &format!("cms sign --cert k.crt --key k.key --request-receipt all --form {form} m -o s --force"),
            );
            answers(&lab, form);
            for asks in ["-receipt_request_all", "-receipt_request_first", "-receipt_request_from peer@example.org"] {
                lab.ok(
                    "openssl",
                    &format!("{SIGN} {asks} -receipt_request_to peer@example.org -outform {form} -out s"),
                );
                answers(&lab, form);
            }
        }
        lab.ok("openssl", &format!("{SIGN} -receipt_request_from a@b.example -receipt_request_to c@d.example -out s"));
        let (code, _, told) = lab.run("sealpost", "cms receipt --cert k.crt --key k.key --trust k.crt s");
        assert_eq!(code, 1, "{told}");
    }
}

/// The message `s` gets a receipt from each side, and each side verifies both; for another message neither does.
fn answers(lab: &Lab, form: &str) {
    lab.ok(
        "openssl",
        &format!("cms -sign_receipt -in s -inform {form} -signer k.crt -inkey k.key -outform {form} -out r1"),
    );
    lab.ok("sealpost", &format!("cms receipt --cert k.crt --key k.key --trust k.crt --form {form} s -o r2 --force"));
    lab.ok(
        "openssl",
        &format!("{SIGN} -receipt_request_all -receipt_request_to c@d.example -outform {form} -out other"),
    );
    for receipt in ["r1", "r2"] {
        let ours = format!("cms verify-receipt --trust k.crt {receipt} --original");
        lab.ok("sealpost", &format!("{ours} s"));
        assert_eq!(lab.run("sealpost", &format!("{ours} other")).0, 3);
        // It reads no S/MIME receipt as such.
        lab.ok("openssl", &format!("cms -cmsout -in {receipt} -inform {form} -outform der -out rct"));
        let theirs = format!("cms -verify_receipt rct -rctform der -inform {form} -CAfile k.crt -in");
        lab.ok("openssl", &format!("{theirs} s"));
        assert_ne!(lab.run("openssl", &format!("{theirs} other")).0, 0);
    }
}

const SIGN: &str = "cms -sign -binary -nodetach -in m -signer k.crt -inkey k.key";
