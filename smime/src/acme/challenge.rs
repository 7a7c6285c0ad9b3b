//! The mail that an authority asks with (RFC 8823 section 3.1).

use cms::Source;
use mime::{Error, fold, format_date};
use trust::Address;
use wire::Time;

use super::dkim::{self, CHALLENGE};
use super::fault::AcmeFault;
use super::fields::{BEGIN, END, LABEL, address, header, message_id, token};
use crate::desk::DeskAt;
use crate::open::AuthservId;
use crate::verdict::Verdict;

/// A challenge mail to be written.
#[derive(Debug, Clone)]
pub struct ChallengeDraft<'a> {
    /// Where it comes from: the `from` of the challenge object.
    pub from: &'a Address,
    /// Whom it asks.
    pub to: &'a Address,
    /// Where the answer goes, if not to `from`.
    pub reply_to: Option<&'a Address>,
    /// The first part of the token, in base64url.
    pub part1: &'a str,
    /// Its identifier, with angle brackets.
    pub message_id: &'a str,
    /// When it is written.
    pub now: Time,
    /// Until when an answer counts.
    pub expires: Time,
}

impl ChallengeDraft<'_> {
    /// Writes it. It proves nothing yet: it has to be signed, by S/MIME with its header (`sign_only`), or by DKIM on its
    /// way.
    ///
    /// # Errors
    /// What does not fit into a header.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        let mut out = fold("From", &self.from.to_string())?;
        out.extend(fold("To", &self.to.to_string())?);
        if let Some(reply_to) = self.reply_to {
            out.extend(fold("Reply-To", &reply_to.to_string())?);
        }
        out.extend(fold("Subject", &format!("{LABEL} {}", self.part1))?);
        out.extend(fold("Date", &format_date(self.now.0))?);
        out.extend(fold("Message-ID", self.message_id)?);
        out.extend(fold("Auto-Submitted", "auto-generated; type=acme")?);
        out.extend_from_slice(b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
        let until = format_date(self.expires.0);
        let text = format!(
            "Somebody asked for an S/MIME certificate for the address that this mail\r\n\
             went to. Programs that do so by ACME (RFC 8823) answer it by themselves.\r\n\
             \r\n\
             If it was not you, leave it unanswered: without an answer there is no\r\n\
             certificate. An answer counts until {until}.\r\n"
        );
        out.extend_from_slice(text.as_bytes());
        Ok(out)
    }
}

/// A challenge mail as it was read. That it is from whom it says, is proven by [`Challenge::verified`] or
/// [`Challenge::signed_by_domain`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Where it says to come from.
    pub from: Address,
    /// Whom it asks.
    pub to: Address,
    /// Where the answer goes.
    pub answer_to: Address,
    /// The first part of the token, as the subject has it.
    pub part1: String,
    /// Its identifier with angle brackets, if it has one.
    pub message_id: Option<String>,
}

impl Challenge {
    /// Reads one that nothing proves.
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn read(mail: &[u8]) -> Result<Challenge, AcmeFault> {
        let challenge = Challenge::read_leniently(mail)?;
        let mut rest = mail;
        let header = header(&mut rest)?;
        let automatic = header.get("Auto-Submitted").map(|field| field.unfolded()).unwrap_or_default();
        // RFC 3834 section 5: the keyword, parameters behind it.
        let keyword = automatic.split(';').next().unwrap_or_default();
        if !keyword.trim_matches([' ', '\t']).eq_ignore_ascii_case("auto-generated") {
            return Err(AcmeFault::NotAutomatic);
        }
        Ok(challenge)
    }

    /// The same, where a mail that does not say to come from a program may be one too, as some authorities write them.
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn read_leniently(mail: &[u8]) -> Result<Challenge, AcmeFault> {
        let mut rest = mail;
        let header = header(&mut rest)?;
        let (before, part1) = token(&header)?;
        if !before.is_empty() {
            return Err(AcmeFault::Reply);
        }
        let from = address(&header, "From")?;
        let answer_to = match header.count("Reply-To") {
            0 => from.clone(),
            _ => address(&header, "Reply-To")?,
        };
        let message_id = message_id(&header, "Message-ID");
        Ok(Challenge { from, to: address(&header, "To")?, answer_to, part1, message_id })
    }

