//! Choosing identities, and showing them.

use directory::{Directory, IdentityInfo, RequestInfo};
use serde_json::{Value, json};

use crate::common::certificate;
use crate::common::error::{Failure, Result};

/// The one identity that a selector fits: an address, a number, or the beginning of a fingerprint. Among several, the
/// only one that is in use.
///
/// # Errors
/// Where there is none, or more than one.
pub fn one(directory: &Directory, selector: &str) -> Result<IdentityInfo> {
    let mut found = directory.find_identities(selector)?;
    if found.len() > 1 && found.iter().filter(|i| i.retired_at.is_none()).count() == 1 {
        found.retain(|i| i.retired_at.is_none());
    }
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Failure::other(format!("no identity here is {selector}"))
            .hint("`sealpost id list` shows all of them; `sealpost id new` makes one")),
        (Some(_), more) => Err(Failure::usage(format!("{} identities are {selector}", more + 1))
            .hint("give the number that `sealpost id list` shows, or a fingerprint")),
    }
}

/// An identity in a report. The names are a contract.
pub fn json(info: &IdentityInfo) -> Value {
    let keys: Vec<Value> = info
        .keys
        .iter()
        .map(|key| {
            let mut value = certificate::json(&key.certificate);
            value["role"] = json!(key.role.name());
            value["destroyed"] = json!(key.destroyed);
            value["token"] = json!(key.token);
            value
        })
        .collect();
    json!({
        "id": info.id.to_string().parse::<i64>().ok(),
        "address": info.address,
        "name": info.display,
        "created_at": info.created_at.to_string(),
        "retired_at": info.retired_at.map(|t| t.to_string()),
        "keys": keys,
        "chain": info.chain.iter().map(certificate::json).collect::<Vec<_>>(),
    })
}

/// A request that waits for its answer, in a report. The names are a contract.
pub fn request_json(info: &RequestInfo) -> Value {
    let key = |key: &directory::WaitingKey| {
        json!({
            "role": key.role.name(),
            "key": key.kind,
            "certificate": key.certificate.as_ref().map(certificate::json),
        })
    };
    json!({
        "id": info.id.to_string(),
        "address": info.address,
        "name": info.display,
        "created_at": info.created_at.to_string(),
        "renews": info.renews.and_then(|old| old.to_string().parse::<i64>().ok()),
        "keys": info.keys.iter().map(key).collect::<Vec<_>>(),
    })
}
