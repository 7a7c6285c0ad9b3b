//! Schema 5: keys that live in hardware.

pub(super) const TABLES: &str = "";
