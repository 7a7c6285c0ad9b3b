//! Why a mail is none of an ACME challenge, or proves nothing.

/// Why a mail is none of an ACME challenge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcmeFault {
    /// Its header cannot be read, or a part of it.
    #[error("it cannot be read as a mail: {0}")]
    Mail(String),
    /// A field that has to be there once, with one address.
    #[error("its {0} is to be there once, with one address in it")]
    Address(&'static str),
    /// Its subject is there twice, or not at all, or too long.
    #[error("it has no single subject that can be read")]
    Subject,
    /// The subject is encoded otherwise than section 3.1 allows.
    #[error("its subject is encoded in another charset than UTF-8 and US-ASCII")]
    Charset,
    /// A challenge is no reply (section 3 step 5).
    #[error("its subject is that of a reply")]
    Reply,
    /// The subject has no token of 128 bits.
    #[error("its subject has no token of an ACME challenge")]
    Token,
    /// A challenge comes from a program (section 3.1).
    #[error("its Auto-Submitted does not say auto-generated")]
    NotAutomatic,
    /// A response comes from no mailing list (section 3.2).
    #[error("it came by a mailing list ({0})")]
    List(String),
    /// A response is text, perhaps with an alternative.
    #[error("it is neither text/plain nor multipart/alternative with such a part")]
    MediaType,
    /// The text has no block with a digest.
    #[error("its text has no BEGIN and END ACME RESPONSE with a digest between them")]
    Block,
    /// S/MIME does not prove it.
    #[error("S/MIME does not prove it: {0}")]
    NotVerified(String),
    /// The signature does not cover a field that counts.
    #[error("its signature does not cover {0} in the header (RFC 9788)")]
    NotCovered(String),
    /// DKIM does not prove it.
    #[error(transparent)]
    Dkim(#[from] DkimFault),
}

/// Why DKIM proves nothing about a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimFault {
    /// The server that received it did not say that it looked.
    #[error("it has no Authentication-Results of {0} about DKIM")]
    NoResult(String),
    /// No signature of the domain passed there.
    #[error("no DKIM signature of {domain} passed at {id}")]
    NotPassed {
        /// The domain in From.
        domain: String,
        /// Who looked.
        id: String,
    },
    /// The signature that passed is not by all that RFC 8823 asks for.
    #[error("the DKIM signature of {domain} does not cover {field}")]
    NotCovered {
        /// The domain in From.
        domain: String,
        /// The first field that is missing in its h=, or the body.
        field: &'static str,
    },
}
