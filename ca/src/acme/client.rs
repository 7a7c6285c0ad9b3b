//! An ACME client (RFC 8555), as far as a certificate for a mail address needs one (RFC 8823). Who carries its requests is
//! a trait, so that this room has no sockets; who sends and reads the mails is elsewhere.

use crypto::{PrivateKey, Random, Secret};
use serde_json::{Value, json};
use trust::Address;
use wire::Certificate;

use super::base64url;
use super::jwk::Jwk;
use super::jws;
use super::problem::URN;

/// What a server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first field of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Result<Value, ClientError> {
        serde_json::from_slice(&self.body).map_err(|_| ClientError::Protocol("an answer is no JSON".to_owned()))
    }

    /// RFC 9110 section 10.2.3, in seconds; a date is no reason to wait for long.
    fn retry_after(&self) -> Option<u64> {
        self.header("retry-after").and_then(|text| text.trim().parse().ok())
    }
}

/// Who carries requests. Errors are words; that a server is who it says it is, is for whoever implements this.
pub trait Transport {
    /// GET, or HEAD without a body.
    ///
    /// # Errors
    /// Nothing came back, or too much.
    fn get(&mut self, url: &str, head: bool) -> Result<Reply, String>;

    /// POST of `application/jose+json`.
    ///
    /// # Errors
    /// As [`Transport::get`].
    fn post(&mut self, url: &str, body: &[u8]) -> Result<Reply, String>;
}

/// Why a client got nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nothing came back.
    #[error("{0}")]
    Transport(String),
    /// What came back is not what RFC 8555 says.
    #[error("the server does not speak ACME as RFC 8555 has it: {0}")]
    Protocol(String),
    /// A problem document.
    #[error("the server refuses ({kind}): {detail}")]
    Refused {
        /// The token of RFC 8555 section 6.7, or the URI of another type.
        kind: String,
        /// What the server says.
        detail: String,
        /// Seconds after which it is of use to ask again.
        retry_after: Option<u64>,
    },
    /// The key cannot sign.
    #[error("the account's key: {0}")]
    Key(String),
}

/// How far an order, an authorization or a challenge is (RFC 8555 section 7.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It waits for the client.
    Pending,
    /// It waits for the server.
    Processing,
    /// Ready to be finalized.
    Ready,
    /// Done.
    Valid,
    /// Failed, expired, revoked or given up.
    Invalid,
}

/// An order as the server shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// Its URL.
    pub url: String,
    /// How far it is.
    pub progress: Progress,
    /// Its authorizations.
    pub authorizations: Vec<String>,
    /// Where the CSR goes.
    pub finalize: String,
    /// Where the certificate is, once it is there.
    pub certificate: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// Seconds until it is of use to ask again.
    pub retry_after: Option<u64>,
}

/// An authorization with its challenge `email-reply-00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorized {
    /// How far it is.
    pub progress: Progress,
    /// The address that it is for.
    pub address: Address,
    /// Where the server is told that the mail was answered.
    pub challenge: String,
    /// How far the challenge is.
    pub challenge_progress: Progress,
    /// Where the challenge mail comes from (RFC 8823 section 3 step 3).
    pub from: Address,
    /// The second part of the token.
    pub part2: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Seconds until it is of use to ask again.
    pub retry_after: Option<u64>,
}

/// A conversation with a server by one account's key.
pub struct Client<'a> {
    transport: &'a mut dyn Transport,
    key: &'a dyn PrivateKey,
    random: &'a mut dyn Random,
    jwk: Jwk,
    resources: Value,
    nonce: Option<String>,
    account: Option<String>,
}

