//! `sealpost cms verify --crl F --ocsp F`, on what openssl made.

use std::process::Command;

use crate::support::{Sandbox, has};

const SETUP: &str = r#"
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ncrlnumber=number\ndefault_md=sha256\n' >cnf
printf 'default_days=30\ndefault_crl_days=7\npolicy=p\ncertificate=ca.pem\nprivate_key=ca.key\n[p]\ncommonName=supplied\n' >>cnf
printf '[mail]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nsubjectAltName=email:a@example.org\n' >>cnf
: >index.txt; echo 1001 >serial; echo 01 >number
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca; openssl req -new -x509 -key ca.key -subj /CN=CA -days 90 -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
key a; openssl req -new -key a.key -subj /CN=A -out a.csr
openssl ca -config cnf -batch -notext -in a.csr -extensions mail -out a.pem
printf 'Content-Type: text/plain\r\n\r\nhello\r\n' >entity
openssl cms -sign -binary -nodetach -in entity -signer a.pem -inkey a.key -outform DER -out signed.der
answer() { openssl ocsp -index index.txt -CA ca.pem -issuer ca.pem -cert a.pem -rsigner ca.pem -rkey ca.key -ndays 7 \
    -respout $1.ocsp; }
openssl ca -config cnf -gencrl -out good.crl; answer good
openssl ca -config cnf -revoke a.pem -crl_reason keyCompromise
openssl ca -config cnf -gencrl -out revoked.pem; openssl crl -in revoked.pem -outform DER -out revoked.crl; answer revoked
"#;

#[test]
fn r_06_cms_verify_with_crls_and_ocsp_answers() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut command = Command::new("bash");
    command.args(["-c", &format!("set -e\n{SETUP}")]).current_dir(sandbox.path("."));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (flags, code, word) in [
        (&[][..], 0, "not-checked"),
        (&["--crl", "good.crl"], 0, "good"),
        (&["--ocsp", "good.ocsp"], 0, "good"),
        (&["--crl", "revoked.crl"], 3, "revoked"),
        (&["--ocsp", "revoked.ocsp"], 3, "revoked"),
        (&["--crl", "good.crl", "--ocsp", "revoked.ocsp"], 3, "revoked"),
    ] {
        let verify = [&["cms", "verify", "--json", "--trust", "ca.pem"][..], flags, &["signed.der"]].concat();
        let run = sandbox.run(&verify).expect(code);
        let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
        assert_eq!(report["signers"][0]["revocation"], word, "{flags:?}");
        let refused = run.err.contains("was revoked on") && run.err.contains("keyCompromise");
        assert_eq!(refused, code == 3, "{flags:?} {}", run.err);
    }
    let verify =
        |flag: &str, file: &str| sandbox.run(&["cms", "verify", "--trust", "ca.pem", flag, file, "signed.der"]);
    assert!(verify("--crl", "ca.pem").expect(41).err.contains("ca.pem: no CRL"));
    assert!(verify("--ocsp", "entity").expect(41).err.contains("entity: no OCSP answer"));
    verify("--crl", "nowhere.crl").expect(61);
}
