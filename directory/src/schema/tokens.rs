//! Schema 6: keys that live in hardware.

pub(super) const TABLES: &str = "
-- Where such a key is. Its 'sealed' in 'keys' is empty, and NULL once it is forgotten.
CREATE TABLE token_keys (
  key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
  uri TEXT NOT NULL                  -- RFC 7512, without a PIN
) STRICT;
";