impl<'a> Client<'a> {
    /// Reads the directory at this URL (RFC 8555 section 7.1.1).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open(
        url: &str,
        key: &'a dyn PrivateKey,
        transport: &'a mut dyn Transport,
        random: &'a mut dyn Random,
    ) -> Result<Client<'a>, ClientError> {
        let jwk = Jwk::of(key.public()).ok_or_else(|| ClientError::Key("it signs no ACME requests".to_owned()))?;
        let reply = transport.get(url, false).map_err(ClientError::Transport)?;
        let resources = success(&reply)?.json()?;
        let client = Client { transport, key, random, jwk, resources, nonce: None, account: None };
        ["newNonce", "newAccount", "newOrder"].iter().try_for_each(|name| client.resource(name).map(drop))?;
        Ok(client)
    }

    /// Whether new accounts have to be bound to a key that was agreed upon outside (section 7.3.4).
    pub fn external_required(&self) -> bool {
        self.resources["meta"]["externalAccountRequired"] == json!(true)
    }

    /// The URL of the terms that new accounts have to agree to.
    pub fn terms(&self) -> Option<String> {
        self.resources["meta"]["termsOfService"].as_str().map(bounded)
    }

    /// The thumbprint of the account's key (RFC 7638).
    pub fn thumbprint(&self) -> String {
        self.jwk.thumbprint()
    }

    /// Makes the account of this key, or finds it (section 7.3). `external` is the name and the key that were agreed upon.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn account(
        &mut self,
        contact: &[Address],
        agreed: bool,
        external: Option<(&str, &Secret)>,
    ) -> Result<String, ClientError> {
        let url = self.resource("newAccount")?;
        let mut payload = json!({ "contact": contact.iter().map(mailto).collect::<Vec<_>>() });
        if agreed {
            payload["termsOfServiceAgreed"] = json!(true);
        }
        if let Some((kid, secret)) = external {
            let header = json!({ "kid": kid, "url": url });
            payload["externalAccountBinding"] = jws::mac(secret, header, self.jwk.to_json().to_string().as_bytes());
        }
        let reply = self.post(&url, payload.to_string().as_bytes())?;
        let location = located(&reply)?;
        self.account = Some(location.clone());
        Ok(location)
    }

    /// Orders a certificate for an address (RFC 8823 section 3 step 2).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn order(&mut self, address: &Address) -> Result<Ordered, ClientError> {
        let url = self.resource("newOrder")?;
        let payload = json!({ "identifiers": [{ "type": "email", "value": address.to_string() }] });
        let reply = self.post(&url, payload.to_string().as_bytes())?;
        ordered(located(&reply)?, &reply)
    }

    /// Looks at an order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ordered(&mut self, url: &str) -> Result<Ordered, ClientError> {
        let reply = self.post(url, b"")?;
        ordered(url.to_owned(), &reply)
    }

    /// Looks at an authorization; asked for the first time, the server sends the challenge mail.
    ///
    /// # Errors
    /// [`ClientError`]; a server that has no challenge by mail is [`ClientError::Protocol`].
    pub fn authorization(&mut self, url: &str) -> Result<Authorized, ClientError> {
        let reply = self.post(url, b"")?;
        authorized(&reply)
    }

    /// Tells the server that the mail was answered (RFC 8823 section 3 step 7).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn answered(&mut self, challenge: &str) -> Result<(), ClientError> {
        self.post(challenge, b"{}").map(drop)
    }

    /// Hands in the CSR, DER (RFC 8555 section 7.4).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn finalize(&mut self, order: &Ordered, csr: &[u8]) -> Result<Ordered, ClientError> {
        let payload = json!({ "csr": base64url::encode(csr) }).to_string();
        let reply = self.post(&order.finalize, payload.as_bytes())?;
        ordered(order.url.clone(), &reply)
    }

    /// The certificate and those of its issuers, its own first (section 7.4.2).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn certificate(&mut self, url: &str) -> Result<Vec<Certificate>, ClientError> {
        let reply = self.post(url, b"")?;
        let wrong = || ClientError::Protocol("the certificate is no chain of PEM certificates".to_owned());
        let blocks = wire::pem::parse(&reply.body).map_err(|_| wrong())?;
        let fits = !blocks.is_empty() && blocks.len() <= MAX_CHAIN && blocks.iter().all(|b| b.label == "CERTIFICATE");
        let read = blocks.iter().map(|block| Certificate::from_der(&block.contents)).collect::<Result<_, _>>();
        read.ok().filter(|_| fits).ok_or_else(wrong)
    }

    fn resource(&self, name: &str) -> Result<String, ClientError> {
        let url = self.resources[name].as_str().filter(|url| url.len() <= MAX_URL);
        url.map(str::to_owned).ok_or_else(|| ClientError::Protocol(format!("its directory has no {name}")))
    }

    /// A signed request, with a nonce; once more with the one that comes with badNonce (section 6.5).
    fn post(&mut self, url: &str, payload: &[u8]) -> Result<Reply, ClientError> {
        let mut refused = None;
        for _ in 0..ATTEMPTS {
            let nonce = self.take_nonce()?;
            let mut header = json!({ "nonce": nonce, "url": url });
            match &self.account {
                Some(kid) => header["kid"] = json!(kid),
                None => header["jwk"] = self.jwk.to_json(),
            }
            let signed =
                jws::sign(self.key, header, payload, self.random).map_err(|e| ClientError::Key(e.to_string()))?;
            let reply = self.transport.post(url, signed.to_string().as_bytes()).map_err(ClientError::Transport)?;
            self.nonce = nonce_of(&reply);
            match success(&reply) {
                Ok(_) => return Ok(reply),
                Err(ClientError::Refused { kind, detail, retry_after }) if kind == "badNonce" => {
                    refused = Some(ClientError::Refused { kind, detail, retry_after });
                }
                Err(other) => return Err(other),
            }
        }
        Err(refused.unwrap_or_else(|| ClientError::Protocol("no nonce is good".to_owned())))
    }

    fn take_nonce(&mut self) -> Result<String, ClientError> {
        if let Some(nonce) = self.nonce.take() {
            return Ok(nonce);
        }
        let url = self.resource("newNonce")?;
        let reply = self.transport.get(&url, true).map_err(ClientError::Transport)?;
        nonce_of(success(&reply)?).ok_or_else(|| ClientError::Protocol("it gives no nonce".to_owned()))
    }
}