    /// Opens one that S/MIME proves: by a certificate that is believed and names the address in From, with the fields that
    /// count under the signature (section 3.1, RFC 9788).
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn verified(mail: &dyn Source, desk: &DeskAt<'_>) -> Result<Challenge, AcmeFault> {
        let opened = desk.open(mail).map_err(|e| AcmeFault::NotVerified(e.to_string()))?;
        let Verdict::Verified { signer } = opened.verdict() else {
            return Err(AcmeFault::NotVerified(opened.report().summary.clone()));
        };
        let counts = |name: &str| COVERED.iter().any(|covered| covered.eq_ignore_ascii_case(name));
        let states = &opened.report().headers.states;
        if let Some(open) = states.iter().find(|field| counts(&field.name) && field.state != "signed-only") {
            return Err(AcmeFault::NotCovered(open.name.clone()));
        }
        let unread = |e: &dyn std::fmt::Display| AcmeFault::Mail(e.to_string());
        let mut bytes = Vec::new();
        let mail = opened.mail().map_err(|e| unread(&e))?;
        std::io::copy(&mut std::io::Read::take(mail, MAX_MAIL), &mut bytes).map_err(|e| unread(&e))?;
        let challenge = Challenge::read(&bytes)?;
        match challenge.from.same_mailbox(signer.address()) {
            true => Ok(challenge),
            false => Err(AcmeFault::Address("From")),
        }
    }

    /// Reads one of which the server `id`, that received it, says that DKIM proves it: by a signature of the domain in From
    /// over all that section 3.1 names.
    ///
    /// # Errors
    /// [`AcmeFault`].
    pub fn signed_by_domain(mail: &[u8], id: &AuthservId) -> Result<Challenge, AcmeFault> {
        let challenge = Challenge::read(mail)?;
        let mut rest = mail;
        dkim::check(&header(&mut rest)?, id, challenge.from.domain(), CHALLENGE)?;
        Ok(challenge)
    }

    /// The mail that answers it (section 3.2), from the address that was asked. A server believes it once the domain of
    /// that address has signed it by DKIM.
    ///
    /// # Errors
    /// What does not fit into a header.
    pub fn answer(&self, digest: &str, from: &Address, message_id: &str, now: Time) -> Result<Vec<u8>, Error> {
        let mut out = fold("From", &from.to_string())?;
        out.extend(fold("To", &self.answer_to.to_string())?);
        out.extend(fold("Subject", &format!("Re: {LABEL} {}", self.part1))?);
        out.extend(fold("Date", &format_date(now.0))?);
        out.extend(fold("Message-ID", message_id)?);
        if let Some(id) = &self.message_id {
            out.extend(fold("In-Reply-To", id)?);
            out.extend(fold("References", id)?);
        }
        // RFC 3834 section 5, so that no other program answers it.
        out.extend(fold("Auto-Submitted", "auto-replied")?);
        out.extend_from_slice(b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
        out.extend_from_slice(format!("{BEGIN}\r\n{digest}\r\n{END}\r\n").as_bytes());
        Ok(out)
    }
}

/// The fields that what is done with a challenge follows from.
const COVERED: [&str; 7] = ["From", "To", "Reply-To", "Subject", "Message-ID", "Auto-Submitted", "Date"];
/// Octets of a challenge mail that are read.
const MAX_MAIL: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acme::{Response, fuzz_acme};

    /// RFC 8823 figure 1.
    pub(crate) const FIGURE_1: &str = "Auto-Submitted: auto-generated; type=acme\r\n\
        Date: Sat, 5 Dec 2020 10:08:55 +0100\r\n\
        Message-ID: <A2299BB.FF7788@example.org>\r\n\
        From: acme-generator@example.org\r\n\
        To: alexey@example.com\r\n\
        Subject: ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=\r\n\
        Content-Type: text/plain\r\n\
        MIME-Version: 1.0\r\n\
        \r\n\
        This is an automatically generated ACME challenge for email address\r\n";

    fn address(text: &str) -> Address {
        Address::parse_international(text).unwrap()
    }

