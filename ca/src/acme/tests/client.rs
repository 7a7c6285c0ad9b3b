//! The client against the server, and each against what RFC 8555 records of the other.

use super::*;
use crate::acme::client::{self, ClientError, Progress, Reply, Transport};

/// Carries requests to the server in process.
struct Near<'w>(&'w mut World);

fn reply(answer: HttpAnswer) -> Reply {
    let headers = answer.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    Reply { status: answer.status, headers, body: answer.body }
}

impl Transport for Near<'_> {
    fn get(&mut self, url: &str, head: bool) -> Result<Reply, String> {
        let path = url.strip_prefix("https://ca.example").ok_or("another host")?;
        Ok(reply(self.0.ask(&HttpRequest::new(if head { "HEAD" } else { "GET" }, path))))
    }

    fn post(&mut self, url: &str, body: &[u8]) -> Result<Reply, String> {
        Ok(reply(self.0.post(url, &serde_json::from_slice(body).unwrap())))
    }
}

#[test]
fn i_06_our_client_gets_a_certificate_of_our_server() {
    let mut world = World::with(|settings| {
        settings.external_required = true;
        settings.terms = Some("https://ca.example/terms".to_owned());
    });
    let shared = Secret::new(vec![9; 32]);
    let spelled = base64url::encode(shared.as_bytes());
    world.shelves.0.borrow_mut().insert((Shelf::External, "staff-7".to_owned()), spelled);
    let alice = address("alice@example.org");
    let (account_key, own) = (key("p256"), key("p256"));
    let mut random = SystemRandom;
    // The borrow of the world goes to and fro: the client has it while it talks.
    let directory = format!("{BASE}/directory");
    let (order, part2, thumbprint, challenge, from);
    {
        let mut near = Near(&mut world);
        let mut client = client::Client::open(&directory, &account_key, &mut near, &mut random).unwrap();
        assert!(client.external_required());
        assert_eq!(client.terms().unwrap(), "https://ca.example/terms");
        let refused = client.account(std::slice::from_ref(&alice), true, None).unwrap_err();
        assert!(matches!(refused, ClientError::Refused { ref kind, .. } if kind == "externalAccountRequired"));
        let wrong = Secret::new(vec![8; 32]);
        client.account(&[], true, Some(("staff-7", &wrong))).unwrap_err();
        let kid = client.account(std::slice::from_ref(&alice), true, Some(("staff-7", &shared))).unwrap();
        assert!(kid.starts_with(&format!("{BASE}/acct/")));
        order = client.order(&alice).unwrap();
        assert_eq!((order.progress, order.authorizations.len()), (Progress::Pending, 1));
        let authorized = client.authorization(&order.authorizations[0]).unwrap();
        assert_eq!((&authorized.address, authorized.progress), (&alice, Progress::Pending));
        (part2, challenge, from) = (authorized.part2, authorized.challenge, authorized.from);
        thumbprint = client.thumbprint();
    }
    let sent = world.mails.pop().unwrap();
    assert_eq!((&sent.to, &sent.from), (&alice, &from));
    let digest = response(Joining::Texts, &sent.part1, &part2, &thumbprint).unwrap();
    world.mail(&ResponseMail { from: Ok(alice.clone()), part1: sent.part1, digest }).unwrap();
    let mut near = Near(&mut world);
    let mut client = client::Client::open(&directory, &account_key, &mut near, &mut random).unwrap();
    // The account is found again by its key.
    client.account(&[], true, None).unwrap();
    client.answered(&challenge).unwrap();
    let order = client.ordered(&order.url).unwrap();
    assert_eq!(order.progress, Progress::Ready);
    let refused = client.finalize(&order, &csr(&own, "bob@example.org", None)).unwrap_err();
    assert!(matches!(refused, ClientError::Refused { ref kind, .. } if kind == "badCSR"));
    let order = client.finalize(&order, &csr(&own, "alice@example.org", None)).unwrap();
    assert_eq!(order.progress, Progress::Valid);
    let chain = client.certificate(&order.certificate.unwrap()).unwrap();
    assert_eq!((chain.len(), PublicKey::certified(&chain[0]).unwrap()), (2, own.public().clone()));
}

/// Says what RFC 8555 records of a server, and notes what it is asked.
#[derive(Default)]
struct Recorded {
    answers: std::collections::VecDeque<Reply>,
    asked: Vec<(String, Value, Value)>,
}

