//! The three structures around an encrypted content.

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// EnvelopedData (RFC 5652 §6).
    Enveloped,
    /// AuthEnvelopedData (RFC 5083).
    AuthEnveloped,
    /// EncryptedData (RFC 5652 §8), which has no recipients.
    Encrypted,
}

impl Shape {
    /// EnvelopedData or AuthEnvelopedData.
    pub fn of(authenticated: bool) -> Shape {
        if authenticated { Shape::AuthEnveloped } else { Shape::Enveloped }
    }

    /// Whether a tag follows the content.
    pub fn is_authenticated(self) -> bool {
        self == Shape::AuthEnveloped
    }
}
