//! Issuing certificates for addresses: the profile table and the issuer. No sockets.
