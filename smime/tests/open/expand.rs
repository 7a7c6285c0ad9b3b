//! Mailing lists (RFC 2634 §4): what a list makes of a message, and what it does not pass on.

use std::io::Write;

use cms::{
    AttachedSigner, DetachedSigner, Expansion, ExpansionHistory, KeyList, ListId, MlReceiptPolicy, NoExpansion, OwnKey,
    ReceiptRequest, ReceiptsFrom, Recipient, SignOptions, Signer,
};
use crypto::{ContentCipher, KeyTransport, SystemRandom};
use sealpost_smime::OpenError;
use sealpost_smime::report::SignerReport;
use sealpost_smime::stateless::{ExpandRequest, Members, OutputForm, Trust, VerifyRequest, expand, verify};
use trust::{Address, Clearance, Policy};
use wire::cms::Attribute;
use wire::der::{Tag, Writer};
use wire::x509::GeneralName;
use wire::{Oid, Time, oids};

use crate::build::*;
use crate::ring::{NOW, Person, Ring, person};

/// Alice writes to the list, another list passes things on, Carol is a member and knows all of them.
struct Scene {
    alice: Person,
    gateway: Person,
    other: Person,
    list: Person,
    carol: Person,
    ring: Ring,
}

fn scene() -> Scene {
    let people = ["alice@example.org", "gateway@example.org", "other@lists.example", "list@lists.example"];
    let [alice, gateway, other, list] = people.map(person);
    let carol = person("carol@example.net");
    let ring = Ring::of(&carol, &[&alice, &gateway, &other, &list]);
    Scene { alice, gateway, other, list, carol, ring }
}

fn signer(by: &Person) -> Signer<'_> {
    let algorithm = cms::default_signature_algorithm(by.own.key.public());
    Signer { certificate: by.certificate.clone(), key: &*by.own.key, algorithm }
}

/// An opaque entity with further signed attributes.
fn signed(content: &str, by: &Person, attributes: &[Attribute]) -> String {
    let options = SignOptions { attributes: attributes.to_vec(), ..SignOptions::at(NOW) };
    let mut writer = AttachedSigner::new(Vec::new(), vec![signer(by)], options).unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    smime("", "signed-data", &writer.finish(&mut SystemRandom).unwrap())
}

/// The same as a multipart/signed.
fn clear_signed(content: &str, by: &Person, attributes: &[Attribute]) -> String {
    let options = SignOptions { attributes: attributes.to_vec(), ..SignOptions::at(NOW) };
    let mut writer = DetachedSigner::new(vec![signer(by)], options).unwrap();
    writer.update(content.as_bytes());
    let entity = clear("", content, &writer.finish(&mut SystemRandom).unwrap());
    // Nested ones have boundaries of their own.
    let boundary = format!("n{}", content.len());
    entity.replace("boundary=b1", &format!("boundary={boundary}")).replace("--b1", &format!("--{boundary}"))
}

fn mail(entity: &str) -> String {
    format!("{HEAD}{entity}")
}

fn id(octets: &[u8]) -> Attribute {
    attribute(oids::CONTENT_IDENTIFIER, |w| {
        w.octet_string(octets);
    })
}

fn passed(by: &Person, receipts: Option<MlReceiptPolicy>) -> Expansion {
    Expansion { list: ListId::of(&by.certificate), at: Time(NOW.0 - 60), receipts }
}

fn history(lists: &[&Person]) -> Attribute {
    let mut found = None;
    for list in lists {
        found = Some(ExpansionHistory::after(found.as_ref(), passed(list, None)).unwrap());
    }
    found.unwrap().attribute()
}

fn label(policy: &str, classification: u64) -> Attribute {
    attribute(oids::SECURITY_LABEL, |w| {
        w.nested(Tag::SET, |w| {
            w.oid(policy.parse().unwrap()).uint(classification);
        });
    })
}

/// How the list is told to work.
struct Work<'a> {
    policy: Policy,
    anchors: Vec<&'a Person>,
    receipts: Option<MlReceiptPolicy>,
    own: Option<ListId>,
    detached: bool,
    form: OutputForm,
}

