//! Schema 5: where each certificate came from, when it was seen, and what it counts for at an address.

pub(super) const TABLES: &str = "
-- Places that certificates come from.
CREATE TABLE places (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,              -- file, mail, ldap, ...: the words of directory::Source
  detail TEXT NOT NULL,              -- the name of the file, the address in From, the URL of the server
  UNIQUE (source, detail)
) STRICT;

-- When a certificate was seen at a place.
CREATE TABLE sightings (
  certificate INTEGER NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  place INTEGER NOT NULL REFERENCES places (id),
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  first_in TEXT,                     -- the Message-ID of the mail that had it
  last_in TEXT,
  PRIMARY KEY (certificate, place)
) STRICT, WITHOUT ROWID;

-- What a certificate counts for at an address: 'used' is a candidate; 'changed' waits until somebody accepts the
-- changed key; 'superseded' was replaced by one that was accepted; of 'unbound' nobody at that address has said
-- that it is theirs.
ALTER TABLE addresses ADD COLUMN standing TEXT NOT NULL DEFAULT 'used'
  CHECK (standing IN ('used', 'changed', 'superseded', 'unbound'));
ALTER TABLE addresses ADD COLUMN standing_at INTEGER;
";
