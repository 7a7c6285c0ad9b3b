//! Signed receipts (RFC 2634 §2): who is asked, what is answered, and OpenSSL's and RFC 4134's bytes.

use crypto::SystemRandom;
use sealpost_cms::{
    ContentReference, MlReceiptPolicy, NoReceipt, Receipt, ReceiptMismatch, ReceiptRequest, ReceiptsFrom, Requested,
    SignOptions, SignatureFault, SignerEntry, addresses, check_receipt, message_signature_digest, request_of,
    requested,
};
use trust::Address;
use wire::cms::{Attribute, SignerInfo};
use wire::der::{Reader, Tag, Writer};
use wire::oids;
use wire::x509::GeneralName;

use crate::peer::{Folder, corpus};
use crate::people::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn request(from: ReceiptsFrom) -> ReceiptRequest {
    ReceiptRequest::new(b"key", NOW, from, &[address("sender@example.org")], &mut SystemRandom).unwrap()
}

fn asking(attributes: Vec<Attribute>) -> SignOptions {
    SignOptions { attributes, ..options() }
}

fn infos(read: &Read1) -> Vec<&SignerInfo> {
    let info = |entry: &'_ SignerEntry| matches!(entry, SignerEntry::Info(_));
    assert!(read.facts.signers.iter().all(info));
    let boxed = read.facts.signers.iter().filter_map(|entry| match entry {
        SignerEntry::Info(info) => Some(&**info),
        SignerEntry::Unreadable(_) => None,
    });
    boxed.collect()
}

/// What the signers whose signatures hold ask for.
fn asked(read: &Read1) -> Result<Requested, NoReceipt> {
    let holds: Vec<_> = read.all().into_iter().map(|checked| checked.result).collect();
    let signers: Vec<_> =
        infos(read).into_iter().zip(&holds).filter_map(|(i, h)| Some((i, h.as_ref().ok()?))).collect();
    requested(read.facts.content_type, &signers)
}

fn receipt_for(requested: &Requested, by: &Person) -> Vec<u8> {
    let options = SignOptions { content_type: oids::RECEIPT, attributes: vec![requested.attribute()], ..options() };
    sign_attached(vec![by.signer()], options, &requested.receipt.to_der())
}

#[test]
fn ess_03_a_receipt_is_asked_for_given_and_found_right() {
    for spec in SIGNING {
        let asks = request(ReceiptsFrom::All);
        let sent = sign_attached(vec![alice(spec).signer()], asking(vec![asks.attribute()]), b"a letter");
        let sent = read_signed(&sent, None).unwrap();
        let wanted = asked(&sent).unwrap();
        assert_eq!((&wanted.request, &wanted.receipt.of.content_type), (&asks, &oids::DATA));
        let read = read_signed(&receipt_for(&wanted, &alice(RSA)), None).unwrap();
        assert!(read.holds(), "{spec}");
        assert_eq!(read.facts.content_type, oids::RECEIPT);
        let receipt = Receipt::from_der(&read.content).unwrap();
        assert_eq!(check_receipt(&receipt, infos(&read)[0], infos(&sent)[0]), []);
        // For a receipt there is no receipt.
        assert_eq!(asked(&read).unwrap_err(), NoReceipt::IsReceipt);
    }
}

