//! What the signatures of one layer say to a mailing list (RFC 2634 §4.2).

use cms::{ExpansionHistory, ListId, NoExpansion, Services, SignatureHolds, SignedFacts, SignerEntry};
use trust::{Address, certificate_addresses};
use wire::cms::{Attribute, SignerInfo};
use wire::{Certificate, Oid, oids};

use crate::open::OpenError;
use crate::open::judge::{Judge, signer_name};
use crate::open::labels;

/// A layer of signature, whose signatures were checked.
pub(super) struct SignedLayer<'f> {
    /// Those that hold.
    signers: Vec<Signer<'f>>,
    /// Those that could not be checked.
    unchecked: Vec<&'f SignerInfo>,
    /// Why one of them fails.
    bad: Option<String>,
    /// Why none is believed.
    why: String,
    ignored: bool,
}

/// A signer whose signature holds.
struct Signer<'f> {
    info: &'f SignerInfo,
    services: Services,
    certificate: Certificate,
    /// Somebody to be believed.
    believed: bool,
    /// The addresses of a certificate that is trusted.
    trusted: Vec<Address>,
}

impl<'f> SignedLayer<'f> {
    /// Checks every signer; `anybody` is believed.
    pub fn check(judge: &Judge<'_>, anybody: bool, facts: &'f SignedFacts) -> Self {
        let mut layer = SignedLayer {
            signers: Vec::new(),
            unchecked: Vec::new(),
            bad: None,
            why: "nobody signed it".to_owned(),
            ignored: facts.ignored_signers > 0,
        };
        for entry in &facts.signers {
            match entry {
                SignerEntry::Unreadable(error) => layer.bad = Some(format!("a signature cannot be read: {error}")),
                SignerEntry::Info(info) => match judge.check(info, facts).result {
                    Ok(holds) => layer.add(judge, anybody, info, &holds, facts),
                    Err(fault) if fault.is_bad() => layer.bad = Some(fault.to_string()),
                    Err(fault) => {
                        layer.why = fault.to_string();
                        layer.unchecked.push(info);
                    }
                },
            }
        }
        layer
    }

    fn add(
        &mut self,
        judge: &Judge<'_>,
        anybody: bool,
        info: &'f SignerInfo,
        holds: &SignatureHolds,
        facts: &SignedFacts,
    ) {
        let certificate = holds.certificate().clone();
        let path = judge.path(&certificate, facts);
        if let Err(error) = &path {
            self.why = format!("the signer's certificate is not trusted: {error}");
        }
        let trusted = if path.is_ok() { certificate_addresses(&certificate) } else { Vec::new() };
        let services = info.signed.as_ref().map(Services::of).unwrap_or_default();
        self.signers.push(Signer { info, services, certificate, believed: anybody || path.is_ok(), trusted });
    }

    /// No signature of it fails (RFC 2634 §4.2.3.2 number 1).
    ///
    /// # Errors
    /// [`OpenError::Unproven`].
    pub fn sound(&self) -> Result<(), OpenError> {
        self.bad.clone().map_or(Ok(()), |why| Err(OpenError::Unproven(why)))
    }

    /// And one is by somebody to be believed: what it says can be said again under another's name.
    ///
    /// # Errors
    /// [`OpenError::Unproven`], [`NoExpansion::ManySigners`].
    pub fn accepted(&self) -> Result<(), OpenError> {
        self.sound()?;
        if self.ignored {
            return Err(OpenError::NoExpansion(NoExpansion::ManySigners));
        }
        if self.signers.iter().any(|signer| signer.believed) {
            return Ok(());
        }
        Err(OpenError::Unproven(self.why.clone()))
    }

    /// The mailing lists that it names (RFC 2634 §4.1): all signers who name any name the same.
    ///
    /// # Errors
    /// [`NoExpansion::HistoriesDiffer`], [`NoExpansion::Unreadable`], and [`NoExpansion::Loop`] where one of `own` is
    /// among them.
    pub fn history(&self, own: &[ListId]) -> Result<Option<ExpansionHistory>, NoExpansion> {
        let Some(value) = self.same(oids::ML_EXPANSION_HISTORY, NoExpansion::HistoriesDiffer)? else { return Ok(None) };
        let history = ExpansionHistory::from_der(value).map_err(|_| NoExpansion::Unreadable("mlExpansionHistory"))?;
        match history.names(own) {
            Some(passed) => Err(NoExpansion::Loop { list: passed.list.clone(), at: passed.at }),
            None => Ok(Some(history)),
        }
    }

    /// Whether what it labels may be passed on (RFC 2634 §4.2: the agent processes every label).
    ///
    /// # Errors
    /// [`OpenError::NotCleared`] where there is no clearance for it or nobody proves it, [`NoExpansion::LabelsDiffer`].
    pub fn cleared(&self, judge: &Judge<'_>) -> Result<(), OpenError> {
        let label = self.same(oids::SECURITY_LABEL, NoExpansion::LabelsDiffer).map_err(OpenError::NoExpansion)?;
        let labelled = |info: &&SignerInfo| {
            info.signed.as_ref().is_some_and(|signed| signed.all(oids::SECURITY_LABEL).next().is_some())
        };
        if label.is_none() && self.unchecked.iter().any(labelled) {
            return Err(OpenError::NotCleared(format!("it has a label that cannot be verified: {}", self.why)));
        }
        for signer in &self.signers {
            labels::check(&signer.services, judge.policy.clearances(), &signer.trusted).map_err(|obstacle| {
                OpenError::NotCleared(format!("{} {obstacle}", signer_name(&signer.certificate)))
            })?;
        }
        Ok(())
    }

    /// The one value that the signers have who have any.
    fn same(&self, oid: Oid, differ: NoExpansion) -> Result<Option<&'f [u8]>, NoExpansion> {
        let signed = self.signers.iter().filter_map(|signer| signer.info.signed.as_ref());
        let mut values = signed.filter_map(|signed| signed.single(oid).ok().flatten());
        let Some(first) = values.next() else { return Ok(None) };
        if values.all(|other| other == first) { Ok(Some(first)) } else { Err(differ) }
    }

    /// What is said again in the new outer signature: every attribute but those that its signer says of himself
    /// (RFC 2634 §4.2); of several signers the first who is believed, then what the others add.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut found: Vec<Attribute> = Vec::new();
        let believed = self.signers.iter().filter(|signer| signer.believed);
        for attribute in believed.filter_map(|signer| signer.info.signed.as_ref()).flat_map(|signed| signed.list()) {
            if !OF_THE_SIGNER.contains(&attribute.oid) && found.iter().all(|other| other.oid != attribute.oid) {
                found.push(attribute.clone());
            }
        }
        found
    }
}

/// What a signer says of himself, of the very bytes that he signs, or, by RFC 2634 §1.3.4, inside only.
const OF_THE_SIGNER: [Oid; 12] = [
    oids::CONTENT_TYPE,
    oids::MESSAGE_DIGEST,
    oids::SIGNING_TIME,
    oids::SMIME_CAPABILITIES,
    oids::ENCRYPTION_KEY_PREFERENCE,
    oids::ALGORITHM_PROTECTION,
    oids::SIGNING_CERTIFICATE,
    oids::SIGNING_CERTIFICATE_V2,
    oids::ML_EXPANSION_HISTORY,
    oids::RECEIPT_REQUEST,
    oids::MSG_SIG_DIGEST,
    oids::COUNTERSIGNATURE,
];
