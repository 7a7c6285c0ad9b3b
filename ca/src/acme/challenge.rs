//! Authorizations and their one challenge, `email-reply-00` (RFC 8555 section 7.5, RFC 8823 section 3).

use serde_json::{Value, json};
use trust::Address;
use wire::Time;

use super::jwk::Jwk;
use super::limits::{Deed, random_text};
use super::mails::{ChallengeMail, MailRefused, ResponseMail};
use super::order::{KEPT, word};
use super::problem::Problem;
use super::records::{Account, Authorization, Order, Record, Shelf, Status, forget, read, record};
use super::server::{Answer, Context, Server, Signed};
use super::token;

/// The authorization's URL. Asked for the first time, it has the challenge mail sent: RFC 8823 section 3 step 4.
pub(super) fn authorization(
    server: &mut Server,
    id: &str,
    signed: &Signed,
    context: &mut Context<'_>,
) -> Result<Answer, Problem> {
    let mut authorization = own(id, signed, context)?;
    let mut records = Vec::new();
    let mut mail = None;
    if !signed.is_get() {
        if signed.payload()?.get("status").and_then(Value::as_str) != Some("deactivated") {
            return Err(Problem::malformed("the one thing to be done to an authorization is to deactivate it"));
        }
        let open = matches!(authorization.status, Status::Pending | Status::Valid);
        if !open {
            return Err(Problem::malformed(format!("the authorization is {} already", word(authorization.status))));
        }
        authorization.status = Status::Deactivated;
        records.push(forget(Shelf::Proven, &proven_id(&authorization)));
        fail_order(&authorization, "its authorization was deactivated", context, &mut records)?;
    } else if waits_for_mail(&authorization) && !server.leaving.contains(id) {
        let to = Address::parse_international(&authorization.address).map_err(|e| Problem::internal(e.to_string()))?;
        server.limits.count(Deed::Mail, &to.folded(), context.now)?;
        // One that there is already was lost with a server that ended: the same mail goes once more.
        let part1 = authorization.part1.take().map_or_else(|| random_text(PART1_OCTETS, context.random), Ok)?;
        let expires = Time(authorization.expires);
        authorization.part1 = Some(part1.clone());
        records.push(record(Shelf::Token, &part1, &authorization.id, Some(authorization.expires))?);
        mail = Some(ChallengeMail { to, from: server.settings.from.clone(), part1, expires });
    }
    if !records.is_empty() {
        records.push(record(Shelf::Authorization, id, &authorization, Some(authorization.expires + KEPT))?);
        context.store.write(&records, context.now).map_err(Problem::internal)?;
    }
    server.leaving.extend(mail.iter().map(|_| id.to_owned()));
    Ok(Answer { mail, ..Answer::json(200, &shown(server, &authorization)) })
}

fn waits_for_mail(authorization: &Authorization) -> bool {
    let begun = authorization.challenge != Status::Pending || authorization.answered.is_some();
    authorization.status == Status::Pending && !authorization.mailed && !begun
}

/// The challenge's URL: shown, or told that the mail was answered (RFC 8555 section 7.5.1).
pub(super) fn respond(
    server: &Server,
    id: &str,
    signed: &Signed,
    context: &mut Context<'_>,
) -> Result<Answer, Problem> {
    let mut authorization = own(id, signed, context)?;
    if !signed.is_get() {
        signed.payload()?;
        if authorization.status == Status::Pending && authorization.challenge == Status::Pending {
            authorization.challenge = Status::Processing;
            let records = settle(&mut authorization, context)?;
            context.store.write(&records, context.now).map_err(Problem::internal)?;
        }
    }
    let up = format!("<{}>;rel=\"up\"", server.url(&format!("authz/{id}")));
    Ok(Answer::json(200, &challenge(server, &authorization)).with("Link", up))
}

impl Server {
    /// Takes note of what became of a challenge mail: one that was not sent is sent when the authorization is asked for again.
    ///
    /// # Errors
    /// The storage fails; then it may be sent twice.
    pub fn mailed(&mut self, part1: &str, sent: bool, context: &mut Context<'_>) -> Result<(), String> {
        let words = |problem: Problem| problem.detail;
        let Some(id) = read::<String>(context.store, Shelf::Token, part1).map_err(words)? else { return Ok(()) };
        self.leaving.remove(&id);
        let found: Option<Authorization> = read(context.store, Shelf::Authorization, &id).map_err(words)?;
        let Some(authorization) = found.filter(|_| sent) else { return Ok(()) };
        let authorization = Authorization { mailed: true, ..authorization };
        let kept = Some(authorization.expires + KEPT);
        context.store.write(&[record(Shelf::Authorization, &id, &authorization, kept).map_err(words)?], context.now)
    }

