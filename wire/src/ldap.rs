//! LDAP messages as a client that searches for one entry writes and reads them (RFC 4511 section 4), and the URLs that
//! name such a search ([`LdapUrl`], RFC 4516).
//!
//! LDAP is BER with definite lengths that need not be minimal (section 5.1); no message here is larger than its slice.

mod message;
mod url;

pub use message::{
    LdapAnswer, LdapAttribute, bind_request, message_length, read_answer, search_request, unbind_request,
};
pub use url::{LdapFilter, LdapScope, LdapUrl};

/// Reads anything as a URL and as an answer. For fuzzing.
pub fn fuzz_ldap(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(url) = LdapUrl::parse(text)
    {
        let again = url.to_string();
        assert!(url.host.is_empty() || again.len() > 2048 || LdapUrl::parse(&again).as_ref() == Ok(&url));
        let request = search_request(1, &url, 5);
        assert!(matches!(message_length(&request), Ok(Some(length)) if length == request.len()));
    }
    let _ = message_length(bytes);
    let _ = read_answer(bytes);
}