impl Scene {
    fn work(&self) -> Work<'_> {
        Work {
            policy: Policy::standard(),
            anchors: vec![&self.alice, &self.gateway, &self.other],
            receipts: None,
            own: None,
            detached: false,
            form: OutputForm::Smime,
        }
    }

    fn expand(&self, mail: impl AsRef<[u8]>) -> Result<Vec<u8>, OpenError> {
        self.expand_as(mail, &self.work())
    }

    fn expand_as(&self, mail: impl AsRef<[u8]>, work: &Work<'_>) -> Result<Vec<u8>, OpenError> {
        let mail = mail.as_ref();
        let verify = VerifyRequest {
            policy: &work.policy,
            now: NOW,
            trust: Trust::Anchors(work.anchors.iter().map(|person| person.certificate.clone()).collect()),
            certificates: Vec::new(),
            without_attributes: false,
        };
        let own = vec![work.own.clone().unwrap_or_else(|| ListId::of(&self.list.certificate))];
        let key = OwnKey {
            name: "list".into(),
            certificate: Some(self.list.certificate.clone()),
            key: self.list.own.key.clone(),
        };
        let keys = KeyList::new(vec![key]);
        let request = ExpandRequest { verify, own, receipts: work.receipts.clone() };
        let expansion = expand(&mail, request, &keys, &mut SystemRandom)?;
        let certificate = self.carol.certificate.clone();
        let carol = Recipient { certificate, transport: KeyTransport::RsaPkcs1, use_key_id: false };
        let recipients = if expansion.cipher().is_some() { vec![carol] } else { Vec::new() };
        let members = Members { recipients: &recipients, workers: None, detached: work.detached, form: work.form };
        let mut out = Vec::new();
        expansion.write(vec![signer(&self.list)], SignOptions::at(NOW), &members, &mut out, &mut SystemRandom).unwrap();
        Ok(out)
    }

    fn seen(&self, mail: impl AsRef<[u8]>) -> Seen {
        open(self.expand(mail).unwrap(), &self.ring)
    }

    fn why(&self, mail: impl AsRef<[u8]>) -> Option<NoExpansion> {
        match self.expand(mail) {
            Err(OpenError::NoExpansion(why)) => Some(why),
            Err(other) => panic!("{other:?}"),
            Ok(_) => None,
        }
    }
}

/// The signers by the name before the @, the outermost first, each with its identifier.
fn signers(seen: &Seen) -> Vec<String> {
    let name = |signer: &SignerReport| signer.addresses[0].split('@').next().unwrap().to_owned();
    let with_id = |signer: &SignerReport| match &signer.content_identifier {
        Some(id) => format!("{}:{id}", name(signer)),
        None => name(signer),
    };
    assert!(seen.report.signers.iter().all(|signer| signer.signature == "good"), "{:?}", seen.codes);
    seen.report.signers.iter().map(with_id).collect()
}

/// How many lists the outermost signer names, of whom the last is the list itself.
fn lists(seen: &Seen) -> usize {
    let outer = &seen.report.signers[0];
    assert_eq!(outer.addresses, ["list@lists.example"]);
    assert_eq!(outer.lists.last().unwrap().at, NOW.to_string());
    outer.lists.len()
}

/// Examples 1 and 2 of RFC 2634 §4.2.1, and data (§4.2.3.3).
#[test]
fn ess_05_what_nobody_encrypted_is_signed_as_it_is() {
    let s = scene();
    let seen = s.seen(mail(PAYLOAD));
    assert_eq!((seen.layers.as_slice(), lists(&seen)), (&["signed-data"][..], 1));
    for sign in [signed, clear_signed] {
        let one = sign(PAYLOAD, &s.alice, &[id(b"1")]);
        let seen = s.seen(mail(&one));
        assert_eq!((seen.verdict, signers(&seen)), ("verified", vec!["list".into(), "alice:31".into()]));
        assert_eq!(lists(&seen), 1);
        let three = sign(&sign(&one, &s.gateway, &[id(b"2")]), &s.gateway, &[id(b"3")]);
        let seen = s.seen(mail(&three));
        assert_eq!(signers(&seen), ["list", "gateway:33", "gateway:32", "alice:31"]);
        assert_eq!(lists(&seen), 1);
    }
    // The mail's own header stays, the part that says what it holds goes inside.
    let out = String::from_utf8(s.expand(mail(&signed(PAYLOAD, &s.alice, &[]))).unwrap()).unwrap();
    assert!(out.starts_with("From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Hello\r\n"));
    assert_eq!(out.matches("MIME-Version").count(), 1);
    assert_eq!(out.matches("smime-type=signed-data").count(), 1);
}

