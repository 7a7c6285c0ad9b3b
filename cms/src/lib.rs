//! Sign, verify, encrypt and decrypt CMS as streams, in constant memory.
