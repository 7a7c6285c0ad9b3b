//! What is asked of a path: the inputs of RFC 5280 section 6.1.1 that are neither certificates nor the time.

use wire::Oid;
use wire::x509::NameConstraints;

use crate::mailbox::Address;
use crate::purpose::Purpose;

/// Which rules the certificates of a path keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PathProfile {
    /// RFC 5280 section 6 and nothing more.
    #[default]
    Pkix,
    /// Also the CA/Browser Forum's S/MIME Baseline Requirements: the leaf keeps every clause of the kind that its
    /// reserved policy names, and each authority below the anchor those for authorities.
    SmimeBr,
}

/// What is asked of a path. [`Request::new`] asks for a purpose and leaves the rest as RFC 5280 has it by default:
/// any policy will do, and none has to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What the leaf's key is wanted for.
    pub purpose: Purpose,
    /// Which rules the certificates keep.
    pub profile: PathProfile,
    /// A mailbox that the leaf must name.
    pub address: Option<Address>,
    /// user-initial-policy-set; `None` is any-policy.
    pub policies: Option<Vec<Oid>>,
    /// initial-explicit-policy: the path must be valid for one of the policies.
    pub explicit_policy: bool,
    /// initial-any-policy-inhibit: anyPolicy in a certificate says nothing.
    pub inhibit_any_policy: bool,
    /// initial-policy-mapping-inhibit: no authority maps policies.
    pub inhibit_policy_mapping: bool,
    /// initial-permitted-subtrees and initial-excluded-subtrees, for every certificate below the anchor.
    pub constraints: NameConstraints,
}

impl Request {
    /// A path for this purpose, with RFC 5280's defaults for all else.
    pub fn new(purpose: Purpose) -> Request {
        Request {
            purpose,
            profile: PathProfile::default(),
            address: None,
            policies: None,
            explicit_policy: false,
            inhibit_any_policy: false,
            inhibit_policy_mapping: false,
            constraints: NameConstraints::default(),
        }
    }
}

impl From<Purpose> for Request {
    fn from(purpose: Purpose) -> Request {
        Request::new(purpose)
    }
}