impl Recorded {
    fn say(&mut self, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.answers.push_back(Reply { status, headers, body: body.as_bytes().to_vec() });
    }

    fn next(&mut self) -> Result<Reply, String> {
        self.answers.pop_front().ok_or_else(|| "nothing more was recorded".to_owned())
    }
}

impl Transport for Recorded {
    fn get(&mut self, url: &str, head: bool) -> Result<Reply, String> {
        self.asked.push((format!("{} {url}", if head { "HEAD" } else { "GET" }), Value::Null, Value::Null));
        self.next()
    }

    fn post(&mut self, url: &str, body: &[u8]) -> Result<Reply, String> {
        let jws: Value = serde_json::from_slice(body).unwrap();
        let part = |name: &str| {
            let octets = base64url::decode(jws[name].as_str().unwrap()).unwrap();
            serde_json::from_slice(&octets).unwrap_or_default()
        };
        self.asked.push((format!("POST {url}"), part("protected"), part("payload")));
        self.next()
    }
}

/// The answers of RFC 8555 sections 7.1.1, 7.2, 6.5, 7.3, 7.4, 7.5 and 7.4.2; the challenge of RFC 8823 section 3 stands in
/// the authorization, where the RFC has those for hosts.
#[test]
fn i_06_the_recorded_server_of_the_rfc_is_understood() {
    let mut recorded = Recorded::default();
    recorded.say(
        200,
        &[("content-type", "application/json")],
        r#"{"newNonce":"https://example.com/acme/new-nonce","newAccount":"https://example.com/acme/new-account",
            "newOrder":"https://example.com/acme/new-order","newAuthz":"https://example.com/acme/new-authz",
            "revokeCert":"https://example.com/acme/revoke-cert","keyChange":"https://example.com/acme/key-change",
            "meta":{"termsOfService":"https://example.com/acme/terms/2017-5-30","website":"https://www.example.com/",
            "caaIdentities":["example.com"],"externalAccountRequired":false}}"#,
    );
    recorded.say(200, &[("replay-nonce", "oFvnlFP1wIhRlYS2jTaXbA"), ("cache-control", "no-store")], "");
    recorded.say(
        400,
        &[("replay-nonce", "6S8IqOGY7eL2lsGoTZYifg"), ("content-type", "application/problem+json")],
        r#"{"type":"urn:ietf:params:acme:error:badNonce","detail":"The client sent an unacceptable anti-replay nonce"}"#,
    );
    recorded.say(
        201,
        &[("replay-nonce", "D8s4D2mLs8Vn-goWuPQeKA"), ("location", "https://example.com/acme/acct/evOfKhNU60wg")],
        r#"{"status":"valid","contact":["mailto:cert-admin@example.org","mailto:admin@example.org"],
            "orders":"https://example.com/acme/acct/evOfKhNU60wg/orders"}"#,
    );
    recorded.say(
        201,
        &[("replay-nonce", "MYAuvOpaoIiywTezizk5vw"), ("location", "https://example.com/acme/order/TOlocE8rfgo")],
        r#"{"status":"pending","expires":"2016-01-05T14:09:07.99Z","notBefore":"2016-01-01T00:00:00Z",
            "notAfter":"2016-01-08T00:00:00Z","identifiers":[{"type":"dns","value":"www.example.org"},
            {"type":"dns","value":"example.org"}],"authorizations":["https://example.com/acme/authz/PAniVnsZcis",
            "https://example.com/acme/authz/r4HqLzrSrpI"],"finalize":"https://example.com/acme/order/TOlocE8rfgo/finalize"}"#,
    );
    recorded.say(
        200,
        &[("replay-nonce", "Q_s3MWoqT05TrdkM2MTDcw")],
        r#"{"status":"pending","expires":"2016-01-02T14:09:30Z","identifier":{"type":"email","value":"alexey@example.com"},
            "challenges":[{"type":"http-01","url":"https://example.com/acme/chall/prV_B7yEyA4","token":"x"},
            {"type":"email-reply-00","url":"https://example.com/acme/chall/ABprV_B7yEyA4f",
            "from":"acme-challenge+2i211oi1204310@example.com","token":"DGyRejmCefe7v4NfDGDKfA"}]}"#,
    );
    recorded.say(
        200,
        &[("replay-nonce", "CGf81JWBsq8QyIgPCi9Q9X"), ("location", "https://example.com/acme/order/TOlocE8rfgo")],
        r#"{"status":"valid","expires":"2016-01-20T14:09:07.99Z","identifiers":[{"type":"dns","value":"example.org"}],
            "authorizations":["https://example.com/acme/authz/PAniVnsZcis"],
            "finalize":"https://example.com/acme/order/TOlocE8rfgo/finalize",
            "certificate":"https://example.com/acme/cert/mAt3xBGaobw"}"#,
    );
    recorded.say(
        403,
        &[("replay-nonce", "T81bdZroZ2ITWSondpTmAw"), ("retry-after", "120")],
        r#"{"type":"urn:ietf:params:acme:error:userActionRequired","detail":"Terms of service have changed",
            "instance":"https://example.com/acme/agreement/?token=W8Ih3PswD-8"}"#,
    );
    let (account_key, mut random) = (key("p256"), SystemRandom);
    let directory = "https://example.com/acme/directory";
    {
        let mut client = client::Client::open(directory, &account_key, &mut recorded, &mut random).unwrap();
        assert_eq!(client.terms().unwrap(), "https://example.com/acme/terms/2017-5-30");
        let contact = [address("cert-admin@example.org"), address("admin@example.org")];
        assert_eq!(client.account(&contact, true, None).unwrap(), "https://example.com/acme/acct/evOfKhNU60wg");
        let order = client.order(&address("alexey@example.com")).unwrap();
        assert_eq!((order.url.as_str(), order.authorizations.len()), ("https://example.com/acme/order/TOlocE8rfgo", 2));
        let authorized = client.authorization(&order.authorizations[0]).unwrap();
        assert_eq!(authorized.from, address("acme-challenge+2i211oi1204310@example.com"));
        assert_eq!(authorized.part2, "DGyRejmCefe7v4NfDGDKfA");
        let done = client.finalize(&order, &csr(&key("p256"), "alexey@example.com", None)).unwrap();
        assert_eq!(done.certificate.unwrap(), "https://example.com/acme/cert/mAt3xBGaobw");
        let refused = client.answered(&authorized.challenge).unwrap_err();
        let expected = ClientError::Refused {
            kind: "userActionRequired".to_owned(),
            detail: "Terms of service have changed".to_owned(),
            retry_after: Some(120),
        };
        assert_eq!(refused, expected);
        assert_eq!(
            client.answered("https://example.com/x"),
            Err(ClientError::Transport("nothing more was recorded".into()))
        );
    }
    // What was asked is what the RFC has clients ask.
    let jwk = Jwk::of(account_key.public()).unwrap().to_json();
    let kid = "https://example.com/acme/acct/evOfKhNU60wg";
    let account = json!({ "termsOfServiceAgreed": true,
        "contact": ["mailto:cert-admin@example.org", "mailto:admin@example.org"] });
    let by_jwk = |nonce: &str| json!({ "alg": "ES256", "jwk": jwk, "nonce": nonce, "url": "https://example.com/acme/new-account" });
    let asked = &recorded.asked;
    assert_eq!(asked[0].0, "GET https://example.com/acme/directory");
    assert_eq!(asked[1].0, "HEAD https://example.com/acme/new-nonce");
    let (url, header, payload) = &asked[2];
    assert_eq!(url, "POST https://example.com/acme/new-account");
    assert_eq!((header, payload), (&by_jwk("oFvnlFP1wIhRlYS2jTaXbA"), &account));
    assert_eq!((&asked[3].1, &asked[3].2), (&by_jwk("6S8IqOGY7eL2lsGoTZYifg"), &account), "with the nonce of badNonce");
    let by_kid = |nonce: &str, url: &str| json!({ "alg": "ES256", "kid": kid, "nonce": nonce, "url": url });
    assert_eq!(asked[4].1, by_kid("D8s4D2mLs8Vn-goWuPQeKA", "https://example.com/acme/new-order"));
    assert_eq!(asked[4].2, json!({ "identifiers": [{ "type": "email", "value": "alexey@example.com" }] }));
    assert_eq!(asked[5].1, by_kid("MYAuvOpaoIiywTezizk5vw", "https://example.com/acme/authz/PAniVnsZcis"));
    assert_eq!(asked[5].2, Value::Null, "POST-as-GET");
    assert_eq!(asked[6].1["url"], "https://example.com/acme/order/TOlocE8rfgo/finalize");
    assert_eq!(asked[7].1, by_kid("CGf81JWBsq8QyIgPCi9Q9X", "https://example.com/acme/chall/ABprV_B7yEyA4f"));
    assert_eq!(asked[7].2, json!({}));
}

