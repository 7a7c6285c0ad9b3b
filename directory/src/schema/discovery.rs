//! Schema 5: what was asked of whom about an address, and what came.

pub(super) const TABLES: &str = "";