    #[test]
    fn i_01_the_challenge_of_the_rfc_is_read() {
        let read = Challenge::read(FIGURE_1.as_bytes()).unwrap();
        assert_eq!(read.from, address("acme-generator@example.org"));
        assert_eq!((read.to, read.answer_to), (address("alexey@example.com"), read.from));
        assert_eq!(read.part1, "LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=");
        assert_eq!(read.message_id.unwrap(), "<A2299BB.FF7788@example.org>");
    }

    #[test]
    fn i_02_what_section_3_1_forbids_is_no_challenge() {
        let with = |from: &str, to: &str| {
            assert!(FIGURE_1.contains(from));
            Challenge::read(FIGURE_1.replace(from, to).as_bytes())
        };
        let part1 = "LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME=";
        assert_eq!(with("Subject: ", "Subject: Re: "), Err(AcmeFault::Reply));
        assert_eq!(with("auto-generated", "auto-replied"), Err(AcmeFault::NotAutomatic));
        assert_eq!(with("Auto-Submitted", "X"), Err(AcmeFault::NotAutomatic));
        assert_eq!(with(part1, "LgYemJLy3F1LDkiJrdIGb"), Err(AcmeFault::Token));
        assert_eq!(with(part1, "LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3s+E="), Err(AcmeFault::Token));
        assert_eq!(with("From: ", "From: x@example.org, "), Err(AcmeFault::Address("From")));
        assert_eq!(with("To: ", "To: b@example.com\r\nTo: "), Err(AcmeFault::Address("To")));
        assert_eq!(with("To: ", "Reply-To: a@b.c, d@e.f\r\nTo: "), Err(AcmeFault::Address("Reply-To")));
        assert_eq!(with("Subject: ", "Subject: x\r\nSubject: "), Err(AcmeFault::Subject));
        assert_eq!(with("Subject: ACME: ", "Subject: =?iso-8859-1?q?ACME:_?= "), Err(AcmeFault::Charset));
        // White space in the token and encoded words are read over.
        let folded = "Subject: =?US-ASCII?q?ACME:?=\r\n LgYemJLy3F1LDkiJrdIGbEzyF\r\n\tJyOyf6vBdyZ1TG3sME=";
        let read = with(&format!("Subject: ACME: {part1}"), folded).unwrap();
        assert_eq!(read.part1, part1);
        let elsewhere = with("To: ", "Reply-To: <answers@example.org>\r\nTo: ").unwrap();
        assert_eq!(elsewhere.answer_to, address("answers@example.org"));
    }

    #[test]
    fn i_01_what_is_written_is_read_and_answered() {
        let (from, to, reply_to) =
            (address("acme@ca.example"), address("j\u{fc}rgen@example.org"), address("r@ca.example"));
        let part1 = "a".repeat(44);
        let draft = ChallengeDraft {
            from: &from,
            to: &to,
            reply_to: Some(&reply_to),
            part1: &part1,
            message_id: "<1@ca.example>",
            now: Time(0),
            expires: Time(86_400),
        };
        let mail = draft.write().unwrap();
        assert!(String::from_utf8_lossy(&mail).contains("\r\nAuto-Submitted: auto-generated; type=acme\r\n"));
        let read = Challenge::read(&mail).unwrap();
        let expected = Challenge {
            from,
            to: to.clone(),
            answer_to: reply_to.clone(),
            part1: part1.clone(),
            message_id: Some("<1@ca.example>".to_owned()),
        };
        assert_eq!(read, expected);
        let answer =
            read.answer("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", &to, "<2@example.org>", Time(1)).unwrap();
        let answer_text = String::from_utf8(answer.clone()).unwrap();
        for line in [
            "To: r@ca.example",
            "In-Reply-To: <1@ca.example>",
            "Auto-Submitted: auto-replied",
            "-----BEGIN ACME RESPONSE-----\r\nLoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0\r\n-----END ACME RESPONSE-----",
        ] {
            assert!(answer_text.contains(&format!("{line}\r\n")), "{line}");
        }
        let response = Response::read(&answer).unwrap();
        assert_eq!((response.from, response.part1), (to, part1));
        for at in 0..mail.len() {
            fuzz_acme(&mail[..at]);
            let mut bad = mail.clone();
            bad[at] ^= 4;
            fuzz_acme(&bad);
        }
    }
}
