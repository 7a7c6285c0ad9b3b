//! May this key be believed for this use, now? Policy table, certificate profile, path.