    /// Takes an answering mail. The address that it proved is returned; the certificate is ordered over HTTPS.
    ///
    /// # Errors
    /// [`MailRefused`]; but for [`MailRefused::Digest`] nothing has changed.
    pub fn answered(&self, mail: &ResponseMail, context: &mut Context<'_>) -> Result<Address, MailRefused> {
        let storage = |problem: Problem| MailRefused::Storage(problem.detail);
        let id: Option<String> = read(context.store, Shelf::Token, &mail.part1).map_err(storage)?;
        let id = id.ok_or(MailRefused::Unknown)?;
        let found: Option<Authorization> = read(context.store, Shelf::Authorization, &id).map_err(storage)?;
        let mut authorization = found.ok_or(MailRefused::Unknown)?;
        if authorization.status != Status::Pending || authorization.answered.is_some() {
            return Err(MailRefused::Unknown);
        }
        if Time(authorization.expires) < context.now {
            return Err(MailRefused::Expired);
        }
        let from = mail.from.clone().map_err(MailRefused::Unproven)?;
        let asked = Address::parse_international(&authorization.address).map_err(|_| MailRefused::Unknown)?;
        if !from.same_mailbox(&asked) {
            return Err(MailRefused::Sender(from));
        }
        let account: Option<Account> = read(context.store, Shelf::Account, &authorization.account).map_err(storage)?;
        let jwk = account.and_then(|account| Jwk::from_json(&account.jwk).ok()).ok_or(MailRefused::Unknown)?;
        let right = token::answers(&mail.digest, &mail.part1, &authorization.part2, &jwk.thumbprint());
        authorization.answered = Some(right);
        let mut records = settle(&mut authorization, context).map_err(storage)?;
        records.push(forget(Shelf::Token, &mail.part1));
        context.store.write(&records, context.now).map_err(MailRefused::Storage)?;
        if right { Ok(asked) } else { Err(MailRefused::Digest) }
    }
}

/// What follows from what is known by now: a wrong answer fails at once, a right one counts when the client has said
/// over HTTPS that it answered.
fn settle(authorization: &mut Authorization, context: &Context<'_>) -> Result<Vec<Record>, Problem> {
    let mut records = Vec::new();
    match (authorization.answered, authorization.challenge) {
        (Some(false), _) => {
            let detail = "the answering mail had another digest than that of this account's key authorization";
            authorization.status = Status::Invalid;
            authorization.challenge = Status::Invalid;
            authorization.error = Some(Problem::new(403, "incorrectResponse", detail).document());
            fail_order(authorization, detail, context, &mut records)?;
        }
        (Some(true), Status::Processing) => {
            authorization.status = Status::Valid;
            authorization.challenge = Status::Valid;
            authorization.validated = Some(context.now.0);
            let proven = proven_id(authorization);
            records.push(record(Shelf::Proven, &proven, &context.now.0, Some(authorization.expires + KEPT))?);
            if let Some(mut order) = pending_order(authorization, context)? {
                order.status = Status::Ready;
                records.push(record(Shelf::Order, &order.id, &order, Some(order.expires + KEPT))?);
            }
        }
        _ => {}
    }
    records.push(record(Shelf::Authorization, &authorization.id, authorization, Some(authorization.expires + KEPT))?);
    Ok(records)
}

fn pending_order(authorization: &Authorization, context: &Context<'_>) -> Result<Option<Order>, Problem> {
    let order: Option<Order> = read(context.store, Shelf::Order, &authorization.order)?;
    Ok(order.filter(|order| matches!(order.status, Status::Pending | Status::Ready)))
}

/// An order that lost its authorization is invalid (RFC 8555 section 7.1.6).
fn fail_order(
    authorization: &Authorization,
    why: &str,
    context: &Context<'_>,
    records: &mut Vec<Record>,
) -> Result<(), Problem> {
    if let Some(mut order) = pending_order(authorization, context)? {
        order.status = Status::Invalid;
        order.error = Some(Problem::unauthorized(why).document());
        records.push(record(Shelf::Order, &order.id, &order, Some(order.expires + KEPT))?);
    }
    Ok(())
}

/// The authorization as it stands now, if it is the account's.
fn own(id: &str, signed: &Signed, context: &Context<'_>) -> Result<Authorization, Problem> {
    let account = signed.account()?;
    let found: Option<Authorization> = read(context.store, Shelf::Authorization, id)?;
    let mut found = found.filter(|found| found.account == account.id).ok_or_else(Problem::not_found)?;
    if found.status == Status::Pending && Time(found.expires) < context.now {
        found.status = Status::Expired;
        found.challenge = Status::Invalid;
    }
    Ok(found)
}

/// What stands for it that an account has proven an address.
pub(super) fn proven_id(authorization: &Authorization) -> String {
    format!("{} {}", authorization.account, authorization.address)
}

/// RFC 8555 section 7.1.4.
fn shown(server: &Server, authorization: &Authorization) -> Value {
    json!({
        "status": word(authorization.status),
        "expires": Time(authorization.expires).to_string(),
        "identifier": { "type": "email", "value": authorization.address },
        "challenges": [challenge(server, authorization)],
    })
}

/// RFC 8823 section 3 step 3.
fn challenge(server: &Server, authorization: &Authorization) -> Value {
    let mut value = json!({
        "type": "email-reply-00",
        "url": server.url(&format!("chall/{}", authorization.id)),
        "status": word(authorization.challenge),
        "from": server.settings.from.to_string(),
        "token": authorization.part2,
    });
    if let Some(validated) = authorization.validated {
        value["validated"] = json!(Time(validated).to_string());
    }
    if let Some(error) = &authorization.error {
        value["error"] = error.clone();
    }
    value
}

/// 264 bits: more than the 128 of RFC 8823 section 3.1, and without padding, so that both joinings of a token agree.
const PART1_OCTETS: usize = 33;
