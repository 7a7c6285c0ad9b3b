//! R-01, R-06, V-13, X-20: revocation and time stamps in the verdict, of an authority, CRLs, answers and stamps by
//! openssl.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use cms::{Keys, OwnKey};
use crypto::SystemRandom;
use sealpost_smime::report::SignerReport;
use sealpost_smime::stateless::{Trust, VerifyRequest, verify_knowing};
use sealpost_smime::{Desk, Keyring, KeyringError, SigningIdentity};
use trust::{Address, Fetch, Need, OcspAnswer, Policy, RevocationEvidence, RevocationMode, RevocationPolicy};
use wire::cms::{Attribute, RecipientId, SignerInfo};
use wire::der::{Reader, Tag, Writer};
use wire::ocsp::OcspResponse;
use wire::{Certificate, Crl, Time, oids};

use crate::build::smime;
use crate::ring::DAY;

const SETUP: &str = r#"
cat >cnf <<END
[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = number
default_md = sha256
default_days = 30
default_crl_days = 7
policy = p
certificate = ca.pem
private_key = ca.key
[p]
commonName = supplied
[mail]
keyUsage = critical,digitalSignature,keyAgreement
extendedKeyUsage = emailProtection
subjectAltName = email:alice@example.org
crlDistributionPoints = URI:http://a.example/crl
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[both]
extendedKeyUsage = critical,timeStamping,emailProtection
[soft]
extendedKeyUsage = timeStamping
[ts]
default_tsa = t
[t]
serial = ts.serial
default_policy = 1.2.3.4
digests = sha256, sha1
signer_digest = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
END
sed -i 's/^\[ts\]/[tsa_section]/; s/^default_tsa/default_tsa/' cnf
: >index.txt; echo 1001 >serial; echo 01 >number
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca; openssl req -new -x509 -key ca.key -subj /CN=CA -days 900 -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
issue() { key $1; openssl req -new -key $1.key -subj /CN=$1 -out $1.csr
    openssl ca -config cnf -batch -notext -in $1.csr -extensions $2 -days $3 -out $1.pem; }
issue alice mail 30; issue tsa tsa 800; issue both both 800; issue soft soft 800
printf 'Content-Type: text/plain\r\n\r\nMeet at noon.\r\n' >entity
openssl cms -sign -binary -nodetach -in entity -signer alice.pem -inkey alice.key -outform DER -out signed.der
openssl ca -config cnf -gencrl -out good.pem
openssl ocsp -index index.txt -CA ca.pem -issuer ca.pem -cert alice.pem -rsigner ca.pem -rkey ca.key -ndays 7 -respout good.ocsp
openssl ca -config cnf -revoke alice.pem -crl_reason keyCompromise
openssl ca -config cnf -gencrl -out revoked.pem
openssl ocsp -index index.txt -CA ca.pem -issuer ca.pem -cert alice.pem -rsigner ca.pem -rkey ca.key -ndays 7 -respout revoked.ocsp
for list in good revoked; do openssl crl -in $list.pem -outform DER -out $list.crl; done
"#;

struct World {
    path: PathBuf,
    ca: Certificate,
    signed: Vec<u8>,
    /// A minute after all was made.
    now: Time,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl World {
    fn new(name: &str) -> Option<World> {
        if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
            assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "install openssl");
            println!("skipped, install openssl");
            return None;
        }
        let path = std::env::temp_dir().join(format!("sealpost-smime-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        run(&path, SETUP);
        let ca = Certificate::from_der(&wire::pem::parse(&fs::read(path.join("ca.pem")).unwrap()).unwrap()[0].contents);
        let (ca, signed) = (ca.unwrap(), fs::read(path.join("signed.der")).unwrap());
        let now = Time(ca.not_before().0 + 60);
        Some(World { path, ca, signed, now })
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path.join(name)).unwrap()
    }

    fn list(&self, name: &str) -> Crl {
        Crl::from_der(&self.read(&format!("{name}.crl"))).unwrap()
    }

    fn answer(&self, name: &str) -> OcspAnswer {
        OcspAnswer::kept(OcspResponse::from_der(&self.read(&format!("{name}.ocsp"))).unwrap().basic.unwrap())
    }

    /// The message with a token of this authority over its signature, or over something else.
    fn stamped(&self, by: &str, over: Option<&[u8]>, flags: &str) -> Vec<u8> {
        let mut signature = Vec::new();
        with_signer(&self.signed, |info| {
            signature = info.signature.clone();
            info
        });
        fs::write(self.path.join("value"), over.unwrap_or(&signature)).unwrap();
        run(
            &self.path,
            &format!(
                "sed 's/^\\[tsa_section\\]/[tsa]/' cnf | sed '0,/^\\[tsa\\]/s//[unused]/' >ts.cnf
                openssl ts -query -data value -cert {flags} -out value.tsq
                openssl ts -reply -config ts.cnf -queryfile value.tsq -signer {by}.pem -inkey {by}.key \
                    -token_out -out value.token"
            ),
        );
        let token = self.read("value.token");
        with_signer(&self.signed, |mut info| {
            info.unsigned.push(Attribute::new(oids::TIME_STAMP_TOKEN, token.clone()));
            info
        })
    }

    /// Whether it is accepted, what its signer is told to be, and the codes of the findings.
    fn verify(&self, message: &[u8], known: RevocationEvidence, at: Time) -> (bool, SignerReport, Vec<&'static str>) {
        let policy = Policy::standard();
        self.verify_by(&policy, message, known, at)
    }

    fn verify_by(
        &self,
        policy: &Policy,
        message: &[u8],
        known: RevocationEvidence,
        at: Time,
    ) -> (bool, SignerReport, Vec<&'static str>) {
        let trust = Trust::Anchors(vec![self.ca.clone()]);
        let request = VerifyRequest { policy, now: at, trust, certificates: Vec::new(), without_attributes: false };
        let verified = verify_knowing(&message, None, request, known, &mut SystemRandom).unwrap();
        let codes = verified.findings().iter().map(|finding| finding.code.word()).collect();
        (verified.is_accepted(), verified.signers()[0].clone(), codes)
    }
}

fn run(path: &PathBuf, script: &str) {
    let output = Command::new("bash").args(["-c", &format!("set -e\n{script}")]).current_dir(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The message with its one signer changed.
fn with_signer(message: &[u8], change: impl FnOnce(SignerInfo) -> SignerInfo) -> Vec<u8> {
    rebuilt(message, |parts| {
        let infos = parts.pop().unwrap();
        let info = wire::der::one(&infos).unwrap().reader().any().unwrap().raw.to_vec();
        let changed = change(SignerInfo::from_der(&info).unwrap()).to_der();
        let mut w = Writer::new();
        w.element(Tag::SET, &changed);
        parts.push(w.into_bytes());
    })
}

/// The message with this in its field `crls` (RFC 5652 section 10.2.1).
fn with_revocation(message: &[u8], choices: &[u8]) -> Vec<u8> {
    rebuilt(message, |parts| {
        let infos = parts.pop().unwrap();
        let mut w = Writer::new();
        w.element(Tag::context(1), choices);
        parts.extend([w.into_bytes(), infos]);
    })
}

fn rebuilt(message: &[u8], change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let message = wire::ber::to_definite(message).unwrap();
    let mut info = Reader::new(&message).sequence().unwrap();
    info.oid().unwrap();
    let mut signed = info.nested(Tag::context(0)).unwrap().sequence().unwrap();
    let mut parts = Vec::new();
    while !signed.is_empty() {
        parts.push(signed.any().unwrap().raw.to_vec());
    }
    change(&mut parts);
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oids::SIGNED_DATA).nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.raw(&parts.concat());
            });
        });
    });
    w.into_bytes()
}

