//! What became of one recipient of a mail.

use trust::Address;
use wire::smtp::SmtpReply;

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who.
    pub to: Address,
    /// The server's last word on it.
    pub reply: SmtpReply,
}

impl Delivery {
    /// Whether the server took the mail for this recipient.
    pub fn is_accepted(&self) -> bool {
        self.reply.is_positive()
    }

    /// Whether the server only takes fewer recipients at once: it wants this one in a further transaction (RFC 5321 section
    /// 4.5.3.1.10, RFC 3463 section 3.6).
    pub fn is_one_too_many(&self) -> bool {
        let text = self.reply.text().to_ascii_lowercase();
        self.reply.code == 452 && (text.starts_with("4.5.3 ") || text.contains("too many recipients"))
    }
}