/// Examples 3 to 6 of RFC 2634 §4.2.1.
#[test]
fn ess_05_what_is_encrypted_goes_to_the_members() {
    let s = scene();
    type Sign = fn(&str, &Person, &[Attribute]) -> String;
    let ways: [(ContentCipher, Sign, &str); 2] =
        [(GCM, signed, "signed-data"), (CBC, clear_signed, "multipart-signed")];
    for (cipher, sign, inside) in ways {
        let kind = if cipher.is_aead() { "auth-enveloped-data" } else { "enveloped-data" };
        let one = sign(PAYLOAD, &s.alice, &[id(b"1")]);
        let sealed = sealed_entity(&one, cipher, &[&s.list]);
        assert!(try_open(mail(&sealed).as_bytes(), &s.ring).is_err(), "it is not for Carol yet");
        let check = |message: &str, outer: &str, passed: usize| {
            let seen = s.seen(mail(message));
            assert_eq!(seen.layers, ["signed-data", kind, inside]);
            assert_eq!((seen.verdict, seen.confidentiality), ("verified", "authenticated"), "{:?}", seen.codes);
            assert_eq!(signers(&seen), [outer, "alice:31"]);
            assert_eq!(lists(&seen), passed);
            assert!(seen.text().ends_with("\r\nMeet at noon.\r\n"));
            let recipients = &seen.report.layers[1].recipients;
            assert_eq!((recipients.len(), recipients[0].local.as_deref()), (1, Some("carol@example.net")));
        };
        check(&sealed, "list", 1);
        check(&sign(&sealed, &s.other, &[id(b"2"), history(&[&s.other])]), "list:32", 2);
        let two = sign(&sealed, &s.gateway, &[id(b"2")]);
        check(&sign(&two, &s.gateway, &[id(b"3")]), "list:32", 1);
        check(&sign(&two, &s.other, &[id(b"3"), history(&[&s.other])]), "list:33", 2);
    }
}

/// RFC 2634 §4.2.3.2 numbers 3.2 and 3.3: a list's signature around another one goes, one over data stays.
#[test]
fn ess_05_the_signature_of_another_list_is_taken_off() {
    let s = scene();
    let by_other = |content: &str| signed(content, &s.other, &[id(b"2"), history(&[&s.gateway, &s.other])]);
    let one = signed(PAYLOAD, &s.alice, &[id(b"1")]);
    let seen = s.seen(mail(&by_other(&one)));
    assert_eq!((signers(&seen), lists(&seen)), (vec!["list:32".into(), "alice:31".into()], 3));
    assert_eq!(seen.verdict, "verified");
    let seen = s.seen(mail(&by_other(PAYLOAD)));
    assert_eq!((signers(&seen), lists(&seen)), (vec!["list:32".into(), "other:32".into()], 3));
    // What is around the outer one goes as well.
    let around = signed(&by_other(&one), &s.gateway, &[id(b"3")]);
    let seen = s.seen(mail(&around));
    assert_eq!((signers(&seen), lists(&seen)), (vec!["list:32".into(), "alice:31".into()], 3));
}

/// RFC 2634 §4.2: every signed attribute of the outer signature is signed again, but for what its signer says of himself.
#[test]
fn ess_05_what_the_outer_signature_said_is_said_again() {
    let s = scene();
    let own: Oid = "1.2.3.4.5".parse().unwrap();
    let foreign = attribute(own, |w| {
        w.utf8_string("kept");
    });
    let equivalent = attribute(oids::EQUIVALENT_LABELS, |w| {
        w.sequence(|w| {
            w.nested(Tag::SET, |w| {
                w.oid("1.2.9".parse().unwrap());
            });
        });
    });
    let to = [Address::parse("alice@example.org").unwrap()];
    let asks = ReceiptRequest::new(b"key", NOW, ReceiptsFrom::All, &to, &mut SystemRandom).unwrap().attribute();
    let all = [foreign, label("1.2.3", 1), equivalent, id(b"2"), cms::content_hint(oids::DATA), asks];
    let sealed = sealed_entity(&signed(PAYLOAD, &s.alice, &[]), GCM, &[&s.list]);
    let outside = signed(&sealed, &s.gateway, &all);
    let mut work = s.work();
    work.policy = work.policy.with_clearances([Clearance::all("1.2.3".parse().unwrap())]);
    let out = s.expand_as(mail(&outside), &work).unwrap();
    let seen = open(&out, &s.ring);
    let outer = &seen.report.signers[0];
    assert_eq!(outer.label.as_ref().unwrap().classification.as_deref(), Some("unclassified"));
    assert_eq!((outer.equivalent_labels.len(), outer.content_identifier.as_deref()), (1, Some("32")));
    assert_eq!(outer.content_hint.as_deref(), Some("data"));
    let shown = sealpost_smime::stateless::inspect(&out).unwrap();
    let names = shown.signers[0].attributes.clone();
    let count = |name: &str| names.iter().filter(|n| *n == name).count();
    for name in ["1.2.3.4.5", "contentType", "messageDigest", "signingTime", "smimeCapabilities", "mlExpandHistory"] {
        assert_eq!(count(name), 1, "{name} in {names:?}");
    }
    assert_eq!((count("signingCertificateV2"), count("receiptRequest")), (1, 0), "{names:?}");
}

