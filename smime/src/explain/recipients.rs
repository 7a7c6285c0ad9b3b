//! Whose key each recipient of an encryption wants, whether it is here, and what is known of it if it is not.

use cms::{RecipientKey, RecipientSeen};
use trust::{CertificateState, Evidence, Purpose, certificate_addresses, validate};
use wire::{Certificate, Name};

use super::report::{CertificateKnown, RecipientExplained};
use super::scene::Scene;
use crate::keyring::{KeyPlace, KnownCertificate};
use crate::open::OpenError;
use crate::open::judge::signer_name;

/// Asks the keyring about recipients.
pub(super) struct Recipients<'a> {
    scene: &'a Scene<'a>,
    anchors: Vec<Certificate>,
    pool: Vec<Certificate>,
}

impl<'a> Recipients<'a> {
    /// # Errors
    /// [`OpenError::Keyring`] where the keyring fails.
    pub fn new(scene: &'a Scene<'a>) -> Result<Self, OpenError> {
        let failed = |error: crate::KeyringError| OpenError::from(cms::Error::from(error));
        let anchors = scene.keyring.anchors().map_err(failed)?;
        Ok(Recipients { scene, anchors, pool: scene.keyring.intermediates().map_err(failed)? })
    }

    /// Each of them; of very many the first ones.
    pub fn explained(&self, seen: &[RecipientSeen]) -> Vec<RecipientExplained> {
        seen.iter().take(MAX_EXPLAINED).map(|one| self.one(one)).collect()
    }

    fn one(&self, seen: &RecipientSeen) -> RecipientExplained {
        let mut out = RecipientExplained {
            id: seen.id.clone(),
            issuer: None,
            serial: None,
            key_id: None,
            algorithm: seen.algorithm.clone(),
            key: "unknown",
            local: seen.local.clone(),
            certificate: None,
            text: String::new(),
        };
        let Some(wanted) = &seen.certificate else {
            out.key = "shared-secret";
            out.text = "for whoever has the password or key that both sides hold".to_owned();
            return out;
        };
        match wanted {
            RecipientKey::IssuerSerial { issuer, serial } => {
                out.issuer = Name::from_der(issuer).ok().map(|name| name.to_string());
                out.serial = Some(wire::hex(serial));
            }
            RecipientKey::KeyId(id) => out.key_id = Some(wire::hex(id)),
        }
        let mut locked = false;
        if out.local.is_none() {
            match self.scene.keyring.find(&wanted.id()) {
                Ok(found) => out.local = found.first().map(|own| own.name.clone()),
                Err(cms::Error::Locked) => locked = true,
                Err(_) => {}
            }
        }
        // What the store cannot tell is not known.
        let known = self.scene.keyring.known(&wanted.id()).unwrap_or_default();
        let best = known.iter().min_by_key(|known| known.key);
        out.key = match (&out.local, locked, best.map(|known| known.key)) {
            (Some(_), ..) => "here",
            (None, true, _) | (None, _, Some(KeyPlace::Here)) => "locked",
            (None, _, Some(KeyPlace::Destroyed)) => "destroyed",
            (None, _, Some(KeyPlace::Elsewhere)) => "elsewhere",
            (None, _, None) => "unknown",
        };
        let superseded = best.and_then(|known| self.newer(&known.certificate));
        out.certificate = best.map(|known| self.known(known, superseded.as_ref()));
        out.text = self.sentence(&out, best, superseded.as_ref());
        out
    }

    fn known(&self, known: &KnownCertificate, newer: Option<&Certificate>) -> CertificateKnown {
        let certificate = &known.certificate;
        CertificateKnown {
            addresses: certificate_addresses(certificate).iter().map(ToString::to_string).collect(),
            subject: certificate.subject().to_string(),
            fingerprint: fingerprint(certificate),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            state: self.state(certificate).word(),
            superseded_by: newer.map(fingerprint),
            superseded_at: newer.map(|newer| newer.not_before().to_string()),
        }
    }

    fn state(&self, certificate: &Certificate) -> CertificateState {
        if self.scene.keyring.is_distrusted(certificate) {
            return CertificateState::Untrusted;
        }
        if certificate.not_after() < self.scene.now {
            return CertificateState::Expired; // whoever vouches for it
        }
        let evidence = Evidence { pool: &self.pool, anchors: &self.anchors, ..Evidence::default() };
        match validate(certificate, Purpose::EncryptMail, &evidence, self.scene.policy, self.scene.now) {
            Ok(_) => CertificateState::Trusted,
            Err(error) => CertificateState::from(&error),
        }
    }

    /// The certificate that took the place of this one: of the same address, begun later, and the newest.
    fn newer(&self, certificate: &Certificate) -> Option<Certificate> {
        let address = certificate_addresses(certificate).into_iter().next()?;
        let others = self.scene.keyring.encryption_candidates(&address).ok()?;
        let usable = |other: &Certificate| {
            other.not_before() > certificate.not_before()
                && trust::usable_for_encryption(other, self.scene.policy, self.scene.now).is_ok()
        };
        others.into_iter().filter(usable).max_by_key(Certificate::not_before)
    }

    fn sentence(
        &self,
        out: &RecipientExplained,
        known: Option<&KnownCertificate>,
        newer: Option<&Certificate>,
    ) -> String {
        let whose = match known {
            Some(known) => {
                let (whose, from) = (signer_name(&known.certificate), known.certificate.not_before());
                let mine = if known.key == KeyPlace::Elsewhere { "the" } else { "your" };
                format!("{mine} certificate of {whose} from {from}")
            }
            None => "a certificate that the store does not know".to_owned(),
        };
        let mut text = match (out.key, &out.local) {
            ("here", Some(local)) => format!("for {whose}, whose key is here ({local})"),
            ("locked", _) => format!("for {whose}, whose key is here and locked"),
            ("destroyed", _) => format!("for {whose}, whose key was destroyed"),
            ("elsewhere", _) => format!("for {whose}, whose key is not here"),
            _ => format!("for {whose}; it may be on another machine of yours"),
        };
        if let Some(certificate) = known.map(|known| &known.certificate) {
            if certificate.not_after() < self.scene.now {
                text.push_str(&format!("; expired since {}", certificate.not_after()));
            } else if out.certificate.as_ref().is_some_and(|known| known.state == "revoked") {
                text.push_str("; revoked");
            } else if self.scene.keyring.is_distrusted(certificate) {
                text.push_str("; marked as not to be trusted");
            }
        }
        if let Some(newer) = newer {
            text.push_str(&format!("; superseded since {} by {}", newer.not_before(), fingerprint(newer)));
        }
        text
    }
}

fn fingerprint(certificate: &Certificate) -> String {
    format!("sha256:{}", wire::hex(&crypto::fingerprint(certificate.der())))
}

/// Recipients that are looked up; a message may have five thousand.
const MAX_EXPLAINED: usize = 1000;