fn lists(lists: &[Crl]) -> RevocationEvidence {
    RevocationEvidence { crls: lists.to_vec(), ..RevocationEvidence::default() }
}

#[test]
fn r_06_revocation_in_the_verdict() {
    let Some(w) = World::new("verdict") else { return };
    let answer = |name: &str| RevocationEvidence { ocsp: vec![w.answer(name)], ..RevocationEvidence::default() };
    let nothing = RevocationEvidence::default();
    for (known, accepted, certificate, revocation) in [
        (nothing.clone(), true, "trusted", "not-checked"),
        (lists(&[w.list("good")]), true, "trusted", "good"),
        (answer("good"), true, "trusted", "good"),
        (lists(&[w.list("revoked")]), false, "revoked", "revoked"),
        (answer("revoked"), false, "revoked", "revoked"),
    ] {
        let (is_accepted, signer, codes) = w.verify(&w.signed, known, w.now);
        assert_eq!(
            (is_accepted, signer.certificate, signer.revocation),
            (accepted, certificate, revocation),
            "{codes:?}"
        );
        assert_eq!(codes.contains(&"certificate-revoked"), !accepted, "{codes:?}");
    }
    // A list that is overdue: it is told, and whether it counts is the policy's.
    let (late, known) = (Time(w.now.0 + 10 * DAY), lists(&[w.list("good")]));
    let (accepted, signer, codes) = w.verify(&w.signed, known.clone(), late);
    assert_eq!((accepted, signer.revocation), (true, "unknown"));
    assert!(codes.contains(&"revocation-unknown"), "{codes:?}");
    let rules = RevocationPolicy { mode: RevocationMode::Hard, ..RevocationPolicy::default() };
    let hard = Policy::standard().with_revocation(rules);
    for (known, at, accepted) in
        [(known, late, false), (nothing, w.now, false), (lists(&[w.list("good")]), w.now, true)]
    {
        let (is_accepted, signer, _) = w.verify_by(&hard, &w.signed, known, at);
        assert_eq!((is_accepted, signer.certificate), (accepted, if accepted { "trusted" } else { "untrusted" }));
    }
}