#[test]
fn ess_03_every_mismatch_is_named() {
    let send = |asks: &ReceiptRequest, text: &[u8]| {
        let bytes = sign_attached(vec![alice(P256).signer()], asking(vec![asks.attribute()]), text);
        read_signed(&bytes, None).unwrap()
    };
    let asks = request(ReceiptsFrom::All);
    let sent = send(&asks, b"one");
    let wanted = asked(&sent).unwrap();
    let read = read_signed(&receipt_for(&wanted, &alice(P256)), None).unwrap();
    let receipt = wanted.receipt.clone();
    let check = |of: ContentReference| check_receipt(&Receipt { of }, infos(&read)[0], infos(&sent)[0]);
    let of = || receipt.of.clone();
    assert_eq!(check(of()), []);
    assert_eq!(check(ContentReference { content_id: vec![1], ..of() }), [ReceiptMismatch::ContentIdentifier]);
    assert_eq!(check(ContentReference { signature: vec![1], ..of() }), [ReceiptMismatch::Signature]);
    assert_eq!(check(ContentReference { content_type: oids::TST_INFO, ..of() }), [ReceiptMismatch::ContentType]);
    // Another letter under the same identifier: both what is signed and the signature are others.
    let other = send(&asks, b"two");
    let found = check_receipt(&receipt, infos(&read)[0], infos(&other)[0]);
    assert_eq!(found, [ReceiptMismatch::Signature, ReceiptMismatch::MessageDigest]);
    let unasked = read_signed(&sign_attached(vec![alice(P256).signer()], options(), b"one"), None).unwrap();
    let found = check_receipt(&receipt, infos(&read)[0], infos(&unasked)[0]);
    assert_eq!(found, [ReceiptMismatch::NotRequested]);
    let bare = SignOptions { content_type: oids::RECEIPT, ..options() };
    let bare = read_signed(&sign_attached(vec![alice(P256).signer()], bare, &receipt.to_der()), None).unwrap();
    assert_eq!(check_receipt(&receipt, infos(&bare)[0], infos(&sent)[0]), [ReceiptMismatch::DigestMissing]);
}

#[test]
fn ess_03_signers_ask_for_the_same_or_nobody_is_answered() {
    let (one, two) = (request(ReceiptsFrom::All), request(ReceiptsFrom::FirstTier));
    let info = |asks: Option<&ReceiptRequest>| {
        let attributes = asks.map(|asks| vec![asks.attribute()]).unwrap_or_default();
        let bytes = sign_attached(vec![alice(P256).signer()], asking(attributes), b"a letter");
        let read = read_signed(&bytes, None).unwrap();
        let holds = read.only().result.unwrap();
        (infos(&read)[0].clone(), holds)
    };
    let all = [info(Some(&one)), info(Some(&one)), info(Some(&two)), info(None)];
    let of = |which: &[usize]| {
        let signers: Vec<_> = which.iter().map(|i| (&all[*i].0, &all[*i].1)).collect();
        requested(oids::DATA, &signers).map(|requested| requested.request)
    };
    assert_eq!(of(&[0, 1]), Ok(one.clone()));
    assert_eq!(of(&[3, 1]), Ok(one));
    assert_eq!(of(&[0, 3, 2]), Err(NoReceipt::Different));
    assert_eq!(of(&[3]), Err(NoReceipt::NotRequested));
    assert_eq!(of(&[]), Err(NoReceipt::NotRequested));
    // The receipt names the signature that was verified first.
    let (first, second) = (&all[0], &all[1]);
    let wanted = requested(oids::DATA, &[(&second.0, &second.1), (&first.0, &first.1)]).unwrap();
    assert_eq!(wanted.receipt.of.signature, second.0.signature);
}

/// A history of one list, with this policy.
fn history(policy: Option<&MlReceiptPolicy>) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.sequence(|w| {
            w.octet_string(b"key").element(Tag::GENERALIZED_TIME, b"20261124110000Z");
            w.raw(&policy.map(MlReceiptPolicy::to_der).unwrap_or_default());
        });
    });
    w.into_bytes()
}