/// The requests of RFC 8555 sections 7.3, 7.4, 7.3.2 and 7.5.2; the signatures there are cut, so these are our own.
#[test]
fn i_06_the_recorded_client_of_the_rfc_is_served() {
    let mut world = World::new();
    let mut client = super::Client { key: key("p256"), kid: String::new() };
    let stub = json!({ "termsOfServiceAgreed": true,
        "contact": ["mailto:cert-admin@example.org", "mailto:admin@example.org"] });
    let made = client.bare(&mut world, "new-account", stub.clone());
    assert_eq!((made.status, value(&made)["status"].as_str()), (201, Some("valid")));
    assert_eq!(value(&made)["contact"], stub["contact"]);
    assert!(value(&made)["orders"].as_str().unwrap().ends_with("/orders"));
    client.kid = header(&made, "Location").unwrap();
    let existing = client.bare(&mut world, "new-account", json!({ "onlyReturnExisting": true }));
    assert_eq!((existing.status, header(&existing, "Location").unwrap()), (200, client.kid.clone()));
    // An authority for mail addresses has no hosts to certify, and says so by the type that the RFC has for that.
    let hosts = json!({ "identifiers": [{ "type": "dns", "value": "www.example.org" },
        { "type": "dns", "value": "example.org" }], "notBefore": "2016-01-01T00:04:00+04:00",
        "notAfter": "2016-01-08T00:04:00+04:00" });
    let refused = client.post(&mut world, &format!("{BASE}/new-order"), &hosts.to_string());
    assert_eq!(problem(&refused).1, "unsupportedIdentifier");
    let updated = client.post(
        &mut world,
        &client.kid.clone(),
        r#"{"contact":["mailto:certificates@example.org","mailto:admin@example.org"]}"#,
    );
    assert_eq!(value(&updated)["contact"][0], "mailto:certificates@example.org");
    let (_, shown) = client.order(&mut world, "alexey@example.com");
    let authz = shown["authorizations"][0].as_str().unwrap();
    let given_up = client.post(&mut world, authz, r#"{"status": "deactivated"}"#);
    assert_eq!((given_up.status, value(&given_up)["status"].as_str()), (200, Some("deactivated")));
}

/// Status, fields and body.
type Said<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn i_06_a_server_that_lies_is_told_from_one_that_refuses() {
    let directory = r#"{"newNonce":"https://x/n","newAccount":"https://x/a","newOrder":"https://x/o"}"#;
    let ask = |answers: &[Said<'_>]| {
        let mut recorded = Recorded::default();
        for (status, headers, body) in answers {
            recorded.say(*status, headers, body);
        }
        let (account_key, mut random) = (key("p256"), SystemRandom);
        let mut client = client::Client::open("https://x/d", &account_key, &mut recorded, &mut random)?;
        client.account(&[], false, None)
    };
    let nonce: &[(&str, &str)] = &[("replay-nonce", "abc")];
    for answers in [
        &[(200, &[][..], "")][..],
        &[(200, &[], "[]")],
        &[(200, &[], r#"{"newNonce":"https://x/n"}"#)],
        &[(500, &[], "<html>")],
        &[(302, &[("location", "https://y/d")], "")],
        &[(200, &[], directory), (200, &[], "")],
        &[(200, &[], directory), (200, &[("replay-nonce", "a b\"c")], "")],
        &[(200, &[], directory), (200, nonce, ""), (201, nonce, "{}")],
        &[(200, &[], directory), (200, nonce, ""), (404, nonce, "{}")],
    ] {
        let got = ask(answers);
        assert!(matches!(got, Err(ClientError::Protocol(_))), "{answers:?}: {got:?}");
    }
    // A nonce that is never good: no more than three times.
    let bad = r#"{"type":"urn:ietf:params:acme:error:badNonce"}"#;
    let again: &[Said<'_>] =
        &[(200, &[], directory), (200, nonce, ""), (400, nonce, bad), (400, nonce, bad), (400, nonce, bad)];
    assert!(matches!(ask(again), Err(ClientError::Refused { kind, .. }) if kind == "badNonce"));
}
