//! What people said that they can read, by the certificate that they said it with (CAP-01, A-04).

use rusqlite::{Connection, OptionalExtension, named_params};
use smime::{Capabilities, KeyPreference, KnownCapabilities, LearnedCapabilities, Strengths};
use trust::Address;
use wire::{Certificate, Time};

use crate::certificates;
use crate::directory::Directory;
use crate::error::{Error, Result};

impl Directory {
    /// Remembers what the signer of a verified mail can read, if their certificate is here and not distrusted and
    /// nothing as new is known; whether it was remembered.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn learn_capabilities(&self, learned: &LearnedCapabilities, now: Time) -> Result<bool> {
        let said = (learned.capabilities(), learned.preference());
        self.store.write(|c| learn(c, learned.certificate(), said, learned.signed_at(), now))
    }
}

fn learn(
    c: &Connection,
    certificate: &Certificate,
    (list, preference): (&Capabilities, Option<&KeyPreference>),
    signed_at: Time,
    now: Time,
) -> Result<bool> {
    let der = list.to_der();
    if der.len() > MAX_LIST {
        return Ok(false);
    }
    let fingerprint = certificates::fingerprint(certificate);
    let preferred = preference.map(|named| preferred(c, &fingerprint, named)).transpose()?.flatten();
    let changed = c.prepare_cached(LEARN)?.execute(named_params! {
        ":fingerprint": fingerprint,
        ":preferred": preferred,
        ":list": der,
        ":signed_at": signed_at.0,
        ":now": now.0,
        ":strengths": Strengths::of(list).bits(),
    })?;
    Ok(changed > 0)
}

/// The certificate that is named, if it is here and names an address of the signer: nobody has mail encrypted to the key of
/// somebody else (D-02).
fn preferred(c: &Connection, signer: &str, named: &KeyPreference) -> Result<Option<i64>> {
    let (condition, first, second) = match named {
        KeyPreference::IssuerSerial { issuer, serial } => ("p.serial = ?2 AND p.issuer = ?3", serial, issuer),
        KeyPreference::KeyId(id) => ("p.key_id = ?2 AND p.key_id = ?3", id, id),
    };
    let sql = format!(
        "SELECT p.id FROM certificates p WHERE {condition} AND p.mark <> 'distrusted' AND EXISTS (
           SELECT 1 FROM addresses a JOIN addresses s ON s.folded = a.folded JOIN certificates c ON c.id = s.certificate
           WHERE a.certificate = p.id AND c.fingerprint = ?1)
         ORDER BY p.not_before DESC, p.id DESC LIMIT 1"
    );
    Ok(c.prepare_cached(&sql)?.query_row((signer, first, second), |r| r.get(0)).optional()?)
}

/// The newest list signed with a certificate that names the address.
pub(crate) fn known(c: &Connection, address: &Address) -> Result<Option<KnownCapabilities>> {
    let mut statement = c.prepare_cached(KNOWN)?;
    let row = statement.query_row([address.folded()], |r| {
        let preferred = r.get::<_, Option<Vec<u8>>>(5)?;
        Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?, r.get(3)?, r.get(4)?, preferred))
    });
    let Some((certificate, list, signed_at, best, best_at, preferred)) = row.optional()? else { return Ok(None) };
    Ok(Some(KnownCapabilities {
        certificate: certificates::parse(&certificate)?,
        capabilities: Capabilities::from_der(&list).map_err(|_| Error::Damaged("list of capabilities"))?,
        signed_at: Time(signed_at),
        best: Strengths::from_bits(best),
        best_at: Time(best_at),
        preferred: preferred.map(|der| certificates::parse(&der)).transpose()?,
    }))
}

/// A list that is not newer changes nothing. `best_at` moves only with a list that lacks nothing of the best.
const LEARN: &str = "
INSERT INTO capabilities (certificate, list, signed_at, learned_at, best, best_at, preferred)
SELECT id, :list, :signed_at, :now, :strengths, :signed_at, :preferred FROM certificates
WHERE fingerprint = :fingerprint AND mark <> 'distrusted'
ON CONFLICT (certificate) DO UPDATE SET
  list = excluded.list, signed_at = excluded.signed_at, learned_at = excluded.learned_at,
  preferred = excluded.preferred,
  best_at = CASE WHEN excluded.best & best = best THEN excluded.signed_at ELSE best_at END,
  best = best | excluded.best
WHERE excluded.signed_at > capabilities.signed_at";

pub(crate) const KNOWN: &str = "
SELECT c.der, k.list, k.signed_at, k.best, k.best_at, p.der
FROM addresses a JOIN certificates c ON c.id = a.certificate JOIN capabilities k ON k.certificate = c.id
  LEFT JOIN certificates p ON p.id = k.preferred AND p.mark <> 'distrusted'
WHERE a.folded = ?1 AND a.standing = 'used' AND c.mark <> 'distrusted'
ORDER BY k.signed_at DESC, c.id DESC LIMIT 1";

