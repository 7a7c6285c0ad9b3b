//! Schema 5: accounts, orders and challenges of RFC 8555 and RFC 8823.

pub(super) const TABLES: &str = "";
