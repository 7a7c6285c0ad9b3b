//! Answers to an opened mail that give nothing away (RFC 9788 section 6, row H-11).

use mime::{Header, Limits, Mailbox, address_list};
use trust::Address;

use crate::headers::{Pair, is_structural};

/// What is done with a mail: the Respond Function of RFC 9788 section 6.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// An answer to its sender.
    Reply,
    /// An answer to its sender and everyone in To and Cc.
    ReplyAll,
    /// The mail goes to somebody else.
    Forward,
}

/// The header of an answer, and what it must not give away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyHeaders {
    /// Names and values, as a header section has them: From, To, Cc, Subject, In-Reply-To and References, as far as they
    /// can be told from what the sender protected.
    pub fields: Vec<(String, String)>,
    /// What of these has to be hidden where the answer is sealed: [`crate::Sealing::answering`].
    pub policy: ReferencePolicy,
    /// The mail came encrypted: an answer that is not must quote nothing of it (RFC 9787 section 5.4).
    pub quote_only_encrypted: bool,
}

/// What an answer has to hide because the mail that it answers hid it: `ReferenceHCP` of RFC 9788 section 6.1.2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReferencePolicy {
    /// Fields, and what stands outside in their place.
    map: Vec<(Pair, Option<String>)>,
}

impl Eq for ReferencePolicy {}

/// What is answered: the fields that count, and what the sender said to have put outside.
pub(crate) struct Referenced {
    /// `refprotected`.
    pub(crate) protected: Vec<Pair>,
    /// `refouter`.
    pub(crate) outer: Vec<Pair>,
    /// It is encrypted, and its header protected so: only then does anything need hiding.
    pub(crate) hidden: bool,
    /// It came encrypted.
    pub(crate) encrypted: bool,
}

impl Referenced {
    /// The header of an answer by whoever has these addresses, the first of them if the mail names none.
    pub(crate) fn answer(&self, how: Response, own: &[Address]) -> ReplyHeaders {
        let fields = respond(&self.protected, how, own);
        let policy = self.policy(&[how], own);
        let fields = fields.into_iter().map(|pair| (pair.name, pair.value)).collect();
        ReplyHeaders { fields, policy, quote_only_encrypted: self.encrypted }
    }

    /// What answers of these kinds have to hide.
    pub(crate) fn policy(&self, kinds: &[Response], own: &[Address]) -> ReferencePolicy {
        let mut map = Vec::new();
        if !self.hidden {
            return ReferencePolicy { map };
        }
        for how in kinds {
            let generated = respond(&self.protected, *how, own);
            let mut outside = respond(&self.outer, *how, own);
            for pair in generated {
                if let Some(at) = outside.iter().position(|known| *known == pair) {
                    outside.remove(at); // it needs no more hiding than it had
                    continue;
                }
                let shown = outside.iter().rev().find(|known| known.is(&pair.name)).map(|known| known.value.clone());
                if !map.iter().any(|(known, _)| *known == pair) {
                    map.push((pair, shown));
                }
            }
        }
        ReferencePolicy { map }
    }
}

impl ReferencePolicy {
    /// What stands outside in place of the field; the outer `None` where it may stand there as it is.
    pub(crate) fn outside(&self, pair: &Pair) -> Option<Option<&str>> {
        self.map.iter().find(|(known, _)| known == pair).map(|(_, shown)| shown.as_deref())
    }

