//! RFC 5322 and MIME with byte spans: parsing, canonical form, writing. It knows nothing of cryptography.
