//! Schema 8: keys whose certificates were asked for.

pub(super) const TABLES: &str = "
-- What an authority was asked for.
CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL,
  display TEXT,
  renews INTEGER REFERENCES identities (id) ON DELETE SET NULL,  -- retired once the new one is complete
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_renews ON requests (renews) WHERE renews IS NOT NULL;

-- The keys of a request; those of one that is complete are in 'identity_keys', and here no more.
CREATE TABLE request_keys (
  request INTEGER NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('sign', 'encrypt', 'both')),
  key INTEGER NOT NULL REFERENCES keys (id),
  spki BLOB NOT NULL,                -- by this the certificate is known
  certificate INTEGER REFERENCES certificates (id),  -- it came, and that of the other key did not
  PRIMARY KEY (request, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_keys_key ON request_keys (key);
CREATE INDEX request_keys_certificate ON request_keys (certificate) WHERE certificate IS NOT NULL;
";