/// RFC 2634 §4.1.1, §4.4.
#[test]
fn ess_05_a_loop_is_found_in_every_layer() {
    let s = scene();
    let one = signed(PAYLOAD, &s.alice, &[]);
    let looped = signed(&one, &s.other, &[history(&[&s.list, &s.other])]);
    let list = ListId::of(&s.list.certificate);
    let expected = Some(NoExpansion::Loop { list, at: Time(NOW.0 - 60) });
    assert_eq!(s.why(mail(&looped)), expected);
    assert_eq!(s.why(mail(&signed(&looped, &s.gateway, &[]))), expected);
    let sealed = sealed_entity(&one, GCM, &[&s.list]);
    assert_eq!(s.why(mail(&signed(&sealed, &s.other, &[history(&[&s.list, &s.other])]))), expected);
    // The list of another name does not mind, and what this one passed on comes back to no other.
    let own = ListId::KeyId(b"another list of this agent".to_vec());
    let out = s.expand_as(mail(&looped), &Work { own: Some(own.clone()), ..s.work() }).unwrap();
    let anchors = vec![&s.alice, &s.list];
    let again = s.expand_as(&out, &Work { own: Some(own.clone()), anchors, ..s.work() });
    assert!(matches!(again, Err(OpenError::NoExpansion(NoExpansion::Loop { list, .. })) if list == own));
    let full: Vec<&Person> = vec![&s.other; 64];
    assert_eq!(s.why(mail(&signed(&one, &s.other, &[history(&full)]))), Some(NoExpansion::Full));
    let unreadable = Attribute::new(oids::ML_EXPANSION_HISTORY, vec![0x30, 0]);
    let why = s.why(mail(&signed(&one, &s.other, &[unreadable])));
    assert_eq!(why, Some(NoExpansion::Unreadable("mlExpansionHistory")));
}

/// RFC 2634 §3.1.2, §4.1: verified signers say the same, or nothing is done.
#[test]
fn ess_05_signers_who_disagree_stop_it() {
    let s = scene();
    let mail_of = |one: &[Attribute], two: &[Attribute]| {
        let list = |more: &[Attribute]| [attributes(PAYLOAD.as_bytes()), more.to_vec()].concat();
        let forge = Forge::of(PAYLOAD.as_bytes())
            .signed_by(&s.alice, info(&s.alice, list(one)))
            .signed_by(&s.other, info(&s.other, list(two)));
        smime(HEAD, "signed-data", &forge.to_der())
    };
    let (a, b) = ([history(&[&s.other])], [history(&[&s.gateway])]);
    assert_eq!(s.why(mail_of(&a, &b)), Some(NoExpansion::HistoriesDiffer));
    // Signers without one are ignored (RFC 2634 §4.1).
    for (one, two) in [(&a[..], &a[..]), (&a, &[]), (&[], &a)] {
        assert_eq!(s.why(mail_of(one, two)), None);
    }
    assert_eq!(s.why(mail_of(&[label("1.2.3", 1)], &[label("1.2.3", 2)])), Some(NoExpansion::LabelsDiffer));
}

