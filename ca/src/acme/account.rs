//! Accounts (RFC 8555 section 7.3).

use crypto::Secret;
use serde_json::{Value, json};

use super::base64url;
use super::jwk::Jwk;
use super::jws::{Jws, Signer};
use super::limits::{Deed, random_text};
use super::problem::Problem;
use super::records::{Account, Shelf, Status, forget, read, record};
use super::server::{Answer, Context, Server, Signed};

/// newAccount: a new one, or the one that the key has already.
pub(super) fn create(server: &mut Server, signed: &Signed, context: &mut Context<'_>) -> Result<Answer, Problem> {
    let payload = signed.payload()?;
    let jwk = Jwk::of(&signed.key).ok_or_else(|| Problem::internal("a key that signed has no jwk"))?;
    let thumbprint = jwk.thumbprint();
    if let Some(id) = read::<String>(context.store, Shelf::AccountKey, &thumbprint)? {
        let account: Account = read(context.store, Shelf::Account, &id)?.ok_or_else(Problem::not_found)?;
        if account.status != Status::Valid {
            return Err(Problem::unauthorized("the account of this key is deactivated; make a new key"));
        }
        return Ok(shown(server, 200, &account).with("Location", server.url(&format!("acct/{id}"))));
    }
    if payload.get("onlyReturnExisting") == Some(&json!(true)) {
        return Err(Problem::new(400, "accountDoesNotExist", "this key has no account here"));
    }
    let agreed = payload.get("termsOfServiceAgreed") == Some(&json!(true));
    if let Some(terms) = server.settings.terms.as_ref().filter(|_| !agreed) {
        let detail = format!("the terms at {terms} are to be agreed to");
        return Err(Problem::new(403, "userActionRequired", detail));
    }
    let external = match payload.get("externalAccountBinding") {
        Some(binding) => Some(bound(server, binding, &jwk, context)?),
        None if server.settings.external_required => {
            let detail = "an account here is bound to a key that whoever runs this authority hands out (--eab)";
            return Err(Problem::new(403, "externalAccountRequired", detail));
        }
        None => None,
    };
    let contact = contacts(&payload)?.unwrap_or_default();
    server.limits.count(Deed::Account, "", context.now)?;
    let id = random_text(12, context.random)?;
    let account = Account { id: id.clone(), jwk: jwk.to_json(), status: Status::Valid, contact, external, agreed };
    let records = [
        record(Shelf::Account, &id, &account, None)?,
        record(Shelf::AccountKey, &thumbprint, &id, None)?,
        record(Shelf::AccountOrders, &id, &Vec::<String>::new(), None)?,
    ];
    context.store.write(&records, context.now).map_err(Problem::internal)?;
    Ok(shown(server, 201, &account).with("Location", server.url(&format!("acct/{id}"))))
}

/// The account's URL: shown, contacts changed, or deactivated (sections 7.3.2 and 7.3.6).
pub(super) fn update(
    server: &mut Server,
    id: &str,
    signed: &Signed,
    context: &mut Context<'_>,
) -> Result<Answer, Problem> {
    let mut account = own(id, signed)?.clone();
    if signed.is_get() {
        return Ok(shown(server, 200, &account));
    }
    let payload = signed.payload()?;
    match payload.get("status").map(Value::as_str) {
        None => {}
        Some(Some("deactivated")) => account.status = Status::Deactivated,
        Some(_) => return Err(Problem::malformed("the one status that an account can be given is \"deactivated\"")),
    }
    if let Some(contact) = contacts(&payload)? {
        account.contact = contact;
    }
    context.store.write(&[record(Shelf::Account, id, &account, None)?], context.now).map_err(Problem::internal)?;
    Ok(shown(server, 200, &account))
}

/// The list of an account's orders (section 7.1.2.1).
pub(super) fn orders(server: &Server, id: &str, signed: &Signed, context: &Context<'_>) -> Result<Answer, Problem> {
    own(id, signed)?;
    let orders: Vec<String> = read(context.store, Shelf::AccountOrders, id)?.unwrap_or_default();
    let urls: Vec<String> = orders.iter().map(|order| server.url(&format!("order/{order}"))).collect();
    Ok(Answer::json(200, &json!({ "orders": urls })))
}

