//! Schema 7: what was asked of whom about an address, and what came.

pub(super) const TABLES: &str = "
-- Answers of places that were asked for somebody's certificates: a cache. What stands under smimea was proven by DNSSEC
-- when it came, and counts until then; a certificate is judged anew each time.
CREATE TABLE discovered (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,              -- ldap, smimea, cert, http
  place TEXT NOT NULL,               -- the URL or the owner name that was asked
  body BLOB,                         -- NULL where the place failed; empty where it has nothing
  failure TEXT,
  asked_at INTEGER NOT NULL,
  fresh_until INTEGER NOT NULL,
  UNIQUE (source, place)
) STRICT;
CREATE INDEX discovered_at ON discovered (asked_at);
";
