//! Schema 5: what an authority keeps: its journal, its revocations.

pub(super) const TABLES: &str = "";
