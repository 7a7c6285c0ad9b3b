//! Schema 5: plans of delivery that a failure left behind.

pub(super) const TABLES: &str = "";