/// X-20: whoever has a key that was revoked writes what time they like into a signature (CVE-2026-59641).
#[test]
fn x_20_a_signature_that_is_dated_back_before_the_revocation_is_not_believed() {
    let Some(w) = World::new("back") else { return };
    let pkcs8 = wire::pem::parse(&w.read("alice.key")).unwrap()[0].contents.to_vec();
    let key = crypto::SoftKey::from_pkcs8(&pkcs8).unwrap();
    let algorithm = crypto::SignatureAlgorithm::Ecdsa(crypto::Digest::Sha256);
    let dated = |at: Time| {
        with_signer(&w.signed, |info| {
            let mut list = info.signed.as_ref().unwrap().list().to_vec();
            list.retain(|attribute| attribute.oid != oids::SIGNING_TIME);
            let mut time = Writer::new();
            at.write(&mut time);
            list.push(Attribute::new(oids::SIGNING_TIME, time.into_bytes()));
            let signed = wire::cms::SignedAttributes::new(list);
            let signature = crypto::PrivateKey::sign(&key, &algorithm, signed.der(), &mut SystemRandom).unwrap();
            SignerInfo { signature, signed: Some(signed), ..info.clone() }
        })
    };
    let begin = w.ca.not_before();
    for at in [Time(begin.0 - 300 * DAY), begin, w.now, Time(w.now.0 + DAY)] {
        let message = dated(at);
        // The signature is good, and was believed while the key was Alice's alone.
        let (accepted, signer, _) = w.verify(&message, lists(&[w.list("good")]), w.now);
        assert_eq!((accepted, signer.signature, signer.signed_at), (true, "good", Some(at.to_string())));
        for known in [
            lists(&[w.list("revoked")]),
            RevocationEvidence { ocsp: vec![w.answer("revoked")], ..RevocationEvidence::default() },
        ] {
            let (accepted, signer, _) = w.verify(&message, known, w.now);
            assert_eq!((accepted, signer.signature, signer.certificate), (false, "good", "revoked"));
        }
    }
}

