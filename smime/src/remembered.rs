//! What is remembered of somebody's certificates, and whether a mail shows another key than those.
//!
//! A certificate counts at an address: one may name two people's addresses, and what one of them shows says nothing of the
//! other. What is new stands beside what was there and never in its place, until somebody accepts it.

use std::fmt;

use trust::{Address, PathError, Policy, usable_for_encryption, usable_for_signing};
use wire::{Certificate, Time};

use crate::verdict::{Code, Finding, Severity};

/// What a certificate counts for at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It may be encrypted to, if it is usable otherwise.
    Used,
    /// It has another key than the one that is used, and nobody accepted it yet.
    Changed,
    /// Another one was accepted in its place.
    Superseded,
    /// It names the address, and nobody at that address has shown it.
    Unbound,
    /// The user said never to use it.
    Distrusted,
}

impl Standing {
    /// Its word in reports; a contract.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Used => "used",
            Standing::Changed => "changed",
            Standing::Superseded => "superseded",
            Standing::Unbound => "unbound",
            Standing::Distrusted => "distrusted",
        }
    }
}

/// Why it is not encrypted to, after its name.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Standing::Used => "may be used",
            Standing::Changed => "has another key than before, which nobody accepted yet",
            Standing::Superseded => "was superseded by one that was accepted",
            Standing::Unbound => "came with mail from another address that it names",
            Standing::Distrusted => "is distrusted",
        })
    }
}

/// A certificate that names an address, and what it counts for there.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The certificate.
    pub certificate: Certificate,
    /// What it counts for.
    pub standing: Standing,
}

/// What a verified mail shows of its sender's certificates: the one that signed it and the one that its signer wants to be
/// encrypted to, each with a proven path. Made only where the verdict is `verified`.
#[derive(Debug, Clone)]
pub struct Harvest {
    pub(crate) address: Address,
    pub(crate) message_id: Option<String>,
    pub(crate) certificates: Vec<Remembered>,
    pub(crate) authorities: Vec<Certificate>,
}

impl Harvest {
    /// The address in From, which is the only one that this says anything of.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The mail's Message-ID, if it has one that can be kept.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// The sender's certificates, and what each counts for from now on.
    pub fn certificates(&self) -> &[Remembered] {
        &self.certificates
    }

    /// The authorities between these and their anchors.
    pub fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }
}

/// Whether one can take the place of the other: both sign or both are encrypted to, and both keys are post-quantum or
/// neither is. An identity may have a pair of either kind.
pub fn serve_alike(one: &Certificate, other: &Certificate) -> bool {
    let family = |c: &Certificate| trust::key_kind(c.public_key()).is_post_quantum();
    let ((signs, encrypts), (signs_too, encrypts_too)) = (uses(one), uses(other));
    family(one) == family(other) && ((signs && signs_too) || (encrypts && encrypts_too))
}

/// Whether both have the same public key.
pub fn same_key(one: &Certificate, other: &Certificate) -> bool {
    one.public_key().der() == other.public_key().der()
}

/// What a certificate that was seen for an address counts for there, by those that are remembered; with the one whose place
/// it would take, where it is another key than that. `believed` says whether one of those was ever to be believed: what
/// anybody could have made is no key that changed.
pub fn standing_of(
    seen: &Certificate,
    remembered: &[Remembered],
    believed: &dyn Fn(&Certificate) -> bool,
) -> (Standing, Option<Certificate>) {
    let settled = |known: &&Remembered| !matches!(known.standing, Standing::Unbound | Standing::Changed);
    if let Some(known) = remembered.iter().filter(settled).find(|known| known.certificate == *seen) {
        return (known.standing, None);
    }
    let in_use = |known: &&Remembered| known.standing == Standing::Used && serve_alike(&known.certificate, seen);
    let mut used: Vec<&Certificate> = remembered.iter().filter(in_use).map(|known| &known.certificate).collect();
    if used.iter().any(|used| same_key(used, seen)) {
        return (Standing::Used, None);
    }
    used.retain(|used| believed(used));
    let newest = used.into_iter().max_by_key(|used| used.not_before()).cloned();
    match newest {
        Some(newest) => (Standing::Changed, Some(newest)),
        None => (Standing::Used, None),
    }
}

/// A key that changed.
pub(crate) fn changed(address: &Address, old: &Certificate, new: &Certificate) -> Finding {
    let print = |c: &Certificate| wire::hex(&crypto::certificate_fingerprint(c));
    let what = match uses(new) {
        (true, true) => "the key",
        (true, false) => "the signing key",
        (false, _) => "the encryption key",
    };
    let (old, new) = (print(old), print(new));
    let text = format!("{what} of {address} changed: it was sha256:{old}, and is sha256:{new} in this mail");
    let first: String = new.chars().take(16).collect();
    Finding::new(Code::KeyChanged, Severity::Warning, text).hint(format!(
        "the old one stays in use: compare the new fingerprint with {address} in another way, then run `sealpost cert accept \
         {first}`; if it is not theirs, `sealpost cert distrust {first}`"
    ))
}

/// Whether its key may sign mail and whether mail may be encrypted to it, by the certificate alone, at whatever time.
fn uses(certificate: &Certificate) -> (bool, bool) {
    let (policy, at) = (Policy::new(Vec::new()), Time(0));
    let allowed = |result| !matches!(result, Err(PathError::WrongPurpose { .. }));
    let (signs, encrypts) =
        (usable_for_signing(certificate, &policy, at), usable_for_encryption(certificate, &policy, at));
    (allowed(signs), allowed(encrypts))
}
