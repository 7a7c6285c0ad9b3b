//! The authority as its ACME server sees it: what is issued and revoked stands in the journal before anybody hears of it.

use std::cell::RefCell;

use ::ca::acme::{Issuer, IssuerError, Wanted};
use ::ca::{Event, Request};
use crypto::Random;
use wire::{Certificate, Time, crl};

use crate::ca::shared::{Opened, ready};
use crate::common::error::Failure;

/// An authority that issues what was ordered.
pub struct Issuing {
    /// It, with its journal.
    pub opened: RefCell<Opened>,
    /// How long certificates are valid.
    pub days: u16,
}

impl Issuer for Issuing {
    fn issue(&self, wanted: &Wanted<'_>, now: Time, rng: &mut dyn Random) -> Result<Vec<Certificate>, IssuerError> {
        let failed = |failure: Failure| IssuerError::Failed(failure.message().unwrap_or_default().to_owned());
        let (made, chain) = {
            let opened = self.opened.borrow();
            let issuer = &opened.stored.certificate;
            let end = Time(now.0.saturating_add(i64::from(self.days) * 86_400 - 1));
            let request = Request {
                address: wanted.address,
                display_name: None,
                public_key: wanted.key,
                profile: wanted.profile,
                not_before: now,
                not_after: end.min(issuer.not_after()),
            };
            let service = opened.service(wanted.address.domain()).map_err(failed)?;
            let authority = ready(&opened.stored).map_err(failed)?.strict(service);
            (authority.issue(&request, rng).map_err(|e| IssuerError::Refused(e.to_string()))?, opened.chain())
        };
        let written = self.opened.borrow_mut().journal.append(&[Event::Issued(made.clone())]);
        written.map_err(|e| IssuerError::Failed(e.to_string()))?;
        Ok(std::iter::once(made).chain(chain).collect())
    }

    fn revoke(&self, certificate: &Certificate, reason: u8, now: Time) -> Result<(), IssuerError> {
        let mut opened = self.opened.borrow_mut();
        let failed = |e: directory::Error| IssuerError::Failed(e.to_string());
        opened.journal.refresh().map_err(failed)?;
        let mut issued = opened.journal.journal().issued();
        let known = issued.find(|issued| issued.certificate == *certificate);
        let known = known.ok_or_else(|| IssuerError::Failed("the journal does not know the certificate".to_owned()))?;
        if known.revoked.is_some() {
            return Err(IssuerError::AlreadyRevoked);
        }
        let reason = crl::Reason::from_number(u64::from(reason));
        let event = Event::Revoked { serial: certificate.serial().to_vec(), at: now, reason };
        drop(issued);
        opened.journal.append(&[event]).map_err(failed)
    }
}
