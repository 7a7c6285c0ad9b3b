//! `sealpost cms inspect`: any file of ASN.1 as a tree, against what another program reads in it.

use serde_json::Value;

use crate::support::{Sandbox, has};

fn openssl(sandbox: &Sandbox, line: &str) -> String {
    let mut command = std::process::Command::new("openssl");
    let output = command.args(line.split_whitespace()).current_dir(sandbox.path("")).output().unwrap();
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Offset and octets of the header of each element, those inside of strings left out.
fn elements(tree: &Value, found: &mut Vec<(u64, u64)>) {
    for node in tree.as_array().unwrap() {
        assert_eq!(node.get("problem"), None);
        found.push((node["offset"].as_u64().unwrap(), node["header"].as_u64().unwrap()));
        if let Some(children) = node.get("children").filter(|_| !node["type"].as_str().unwrap().ends_with("STRING")) {
            elements(children, found);
        }
    }
}

#[test]
fn the_tree_is_what_openssl_reads() {
    if !has("openssl") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("text", "Forty-two.\r\n");
    let name = "-subj /O=Example/CN=Alice -addext subjectAltName=email:alice@example.org";
    openssl(&sandbox, &format!("req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem {name}"));
    openssl(&sandbox, "x509 -in cert.pem -outform DER -out certificate");
    openssl(&sandbox, "pkey -in key.pem -outform DER -out private-key");
    openssl(&sandbox, "pkey -in key.pem -pubout -outform DER -out public-key");
    openssl(&sandbox, "pkcs8 -topk8 -in key.pem -outform DER -out encrypted-private-key -passout pass:x");
    openssl(&sandbox, &format!("req -new -key key.pem -outform DER -out certification-request {name}"));
    openssl(&sandbox, "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:x -out pkcs12");
    openssl(&sandbox, "ocsp -issuer cert.pem -cert cert.pem -reqout ocsp-request");
    openssl(&sandbox, "ts -query -data text -out time-stamp-request");
    let sign = "cms -sign -binary -in text -signer cert.pem -inkey key.pem -outform DER -nodetach";
    openssl(&sandbox, &format!("{sign} -out signed-data"));
    openssl(&sandbox, "cms -encrypt -binary -aes256 -in text -outform DER -out enveloped-data cert.pem");
    openssl(&sandbox, "cms -encrypt -binary -aes-256-gcm -in text -outform DER -out auth-enveloped-data cert.pem");
    openssl(&sandbox, "cms -digest_create -binary -in text -outform DER -out cms");
    for kind in [
        "certificate",
        "private-key",
        "public-key",
        "encrypted-private-key",
        "certification-request",
        "pkcs12",
        "ocsp-request",
        "time-stamp-request",
        "signed-data",
        "enveloped-data",
        "auth-enveloped-data",
        "cms",
    ] {
        let inspected = sandbox.json(&["cms", "inspect", kind]);
        assert!(inspected["type"] == kind || kind == "cms", "{kind}: {}", inspected["type"]);
        let mut ours = Vec::new();
        elements(&inspected["tree"], &mut ours);
        let lines = openssl(&sandbox, &format!("asn1parse -inform DER -in {kind}"));
        let number = |line: &str, key: &str| -> u64 {
            let rest = line.split_once(key).unwrap().1.trim_start();
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let theirs: Vec<(u64, u64)> = lines
            .lines()
            .filter(|line| line.contains(":d="))
            .map(|line| (number(&format!("@{line}"), "@"), number(line, "hl=")))
            .collect();
        assert_eq!(ours, theirs, "{kind}");
        // It is a tree for people too, and of a file that is cut there is one up to the cut.
        let text = sandbox.ok(&["cms", "inspect", kind]);
        assert!(text.lines().count() > ours.len(), "{text}");
        let whole = sandbox.read(kind);
        let cut = sandbox.run_with(&["cms", "inspect"], &whole[..whole.len() - 3]).expect(0);
        assert!(String::from_utf8(cut.out).unwrap().contains("! the end: "), "{kind}");
    }
    let text = sandbox.ok(&["cms", "inspect", "certificate"]);
    let fingerprint = openssl(&sandbox, "x509 -in cert.pem -noout -fingerprint -sha256");
    let fingerprint = fingerprint.split_once('=').unwrap().1.trim().replace(':', "").to_lowercase();
    assert!(text.contains(&format!("fingerprint sha256:{fingerprint}")), "{text}");
    assert_eq!(
        sandbox.json(&["cms", "inspect", "cert.pem"])["tree"],
        sandbox.json(&["cms", "inspect", "certificate"])["tree"]
    );
    for key in ["private-key", "key.pem"] {
        let text = sandbox.ok(&["cms", "inspect", key]);
        assert!(text.contains("not shown"), "{text}");
        // The bare form is nothing but secret numbers; PKCS#8 has the secret in one string.
        assert_eq!(text.contains("privateKey OCTET STRING"), !text.contains("INTEGER, 1 octets: not shown"), "{text}");
    }
    sandbox.run_with(&["cms", "inspect"], b"Forty-two.\r\n").expect(41);
    sandbox.run_with(&["cms", "inspect"], b"").expect(41);
}