/// Octets of a list that is kept.
const MAX_LIST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::{Mark, Origin};
    use crate::lock::Unlock;
    use crate::testing::Folder;
    use crypto::{Curve, KeySpec, SoftKey, SystemRandom};
    use smime::Keyring;
    use wire::{AlgorithmIdentifier, Oid, oids};

    const NOW: Time = Time(1_795_000_000);

    fn certificate(address: &Address) -> Certificate {
        let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
        let validity = (NOW, Time(NOW.0 + 864_000));
        ca::self_signed(&key, address, None, ca::CertificateProfile::MailBoth, validity, &mut SystemRandom).unwrap()
    }

    fn list(oids: &[Oid]) -> Capabilities {
        Capabilities(oids.iter().map(|oid| AlgorithmIdentifier::new(*oid)).collect())
    }

    #[test]
    fn cap_01_only_a_newer_list_of_a_certificate_that_is_here_replaces_another() {
        let folder = Folder::new();
        let directory = Directory::open(&folder.path().join("store"), Unlock::None).unwrap();
        let carol = Address::parse("carol@example.net").unwrap();
        let certificate = certificate(&carol);
        let tell = |algorithms: &[Oid], at: i64| {
            directory.store.write(|c| learn(c, &certificate, (&list(algorithms), None), Time(at), NOW)).unwrap()
        };
        let known = || directory.capabilities(&carol).unwrap();
        assert!(!tell(&[oids::AES256_CBC], 100), "of a certificate that nobody imported");
        assert_eq!(known(), None);
        directory.import_certificates(std::slice::from_ref(&certificate), Origin::Mail, NOW).unwrap();
        assert!(tell(&[oids::AES256_GCM], 100));
        assert!(!tell(&[oids::AES256_CBC], 99) && !tell(&[oids::AES256_CBC], 100), "an older list");
        assert_eq!(known().unwrap().capabilities, list(&[oids::AES256_GCM]));
        assert!(tell(&[oids::AES256_CBC], 101));
        let now = known().unwrap();
        assert_eq!(
            (now.capabilities, now.signed_at, now.certificate),
            (list(&[oids::AES256_CBC]), Time(101), certificate.clone())
        );
        let too_long = list(&vec![oids::AES256_CBC; 2000]).0;
        assert!(
            !directory
                .store
                .write(|c| learn(c, &certificate, (&Capabilities(too_long), None), Time(102), NOW))
                .unwrap()
        );
        directory.set_mark(&certificates::fingerprint(&certificate), Mark::Distrusted).unwrap();
        assert_eq!(known(), None, "of a certificate that is distrusted");
        assert!(!tell(&[oids::AES256_GCM], 200));
        directory.remove_certificate(&certificates::fingerprint(&certificate)).unwrap();
        assert!(!tell(&[oids::AES256_GCM], 300));
    }

    /// D-02: what is remembered is a certificate that is here and names an address of the signer.
    #[test]
    fn d_02_a_preference_is_remembered_for_a_certificate_of_the_same_address() {
        let folder = Folder::new();
        let directory = Directory::open(&folder.path().join("store"), Unlock::None).unwrap();
        let carol = Address::parse("carol@example.net").unwrap();
        let [signs, other] = [certificate(&carol), certificate(&carol)];
        let stranger = certificate(&Address::parse("mallory@example.net").unwrap());
        let absent = certificate(&carol);
        let here = [signs.clone(), other.clone(), stranger.clone()];
        directory.import_certificates(&here, Origin::Mail, NOW).unwrap();
        let mut at = 0;
        let mut told = |named: Option<&Certificate>| {
            at += 1;
            let named = named.map(|c| {
                let (issuer, serial) = c.issuer_and_serial();
                KeyPreference::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() }
            });
            let said = (&list(&[oids::AES256_GCM]), named.as_ref());
            assert!(directory.store.write(|c| learn(c, &signs, said, Time(at), NOW)).unwrap());
            directory.capabilities(&carol).unwrap().unwrap().preferred
        };
        assert_eq!(told(None), None);
        assert_eq!(told(Some(&other)), Some(other.clone()));
        assert_eq!(told(Some(&stranger)), None, "whose key it is counts, not who names it");
        assert_eq!(told(Some(&absent)), None);
        assert_eq!(told(Some(&other)), Some(other.clone()));
        let id = other.subject_key_id().unwrap().to_vec();
        let said = (&list(&[oids::AES256_GCM]), Some(&KeyPreference::KeyId(id)));
        assert!(directory.store.write(|c| learn(c, &signs, said, Time(100), NOW)).unwrap());
        let preferred = || directory.capabilities(&carol).unwrap().unwrap().preferred;
        assert_eq!(preferred(), Some(other.clone()));
        directory.set_mark(&certificates::fingerprint(&other), Mark::Distrusted).unwrap();
        assert_eq!(preferred(), None);
        directory.remove_certificate(&certificates::fingerprint(&other)).unwrap();
        assert_eq!(preferred(), None);
    }

    #[test]
    fn a_04_the_best_that_was_ever_listed_is_remembered_with_its_time() {
        let folder = Folder::new();
        let directory = Directory::open(&folder.path().join("store"), Unlock::None).unwrap();
        let carol = Address::parse("carol@example.net").unwrap();
        let certificate = certificate(&carol);
        directory.import_certificates(std::slice::from_ref(&certificate), Origin::Mail, NOW).unwrap();
        let best = |algorithms: &[Oid], at: i64| {
            directory.store.write(|c| learn(c, &certificate, (&list(algorithms), None), Time(at), NOW)).unwrap();
            let known = directory.capabilities(&carol).unwrap().unwrap();
            (known.best, known.best_at.0)
        };
        assert_eq!(best(&[oids::AES256_CBC], 1), (Strengths::default(), 1));
        assert_eq!(best(&[oids::AES256_GCM], 2), (Strengths::AEAD, 2));
        assert_eq!(best(&[oids::CHACHA20_POLY1305], 3), (Strengths::AEAD, 3));
        assert_eq!(best(&[oids::AES256_CBC], 4), (Strengths::AEAD, 3));
        let (both, at) = best(&[oids::RSAES_OAEP], 5);
        assert!(both.has(Strengths::AEAD) && both.has(Strengths::OAEP) && !both.has(Strengths::POST_QUANTUM));
        assert_eq!(at, 3);
    }
}
