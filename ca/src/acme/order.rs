//! Orders (RFC 8555 section 7.4), each for one mail address (RFC 8823 section 3).

use serde_json::{Value, json};
use trust::Address;
use wire::Time;

use super::certificate;
use super::limits::{Deed, random_text};
use super::problem::Problem;
use super::records::{Authorization, Order, Shelf, Status, read, record};
use super::server::{Answer, Context, Server, Signed};

/// newOrder.
pub(super) fn create(server: &mut Server, signed: &Signed, context: &mut Context<'_>) -> Result<Answer, Problem> {
    let account = signed.account()?;
    let payload = signed.payload()?;
    let address = wanted(&payload)?;
    check_domain(server, &address)?;
    if payload.get("notBefore").is_some() || payload.get("notAfter").is_some() {
        return Err(Problem::malformed("this authority sets the validity; order without notBefore and notAfter"));
    }
    server.limits.count(Deed::Order, &account.id, context.now)?;
    let (id, authorization) = (random_text(12, context.random)?, random_text(12, context.random)?);
    let expires = context.now.0.saturating_add(LIFETIME);
    let order = Order {
        id: id.clone(),
        account: account.id.clone(),
        address: address.to_string(),
        status: Status::Pending,
        expires,
        authorization: authorization.clone(),
        certificate: None,
        error: None,
    };
    let pending = Authorization {
        id: authorization.clone(),
        account: account.id.clone(),
        order: id.clone(),
        address: order.address.clone(),
        status: Status::Pending,
        expires,
        challenge: Status::Pending,
        validated: None,
        error: None,
        part1: None,
        mailed: false,
        part2: random_text(PART2_OCTETS, context.random)?,
        answered: None,
    };
    let mut orders: Vec<String> = read(context.store, Shelf::AccountOrders, &account.id)?.unwrap_or_default();
    orders.push(id.clone());
    orders.drain(..orders.len().saturating_sub(MAX_LISTED));
    let records = [
        record(Shelf::Authorization, &authorization, &pending, Some(expires + KEPT))?,
        record(Shelf::Order, &id, &order, Some(expires + KEPT))?,
        record(Shelf::AccountOrders, &account.id, &orders, None)?,
    ];
    context.store.write(&records, context.now).map_err(Problem::internal)?;
    Ok(shown(server, 201, &order).with("Location", server.url(&format!("order/{id}"))))
}

/// The order's URL.
pub(super) fn show(server: &Server, id: &str, signed: &Signed, context: &Context<'_>) -> Result<Answer, Problem> {
    let order = own(id, signed, context)?;
    if !signed.is_get() {
        return Err(Problem::malformed("an order is asked for by POST-as-GET, with an empty payload"));
    }
    Ok(shown(server, 200, &order))
}

/// The order's finalize URL: the CSR comes, and the certificate is made.
pub(super) fn finalize(
    server: &mut Server,
    id: &str,
    signed: &Signed,
    context: &mut Context<'_>,
) -> Result<Answer, Problem> {
    let mut order = own(id, signed, context)?;
    if order.status != Status::Ready {
        let detail = format!("the order is {}, and only one that is ready is finalized", word(order.status));
        return Err(Problem::new(403, "orderNotReady", detail));
    }
    let payload = signed.payload()?;
    let (issued_id, mut records) = certificate::issue(&order, &payload, signed, context)?;
    order.status = Status::Valid;
    order.certificate = Some(issued_id);
    records.push(record(Shelf::Order, id, &order, Some(order.expires + KEPT))?);
    context.store.write(&records, context.now).map_err(Problem::internal)?;
    Ok(shown(server, 200, &order).with("Location", server.url(&format!("order/{id}"))))
}

/// The order as it stands now, if it is the account's.
pub(super) fn own(id: &str, signed: &Signed, context: &Context<'_>) -> Result<Order, Problem> {
    let account = signed.account()?;
    let order: Option<Order> = read(context.store, Shelf::Order, id)?;
    let mut order = order.filter(|order| order.account == account.id).ok_or_else(Problem::not_found)?;
    let open = matches!(order.status, Status::Pending | Status::Ready);
    if open && Time(order.expires) < context.now {
        order.status = Status::Invalid;
        order.error = Some(Problem::unauthorized("the order has expired; make a new one").document());
    }
    Ok(order)
}

/// The one address that a payload orders for.
fn wanted(payload: &Value) -> Result<Address, Problem> {
    let list = payload.get("identifiers").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Problem::malformed("an order has identifiers"))?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    for identifier in list {
        match text(identifier, "type").as_deref() {
            Some("email") => {}
            Some(_) => {
                return Err(Problem::new(400, "unsupportedIdentifier", "identifiers are of the type \"email\" here"));
            }
            None => return Err(Problem::malformed("an identifier has a type and a value")),
        }
    }
    if list.len() > 1 {
        let detail = "a certificate here is for one address; make an order for each";
        return Err(Problem::new(400, "rejectedIdentifier", detail));
    }
    let value = list.first().and_then(|identifier| text(identifier, "value"));
    let value = value.ok_or_else(|| Problem::malformed("an identifier has a type and a value"))?;
    if value.contains('*') {
        // RFC 8823 section 3.
        return Err(Problem::malformed("an identifier of the type \"email\" has no wildcard"));
    }
    Address::parse_international(&value)
        .map_err(|e| Problem::new(400, "rejectedIdentifier", format!("the value is no mail address: {e}")))
}

fn check_domain(server: &Server, address: &Address) -> Result<(), Problem> {
    let domains = &server.settings.domains;
    let ours = domains.is_empty() || domains.iter().any(|domain| domain.eq_ignore_ascii_case(address.domain()));
    let detail = || format!("this authority does not certify addresses of {}", address.domain());
    if ours { Ok(()) } else { Err(Problem::new(403, "rejectedIdentifier", detail())) }
}

pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Processing => "processing",
        Status::Ready => "ready",
        Status::Valid => "valid",
        Status::Invalid => "invalid",
        Status::Deactivated => "deactivated",
        Status::Expired => "expired",
    }
}

/// Section 7.1.3.
fn shown(server: &Server, status: u16, order: &Order) -> Answer {
    let mut value = json!({
        "status": word(order.status),
        "expires": Time(order.expires).to_string(),
        "identifiers": [{ "type": "email", "value": order.address }],
        "authorizations": [server.url(&format!("authz/{}", order.authorization))],
        "finalize": server.url(&format!("order/{}/finalize", order.id)),
    });
    if let Some(id) = &order.certificate {
        value["certificate"] = json!(server.url(&format!("cert/{id}")));
    }
    if let Some(error) = &order.error {
        value["error"] = error.clone();
    }
    Answer::json(status, &value)
}

/// The mailbox has a day to answer: so long a random value may be used by the S/MIME Baseline Requirements (3.2.2.2).
const LIFETIME: i64 = 86_400;
/// How long after that it can still be seen.
pub(super) const KEPT: i64 = 30 * 86_400;
/// 192 bits, more than the 128 of RFC 8823 section 3, and no octets left over.
const PART2_OCTETS: usize = 24;
/// Orders in an account's list, the newest.
const MAX_LISTED: usize = 200;
