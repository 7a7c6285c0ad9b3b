//! The server as its resources see it: how it is set up, who signed a request, what an answer is.

use std::collections::BTreeSet;

use crypto::{PublicKey, Random};
use serde_json::{Value, json};
use trust::Address;
use wire::Time;

use super::issuer::Issuer;
use super::jwk::Jwk;
use super::jws::{Jws, Signer};
use super::limits::{Limits, Nonces};
use super::mails::ChallengeMail;
use super::problem::Problem;
use super::records::{Account, Shelf, Status, Store, read};
use crate::http::{HttpAnswer, HttpRequest};

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the URLs begin with, without a slash at the end: `https://ca.example.org/acme`. Clients sign the URLs that
    /// they ask for, so it is to be what clients see, whatever stands before the server.
    pub base: String,
    /// Where challenge mails come from and answers go to.
    pub from: Address,
    /// The domains whose addresses are certified; none means all.
    pub domains: Vec<String>,
    /// New accounts have to be bound to a key agreed upon outside (RFC 8555 section 7.3.4).
    pub external_required: bool,
    /// The URL of terms that new accounts have to agree to.
    pub terms: Option<String>,
}

/// An answer, and what is to be done beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer itself.
    pub http: HttpAnswer,
    /// A challenge mail to be sent.
    pub mail: Option<ChallengeMail>,
}

impl Answer {
    /// An answer that has JSON in it.
    pub(super) fn json(status: u16, value: &Value) -> Answer {
        let body = serde_json::to_vec_pretty(value).unwrap_or_default();
        Answer::of(HttpAnswer::new(status, "application/json", body))
    }

    /// One without a body.
    pub(super) fn empty(status: u16) -> Answer {
        Answer::of(HttpAnswer { status, headers: Vec::new(), body: Vec::new() })
    }

    pub(super) fn of(http: HttpAnswer) -> Answer {
        Answer { http, mail: None }
    }

    pub(super) fn with(self, name: &'static str, value: impl Into<String>) -> Answer {
        Answer { http: self.http.with(name, value), ..self }
    }
}

/// What a request meets: the time, chance, the storage, and whoever issues.
pub struct Context<'a> {
    /// Now.
    pub now: Time,
    /// For nonces, tokens and identifiers.
    pub random: &'a mut dyn Random,
    /// Where records rest.
    pub store: &'a dyn Store,
    /// Who issues.
    pub issuer: &'a dyn Issuer,
}

/// An ACME server. Requests are handled one after the other.
#[derive(Debug)]
pub struct Server {
    pub(super) settings: Settings,
    pub(super) limits: Limits,
    pub(super) nonces: Nonces,
    /// The authorizations whose mail is on its way out.
    pub(super) leaving: BTreeSet<String>,
}

/// A request whose signature held.
pub(super) struct Signed {
    pub jws: Jws,
    pub key: PublicKey,
    /// The account that signed it; none where the key itself did.
    pub account: Option<Account>,
}

impl Signed {
    /// The account, for all resources but the few that take a bare key.
    pub fn account(&self) -> Result<&Account, Problem> {
        self.account.as_ref().ok_or_else(|| Problem::malformed("this resource wants the account's kid, and no jwk"))
    }

    /// The payload as a JSON object.
    pub fn payload(&self) -> Result<Value, Problem> {
        let value: Option<Value> = serde_json::from_slice(&self.jws.payload).ok();
        value.filter(Value::is_object).ok_or_else(|| Problem::malformed("the payload is no JSON object"))
    }

    /// Whether it is POST-as-GET (section 6.3).
    pub fn is_get(&self) -> bool {
        self.jws.payload.is_empty()
    }
}

impl Server {
    /// One without nonces yet.
    pub fn new(mut settings: Settings) -> Server {
        settings.base.truncate(settings.base.trim_end_matches('/').len());
        Server { settings, limits: Limits::default(), nonces: Nonces::default(), leaving: BTreeSet::new() }
    }