/// X-20: neither what is older and good, nor where it comes from, nor a lenient policy lets a revocation be passed over
/// (CVE-2023-0430).
#[test]
fn x_20_a_revocation_is_passed_over_for_nothing_else_that_is_said() {
    let Some(w) = World::new("skip") else { return };
    let (good, revoked) = (w.list("good"), w.list("revoked"));
    let (yes, no) = (w.answer("good"), w.answer("revoked"));
    for (crls, ocsp) in [
        (vec![good.clone(), revoked.clone()], vec![]),
        (vec![revoked.clone(), good.clone()], vec![]),
        (vec![revoked.clone()], vec![yes.clone()]),
        (vec![good.clone()], vec![no.clone()]),
        (vec![good.clone(), good], vec![yes.clone(), no]),
    ] {
        let known = RevocationEvidence { crls, ocsp, ..RevocationEvidence::default() };
        for mode in [RevocationMode::Soft, RevocationMode::Hard] {
            let policy = Policy::standard().with_revocation(RevocationPolicy { mode, ..RevocationPolicy::default() });
            let (accepted, signer, codes) = w.verify_by(&policy, &w.signed, known.clone(), w.now);
            assert_eq!((accepted, signer.certificate, signer.revocation), (false, "revoked", "revoked"), "{codes:?}");
        }
    }
    // And where nobody looked, that is what is said.
    let (_, signer, _) = w.verify(&w.signed, RevocationEvidence::default(), w.now);
    assert_eq!(signer.revocation, "not-checked");
}

/// R-01: what comes with the message counts as any other: the newest of all, wherever it comes from.
#[test]
fn r_01_lists_and_answers_in_the_message() {
    let Some(w) = World::new("message") else { return };
    let list = |name: &str| w.read(&format!("{name}.crl"));
    let other = |name: &str| {
        let mut out = Writer::new();
        out.nested(Tag::context(1), |out| {
            out.oid(oids::RI_OCSP_RESPONSE).raw(&w.read(&format!("{name}.ocsp")));
        });
        out.into_bytes()
    };
    // What nobody can read beside it is passed over: another format, and a list cut short.
    let unknown = [0xa1, 7, 0x06, 3, 0x2a, 3, 4, 0x05, 0];
    let broken = [0x30, 3, 2, 1, 1];
    for (choices, accepted) in [
        (list("good"), true),
        (list("revoked"), false),
        (other("good"), true),
        (other("revoked"), false),
        ([&unknown[..], &broken, &list("good")].concat(), true),
    ] {
        let message = with_revocation(&w.signed, &choices);
        let (is_accepted, signer, codes) = w.verify(&message, RevocationEvidence::default(), w.now);
        let word = if accepted { "good" } else { "revoked" };
        assert_eq!((is_accepted, signer.revocation), (accepted, word), "{codes:?}");
    }
    // An old one in the message does not hide the news from elsewhere (R-01).
    let message = with_revocation(&w.signed, &list("good"));
    let (accepted, signer, _) = w.verify(&message, lists(&[w.list("revoked")]), w.now);
    assert_eq!((accepted, signer.revocation), (false, "revoked"));
}

