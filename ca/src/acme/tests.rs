//! The server in process, by a client that knows no more than RFC 8555 says.

mod client;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crypto::{KeySpec, PrivateKey, PublicKey, Random, Secret, SoftKey, SystemRandom};
use serde_json::{Value, json};
use trust::Address;
use wire::x509::KeyUsage;
use wire::{Certificate, Time};

use super::*;
use crate::http::{HttpAnswer, HttpRequest};
use crate::{Authority, CertificateProfile};

#[derive(Default)]
struct Shelves(RefCell<BTreeMap<(Shelf, String), String>>, Cell<bool>);

impl Store for Shelves {
    fn get(&self, shelf: Shelf, id: &str) -> Result<Option<String>, String> {
        Ok(self.0.borrow().get(&(shelf, id.to_owned())).cloned())
    }

    fn write(&self, records: &[Record], _now: Time) -> Result<(), String> {
        if self.1.get() {
            return Err("the disk is full".to_owned());
        }
        for record in records {
            let at = (record.shelf, record.id.clone());
            match &record.value {
                Some(value) => drop(self.0.borrow_mut().insert(at, value.clone())),
                None => drop(self.0.borrow_mut().remove(&at)),
            }
        }
        Ok(())
    }
}

struct House {
    key: SoftKey,
    root: Certificate,
    revoked: RefCell<Vec<(Certificate, u8)>>,
}

impl Issuer for House {
    fn issue(&self, wanted: &Wanted<'_>, now: Time, rng: &mut dyn Random) -> Result<Vec<Certificate>, IssuerError> {
        let authority = Authority::new(self.root.clone(), &self.key).unwrap();
        let request = crate::Request {
            address: wanted.address,
            display_name: None,
            public_key: wanted.key,
            profile: wanted.profile,
            not_before: now,
            not_after: Time(now.0 + 86_400 * 90),
        };
        let made = authority.issue(&request, rng).map_err(|e| IssuerError::Refused(e.to_string()))?;
        Ok(vec![made, self.root.clone()])
    }

    fn revoke(&self, certificate: &Certificate, reason: u8, _now: Time) -> Result<(), IssuerError> {
        if self.revoked.borrow().iter().any(|(known, _)| known == certificate) {
            return Err(IssuerError::AlreadyRevoked);
        }
        self.revoked.borrow_mut().push((certificate.clone(), reason));
        Ok(())
    }
}

/// A server with all that it meets.
struct World {
    server: Server,
    shelves: Shelves,
    house: House,
    now: Time,
    mails: Vec<ChallengeMail>,
}

const BASE: &str = "https://ca.example/acme";
const NOW: Time = Time(1_790_000_000);

impl World {
    fn new() -> World {
        World::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Settings)) -> World {
        let (key, _) = SoftKey::generate("p256".parse().unwrap(), &mut SystemRandom).unwrap();
        let root = crate::root("Test CA", &key, NOW, &mut SystemRandom).unwrap();
        let mut settings = Settings {
            base: format!("{BASE}/"),
            from: address("acme-challenge@ca.example"),
            domains: Vec::new(),
            external_required: false,
            terms: None,
        };
        change(&mut settings);
        World {
            server: Server::new(settings),
            shelves: Shelves::default(),
            house: House { key, root, revoked: RefCell::default() },
            now: NOW,
            mails: Vec::new(),
        }
    }

    fn ask(&mut self, request: &HttpRequest) -> HttpAnswer {
        let mut random = SystemRandom;
        let mut context = Context { now: self.now, random: &mut random, store: &self.shelves, issuer: &self.house };
        let answer = self.server.handle(request, &mut context);
        self.mails.extend(answer.mail);
        answer.http
    }

    fn nonce(&mut self) -> String {
        let answer = self.ask(&HttpRequest::new("HEAD", "/acme/new-nonce"));
        assert_eq!(answer.status, 200);
        header(&answer, "Replay-Nonce").unwrap()
    }

    fn post(&mut self, url: &str, body: &Value) -> HttpAnswer {
        let mut request = HttpRequest::new("POST", url.strip_prefix("https://ca.example").unwrap());
        request.headers.push(("content-type".to_owned(), "application/jose+json".to_owned()));
        request.body = body.to_string().into_bytes();
        self.ask(&request)
    }

    fn mail(&mut self, mail: &ResponseMail) -> Result<Address, MailRefused> {
        let mut random = SystemRandom;
        let mut context = Context { now: self.now, random: &mut random, store: &self.shelves, issuer: &self.house };
        self.server.answered(mail, &mut context)
    }
}