#[test]
fn ess_03_the_flow_chart_says_who_answers_and_to_whom() {
    let own = &alice(P256).certificate;
    let list = vec![vec![GeneralName::Rfc822("list@example.org".into())]];
    let all = |from| {
        let sent = sign_attached(vec![alice(P256).signer()], asking(vec![request(from).attribute()]), b"a letter");
        let wanted = asked(&read_signed(&sent, None).unwrap()).unwrap();
        let to = |history: Option<&[u8]>| {
            let to = wanted.recipients(own, history)?;
            Ok::<_, NoReceipt>(addresses(&to).iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        [
            to(None),
            to(Some(&history(None))),
            to(Some(&history(Some(&MlReceiptPolicy::None)))),
            to(Some(&history(Some(&MlReceiptPolicy::InsteadOf(list.clone()))))),
            to(Some(&history(Some(&MlReceiptPolicy::InAdditionTo(list.clone()))))),
            to(Some(b"nonsense")),
        ]
    };
    let sender = || Ok("sender@example.org".to_owned());
    let instead = || Ok("list@example.org".to_owned());
    let both = || Ok("sender@example.org list@example.org".to_owned());
    let (forbids, unreadable) = (|| Err(NoReceipt::ListForbids), || Err(NoReceipt::Unreadable));
    let anybody = [sender(), sender(), forbids(), instead(), both(), unreadable()];
    assert_eq!(all(ReceiptsFrom::All), anybody);
    let (tier, others) = (|| Err(NoReceipt::NotFirstTier), || Err(NoReceipt::NotListed));
    assert_eq!(all(ReceiptsFrom::FirstTier), [sender(), tier(), forbids(), tier(), tier(), unreadable()]);
    let listed = |who: &[&str]| {
        let who: Vec<Address> = who.iter().map(|a| address(a)).collect();
        all(ReceiptsFrom::addresses(&who))
    };
    assert_eq!(listed(&["bob@example.net", "alice@Example.ORG"]), anybody);
    let nobody = [others(), others(), forbids(), others(), others(), unreadable()];
    assert_eq!(listed(&["bob@example.net"]), nobody);
    let named = vec![GeneralName::Directory(own.subject().clone())];
    assert_eq!(all(ReceiptsFrom::Listed(vec![named])), anybody);
}

#[test]
fn ess_02_attributes_stand_once_with_one_value() {
    let kinds = [
        (oids::RECEIPT_REQUEST, "receiptRequest"),
        (oids::CONTENT_REFERENCE, "contentReference"),
        (oids::MSG_SIG_DIGEST, "msgSigDigest"),
        (oids::EQUIVALENT_LABELS, "equivalentLabels"),
        (oids::SECURITY_LABEL, "securityLabel"),
        (oids::ML_EXPANSION_HISTORY, "mlExpansionHistory"),
        (oids::CONTENT_HINT, "contentHint"),
        (oids::CONTENT_IDENTIFIER, "contentIdentifier"),
    ];
    let value = request(ReceiptsFrom::All).to_der();
    for (oid, name) in kinds {
        let result = |attributes| {
            let bytes = sign_attached(vec![alice(P256).signer()], asking(attributes), b"a letter");
            let read = read_signed(&bytes, None).unwrap();
            (read.only().result.map(|_| ()), asked(&read).map(|_| ()))
        };
        let one = Attribute::new(oid, value.clone());
        assert_eq!(result(vec![one.clone()]).0, Ok(()), "{name}");
        let twice = result(vec![one.clone(), one]);
        assert_eq!(twice, (Err(SignatureFault::Attribute(name)), Err(NoReceipt::NotRequested)));
        let two = result(vec![Attribute { oid, values: vec![value.clone(), vec![5, 0]] }]);
        assert_eq!(two.0, Err(SignatureFault::Attribute(name)));
    }
}

/// RFC 2634 §1.3.4: what is not signed may be anybody's.
#[test]
fn ess_02_attributes_that_must_be_signed_are_refused_elsewhere() {
    let asks = request(ReceiptsFrom::All).attribute();
    let read = read_signed(&sign_attached(vec![alice(P256).signer()], options(), b"a letter"), None).unwrap();
    let mut info = infos(&read)[0].clone();
    info.unsigned.push(asks);
    let entry = SignerEntry::Info(Box::new(info));
    let result = read.check(&entry).unwrap().result.map(|_| ());
    assert_eq!(result, Err(SignatureFault::Attribute("receiptRequest")));
}

#[test]
fn ess_03_an_identifier_is_never_the_same_twice() {
    let (one, two) = (request(ReceiptsFrom::All), request(ReceiptsFrom::All));
    assert!(one.content_id.starts_with(b"key") && one.content_id != two.content_id);
    let to = |count: usize| {
        let to = vec![address("a@b.example"); count];
        ReceiptRequest::new(b"", NOW, ReceiptsFrom::All, &to, &mut SystemRandom).is_ok()
    };
    assert!(to(1) && to(16) && !to(17) && !to(0));
}

#[test]
fn ess_03_openssl_asks_and_is_understood() {
    let Some(folder) = Folder::with("openssl") else { return };
    let who = alice(RSA);
    folder.person("a", &who);
    folder.write("text", b"a letter\r\n");
    let to = "-receipt_request_to sender@example.org -receipt_request_to second@example.org";
    let cases = [
        ("-receipt_request_all", ReceiptsFrom::All),
        ("-receipt_request_first", ReceiptsFrom::FirstTier),
        ("-receipt_request_from bob@example.net", ReceiptsFrom::addresses(&[address("bob@example.net")])),
    ];
    for (flags, from) in cases {
        let sign = "openssl cms -sign -binary -nodetach -in text -signer a.pem -inkey a.key -outform DER -out x";
        folder.must(&format!("{sign} {flags} {to}"));
        let read = read_signed(&folder.read("x"), None).unwrap();
        assert!(read.holds());
        let wanted = asked(&read).unwrap();
        assert_eq!(wanted.request.from, from);
        assert_eq!(addresses(&wanted.request.to), [address("sender@example.org"), address("second@example.org")]);
        let value = infos(&read)[0].signed.as_ref().unwrap().single(oids::RECEIPT_REQUEST).unwrap().unwrap().to_vec();
        assert_eq!(wanted.request.to_der(), value);
        for end in 0..value.len() {
            assert!(ReceiptRequest::from_der(&value[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn ess_03_receipts_of_openssl_and_for_openssl() {
    let Some(folder) = Folder::with("openssl") else { return };
    for spec in [RSA, P256] {
        let who = alice(spec);
        folder.person("a", &who);
        let asks = request(ReceiptsFrom::All);
        let sent = sign_attached(vec![who.signer()], asking(vec![asks.attribute()]), b"a letter");
        folder.write("sent", &sent);
        folder
            .must("openssl cms -sign_receipt -inform DER -in sent -signer a.pem -inkey a.key -outform DER -out there");
        let sent = read_signed(&sent, None).unwrap();
        let there = read_signed(&folder.read("there"), None).unwrap();
        assert!(there.holds(), "{spec}");
        let receipt = Receipt::from_der(&there.content).unwrap();
        assert_eq!(receipt.to_der(), there.content);
        assert_eq!(check_receipt(&receipt, infos(&there)[0], infos(&sent)[0]), []);
        assert_eq!(receipt, asked(&sent).unwrap().receipt);

        let verify = "openssl cms -verify_receipt here -rctform DER -inform DER -CAfile ca.pem -purpose any -in";
        folder.write("here", &receipt_for(&asked(&sent).unwrap(), &who));
        folder.must(&format!("{verify} sent"));
        let other = sign_attached(vec![who.signer()], asking(vec![asks.attribute()]), b"another");
        folder.write("other", &other);
        assert!(!folder.run(&format!("{verify} other")).0, "{spec}");
    }
}

/// RFC 4134 §4.10 has a contentReference, whose bytes somebody else made.
#[test]
fn ess_03_the_reference_of_rfc_4134_is_read() {
    let Some(folder) = corpus("rfc4134") else { return };
    let read = read_signed(&std::fs::read(folder.join("4.10.bin")).unwrap(), None).unwrap();
    let infos = infos(&read);
    let signed = infos.iter().filter_map(|info| info.signed.as_ref());
    let values: Vec<&[u8]> = signed.clone().filter_map(|s| s.single(oids::CONTENT_REFERENCE).unwrap()).collect();
    let [value] = values[..] else { panic!("{} references", values.len()) };
    let reference = ContentReference::from_der(value).unwrap();
    assert_eq!(
        (reference.content_type, reference.to_der()),
        (wire::Oid::from_contents(&[42, 3, 4, 5, 6]).unwrap(), value.to_vec())
    );
    assert_eq!(reference.content_id, b"Content Reference Content Identifier Buffer");
    assert_eq!(reference.signature, b"Content Reference Signature Value Buffer");
    assert!(infos.iter().all(|info| request_of(info.signed.as_ref().unwrap()) == Ok(None)));
    assert!(infos.iter().all(|info| message_signature_digest(info).is_some_and(|digest| digest.len() == 20)));
    for end in 0..value.len() {
        assert!(ContentReference::from_der(&value[..end]).is_err(), "{end}");
    }
    assert!(Reader::new(value).sequence().is_ok());
}
