//! Headers protected as RFC 8551 §3.1 does it, with a message/rfc822 around the mail: read, and never written (H-12).

use mime::{Header, Limits, address_list};

use crate::headers::same_mailbox;
use crate::open::walk::{Entity, Walk, is_identity};

/// A mail that may be wrapped so.
pub(super) enum Wrapped {
    /// Its payload is a message/rfc822, of which nothing was read yet.
    Maybe,
    /// The header of the mail in it.
    Inside(Header),
    /// It is not.
    Not,
}

impl Wrapped {
    /// What the payload's own header says of it (RFC 9788 §4.10.1).
    pub fn of(walk: &Walk<'_>) -> Wrapped {
        let payload = match walk.headers.last() {
            Some(payload) if walk.headers.len() > walk.kinds.len() && !walk.kinds.is_empty() => payload,
            _ => return Wrapped::Not,
        };
        let content_type = payload.content_type();
        let message = content_type.is("message", "rfc822") || content_type.is("message", "global");
        let plain = is_identity(payload.transfer_encoding()) && !content_type.ambiguous;
        // Mail that is forwarded on purpose says so (draft-ietf-lamps-header-protection, 2.1.1).
        let forwarded = content_type.param("forwarded").is_some_and(|yes| yes.eq_ignore_ascii_case("yes"));
        if message && plain && content_type.param("hp").is_none() && !forwarded { Wrapped::Maybe } else { Wrapped::Not }
    }

    /// Sees the next block of the payload's body.
    pub fn see(&mut self, block: &[u8]) {
        if matches!(self, Wrapped::Maybe) {
            let whole = |header: &Header| !header.blank_line().is_empty();
            let header = Header::parse(block, &Limits::default()).ok().filter(whole);
            *self = header.map_or(Wrapped::Not, Wrapped::Inside);
        }
    }

    /// The header inside, if the mail in it is no layer itself, and from whom the mail outside is: a mail from somebody
    /// else is one that was forwarded.
    pub fn conclude(self, walk: &Walk<'_>) -> Option<Header> {
        let Wrapped::Inside(header) = self else { return None };
        let unlayered = matches!(Entity::of(&header), Entity::Payload);
        let own = unlayered && header.content_type().param("hp").is_none();
        let same = walk.way.is_file()
            || match (from(walk.headers.first()?), from(&header)) {
                (Some(outside), Some(inside)) => same_mailbox(&outside, &inside),
                _ => false,
            };
        (own && same).then_some(header)
    }
}

fn from(header: &Header) -> Option<mime::Mailbox> {
    let mut fields = header.all("From");
    let mut list = address_list(&fields.next()?.unfolded()).ok()?;
    let one = list.pop()?;
    (list.is_empty() && fields.next().is_none()).then_some(one)
}
