//! Logging in: PLAIN (RFC 4616), LOGIN, and XOAUTH2 with a token that somebody else fetched. Both SMTP (RFC 4954) and IMAP
//! (RFC 9051 section 6.2.2) carry them in base64.

use zeroize::Zeroizing;

use super::error::SubmitError;
use super::server::{Login, Mechanism};

/// A conversation of one mechanism.
pub(crate) struct Sasl<'a> {
    mechanism: Mechanism,
    login: &'a Login,
    turn: u8,
}

impl<'a> Sasl<'a> {
    /// Chooses the mechanism among those that are offered (in capitals): the one that was asked for, or else PLAIN before
    /// LOGIN, which is the same with one more turn.
    pub fn choose(login: &'a Login, offered: &[String], server: &str) -> Result<Sasl<'a>, SubmitError> {
        let nul = |text: &[u8]| text.contains(&0);
        if login.user.is_empty() || nul(login.user.as_bytes()) || nul(login.secret.as_bytes()) {
            return Err(SubmitError::BadLogin);
        }
        // The fields of XOAUTH2 end with this octet.
        if login.mechanism == Some(Mechanism::XOauth2)
            && (login.user.bytes().any(|b| b < b' ') || login.secret.as_bytes().iter().any(|b| *b <= b' '))
        {
            return Err(SubmitError::BadLogin);
        }
        let is_offered = |m: &Mechanism| offered.iter().any(|o| o == m.name());
        let wanted: Vec<Mechanism> = login.mechanism.map_or(vec![Mechanism::Plain, Mechanism::Login], |m| vec![m]);
        match wanted.iter().find(|m| is_offered(m)) {
            Some(mechanism) => Ok(Sasl { mechanism: *mechanism, login, turn: 0 }),
            None => Err(SubmitError::NoMechanism {
                server: server.to_owned(),
                wanted: wanted.iter().map(|m| m.name()).collect::<Vec<_>>().join(" and no "),
                offered: if offered.is_empty() { "no way to log in".to_owned() } else { offered.join(", ") },
            }),
        }
    }

    /// The name of the mechanism.
    pub fn name(&self) -> &'static str {
        self.mechanism.name()
    }

    /// What goes with the command (RFC 4959); `None` where the server asks first.
    pub fn initial(&mut self) -> Option<Zeroizing<String>> {
        let (user, secret) = (self.login.user.as_bytes(), self.login.secret.as_bytes());
        let parts: &[&[u8]] = match self.mechanism {
            Mechanism::Plain => &[b"\0", user, b"\0", secret],
            Mechanism::XOauth2 => &[b"user=", user, b"\x01auth=Bearer ", secret, b"\x01\x01"],
            Mechanism::Login => return None,
        };
        self.turn = 2;
        Some(encode(parts))
    }

    /// The answer to what the server asks, which is always the same and not read; `None` where nothing is left to say.
    pub fn answer(&mut self) -> Option<Zeroizing<String>> {
        self.turn += 1;
        match (self.mechanism, self.turn) {
            (Mechanism::Login, 1) => Some(encode(&[self.login.user.as_bytes()])),
            (Mechanism::Login, 2) => Some(encode(&[self.login.secret.as_bytes()])),
            // The token was refused, which the server explains in its question; an empty answer has it say so.
            (Mechanism::XOauth2, 3) => Some(Zeroizing::new(String::new())),
            _ => None,
        }
    }
}

fn encode(parts: &[&[u8]]) -> Zeroizing<String> {
    let bytes = Zeroizing::new(parts.concat());
    Zeroizing::new(base64_simd::STANDARD.encode_to_string(&bytes[..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::Secret;

    fn login(secret: &str, mechanism: Option<Mechanism>) -> Login {
        Login { user: "tim".into(), secret: Secret::new(secret.into()), mechanism }
    }

    fn offered(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn each_mechanism_says_what_its_document_says() {
        // RFC 4616 section 4's first example.
        let plain = login("tanstaaftanstaaf", None);
        let mut sasl = Sasl::choose(&plain, &offered("LOGIN PLAIN"), "h").unwrap();
        assert_eq!(sasl.initial().unwrap().as_str(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
        assert!(sasl.answer().is_none());
        let mut sasl = Sasl::choose(&plain, &offered("LOGIN XOAUTH2"), "h").unwrap();
        assert!(sasl.initial().is_none());
        assert_eq!(sasl.answer().unwrap().as_str(), "dGlt");
        assert_eq!(sasl.answer().unwrap().as_str(), "dGFuc3RhYWZ0YW5zdGFhZg==");
        assert!(sasl.answer().is_none());
        let token = login("ya29.token", Some(Mechanism::XOauth2));
        let mut sasl = Sasl::choose(&token, &offered("PLAIN XOAUTH2"), "h").unwrap();
        let said = base64_simd::STANDARD.decode_to_vec(sasl.initial().unwrap().as_bytes()).unwrap();
        assert_eq!(said, b"user=tim\x01auth=Bearer ya29.token\x01\x01");
        assert_eq!(sasl.answer().unwrap().as_str(), "");
        assert!(sasl.answer().is_none());
    }

    #[test]
    fn what_is_not_offered_or_cannot_be_sent_is_refused() {
        let known = login("x", None);
        let none = Sasl::choose(&known, &offered("CRAM-MD5"), "h");
        assert!(matches!(none, Err(SubmitError::NoMechanism { .. })));
        let bad =
            |secret: &str, mechanism| Sasl::choose(&login(secret, mechanism), &offered("PLAIN XOAUTH2"), "h").is_err();
        assert!(bad("a\0b", None));
        assert!(bad("a\x01auth=b", Some(Mechanism::XOauth2)));
        assert!(!bad("a b", None));
    }
}