/// V-13: what expired since, or was revoked since, counts where a time stamp proves that it is older.
#[test]
fn v_13_a_time_stamp_is_honoured() {
    let Some(w) = World::new("stamp") else { return };
    let stamped = w.stamped("tsa", None, "-sha256");
    let nothing = RevocationEvidence::default();
    let (accepted, signer, codes) = w.verify(&stamped, nothing.clone(), w.now);
    assert_eq!((accepted, signer.certificate), (true, "trusted"));
    assert_eq!(signer.time_stamp.as_ref().map(|stamp| stamp.by.as_str()), Some("CN=tsa"), "{codes:?}");
    // Alice's certificate lasts a month, the authority's longer.
    let later = Time(w.now.0 + 100 * DAY);
    for (message, accepted, certificate) in [(&w.signed, false, "expired"), (&stamped, true, "trusted")] {
        let (is_accepted, signer, codes) = w.verify(message, nothing.clone(), later);
        assert_eq!((is_accepted, signer.certificate), (accepted, certificate), "{codes:?}");
    }
    // The stamp is from after the revocation, which it does not undo.
    let (accepted, signer, _) = w.verify(&stamped, lists(&[w.list("revoked")]), w.now);
    assert_eq!((accepted, signer.certificate), (false, "revoked"));
    // The stamp's authority is gone too.
    let (accepted, signer, codes) = w.verify(&stamped, nothing, Time(w.now.0 + 850 * DAY));
    assert_eq!((accepted, signer.certificate), (false, "expired"));
    assert!(codes.contains(&"time-stamp-unusable"), "{codes:?}");
}

#[test]
fn v_13_stamps_that_prove_nothing() {
    let Some(w) = World::new("no-stamp") else { return };
    let later = Time(w.now.0 + 100 * DAY);
    let why = |message: &[u8], at| {
        let (accepted, signer, codes) = w.verify(message, RevocationEvidence::default(), at);
        assert!(codes.contains(&"time-stamp-unusable"), "{codes:?}");
        assert!(signer.time_stamp.is_none());
        accepted
    };
    // Over something else; for more than stamps, or not critically; by a digest with collisions.
    assert!(!why(&w.stamped("tsa", Some(b"another signature"), "-sha256"), later));
    for (by, flags) in [("both", "-sha256"), ("soft", "-sha256"), ("tsa", "-sha1")] {
        // openssl refuses some of these itself, and then there is nothing to refuse here.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| w.stamped(by, None, flags)));
        if let Ok(message) = made {
            assert!(!why(&message, later), "{by} {flags}");
        }
    }
    // Every octet of the token counts.
    let good = w.stamped("tsa", None, "-sha256");
    let token = w.read("value.token");
    let at = good.windows(token.len()).position(|window| window == token).unwrap();
    for offset in (60..token.len()).step_by(7) {
        let mut changed = good.clone();
        changed[at + offset] ^= 1;
        let request = VerifyRequest {
            policy: &Policy::standard(),
            now: later,
            trust: Trust::Anchors(vec![w.ca.clone()]),
            certificates: Vec::new(),
            without_attributes: false,
        };
        let known = RevocationEvidence::default();
        // Certificates beside the signer's, and unsigned attributes, are nobody's word.
        if let Ok(verified) = verify_knowing(&changed, None, request, known, &mut SystemRandom)
            && verified.is_accepted()
        {
            let stamp = verified.signers()[0].time_stamp.clone().unwrap();
            assert_eq!(stamp.by, "CN=tsa", "{offset}");
        }
    }
    // Of a time that is yet to come.
    let (accepted, signer, codes) = w.verify(&good, RevocationEvidence::default(), Time(w.now.0 - 55));
    assert!(signer.time_stamp.is_none() || accepted, "{codes:?}");
}