/// RFC 2634 §4.2.3.2 number 1.
#[test]
fn ess_05_a_signature_that_fails_ends_it() {
    let s = scene();
    let unproven = |result: Result<Vec<u8>, OpenError>| match result {
        Err(OpenError::Unproven(why)) => why,
        other => panic!("{other:?}"),
    };
    let part = "Content-Type: text/plain\r\n\r\nMeet never.\r\n";
    let broken = clear("", part, &detached(PAYLOAD.as_bytes(), &[&s.alice]));
    assert_eq!(unproven(s.expand(mail(&broken))), "the content is not what was signed");
    // Within other signatures, and within encryption that proves what it holds.
    unproven(s.expand(mail(&signed(&broken, &s.gateway, &[]))));
    unproven(s.expand(mail(&sealed_entity(&broken, GCM, &[&s.list]))));
    // Within CBC it is the one failure of whatever a private key was used on.
    let error = s.expand(mail(&sealed_entity(&broken, CBC, &[&s.list]))).unwrap_err();
    assert!(matches!(error, OpenError::CannotDecrypt), "{error:?}");
    // By somebody whom nobody knows.
    let stranger = person("mallory@example.com");
    assert!(unproven(s.expand(mail(&signed(PAYLOAD, &stranger, &[])))).contains("not trusted"));
    let sealed = sealed_entity(&signed(PAYLOAD, &stranger, &[]), GCM, &[&s.list]);
    assert!(unproven(s.expand(mail(&signed(&sealed, &stranger, &[])))).contains("not trusted"));
    // Inside it is for the members to judge.
    assert!(s.expand(mail(&sealed)).is_ok());
    assert!(s.expand(mail(&signed(&sealed, &s.gateway, &[]))).is_ok());
}

/// RFC 2634 §4.2: the agent processes the label of every layer before it passes the message on.
#[test]
fn ess_05_labels_are_passed_on_where_there_is_a_clearance() {
    let s = scene();
    let cleared = |clearances: &[&str], mail: &str| {
        let clearances: Vec<Clearance> = clearances.iter().map(|text| text.parse().unwrap()).collect();
        let mut work = s.work();
        work.policy = work.policy.with_clearances(clearances);
        match s.expand_as(mail, &work) {
            Ok(_) => None,
            Err(OpenError::NotCleared(why)) => Some(why),
            Err(other) => panic!("{other:?}"),
        }
    };
    let one = signed(PAYLOAD, &s.alice, &[label("1.2.3", 3)]);
    let sealed = sealed_entity(&one, GCM, &[&s.list]);
    for message in
        [mail(&one), mail(&sealed), mail(&signed(&sealed, &s.gateway, &[])), mail(&signed(&one, &s.gateway, &[]))]
    {
        let why = cleared(&[], &message).unwrap();
        assert_eq!(why, "alice@example.org labels it confidential by policy 1.2.3, which no clearance is for");
        assert!(cleared(&["1.2.4"], &message).is_some());
        assert!(cleared(&["1.2.3=restricted"], &message).unwrap().contains("beyond"));
        assert_eq!(cleared(&["1.2.3=confidential"], &message), None);
        assert_eq!(cleared(&["1.2.3"], &message), None);
    }
    // A label whose signature nobody can check says nothing that could be relied on.
    let unknown = person("mallory@example.com");
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&s.alice, info(&s.alice, attributes(PAYLOAD.as_bytes())));
    let labelled = [attributes(PAYLOAD.as_bytes()), vec![label("1.2.3", 0)]].concat();
    forge.infos.push(info(&unknown, labelled));
    let why = cleared(&["1.2.3"], &smime(HEAD, "signed-data", &forge.to_der())).unwrap();
    assert!(why.contains("cannot be verified"), "{why}");
}

/// RFC 2634 §4.3: what both lists say is what the members read.
#[test]
fn ess_05_lists_agree_about_receipts() {
    let s = scene();
    let entity = |name: &str| vec![vec![GeneralName::Rfc822(format!("{name}@lists.example"))]];
    let earlier = Expansion { receipts: Some(MlReceiptPolicy::InAdditionTo(entity("a"))), ..passed(&s.other, None) };
    let earlier = ExpansionHistory::after(None, earlier).unwrap().attribute();
    let message = mail(&signed(&signed(PAYLOAD, &s.alice, &[]), &s.other, &[earlier]));
    let joined = [entity("a"), entity("b")].concat();
    for (own, expected) in [
        (None, MlReceiptPolicy::InAdditionTo(entity("a"))),
        (Some(MlReceiptPolicy::None), MlReceiptPolicy::None),
        (Some(MlReceiptPolicy::InAdditionTo(entity("b"))), MlReceiptPolicy::InAdditionTo(joined)),
    ] {
        let out = s.expand_as(&message, &Work { receipts: own, ..s.work() }).unwrap();
        let found = outermost_history(&out);
        assert_eq!(found.lists().last().unwrap().receipts, Some(expected));
        assert_eq!(found.lists()[0].receipts, Some(MlReceiptPolicy::InAdditionTo(entity("a"))));
    }
}

