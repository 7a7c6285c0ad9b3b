//! What a mail is made of, who can open it, and what became of it on its way.

mod explained;
mod inside;
mod layers;
mod recipients;
mod relay;
mod report;
mod scene;
mod signers;
mod way;

pub use explained::fuzz_explain;
pub use relay::Change;
pub use report::{CertificateKnown, Explanation, LayerExplained, RecipientExplained, SignerExplained, Way, WayStep};

pub(crate) use explained::explain;
pub(crate) use scene::Scene;
