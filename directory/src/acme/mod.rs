//! What both sides of ACME need of disk and network: the server's records, the client's requests and what it has to know
//! again.

mod http;
mod records;
mod state;

pub use http::AcmeHttp;
pub use records::AcmeRecords;
