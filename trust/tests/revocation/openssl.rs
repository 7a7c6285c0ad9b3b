//! Lists by `openssl ca`, answers by `openssl ocsp` to requests of ours and of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use sealpost_trust::{
    Evidence, Need, OcspAnswer, OcspNeed, Policy, Purpose, RevocationEvidence, RevocationState, When, check_revocation,
    validate,
};
use wire::crl::Reason;
use wire::ocsp::OcspResponse;
use wire::{Certificate, Crl, Time};

use crate::corpora::tell;

/// An authority with alice, bob who is revoked, carol who is on hold, and a responder.
const SETUP: &str = r#"
cat >ca.cnf <<END
[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 300
default_crl_days = 7
policy = p
certificate = ca.pem
private_key = ca.key
unique_subject = no
crl_extensions = crl
[p]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[dist]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@idp
[idp]
fullname = URI:http://a.example/crl
onlyuser = TRUE
onlysomereasons = keyCompromise,CACompromise
[leaf]
keyUsage = critical,digitalSignature
extendedKeyUsage = emailProtection
crlDistributionPoints = URI:http://a.example/crl
authorityInfoAccess = OCSP;URI:http://a.example/ocsp,caIssuers;URI:http://a.example/ca
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[other]
extendedKeyUsage = emailProtection
END
: >index.txt; echo 1001 >serial; echo 01 >crlnumber
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca; openssl req -new -x509 -key ca.key -subj /CN=CA -days 900 -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
issue() { key $1; openssl req -new -key $1.key -subj /CN=$1 -out $1.csr
    openssl ca -config ca.cnf -batch -notext -in $1.csr -extensions $2 -out $1.pem; }
for who in alice bob carol; do issue $who leaf; done
issue responder responder; issue impostor other
openssl ca -config ca.cnf -revoke bob.pem -crl_compromise 20260101000000Z
openssl ca -config ca.cnf -revoke carol.pem -crl_hold holdInstructionReject
openssl ca -config ca.cnf -gencrl -out all.crl
openssl ca -config ca.cnf -gencrl -crlexts dist -out dist.crl
sed '/^crl_ext/d' ca.cnf >v1.cnf; mv crlnumber crlnumber.kept; sed -i '/^crlnumber/d' v1.cnf
openssl ca -config v1.cnf -gencrl -out v1.crl || true
"#;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new(name: &str) -> Option<Folder> {
        if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
            assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "install openssl");
            tell("skipped, install openssl");
            return None;
        }
        let path = std::env::temp_dir().join(format!("sealpost-revocation-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        folder.run(SETUP);
        Some(folder)
    }

    fn run(&self, script: &str) {
        let script = format!("set -e\n{script}");
        let output = Command::new("bash").arg("-c").arg(script).current_dir(&self.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    fn certificate(&self, name: &str) -> Certificate {
        Certificate::from_der(&wire::pem::parse(&self.read(&format!("{name}.pem"))).unwrap()[0].contents).unwrap()
    }

    fn crl(&self, name: &str) -> Crl {
        Crl::from_der(&wire::pem::parse(&self.read(name)).unwrap()[0].contents).unwrap()
    }

    fn answer(&self, name: &str) -> OcspResponse {
        OcspResponse::from_der(&self.read(name)).unwrap()
    }

    /// The state of a person's certificate, and what could be fetched about it.
    fn judge(&self, who: &str, known: &RevocationEvidence, now: Time) -> (RevocationState, Vec<Need>) {
        let (ca, leaf) = (self.certificate("ca"), self.certificate(who));
        let evidence = Evidence { pool: &[], anchors: std::slice::from_ref(&ca), distrusted: &[] };
        let policy = Policy::standard();
        let path = validate(&leaf, Purpose::Any, &evidence, &policy, now).unwrap();
        let outcome = check_revocation(&path, &evidence, known, &policy, When::now(now));
        (outcome.certificates[0].state.clone(), outcome.needs)
    }

    fn need(&self, who: &str, now: Time) -> OcspNeed {
        let needs = self.judge(who, &RevocationEvidence::default(), now).1;
        needs.into_iter().find_map(|n| if let Need::Ocsp(need) = n { Some(need) } else { None }).unwrap()
    }
}

#[test]
fn r_02_lists_by_openssl() {
    let Some(folder) = Folder::new("lists") else { return };
    let all = folder.crl("all.crl");
    assert_eq!((all.version(), all.len(), all.number().is_some()), (2, 2, true));
    let now = all.this_update();
    for list in ["all.crl", "v1.crl"] {
        let known = RevocationEvidence { crls: vec![folder.crl(list)], ..RevocationEvidence::default() };
        assert_eq!(folder.judge("alice", &known, now).0, RevocationState::Good, "{list}");
        for (who, reason) in [("bob", Reason::KeyCompromise), ("carol", Reason::CertificateHold)] {
            let RevocationState::Revoked(revoked) = folder.judge(who, &known, now).0 else { panic!("{list} {who}") };
            assert_eq!(revoked.reason, reason, "{list}");
            assert_eq!(revoked.invalid_since.is_some(), who == "bob");
        }
    }
    // Only some reasons: nobody knows of alice, and bob is revoked.
    let known = RevocationEvidence { crls: vec![folder.crl("dist.crl")], ..RevocationEvidence::default() };
    assert!(matches!(folder.judge("alice", &known, now).0, RevocationState::Undetermined(_)));
    assert!(matches!(folder.judge("bob", &known, now).0, RevocationState::Revoked(_)));
}

#[test]
fn r_03_answers_by_openssl() {
    let Some(folder) = Folder::new("ocsp") else { return };
    let now = folder.crl("all.crl").this_update();
    let serve = "openssl ocsp -index index.txt -CA ca.pem -ndays 3";
    let by = [
        ("issuer", "-rsigner ca.pem -rkey ca.key"),
        ("issuer by key", "-rsigner ca.pem -rkey ca.key -resp_key_id"),
        ("delegate", "-rsigner responder.pem -rkey responder.key"),
        ("delegate by key", "-rsigner responder.pem -rkey responder.key -resp_key_id"),
    ];
    let mut answers = 0;
    for (name, signer) in by {
        for who in ["alice", "bob", "carol"] {
            // Requests of ours, with a nonce and without; and one of its own, by SHA-256.
            let nonce = [0x5a; wire::ocsp::NONCE];
            let need = folder.need(who, now);
            fs::write(folder.0.join("ours"), need.request(None)).unwrap();
            fs::write(folder.0.join("nonce"), need.request(Some(&nonce))).unwrap();
            folder.run(&format!(
                "openssl ocsp -sha256 -issuer ca.pem -cert {who}.pem -no_nonce -reqout theirs
                for r in ours nonce theirs; do {serve} {signer} -reqin $r -respout $r.answer >log 2>&1; done"
            ));
            for (request, sent) in [("ours", None), ("nonce", Some(nonce.to_vec())), ("theirs", None)] {
                let response = folder.answer(&format!("{request}.answer")).basic.unwrap();
                assert!(need.is_answered_by(&response.responses[0].id), "{name} {request}");
                assert_eq!(response.nonce, sent, "{name} {request}");
                let at = response.produced_at;
                let ocsp = vec![OcspAnswer { response, nonce: sent }];
                let known = RevocationEvidence { ocsp, ..RevocationEvidence::default() };
                let state = folder.judge(who, &known, at).0;
                match (who, &state) {
                    ("alice", RevocationState::Good) => {}
                    ("bob", RevocationState::Revoked(r)) if r.reason == Reason::KeyCompromise => {}
                    ("carol", RevocationState::Revoked(r)) if r.reason == Reason::CertificateHold => {}
                    _ => panic!("{name} {request} {who}: {state:?}"),
                }
                answers += 1;
            }
        }
    }
    // Somebody whom the authority certified for mail does not answer in its name.
    fs::write(folder.0.join("ours"), folder.need("alice", now).request(None)).unwrap();
    folder.run(&format!("{serve} -rsigner impostor.pem -rkey impostor.key -reqin ours -respout answer >log 2>&1"));
    let response = folder.answer("answer").basic.unwrap();
    let at = response.produced_at;
    let known = RevocationEvidence { ocsp: vec![OcspAnswer::kept(response)], ..RevocationEvidence::default() };
    assert!(matches!(folder.judge("alice", &known, at).0, RevocationState::Undetermined(_)));
    tell(&format!("openssl ocsp: {answers} answers as expected"));
}