/// Section 6.5.1: base64url, and nothing else is taken for one.
fn nonce_of(reply: &Reply) -> Option<String> {
    let text = reply.header("replay-nonce")?.trim();
    let spelled = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (spelled && !text.is_empty() && text.len() <= MAX_NONCE).then(|| text.to_owned())
}

/// The reply, if it is none of a refusal.
fn success(reply: &Reply) -> Result<&Reply, ClientError> {
    if (200..300).contains(&reply.status) {
        return Ok(reply);
    }
    let document: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let Some(kind) = document["type"].as_str() else {
        return Err(ClientError::Protocol(format!("HTTP status {} without a problem document", reply.status)));
    };
    let kind = bounded(kind.strip_prefix(URN).unwrap_or(kind));
    Err(ClientError::Refused { kind, detail: told(&document), retry_after: reply.retry_after() })
}

/// What a problem document says, subproblems included (section 6.7.1).
fn told(document: &Value) -> String {
    let detail = document["detail"].as_str().unwrap_or("no reason is given");
    let more = document["subproblems"].as_array().into_iter().flatten().filter_map(|p| p["detail"].as_str());
    bounded(&[detail].into_iter().chain(more).collect::<Vec<_>>().join("; "))
}

/// The URL of an address (RFC 6068 section 2).
fn mailto(address: &Address) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+@".contains(&b);
    let escaped = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    format!("mailto:{}", address.to_string().bytes().map(escaped).collect::<String>())
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

fn located(reply: &Reply) -> Result<String, ClientError> {
    let url = reply.header("location").filter(|url| url.len() <= MAX_URL);
    url.map(str::to_owned).ok_or_else(|| ClientError::Protocol("an answer has no Location".to_owned()))
}

fn progress(value: &Value) -> Result<Progress, ClientError> {
    Ok(match value["status"].as_str() {
        Some("pending") => Progress::Pending,
        Some("processing") => Progress::Processing,
        Some("ready") => Progress::Ready,
        Some("valid") => Progress::Valid,
        Some("invalid" | "deactivated" | "expired" | "revoked") => Progress::Invalid,
        _ => return Err(ClientError::Protocol("a status is unknown".to_owned())),
    })
}

fn url_in(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().filter(|url| url.len() <= MAX_URL).map(str::to_owned)
}

fn ordered(url: String, reply: &Reply) -> Result<Ordered, ClientError> {
    let value = reply.json()?;
    let lacks = |what: &str| ClientError::Protocol(format!("an order has no {what}"));
    let authorizations = value["authorizations"].as_array().filter(|list| list.len() <= MAX_AUTHORIZATIONS);
    let authorizations = authorizations.ok_or_else(|| lacks("authorizations"))?;
    let authorizations = authorizations.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Ordered {
        url,
        progress: progress(&value)?,
        authorizations,
        finalize: url_in(&value, "finalize").ok_or_else(|| lacks("finalize"))?,
        certificate: url_in(&value, "certificate"),
        error: value.get("error").map(told),
        retry_after: reply.retry_after(),
    })
}

fn authorized(reply: &Reply) -> Result<Authorized, ClientError> {
    let value = reply.json()?;
    let lacks = |what: &str| ClientError::Protocol(format!("an authorization has no {what}"));
    let address = |value: &Value| value.as_str().and_then(|text| Address::parse_international(text).ok());
    let challenges = value["challenges"].as_array().ok_or_else(|| lacks("challenges"))?;
    let challenge = challenges.iter().find(|c| c["type"] == json!("email-reply-00"));
    let challenge = challenge.ok_or_else(|| lacks("challenge email-reply-00, which proves an address"))?;
    let error = challenge.get("error").or(value.get("error")).map(told);
    Ok(Authorized {
        progress: progress(&value)?,
        address: address(&value["identifier"]["value"]).ok_or_else(|| lacks("address"))?,
        challenge: url_in(challenge, "url").ok_or_else(|| lacks("URL of the challenge"))?,
        // RFC 8823's own example has no status: it is new then.
        challenge_progress: if challenge.get("status").is_none() { Progress::Pending } else { progress(challenge)? },
        from: address(&challenge["from"]).ok_or_else(|| lacks("from in its challenge"))?,
        part2: challenge["token"].as_str().map(bounded).ok_or_else(|| lacks("token in its challenge"))?,
        error,
        retry_after: reply.retry_after(),
    })
}

/// Times that a request is sent where the server wants another nonce.
const ATTEMPTS: usize = 3;
const MAX_URL: usize = 2000;
const MAX_NONCE: usize = 512;
const MAX_TEXT: usize = 2000;
const MAX_CHAIN: usize = 10;
const MAX_AUTHORIZATIONS: usize = 100;
