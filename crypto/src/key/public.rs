//! Public keys.
/// A public key.
#[derive(Debug, Clone)]
pub struct PublicKey {}
