//! X.509 certificates (RFC 5280): reading over the original bytes, and writing what a CA fills in.

mod build;
mod certificate;
mod extensions;
mod general_name;

/// Writers of the extensions a CA puts into certificates.
pub mod extension;

#[cfg(test)]
mod tests;

pub use build::{TbsCertificate, certificate_der};
pub use certificate::{Certificate, fuzz_x509};
pub use extensions::{
    BasicConstraints, DistributionPoint, Extension, GeneralSubtree, KeyUsage, NameConstraints, PolicyConstraints,
    ReasonFlags,
};
pub(crate) use extensions::{access_description, authority_key_id, distribution_point, read_extensions, sequence_of};
pub use general_name::GeneralName;
