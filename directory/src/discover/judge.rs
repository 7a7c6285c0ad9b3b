//! Whether a certificate that was found is taken.

use trust::{
    Address, DaneRecord, DaneWord, Discover, Fetch, PathError, Policy, Purpose, Request, RevocationEvidence,
    certificate_addresses, dane_anchors, dane_names_authority, dane_word, names_address,
};
use wire::{Certificate, Time};

use super::report::{FoundBy, Taken};
use crate::directory::Directory;
use crate::error::Result;
use crate::gather::Gatherer;
use crate::inquiry::{Answer, InDoubt, Inquiry, inquire};

/// What certificates are judged by: the same rules as when a mail is sealed.
pub(crate) struct Judge<'a> {
    directory: &'a Directory,
    policy: &'a Policy,
    gatherer: &'a Gatherer,
    now: Time,
    anchors: Vec<Certificate>,
    distrusted: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    fetch: Fetch,
}

/// What is known where a certificate is judged.
pub(crate) struct Setting<'a> {
    pub address: &'a Address,
    pub by: FoundBy,
    /// The certificates that came along, authorities among them.
    pub brought: &'a [Certificate],
    /// What the domain says of the address, proven.
    pub records: &'a [DaneRecord],
}

/// What was taken, with the authorities between it and its anchor.
pub(crate) struct Judged {
    pub taken: Taken,
    pub between: Vec<Certificate>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        directory: &'a Directory,
        policy: &'a Policy,
        gatherer: &'a Gatherer,
        (now, purpose): (Time, Discover),
    ) -> Result<Judge<'a>> {
        let intermediates = directory.store.read(|c| crate::keyring::ders(c, crate::keyring::INTERMEDIATES, []))?;
        let rules = policy.revocation();
        Ok(Judge {
            directory,
            policy,
            gatherer,
            now,
            anchors: directory.anchors_of(true)?,
            distrusted: directory.distrusted()?,
            intermediates,
            fetch: if purpose == Discover::Seal { rules.seal } else { rules.check },
        })
    }

    /// By whose word it is taken, or why it is not.
    pub(crate) fn judge(
        &self,
        certificate: &Certificate,
        setting: &Setting<'_>,
    ) -> std::result::Result<Judged, String> {
        if !names_address(certificate, setting.address) {
            let names: Vec<String> = certificate_addresses(certificate).iter().map(ToString::to_string).collect();
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            return Err(format!("it is for {}, not for {}", shortened(&names), setting.address));
        }
        let word = dane_word(setting.records, certificate);
        // What the domain proves narrows what those can say whom nothing proves.
        let narrowed = matches!(setting.by, FoundBy::Smimea | FoundBy::Cert | FoundBy::Http);
        if narrowed && word == DaneWord::Other {
            return Err("the SMIMEA records of the address name another certificate".to_owned());
        }
        let answer = self.inquire(certificate, setting, &self.anchors);
        match &answer.path {
            Ok(path) => {
                let named = word != DaneWord::ByAuthority || dane_names_authority(setting.records, path.chain());
                if narrowed && !named {
                    return Err("the SMIMEA records of the address name another authority".to_owned());
                }
                let anchor = path.chain().last().map(|c| c.subject().to_string()).unwrap_or_default();
                Ok(Judged { taken: Taken::Path(anchor), between: between(path.chain()) })
            }
            // Nothing makes these good.
            Err(error @ (PathError::Revoked { .. } | PathError::Distrusted { .. })) => Err(error.to_string()),
            Err(error) => match self.by_domain(certificate, setting, word) {
                Some(judged) => judged.map_err(|error| error.to_string()),
                None => Err(error.to_string()),
            },
        }
    }

    /// What usages 2 and 3 permit: a path that ends at what the domain names, for this address alone. All else is judged as
    /// ever: time, use, algorithms, revocation as far as the path goes.
    /// `None` where the domain names nothing of this.
    fn by_domain(
        &self,
        certificate: &Certificate,
        setting: &Setting<'_>,
        word: DaneWord,
    ) -> Option<std::result::Result<Judged, PathError>> {
        if matches!(word, DaneWord::Silent | DaneWord::Named) {
            return None;
        }
        let at_hand = std::iter::once(certificate).chain(setting.brought).chain(&self.intermediates);
        let named = dane_anchors(setting.records, at_hand);
        if named.is_empty() {
            return None;
        }
        let anchors: Vec<Certificate> = self.anchors.iter().cloned().chain(named).collect();
        let path = match self.inquire(certificate, setting, &anchors).path {
            Ok(path) => path,
            Err(error) => return Some(Err(error)),
        };
        let judged = match path.chain() {
            [_] => Some(Judged { taken: Taken::Domain, between: Vec::new() }),
            // The authority too: a record may have its digest alone, and it is looked for when a mail is sealed.
            [_, above @ .., anchor] => Some(Judged {
                taken: Taken::DomainAuthority(anchor.subject().to_string()),
                between: above.iter().chain([anchor]).cloned().collect(),
            }),
            [] => None,
        };
        judged.map(Ok)
    }

    fn inquire(&self, certificate: &Certificate, setting: &Setting<'_>, anchors: &[Certificate]) -> Answer {
        let mut request = Request::new(Purpose::EncryptMail);
        request.address = Some(setting.address.clone());
        let authority = |c: &&Certificate| c.basic_constraints().is_some_and(|b| b.ca);
        let brought = setting.brought.iter().filter(authority).take(MAX_BROUGHT);
        let pool: Vec<Certificate> = brought.chain(&self.intermediates).cloned().collect();
        let inquiry = Inquiry { pool: &pool, anchors, ..self.about(certificate, &request) };
        inquire(&inquiry, Some(self.directory), self.gatherer)
    }

    /// Whether a certificate of a person is believed by the user's anchors, or was when its time ended. Whether it was
    /// revoked since does not matter: its key was theirs.
    pub(crate) fn was_believed(&self, certificate: &Certificate) -> bool {
        let request = Request::new(Purpose::Mail);
        let inquiry = Inquiry {
            now: self.now.min(certificate.not_after()),
            how: Fetch::Never,
            doubt: None,
            ..self.about(certificate, &request)
        };
        inquire(&inquiry, Some(self.directory), self.gatherer).path.is_ok()
    }

    fn about<'q>(&'q self, leaf: &'q Certificate, request: &'q Request) -> Inquiry<'q> {
        Inquiry {
            leaf,
            request,
            pool: &self.intermediates,
            anchors: &self.anchors,
            distrusted: &self.distrusted,
            evidence: RevocationEvidence::default(),
            policy: self.policy,
            now: self.now,
            how: self.fetch,
            doubt: Some(InDoubt::Tolerated),
        }
    }
}

fn between(chain: &[Certificate]) -> Vec<Certificate> {
    let inner = chain.get(1..chain.len().saturating_sub(1)).unwrap_or_default();
    inner.to_vec()
}

/// Names in a stranger's certificate may be long.
fn shortened(names: &str) -> String {
    match names.char_indices().nth(200) {
        Some((at, _)) => format!("{} ...", names.get(..at).unwrap_or_default()),
        None => names.to_owned(),
    }
}

/// Authorities of one answer that paths are looked for through.
const MAX_BROUGHT: usize = 20;