/// R-06: nobody encrypts to a certificate that is revoked, and one of which nobody can tell is the policy's.
#[test]
fn r_06_seal_asks_the_store_and_the_network() {
    let Some(w) = World::new("seal") else { return };
    let alice = wire::pem::parse(&w.read("alice.pem")).unwrap()[0].contents.to_vec();
    let alice = Certificate::from_der(&alice).unwrap();
    let letter = b"From: alice@example.org\r\nTo: alice@example.org\r\nSubject: x\r\n\r\nHello\r\n".to_vec();
    let seal = |crl: Option<Crl>, policy: Policy| {
        let store = Store { ca: w.ca.clone(), crl, asked: RefCell::default(), known: vec![alice.clone()] };
        let sealing = Desk::new(&policy, &store).at(w.now).seal(&letter).encrypt_only();
        let sealed = sealing.encrypt_to(["alice@example.org"]).and_then(|sealing| sealing.finish());
        let asked = store.asked.borrow().clone();
        (sealed.map(drop).map_err(|error| error.to_string()), asked)
    };
    let (sealed, asked) = seal(Some(w.list("good")), Policy::standard());
    assert_eq!((sealed, asked), (Ok(()), vec![(1, Fetch::Fetch)]));
    assert_eq!(seal(None, Policy::standard()).0, Ok(()));
    let error = seal(Some(w.list("revoked")), Policy::standard()).0.unwrap_err();
    assert!(error.contains("alice@example.org") && error.contains("was revoked on"), "{error}");
    let rules = RevocationPolicy { mode: RevocationMode::Hard, seal: Fetch::Cached, ..RevocationPolicy::default() };
    let (sealed, asked) = seal(None, Policy::standard().with_revocation(rules));
    assert!(sealed.unwrap_err().contains("cannot be told"));
    assert_eq!(asked, [(1, Fetch::Cached)]);
}

/// A store that knows the authority, and CRLs when it is asked for them.
struct Store {
    ca: Certificate,
    crl: Option<Crl>,
    known: Vec<Certificate>,
    asked: RefCell<Vec<(usize, Fetch)>>,
}

impl Keys for Store {
    fn find(&self, _: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, cms::Error> {
        Ok(Vec::new())
    }
}

impl Keyring for Store {
    fn signing_identity(&self, _: &Address, _: Time) -> Result<Option<SigningIdentity>, KeyringError> {
        Ok(None)
    }

    fn encryption_candidates(&self, _: &Address) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.known.clone())
    }

    fn anchors(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(vec![self.ca.clone()])
    }

    fn intermediates(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(Vec::new())
    }

    fn is_distrusted(&self, _: &Certificate) -> bool {
        false
    }

    fn revocation(&self, needs: &[Need], fetch: Fetch) -> Result<RevocationEvidence, KeyringError> {
        self.asked.borrow_mut().push((needs.len(), fetch));
        Ok(lists(self.crl.as_slice()))
    }
}

/// `open` asks the store for what is kept, and never for more unless the policy says so.
#[test]
fn r_06_open_asks_the_store() {
    let Some(w) = World::new("open") else { return };
    let head = "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n";
    let mail = smime(head, "signed-data", &w.signed).into_bytes();
    let open = |crl: Option<Crl>, policy: Policy| {
        let store = Store { ca: w.ca.clone(), crl, asked: RefCell::default(), known: Vec::new() };
        let opened = Desk::new(&policy, &store).at(w.now).open(&mail).unwrap();
        let report = opened.report();
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
        let asked = store.asked.borrow().clone();
        (report.verdict, report.signers[0].revocation, codes, asked)
    };
    let (verdict, revocation, codes, asked) = open(None, Policy::standard());
    assert_eq!((verdict, revocation), ("verified", "not-checked"));
    assert!(codes.contains(&"revocation-not-checked"));
    assert_eq!(asked, [(1, Fetch::Cached)]);
    let (verdict, revocation, codes, _) = open(Some(w.list("good")), Policy::standard());
    assert_eq!((verdict, revocation), ("verified", "good"));
    assert!(!codes.contains(&"revocation-not-checked"), "{codes:?}");
    let (verdict, revocation, codes, _) = open(Some(w.list("revoked")), Policy::standard());
    assert_eq!((verdict, revocation), ("unverified", "revoked"));
    assert!(codes.contains(&"certificate-revoked"), "{codes:?}");
    let rules = RevocationPolicy { open: Fetch::Fetch, ..RevocationPolicy::default() };
    let (_, revocation, _, asked) = open(None, Policy::standard().with_revocation(rules));
    assert_eq!((revocation, asked), ("unknown", vec![(1, Fetch::Fetch)]));
}