struct Client {
    key: SoftKey,
    kid: String,
}

impl Client {
    fn new(world: &mut World, spec: &str) -> Client {
        let mut client = Client { key: key(spec), kid: String::new() };
        let made = client.bare(world, "new-account", json!({ "termsOfServiceAgreed": true }));
        assert_eq!(made.status, 201, "{}", text(&made));
        client.kid = header(&made, "Location").unwrap();
        client
    }

    fn jwk(&self) -> Jwk {
        Jwk::of(self.key.public()).unwrap()
    }

    /// Signed by the bare key.
    fn bare(&self, world: &mut World, resource: &str, payload: Value) -> HttpAnswer {
        let url = format!("{BASE}/{resource}");
        let header = json!({ "jwk": self.jwk().to_json(), "nonce": world.nonce(), "url": url });
        let body = jws::sign(&self.key, header, payload.to_string().as_bytes(), &mut SystemRandom).unwrap();
        world.post(&url, &body)
    }

    fn post(&self, world: &mut World, url: &str, payload: &str) -> HttpAnswer {
        let header = json!({ "kid": self.kid, "nonce": world.nonce(), "url": url });
        let body = jws::sign(&self.key, header, payload.as_bytes(), &mut SystemRandom).unwrap();
        world.post(url, &body)
    }

    fn get(&self, world: &mut World, url: &str) -> Value {
        let answer = self.post(world, url, "");
        assert_eq!(answer.status, 200, "{}", text(&answer));
        value(&answer)
    }

    fn order(&self, world: &mut World, whom: &str) -> (String, Value) {
        let payload = json!({ "identifiers": [{ "type": "email", "value": whom }] }).to_string();
        let answer = self.post(world, &format!("{BASE}/new-order"), &payload);
        assert_eq!(answer.status, 201, "{}", text(&answer));
        (header(&answer, "Location").unwrap(), value(&answer))
    }

    /// Orders, has the mail sent and answers it; the order's URL, and that of its authorization.
    fn proven(&self, world: &mut World, whom: &str) -> (String, String) {
        let (order, shown) = self.order(world, whom);
        let authz = shown["authorizations"][0].as_str().unwrap().to_owned();
        let challenge = self.get(world, &authz)["challenges"][0].clone();
        let sent = world.mails.pop().unwrap();
        let mail = self.answer(&sent, &challenge, Joining::Texts);
        assert_eq!(world.mail(&mail), Ok(address(whom)));
        let url = challenge["url"].as_str().unwrap();
        assert_eq!(value(&self.post(world, url, "{}"))["status"], "valid");
        (order, authz)
    }

    fn answer(&self, sent: &ChallengeMail, challenge: &Value, joining: Joining) -> ResponseMail {
        let part2 = challenge["token"].as_str().unwrap();
        let digest = response(joining, &sent.part1, part2, &self.jwk().thumbprint()).unwrap();
        ResponseMail { from: Ok(sent.to.clone()), part1: sent.part1.clone(), digest }
    }

    fn finalize(&self, world: &mut World, order: &str, csr: &[u8]) -> HttpAnswer {
        let payload = json!({ "csr": base64url::encode(csr) }).to_string();
        self.post(world, &format!("{order}/finalize"), &payload)
    }