    /// Whether nothing has to be hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

/// The Respond Function: fields of an answer, made from those of a mail and from nothing else.
fn respond(fields: &[Pair], how: Response, own: &[Address]) -> Vec<Pair> {
    let value = |name: &str| fields.iter().find(|pair| pair.is(name)).map(|pair| pair.value.as_str());
    let list = |name: &str| address_list(value(name).unwrap_or_default()).unwrap_or_default();
    let is_own = |mailbox: &Mailbox| {
        Address::parse_international(&mailbox.addr()).is_ok_and(|address| own.iter().any(|o| o.same_mailbox(&address)))
    };
    let (from, to, cc) = (list("From"), list("To"), list("Cc"));
    let mut out = Vec::new();
    let mut push = |name: &str, value: String| {
        if !value.is_empty() {
            out.push(Pair { name: name.to_owned(), value });
        }
    };
    let written = |list: &[Mailbox]| list.iter().map(Mailbox::written).collect::<Vec<_>>().join(", ");
    let me = to.iter().chain(&cc).chain(&from).find(|mailbox| is_own(mailbox)).cloned();
    match me {
        Some(me) => push("From", me.written()),
        None => push("From", own.first().map(ToString::to_string).unwrap_or_default()),
    }
    if how != Response::Forward {
        let reply_to = list("Reply-To");
        let mine = !from.is_empty() && from.iter().all(&is_own);
        let recipients = match (reply_to.is_empty(), mine) {
            (false, _) => reply_to,
            (true, true) => to.clone(), // one's own mail goes on to those it went to
            (true, false) => from,
        };
        push("To", written(&recipients));
        if how == Response::ReplyAll {
            let known = |mailbox: &Mailbox| is_own(mailbox) || recipients.iter().any(|r| r.same_mailbox(mailbox));
            let others = if mine { Vec::new() } else { to };
            let others: Vec<Mailbox> = others.into_iter().chain(cc).filter(|mailbox| !known(mailbox)).collect();
            push("Cc", written(&others));
        }
    }
    let (prefix, known) = if how == Response::Forward { ("Fwd: ", "fwd:") } else { ("Re: ", "re:") };
    if let Some(subject) = value("Subject") {
        let has = subject.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
        push("Subject", if has { subject.to_owned() } else { format!("{prefix}{subject}") });
    }
    if how != Response::Forward
        && let Some(id) = value("Message-ID")
    {
        // RFC 5322 section 3.6.4.
        let replied = value("In-Reply-To").filter(|ids| ids.split_whitespace().count() == 1);
        let before = value("References").or(replied).map(|ids| format!("{ids} ")).unwrap_or_default();
        push("In-Reply-To", id.to_owned());
        push("References", format!("{before}{id}"));
    }
    out
}

/// The fields of a header that is protected by nothing.
pub(crate) fn unprotected(header: &Header) -> Vec<Pair> {
    header.fields().filter(|f| !is_structural(f.name())).map(|f| Pair::of(&f)).collect()
}

/// Every field of a mail that is to be sealed, for [`ReferencePolicy::outside`]. Never panics.
pub fn fuzz_respond(data: &[u8]) {
    let Ok(header) = Header::parse(data, &Limits::default()) else { return };
    let protected = unprotected(&header);
    let outer = header.all("HP-Outer").map(|f| Pair::told(&f)).collect();
    let referenced = Referenced { protected, outer, hidden: true, encrypted: true };
    let own = [Address::parse("a@example.org")].into_iter().flatten().collect::<Vec<_>>();
    for how in [Response::Reply, Response::ReplyAll, Response::Forward] {
        let answer = referenced.answer(how, &own);
        for (name, value) in answer.fields {
            assert!(!value.contains(['\r', '\n']) && !name.is_empty(), "a field has one line");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<Pair> {
        unprotected(&Header::parse(text.as_bytes(), &Limits::default()).unwrap())
    }

    fn own(addresses: &[&str]) -> Vec<Address> {
        addresses.iter().map(|a| Address::parse(a).unwrap()).collect()
    }

    fn shown(how: Response, text: &str, addresses: &[&str]) -> String {
        respond(&pairs(text), how, &own(addresses)).iter().map(|p| format!("{}: {}\n", p.name, p.value)).collect()
    }

    const MAIL: &str = "From: Alice <alice@example.org>\nTo: \"B, Bob\" <bob@example.net>, carol@example.net\nCc: d@x.y\n\
        Subject: Plans\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\n";

    #[test]
    fn h_11_answers_are_made_of_what_the_mail_says() {
        assert_eq!(
            shown(Response::Reply, MAIL, &["x@y.z", "BOB@example.net"]),
            "From: \"B, Bob\" <bob@example.net>\nTo: Alice <alice@example.org>\nSubject: Re: Plans\nIn-Reply-To: <2@x>\n\
             References: <1@x> <2@x>\n"
        );
        let all = shown(Response::ReplyAll, MAIL, &["bob@example.net"]);
        assert!(all.contains("\nCc: carol@example.net, d@x.y\n"), "{all}");
        assert_eq!(shown(Response::Forward, MAIL, &["x@y.z"]), "From: x@y.z\nSubject: Fwd: Plans\n");
        let again = MAIL.replace("Plans", "RE: Plans").replace("Cc: d@x.y", "Reply-To: list@x.y");
        let text = shown(Response::Reply, &again, &["bob@example.net"]);
        assert!(text.contains("\nTo: list@x.y\nSubject: RE: Plans\n"), "{text}");
        let mine = shown(Response::ReplyAll, MAIL, &["alice@example.org"]);
        assert!(
            mine.starts_with(
                "From: Alice <alice@example.org>\nTo: \"B, Bob\" <bob@example.net>, carol@example.net\nCc: d@x.y\n"
            ),
            "{mine}"
        );
    }

    /// RFC 9788 appendix D.2: whoever hides nothing by themselves hides what the other side hid.
    #[test]
    fn h_11_what_was_hidden_stays_hidden() {
        let protected = pairs(
            "From: Bob <bob@example.net>\nTo: Alice <alice@example.net>\nSubject: The Jones contract\nMessage-ID: <1@x>\n",
        );
        let outer =
            pairs("From: Bob <bob@example.net>\nTo: Alice <alice@example.net>\nSubject: [...]\nMessage-ID: <1@x>\n");
        let mut referenced = Referenced { protected, outer, hidden: true, encrypted: true };
        let answer = referenced.answer(Response::Reply, &own(&["alice@example.net"]));
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        assert_eq!(answer.policy.outside(&pair("subject", "Re:  The Jones contract")), Some(Some("Re: [...]")));
        assert_eq!(answer.policy.outside(&pair("Subject", "Something else")), None);
        assert_eq!(answer.policy.outside(&pair("To", "Bob <bob@example.net>")), None);
        assert!(answer.quote_only_encrypted);
        // A field that stood nowhere outside stands nowhere outside.
        referenced.outer.retain(|pair| !pair.is("Message-ID"));
        let policy = referenced.answer(Response::Reply, &own(&["alice@example.net"])).policy;
        assert_eq!(policy.outside(&pair("In-Reply-To", "<1@x>")), Some(None));
        referenced.hidden = false;
        assert!(referenced.answer(Response::Reply, &own(&["alice@example.net"])).policy.is_empty());
    }

    #[test]
    fn whatever_is_answered_nothing_panics() {
        let mail = b"From: =?utf-8?q?a=0D=0Ab?= <a@b.c>\r\nTo: x\r\nHP-Outer: From: z\r\nSubject: \xff\r\n";
        for at in 0..mail.len() {
            fuzz_respond(&mail[..at]);
            for bit in 0..8 {
                let mut bad = mail.to_vec();
                bad[at] ^= 1 << bit;
                fuzz_respond(&bad);
            }
        }
    }
}