/// keyChange (section 7.3.5): signed by the old key, with what the new one signed within.
pub(super) fn change_key(server: &Server, signed: &Signed, context: &mut Context<'_>) -> Result<Answer, Problem> {
    let account = signed.account()?;
    let inner = Jws::from_json(&signed.payload()?)?;
    let malformed = |why: &str| Problem::malformed(format!("the inner JWS of the key change {why}"));
    let Signer::Jwk(new) = &inner.signer else { return Err(malformed("has no jwk")) };
    let key = new.public_key().ok_or_else(|| malformed("has a key that cannot be read"))?;
    inner.verify(&key)?;
    if inner.url != signed.jws.url || inner.nonce.is_some() {
        return Err(malformed("has to be for the same URL, and without a nonce"));
    }
    let payload: Value =
        serde_json::from_slice(&inner.payload).map_err(|_| malformed("has a payload that is no JSON"))?;
    let old = payload.get("oldKey").map(Jwk::from_json).transpose()?;
    let url = server.url(&format!("acct/{}", account.id));
    if payload.get("account") != Some(&json!(url)) || old.as_ref() != Jwk::of(&signed.key).as_ref() {
        return Err(malformed("names another account or another old key"));
    }
    if let Some(id) = read::<String>(context.store, Shelf::AccountKey, &new.thumbprint())? {
        let mut problem = Problem::new(409, "malformed", "an account has the new key already");
        problem.location = Some(server.url(&format!("acct/{id}")));
        return Err(problem);
    }
    let changed = Account { jwk: new.to_json(), ..account.clone() };
    let mut records = vec![
        record(Shelf::Account, &account.id, &changed, None)?,
        record(Shelf::AccountKey, &new.thumbprint(), &account.id, None)?,
    ];
    records.extend(old.map(|old| forget(Shelf::AccountKey, &old.thumbprint())));
    context.store.write(&records, context.now).map_err(Problem::internal)?;
    Ok(shown(server, 200, &changed))
}

/// Whoever asks for an account is that account.
fn own<'s>(id: &str, signed: &'s Signed) -> Result<&'s Account, Problem> {
    let account = signed.account()?;
    if account.id == id { Ok(account) } else { Err(Problem::unauthorized("this is another account's URL")) }
}

/// externalAccountBinding (section 7.3.4): the name of the outside key, which signed the account's.
fn bound(server: &Server, binding: &Value, jwk: &Jwk, context: &Context<'_>) -> Result<String, Problem> {
    let malformed = |why: &str| Problem::malformed(format!("the external account binding {why}"));
    let jws = Jws::from_json(binding)?;
    let Signer::Kid(kid) = &jws.signer else { return Err(malformed("has no kid")) };
    if jws.url.as_deref() != Some(&server.url("new-account")) || jws.nonce.is_some() {
        return Err(malformed("has to be for the URL of newAccount, and without a nonce"));
    }
    let named = context.store.get(Shelf::External, kid).map_err(Problem::internal)?;
    let shared = named.and_then(|text| base64url::decode(&text)).map(Secret::new);
    // An unknown name and a wrong key are told apart by nobody.
    if !shared.is_some_and(|shared| jws.verify_mac(&shared)) {
        return Err(Problem::unauthorized("the external account binding is not by a key that was handed out here"));
    }
    let payload = serde_json::from_slice(&jws.payload).map_err(|_| malformed("has a payload that is no JSON"))?;
    if Jwk::from_json(&payload)? != *jwk {
        return Err(malformed("binds another account key"));
    }
    Ok(kid.clone())
}

/// The contacts of a payload: mailto with one address and no headers (section 7.3).
fn contacts(payload: &Value) -> Result<Option<Vec<String>>, Problem> {
    let Some(contact) = payload.get("contact") else { return Ok(None) };
    let list: Option<Vec<String>> =
        contact.as_array().and_then(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
    let list = list.filter(|list| list.len() <= MAX_CONTACTS);
    let list = list.ok_or_else(|| Problem::malformed("contact is a list of at most ten URLs"))?;
    for url in &list {
        let Some(address) = url.strip_prefix("mailto:") else {
            return Err(Problem::new(400, "unsupportedContact", "a contact is a mailto URL here"));
        };
        // RFC 6068 section 2: what is beyond ASCII is escaped; more addresses and fields of a header are not taken.
        let octets = wire::unescaped(address.as_bytes(), b'%').unwrap_or_default();
        let read = String::from_utf8(octets).ok().and_then(|text| trust::Address::parse_international(&text).ok());
        if address.contains(['?', ',']) || !address.is_ascii() || read.is_none() {
            return Err(Problem::new(400, "invalidContact", "a contact names one address and nothing else"));
        }
    }
    Ok(Some(list))
}

fn shown(server: &Server, status: u16, account: &Account) -> Answer {
    let mut value = json!({
        "status": account.status,
        "contact": account.contact,
        "orders": server.url(&format!("acct/{}/orders", account.id)),
    });
    if account.agreed {
        value["termsOfServiceAgreed"] = json!(true);
    }
    Answer::json(status, &value)
}

const MAX_CONTACTS: usize = 10;