    fn certificate(&self, world: &mut World, order: &str) -> Vec<Certificate> {
        let url = self.get(world, order)["certificate"].as_str().unwrap().to_owned();
        let answer = self.post(world, &url, "");
        assert_eq!(header(&answer, "Content-Type").unwrap(), "application/pem-certificate-chain");
        let blocks = wire::pem::parse(&answer.body).unwrap();
        blocks.iter().map(|block| Certificate::from_der(&block.contents).unwrap()).collect()
    }
}

fn key(spec: &str) -> SoftKey {
    SoftKey::generate(spec.parse::<KeySpec>().unwrap(), &mut SystemRandom).unwrap().0
}

fn address(text: &str) -> Address {
    Address::parse_international(text).unwrap()
}

fn header(answer: &HttpAnswer, name: &str) -> Option<String> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

fn text(answer: &HttpAnswer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn value(answer: &HttpAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// Status and token of a problem document.
fn problem(answer: &HttpAnswer) -> (u16, String) {
    assert_eq!(header(answer, "Content-Type").unwrap(), "application/problem+json", "{}", text(answer));
    let document = value(answer);
    assert_eq!(document["status"], answer.status);
    (answer.status, document["type"].as_str().unwrap().strip_prefix(URN).unwrap().to_owned())
}

fn csr(key: &SoftKey, whom: &str, usage: Option<KeyUsage>) -> Vec<u8> {
    crate::csr(key, &address(whom), usage, &mut SystemRandom).unwrap()
}

#[test]
fn i_01_from_an_account_to_a_certificate() {
    for (spec, joining, mail_first) in
        [("p256", Joining::Texts, true), ("ed25519", Joining::Octets, false), ("rsa-2048", Joining::Octets, true)]
    {
        let mut world = World::new();
        let client = Client::new(&mut world, spec);
        let (order, shown) = client.order(&mut world, "Alice@Example.org");
        assert_eq!(shown["status"], "pending");
        assert!(world.mails.is_empty(), "the mail goes when the authorization was asked for");
        let authz = shown["authorizations"][0].as_str().unwrap();
        let challenge = client.get(&mut world, authz)["challenges"][0].clone();
        client.get(&mut world, authz);
        assert_eq!(world.mails.len(), 1, "once, however often it is asked for");
        let sent = world.mails.pop().unwrap();
        assert_eq!(
            (sent.to.to_string(), &sent.from),
            ("Alice@Example.org".to_owned(), &address("acme-challenge@ca.example"))
        );
        // I-04: a first part of 33 octets, no padding; fresh for each authorization.
        assert_eq!(base64url::decode(&sent.part1).unwrap().len(), 33);
        assert_eq!(challenge["type"], "email-reply-00");
        assert_eq!(challenge["from"], "acme-challenge@ca.example");
        assert!(base64url::decode(challenge["token"].as_str().unwrap()).unwrap().len() >= 16);
        let early = client.finalize(&mut world, &order, &csr(&key("p256"), "alice@example.org", None));
        assert_eq!(problem(&early), (403, "orderNotReady".to_owned()));
        let url = challenge["url"].as_str().unwrap();
        let mail = client.answer(&sent, &challenge, joining);
        if mail_first {
            assert_eq!(world.mail(&mail).unwrap().to_string(), "Alice@Example.org");
            assert_eq!(client.get(&mut world, &order)["status"], "pending");
            assert_eq!(value(&client.post(&mut world, url, "{}"))["status"], "valid");
        } else {
            assert_eq!(value(&client.post(&mut world, url, "{}"))["status"], "processing");
            world.mail(&mail).unwrap();
        }
        assert_eq!(world.mail(&mail), Err(MailRefused::Unknown), "an answer counts once");
        assert_eq!(client.get(&mut world, authz)["status"], "valid");
        assert_eq!(client.get(&mut world, &order)["status"], "ready");
        let own = key("p256");
        let done = client.finalize(&mut world, &order, &csr(&own, "alice@example.org", None));
        assert_eq!((done.status, value(&done)["status"].as_str()), (200, Some("valid")), "{}", text(&done));
        let chain = client.certificate(&mut world, &order);
        assert_eq!(chain.len(), 2);
        assert_eq!(PublicKey::certified(&chain[0]).unwrap(), *own.public());
        assert!(trust::names_address(&chain[0], &address("alice@example.org")));
        let listed = client.get(&mut world, &format!("{}/orders", client.kid));
        assert_eq!(listed["orders"], json!([order]));
        let again = client.finalize(&mut world, &order, &csr(&own, "alice@example.org", None));
        assert_eq!(problem(&again), (403, "orderNotReady".to_owned()));
    }
}

/// RFC 8823 section 3.3, and an address of RFC 9598.
#[test]
fn i_01_key_usage_of_the_request_decides_what_the_certificate_is_for() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let (sign, encrypt) = (KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_AGREEMENT);
    for (usage, signs, encrypts) in [
        (None, true, true),
        (Some(sign), true, false),
        (Some(KeyUsage::NON_REPUDIATION), true, false),
        (Some(encrypt), false, true),
        (Some(sign | encrypt), true, true),
    ] {
        let whom = "müller@example.org";
        let (order, _) = client.proven(&mut world, whom);
        client.finalize(&mut world, &order, &csr(&key("p256"), whom, usage));
        let issued = client.certificate(&mut world, &order).remove(0);
        let has = issued.key_usage().unwrap();
        assert_eq!((has.has(sign), has.has(encrypt)), (signs, encrypts), "{usage:?}");
        assert!(trust::names_address(&issued, &address(whom)));
    }
}

#[test]
fn i_01_whatever_else_the_mail_is_it_proves_nothing() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let (order, shown) = client.order(&mut world, "alice@example.org");
    let authz = shown["authorizations"][0].as_str().unwrap();
    let challenge = client.get(&mut world, authz)["challenges"][0].clone();
    let sent = world.mails.pop().unwrap();
    let right = client.answer(&sent, &challenge, Joining::Texts);
    let changed = |change: fn(&mut ResponseMail)| {
        let mut mail = right.clone();
        change(&mut mail);
        mail
    };
    assert_eq!(world.mail(&changed(|m| m.part1 = "AAAA".into())), Err(MailRefused::Unknown));
    assert_eq!(world.mail(&changed(|m| m.from = Err("no DKIM".into()))), Err(MailRefused::Unproven("no DKIM".into())));
    let other = address("mallory@example.org");
    assert_eq!(world.mail(&changed(|m| m.from = Ok(address("mallory@example.org")))), Err(MailRefused::Sender(other)));
    assert_eq!(client.get(&mut world, authz)["status"], "pending", "none of these failed it");
    assert_eq!(
        world.mail(&changed(|m| m.digest = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0".into())),
        Err(MailRefused::Digest)
    );
    let failed = client.get(&mut world, authz);
    assert_eq!((&failed["status"], &failed["challenges"][0]["status"]), (&json!("invalid"), &json!("invalid")));
    assert_eq!(failed["challenges"][0]["error"]["type"], format!("{URN}incorrectResponse"));
    assert_eq!(client.get(&mut world, &order)["status"], "invalid");
    assert_eq!(world.mail(&right), Err(MailRefused::Unknown), "there is one guess");
    // And one that comes a day late.
    let (_, shown) = client.order(&mut world, "alice@example.org");
    let authz = shown["authorizations"][0].as_str().unwrap();
    let challenge = client.get(&mut world, authz)["challenges"][0].clone();
    let late = client.answer(&world.mails.pop().unwrap(), &challenge, Joining::Texts);
    world.now = Time(NOW.0 + 86_401);
    assert_eq!(world.mail(&late), Err(MailRefused::Expired));
    assert_eq!(client.get(&mut world, authz)["status"], "expired");
}

#[test]
fn acme_whoever_asks_is_who_signed_and_asks_once() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let stranger = Client::new(&mut world, "p256");
    let (order, shown) = client.order(&mut world, "alice@example.org");
    let authz = shown["authorizations"][0].as_str().unwrap();
    for url in [order.as_str(), authz, &authz.replace("authz", "chall"), &client.kid, &format!("{}/orders", client.kid)]
    {
        assert!(matches!(stranger.post(&mut world, url, "").status, 403 | 404), "{url}");
    }
    let sign = |header: Value| jws::sign(&client.key, header, b"", &mut SystemRandom).unwrap();
    let (kid, jwk) = (client.kid.clone(), client.jwk().to_json());
    let nonce = world.nonce();
    let good = sign(json!({ "kid": kid, "nonce": nonce, "url": order }));
    assert_eq!(world.post(&order, &good).status, 200);
    let replayed = world.post(&order, &good);
    assert_eq!(problem(&replayed), (400, "badNonce".to_owned()));
    assert!(header(&replayed, "Replay-Nonce").is_some(), "with a fresh one to go on with (section 6.5)");
    let refused = |header: Value, world: &mut World| problem(&world.post(&order, &sign(header))).1;
    let fresh = world.nonce();
    assert_eq!(refused(json!({ "kid": kid, "nonce": fresh, "url": authz }), &mut world), "unauthorized");
    assert_eq!(refused(json!({ "kid": kid, "url": order }), &mut world), "badNonce");
    assert_eq!(refused(json!({ "jwk": jwk, "nonce": fresh, "url": order }), &mut world), "malformed");
    let nobody = format!("{BASE}/acct/nobody");
    assert_eq!(refused(json!({ "kid": nobody, "nonce": fresh, "url": order }), &mut world), "accountDoesNotExist");
    // The signature is another's: the nonce is not used up by it.
    let forged = json!({ "kid": kid, "nonce": fresh, "url": order });
    let forged = jws::sign(&stranger.key, forged, b"", &mut SystemRandom).unwrap();
    assert_eq!(problem(&world.post(&order, &forged)).1, "malformed");
    assert_eq!(world.post(&order, &sign(json!({ "kid": kid, "nonce": fresh, "url": order }))).status, 200);
    let mut wrong = HttpRequest::new("POST", "/acme/new-order");
    wrong.body = good.to_string().into_bytes();
    assert_eq!(world.ask(&wrong).status, 415);
    assert_eq!(world.ask(&HttpRequest::new("GET", "/acme/new-order")).status, 405);
    assert_eq!(world.ask(&HttpRequest::new("GET", "/acme/nothing")).status, 405);
    assert_eq!(world.ask(&HttpRequest::new("GET", "/other/directory")).status, 404);
    // Whatever is cut or changed is refused with a problem document and no panic.
    let text = good.to_string();
    for at in (0..text.len()).step_by(11) {
        let mut request = HttpRequest::new("POST", &order["https://ca.example".len()..]);
        request.headers.push(("content-type".into(), "application/jose+json; charset=utf-8".into()));
        request.body = text.as_bytes()[..at].to_vec();
        assert!(world.ask(&request).status >= 400);
        request.body = text.clone().into_bytes();
        request.body[at] ^= 2;
        assert!(world.ask(&request).status >= 400);
    }
}

#[test]
fn acme_accounts_are_found_bound_changed_and_closed() {
    let mut world = World::with(|settings| {
        settings.external_required = true;
        settings.terms = Some("https://ca.example/terms".to_owned());
    });
    let mut client = Client { key: key("p256"), kid: String::new() };
    let new = |world: &mut World, client: &Client, payload: Value| client.bare(world, "new-account", payload);
    let agreed = json!({ "termsOfServiceAgreed": true });
    assert_eq!(problem(&new(&mut world, &client, json!({ "onlyReturnExisting": true }))).1, "accountDoesNotExist");
    assert_eq!(problem(&new(&mut world, &client, json!({}))), (403, "userActionRequired".to_owned()));
    assert_eq!(problem(&new(&mut world, &client, agreed.clone())), (403, "externalAccountRequired".to_owned()));
    let shared = Secret::new(vec![9; 32]);
    let spelled = base64url::encode(shared.as_bytes());
    world.shelves.0.borrow_mut().insert((Shelf::External, "staff-7".to_owned()), spelled);
    let bind = |jwk: &Jwk, kid: &str, key: &Secret| {
        let header = json!({ "kid": kid, "url": format!("{BASE}/new-account") });
        let mut payload = agreed.clone();
        payload["externalAccountBinding"] = jws::mac(key, header, jwk.to_json().to_string().as_bytes());
        payload
    };
    let other = Jwk::of(key("p256").public()).unwrap();
    for wrong in [
        bind(&client.jwk(), "staff-8", &shared),
        bind(&client.jwk(), "staff-7", &Secret::new(vec![8; 32])),
        bind(&other, "staff-7", &shared),
    ] {
        assert!(matches!(problem(&new(&mut world, &client, wrong)).0, 400 | 403));
    }
    let mut payload = bind(&client.jwk(), "staff-7", &shared);
    payload["contact"] = json!(["mailto:alice@example.org"]);
    let made = new(&mut world, &client, payload);
    assert_eq!(made.status, 201, "{}", text(&made));
    client.kid = header(&made, "Location").unwrap();
    let found = new(&mut world, &client, json!({ "onlyReturnExisting": true }));
    assert_eq!((found.status, header(&found, "Location").unwrap()), (200, client.kid.clone()));
    for (contact, kind) in [
        ("tel:+1", "unsupportedContact"),
        ("mailto:a@b.c,d@e.f", "invalidContact"),
        ("mailto:a@b.c?x=y", "invalidContact"),
        ("mailto:a%0d@b.c", "invalidContact"),
        ("mailto:a@b.c%2cd@e.f", "invalidContact"),
    ] {
        let payload = json!({ "contact": [contact] }).to_string();
        assert_eq!(problem(&client.post(&mut world, &client.kid.clone(), &payload)).1, kind);
    }
    let changed = client.post(&mut world, &client.kid.clone(), r#"{"contact":["mailto:j%C3%BCrgen@example.org"]}"#);
    assert_eq!(value(&changed)["contact"], json!(["mailto:j%C3%BCrgen@example.org"]));
    // keyChange (section 7.3.5).
    let (new_key, url) = (key("ed25519"), format!("{BASE}/key-change"));
    let inner = |signer: &SoftKey, old: &Jwk, account: &str| {
        let header = json!({ "jwk": Jwk::of(signer.public()).unwrap().to_json(), "url": url });
        let payload = json!({ "account": account, "oldKey": old.to_json() }).to_string();
        jws::sign(signer, header, payload.as_bytes(), &mut SystemRandom).unwrap().to_string()
    };
    let (old, kid) = (client.jwk(), client.kid.clone());
    assert_eq!(client.post(&mut world, &url, &inner(&new_key, &other, &kid)).status, 400);
    assert_eq!(client.post(&mut world, &url, &inner(&new_key, &old, "https://ca.example/acme/acct/x")).status, 400);
    let conflict = client.post(&mut world, &url, &inner(&client.key, &old, &kid));
    assert_eq!((conflict.status, header(&conflict, "Location")), (409, Some(kid.clone())));
    assert_eq!(client.post(&mut world, &url, &inner(&new_key, &old, &kid)).status, 200);
    assert_eq!(client.post(&mut world, &kid, "").status, 400, "the old key signs no more");
    client.key = new_key;
    assert_eq!(client.post(&mut world, &kid, r#"{"status":"deactivated"}"#).status, 200);
    assert_eq!(problem(&client.post(&mut world, &kid, "")), (403, "unauthorized".to_owned()));
}

#[test]
fn i_01_orders_that_cannot_be_met_are_refused() {
    let mut world = World::with(|settings| settings.domains = vec!["Example.org".to_owned()]);
    let client = Client::new(&mut world, "p256");
    let url = format!("{BASE}/new-order");
    let email = |value: &str| json!({ "type": "email", "value": value });
    for (identifiers, kind) in [
        (json!([]), "malformed"),
        (json!([{ "type": "dns", "value": "example.org" }]), "unsupportedIdentifier"),
        (json!([email("*@example.org")]), "malformed"),
        (json!([email("alice")]), "rejectedIdentifier"),
        (json!([email("a@example.net")]), "rejectedIdentifier"),
        (json!([email("a@example.org"), email("b@example.org")]), "rejectedIdentifier"),
        (json!([{ "type": "email" }]), "malformed"),
    ] {
        let payload = json!({ "identifiers": identifiers });
        assert_eq!(problem(&client.post(&mut world, &url, &payload.to_string())).1, kind, "{payload}");
    }
    let timed = json!({ "identifiers": [email("a@example.org")], "notAfter": "2030-01-01T00:00:00Z" });
    assert_eq!(problem(&client.post(&mut world, &url, &timed.to_string())).1, "malformed");
    // CSRs.
    let (order, _) = client.proven(&mut world, "a@example.org");
    let good = csr(&key("p256"), "a@example.org", None);
    let mut torn = good.clone();
    *torn.last_mut().unwrap() ^= 1;
    for bad in [csr(&key("p256"), "b@example.org", None), csr(&client.key, "a@example.org", None), torn, Vec::new()] {
        assert!(matches!(problem(&client.finalize(&mut world, &order, &bad)).1.as_str(), "badCSR" | "malformed"));
    }
    for at in 0..good.len() {
        assert_ne!(client.finalize(&mut world, &order, &good[..at]).status, 200);
    }
    let encrypt_only = csr(&key("ed25519"), "a@example.org", Some(KeyUsage::KEY_AGREEMENT));
    assert_eq!(problem(&client.finalize(&mut world, &order, &encrypt_only)).1, "badCSR");
    assert_eq!(client.finalize(&mut world, &order, &good).status, 200);
}

#[test]
fn i_01_revoked_by_whoever_may() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let own = key("p256");
    let issue = |world: &mut World| {
        let (order, _) = client.proven(world, "a@example.org");
        client.finalize(world, &order, &csr(&own, "a@example.org", None));
        client.certificate(world, &order).remove(0)
    };
    let payload = |c: &Certificate, reason: u8| json!({ "certificate": base64url::encode(c.der()), "reason": reason });
    let url = format!("{BASE}/revoke-cert");
    let first = issue(&mut world);
    let stranger = Client::new(&mut world, "p256");
    let refused = stranger.post(&mut world, &url, &payload(&first, 1).to_string());
    assert_eq!(problem(&refused), (403, "unauthorized".to_owned()));
    let bad = client.post(&mut world, &url, &payload(&first, 2).to_string());
    assert_eq!(problem(&bad).1, "badRevocationReason");
    assert_eq!(client.post(&mut world, &url, &payload(&first, 4).to_string()).status, 200);
    let again = client.post(&mut world, &url, &payload(&first, 4).to_string());
    assert_eq!(problem(&again).1, "alreadyRevoked");
    // The certified key itself, and another account that has proven the address.
    let holder = Client { key: SoftKey::from_pkcs8(&own.to_pkcs8()).unwrap(), kid: String::new() };
    let second = issue(&mut world);
    assert_eq!(holder.bare(&mut world, "revoke-cert", payload(&second, 1)).status, 200);
    let third = issue(&mut world);
    let (_, authz) = stranger.proven(&mut world, "a@example.org");
    assert_eq!(stranger.post(&mut world, &authz, r#"{"status":"deactivated"}"#).status, 200);
    assert_eq!(stranger.post(&mut world, &url, &payload(&third, 0).to_string()).status, 403);
    stranger.proven(&mut world, "a@example.org");
    assert_eq!(stranger.post(&mut world, &url, &payload(&third, 0).to_string()).status, 200);
    let reasons: Vec<u8> = world.house.revoked.borrow().iter().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons, [4, 1, 0]);
    let root = payload(&world.house.root, 0).to_string();
    assert_eq!(problem(&client.post(&mut world, &url, &root)).0, 404);
}

/// A server that is killed has forgotten what it was about to send.
#[test]
fn i_01_a_challenge_mail_that_was_not_sent_is_sent_when_it_is_asked_for_again() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let (_, shown) = client.order(&mut world, "alice@example.org");
    let authz = shown["authorizations"][0].as_str().unwrap();
    let ask = |world: &mut World| {
        client.get(world, authz);
        std::mem::take(&mut world.mails)
    };
    let again = |world: &mut World| world.server = Server::new(world.server.settings().clone());
    let told = |world: &mut World, part1: &str, sent| {
        let mut random = SystemRandom;
        let mut context = Context { now: world.now, random: &mut random, store: &world.shelves, issuer: &world.house };
        world.server.mailed(part1, sent, &mut context).unwrap();
    };
    let first = ask(&mut world).pop().unwrap();
    assert!(ask(&mut world).is_empty(), "it is on its way");
    again(&mut world);
    assert_eq!(ask(&mut world).pop().as_ref(), Some(&first), "with the same token");
    assert!(ask(&mut world).is_empty());
    told(&mut world, &first.part1, false);
    assert_eq!(ask(&mut world).pop().as_ref(), Some(&first));
    told(&mut world, "AAAA", true);
    told(&mut world, &first.part1, true);
    again(&mut world);
    assert!(ask(&mut world).is_empty());
    // One that was answered waits for no mail.
    let (_, shown) = client.order(&mut world, "alice@example.org");
    let authz = shown["authorizations"][0].as_str().unwrap();
    let challenge = client.get(&mut world, authz)["challenges"][0].clone();
    let answer = client.answer(&world.mails.pop().unwrap(), &challenge, Joining::Texts);
    world.mail(&answer).unwrap();
    again(&mut world);
    client.get(&mut world, authz);
    assert!(world.mails.is_empty());
}

#[test]
fn acme_limits_and_a_full_disk() {
    let mut world = World::new();
    let client = Client::new(&mut world, "p256");
    let mut refused = None;
    for _ in 0..11 {
        let (_, shown) = client.order(&mut world, "a@example.org");
        let answer = client.post(&mut world, shown["authorizations"][0].as_str().unwrap(), "");
        refused = (answer.status != 200).then_some(answer);
    }
    let refused = refused.unwrap();
    assert_eq!(problem(&refused), (429, "rateLimited".to_owned()));
    assert!(header(&refused, "Retry-After").unwrap().parse::<i64>().unwrap() > 0);
    assert_eq!(world.mails.len(), 10);
    world.shelves.1.set(true);
    let failed = client.post(
        &mut world,
        &format!("{BASE}/new-order"),
        r#"{"identifiers":[{"type":"email","value":"b@example.org"}]}"#,
    );
    assert_eq!(problem(&failed), (500, "serverInternal".to_owned()));
    world.shelves.1.set(false);
    assert_eq!(client.get(&mut world, &format!("{}/orders", client.kid))["orders"].as_array().unwrap().len(), 11);
}

#[test]
fn acme_what_a_csr_for_another_profile_says() {
    let request = csr(&key("p256"), "a@example.org", Some(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(crate::csr::Csr::read(&request).unwrap().asked().unwrap().profile, CertificateProfile::MailSign);
}