    /// How it is set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The path below the base, for all that the base's own path leads to.
    pub(super) fn resource<'p>(&self, path: &'p str) -> Option<&'p str> {
        let place = self.settings.base.split_once("://").map_or("", |(_, rest)| rest);
        let own = place.find('/').map_or("", |at| &place[at..]);
        path.strip_prefix(own)?.strip_prefix('/').filter(|rest| rest.len() <= MAX_PATH)
    }

    /// The URL of a resource.
    pub(super) fn url(&self, resource: &str) -> String {
        format!("{}/{resource}", self.settings.base)
    }

    /// RFC 8555 section 7.1.1.
    pub(super) fn directory(&self) -> Value {
        let mut meta = json!({ "externalAccountRequired": self.settings.external_required });
        if let Some(terms) = &self.settings.terms {
            meta["termsOfService"] = json!(terms);
        }
        json!({
            "newNonce": self.url("new-nonce"),
            "newAccount": self.url("new-account"),
            "newOrder": self.url("new-order"),
            "revokeCert": self.url("revoke-cert"),
            "keyChange": self.url("key-change"),
            "meta": meta,
        })
    }

    /// Sections 6.2 to 6.5: what is signed, by whom, for this URL, and for the first time.
    pub(super) fn signed(
        &mut self,
        request: &HttpRequest,
        resource: &str,
        context: &Context<'_>,
    ) -> Result<Signed, Problem> {
        let kind = request.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default().trim());
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/jose+json")) {
            return Err(Problem::new(415, "malformed", "a request is application/jose+json (RFC 8555 section 6.2)"));
        }
        if request.body.len() > MAX_BODY {
            return Err(Problem::new(413, "malformed", format!("a request has at most {MAX_BODY} octets")));
        }
        let jws = Jws::parse(&request.body)?;
        if jws.url.as_deref() != Some(&self.url(resource)) {
            let detail = format!("the JWS is not signed for {}, which was asked for", self.url(resource));
            return Err(Problem::unauthorized(detail));
        }
        let bare_key_allowed = matches!(resource, "new-account" | "revoke-cert");
        let (key, account) = match &jws.signer {
            Signer::Jwk(_) if !bare_key_allowed => {
                return Err(Problem::malformed("this resource wants the account's kid, and no jwk"));
            }
            Signer::Jwk(jwk) => (jwk.clone(), None),
            Signer::Kid(_) if resource == "new-account" => {
                return Err(Problem::malformed("a new account wants its jwk, and no kid"));
            }
            Signer::Kid(kid) => {
                let account = self.account_named(kid, context)?;
                (Jwk::from_json(&account.jwk)?, Some(account))
            }
        };
        let key = key.public_key().ok_or_else(|| Problem::internal("a stored key cannot be read"))?;
        jws.verify(&key)?;
        // Last, so that whoever cannot sign uses nobody's nonce up.
        if !jws.nonce.as_deref().is_some_and(|nonce| self.nonces.take(nonce)) {
            return Err(Problem::new(
                400,
                "badNonce",
                "the nonce is not one of ours, or was used; take the one with this answer",
            ));
        }
        if account.as_ref().is_some_and(|account| account.status != Status::Valid) {
            return Err(Problem::unauthorized("the account is deactivated; make a new one"));
        }
        Ok(Signed { jws, key, account })
    }

    /// The account that a kid is the URL of.
    fn account_named(&self, kid: &str, context: &Context<'_>) -> Result<Account, Problem> {
        let id = kid.strip_prefix(&self.url("acct/"));
        let account = id.map(|id| read(context.store, Shelf::Account, id)).transpose()?.flatten();
        account.ok_or_else(|| Problem::new(400, "accountDoesNotExist", "there is no account with this kid"))
    }
}

/// Octets of a request's body; a CSR with the largest key is below half of it.
pub(super) const MAX_BODY: usize = 64 << 10;
const MAX_PATH: usize = 200;
