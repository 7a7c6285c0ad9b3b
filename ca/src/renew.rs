//! Issuing again.

use crypto::{PublicKey, Random};
use wire::x509::KeyUsage;
use wire::{Certificate, Time, oids};

use crate::error::Error;
use crate::issue::{Authority, CertificateProfile, Request};

impl Authority<'_> {
    /// Issues a certificate again: the same subject, the same address, for the same use; with the same key, or with `key` in its
    /// place.
    ///
    /// # Errors
    /// [`Error::NotIssuedHere`], and what [`Authority::issue`] says. Nothing is made shorter: a validity beyond the
    /// authority's own is an error.
    pub fn renew(
        &self,
        old: &Certificate,
        key: Option<&PublicKey>,
        (not_before, not_after): (Time, Time),
        rng: &mut dyn Random,
    ) -> Result<Certificate, Error> {
        let own = old.issuer().matches(self.certificate().subject())
            && old.authority_key_id() == self.certificate().subject_key_id();
        let addresses = trust::certificate_addresses(old);
        let [address] = &addresses[..] else { return Err(Error::NotIssuedHere) };
        if !own {
            return Err(Error::NotIssuedHere);
        }
        let name = old.subject().get(oids::COMMON_NAME).filter(|name| *name != address.to_string());
        let same;
        let public_key = match key {
            Some(key) => key,
            None => {
                same = PublicKey::new(old.public_key().clone())?;
                &same
            }
        };
        let display_name = name.as_deref();
        let request = Request { address, display_name, public_key, profile: profile(old), not_before, not_after };
        self.issue(&request, rng)
    }
}

/// What a certificate that was issued here is for.
pub fn profile(certificate: &Certificate) -> CertificateProfile {
    let has = |bit| certificate.key_usage().is_some_and(|usage| usage.has(bit));
    let encrypts = has(KeyUsage::KEY_ENCIPHERMENT) || has(KeyUsage::KEY_AGREEMENT);
    match (has(KeyUsage::DIGITAL_SIGNATURE), encrypts) {
        (true, true) => CertificateProfile::MailBoth,
        (false, true) => CertificateProfile::MailEncrypt,
        _ => CertificateProfile::MailSign,
    }
}