fn outermost_history(mail: &[u8]) -> ExpansionHistory {
    let text = std::str::from_utf8(mail).unwrap();
    let body = text.split("\r\n\r\n").nth(1).unwrap();
    let pem = format!("-----BEGIN CMS-----\n{body}-----END CMS-----\n");
    let der = wire::pem::parse(pem.as_bytes()).unwrap()[0].contents.to_vec();
    let mut ber = wire::ber::BerReader::new(der.as_slice());
    cms::enter(&mut ber).unwrap();
    let facts = cms::SignedReader::new(ber, false).map_err(|broken| broken.error).unwrap().finish().0.unwrap();
    let cms::SignerEntry::Info(info) = &facts.signers[0] else { panic!() };
    let value = info.signed.as_ref().unwrap().single(oids::ML_EXPANSION_HISTORY).unwrap().unwrap().to_vec();
    ExpansionHistory::from_der(&value).unwrap()
}

/// Every form goes in and comes out.
#[test]
fn ess_05_lists_read_and_write_every_form() {
    let s = scene();
    let der = opaque(PAYLOAD.as_bytes(), &[&s.alice]);
    let pem = wire::pem::encode("CMS", &der).into_bytes();
    let lf = mail(&clear_signed(PAYLOAD, &s.alice, &[])).replace("\r\n", "\n").into_bytes();
    let sealed = sealed(signed(PAYLOAD, &s.alice, &[]).as_bytes(), GCM, &[&s.list]);
    for message in [der, pem, lf, sealed, mail(&signed(PAYLOAD, &s.alice, &[])).into_bytes()] {
        for (form, detached) in
            [(OutputForm::Smime, false), (OutputForm::Smime, true), (OutputForm::Der, false), (OutputForm::Pem, false)]
        {
            let out = s.expand_as(&message, &Work { form, detached, ..s.work() }).unwrap();
            let trust = Trust::Anchors(vec![s.list.certificate.clone()]);
            let policy = Policy::standard();
            let request =
                VerifyRequest { policy: &policy, now: NOW, trust, certificates: Vec::new(), without_attributes: false };
            let verified = verify(&out, None, request, &mut SystemRandom).unwrap();
            assert!(verified.is_accepted(), "{form:?} {detached}");
            let mut entity = Vec::new();
            std::io::Read::read_to_end(&mut verified.content().unwrap(), &mut entity).unwrap();
            let entity = String::from_utf8(entity).unwrap();
            let seen = open(format!("{HEAD}{}", entity.replace("MIME-Version: 1.0\r\n", "")), &s.ring);
            assert_eq!(signers(&seen), ["alice"], "{form:?} {detached}");
            assert!(seen.text().ends_with("\r\nMeet at noon.\r\n"), "{form:?} {detached}");
        }
    }
}

#[test]
fn ess_05_what_no_rule_opens_to_the_members_is_refused() {
    let s = scene();
    let one = signed(PAYLOAD, &s.alice, &[]);
    let twice = sealed_entity(&sealed_entity(&one, GCM, &[&s.list]), GCM, &[&s.list]);
    assert_eq!(s.why(mail(&twice)), Some(NoExpansion::Buried));
    let mut writer = cms::CompressWriter::new(Vec::new());
    writer.write_all(sealed_entity(&one, GCM, &[&s.list]).as_bytes()).unwrap();
    let compressed = smime("", "compressed-data", &writer.finish().unwrap());
    assert_eq!(s.why(mail(&compressed)), Some(NoExpansion::Buried));
    let forwarded =
        format!("{HEAD}Content-Type: message/rfc822\r\n\r\n{}", mail(&sealed_entity(&one, GCM, &[&s.list])));
    assert_eq!(s.why(forwarded), Some(NoExpansion::Buried));
    // For somebody else.
    let error = s.expand(mail(&sealed_entity(&one, GCM, &[&s.carol]))).unwrap_err();
    assert!(matches!(error, OpenError::NotForUs { .. }), "{error:?}");
    let long = attribute("1.2.3.4.5".parse().unwrap(), |w| {
        w.octet_string(&[7; 50 * 1024]);
    });
    let outside = signed(&sealed_entity(&one, GCM, &[&s.list]), &s.gateway, &[long]);
    assert_eq!(s.why(mail(&outside)), Some(NoExpansion::TooLong));
}

/// A forwarded mail is the data of the mail at hand: signed as it is, with whatever signatures it has inside.
#[test]
fn ess_05_a_forwarded_mail_is_data() {
    let s = scene();
    let forwarded = format!("{HEAD}Content-Type: message/rfc822\r\n\r\n{}", mail(&signed(PAYLOAD, &s.alice, &[])));
    let out = s.expand(&forwarded).unwrap();
    let seen = open(&out, &s.ring);
    assert_eq!((seen.layers.as_slice(), lists(&seen)), (&["signed-data"][..], 1));
    assert!(seen.text().contains("Content-Type: message/rfc822\r\n\r\nFrom: Alice"));
}

/// Authenticated attributes and what nothing protects stay as their sender wrote them, whatever the length.
#[test]
fn ess_05_a_large_message_is_passed_on_as_it_was_encrypted() {
    let s = scene();
    let text = format!("{PAYLOAD}{}", "A line of a letter that does not fit into one buffer.\r\n".repeat(20_000));
    for cipher in [GCM, CBC, ContentCipher::ChaCha20Poly1305] {
        let one = signed(&text, &s.alice, &[]);
        let seen = s.seen(mail(&sealed_entity(&one, cipher, &[&s.list])));
        assert_eq!((seen.verdict, seen.layers.len()), ("verified", 3), "{cipher}");
        assert!(seen.text().ends_with(&text[PAYLOAD.len()..]), "{cipher}");
    }
}

/// Every damage to what came for the list is refused, or what is passed on is what its sender signed.
#[test]
fn ess_05_damage_is_never_passed_on() {
    let s = scene();
    let one = signed(PAYLOAD, &s.alice, &[]);
    let der = sealed(one.as_bytes(), GCM, &[&s.list]);
    let (mut refused, mut passed_on) = (0, 0);
    for at in (1..der.len()).step_by(3) {
        let mut changed = der.clone();
        changed[at] ^= [1, 0x20, 0x80][at % 3];
        for damaged in [changed, der[..at].to_vec()] {
            match s.expand(&damaged) {
                Err(_) => refused += 1,
                Ok(out) => {
                    let seen = open(out, &s.ring);
                    assert_eq!(signers(&seen), ["list", "alice"]);
                    assert!(seen.text().ends_with("\r\nMeet at noon.\r\n"));
                    passed_on += 1;
                }
            }
        }
    }
    assert!(refused > 2 * der.len() / 4 && passed_on < der.len() / 4, "{refused} {passed_on}");
}

/// A receipt that is hidden is announced outside (RFC 2634 §2.9), and one that is not is wrapped (§2.4.1).
#[test]
fn ess_05_receipts_pass_through_lists() {
    let s = scene();
    let mut w = Writer::new();
    w.sequence(|w| {
        w.uint(1).oid(oids::DATA).octet_string(b"id").octet_string(b"signature");
    });
    let options = SignOptions { content_type: oids::RECEIPT, ..SignOptions::at(NOW) };
    let mut writer = AttachedSigner::new(Vec::new(), vec![signer(&s.alice)], options).unwrap();
    writer.write_all(w.as_bytes()).unwrap();
    let receipt = smime("", "signed-receipt", &writer.finish(&mut SystemRandom).unwrap());
    let seen = s.seen(mail(&receipt));
    assert_eq!((seen.layers.as_slice(), lists(&seen)), (&["signed-data", "signed-data"][..], 1));
    let hidden = sealed_entity(&receipt, GCM, &[&s.list]);
    let seen = s.seen(mail(&hidden));
    assert_eq!(seen.report.signers[0].content_hint.as_deref(), Some("receipt"));
    assert_eq!(seen.layers, ["signed-data", "auth-enveloped-data", "signed-data"]);
}
