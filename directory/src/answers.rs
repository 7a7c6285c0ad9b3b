//! Certificates that an authority sent: for keys that wait for them, and newer ones for keys that are in use.

use std::collections::BTreeSet;

use crypto::PublicKey;
use rusqlite::{Connection, OptionalExtension};
use trust::Address;
use wire::x509::KeyUsage;
use wire::{Certificate, Time};

use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::identities::{self, IdentityId, NewIdentity, Role};
use crate::requests::{self, RequestId, RequestInfo};

/// What came of certificates that an authority sent.
#[derive(Debug, Clone)]
pub enum Answered {
    /// The identity of a request is complete: it signs and decrypts from now on.
    Complete {
        /// Its number.
        identity: IdentityId,
        /// The one that it renews, which is retired.
        replaces: Option<IdentityId>,
    },
    /// A certificate is kept; one of another key of the request has yet to come.
    Awaited(RequestInfo),
    /// An identity has a newer certificate for the same key. The old one with its certificate is retired.
    Renewed {
        /// The number of the new one.
        identity: IdentityId,
        /// The number of the old one.
        replaces: IdentityId,
    },
    /// The identity that has the certificate already, or for the same key one that lasts as long.
    Known(IdentityId),
}

impl Directory {
    /// Takes what an authority sent: finds the keys that wait by their public halves, and completes their identities,
    /// which send the other certificates along. A newer certificate for a key that is in use takes the place of the one
    /// before. All of it happens, or nothing. Nothing is unlocked, and nobody is trusted by it.
    ///
    /// # Errors
    /// [`Error::NoWaitingKey`] where none of the certificates is for a key that is here; [`Error::AnswerOfAnother`],
    /// [`Error::AnswerNotFor`] where one does not say what was asked for; [`Error::Database`].
    pub fn answer(&self, sent: &[Certificate], now: Time) -> Result<Vec<Answered>> {
        let answered = self.store.write(|c| {
            let (mut requests, mut own, mut answered) = (BTreeSet::new(), Vec::new(), Vec::new());
            let waiting = waiting(c)?;
            for certificate in sent {
                let Some(public) = PublicKey::certified(certificate) else { continue };
                if let Some(key) = waiting.iter().find(|key| same_key(&key.public, &public)) {
                    key.take(c, certificate, now)?;
                    requests.insert(key.request);
                    own.push(certificate);
                }
            }
            for request in requests {
                answered.push(settle(c, request, sent, now)?);
            }
            let others: Vec<&Certificate> = sent.iter().filter(|one| !own.contains(one)).collect();
            answered.extend(renew(c, &others, sent, now)?);
            match (answered.is_empty(), sent.iter().find(|one| !is_authority(one)).or(sent.first())) {
                (true, Some(first)) => Err(Error::NoWaitingKey(whose(first))),
                (true, None) => Err(Error::NoKey),
                (false, _) => Ok(answered),
            }
        })?;
        self.forget_index();
        Ok(answered)
    }
}

/// A key that waits for a certificate, or has one while the other key of its request waits.
struct Waiting {
    request: RequestId,
    role: Role,
    address: Address,
    public: PublicKey,
}

fn waiting(c: &Connection) -> Result<Vec<Waiting>> {
    let mut statement = c.prepare_cached(
        "SELECT w.request, w.role, r.address, w.spki FROM request_keys w JOIN requests r ON r.id = w.request",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(Waiting {
            request: RequestId(r.get(0)?),
            role: identities::role(&r.get::<_, String>(1)?)?,
            address: Address::parse_international(&r.get::<_, String>(2)?)?,
            public: PublicKey::from_spki(&r.get::<_, Vec<u8>>(3)?)?,
        });
    }
    Ok(found)
}

impl Waiting {
    fn take(&self, c: &Connection, certificate: &Certificate, now: Time) -> Result<()> {
        if !trust::names_address(certificate, &self.address) {
            return Err(Error::AnswerOfAnother { named: whose(certificate), asked: self.address.to_string() });
        }
        if let Some(purpose) = purpose_missing(self.role, certificate) {
            return Err(Error::AnswerNotFor { address: self.address.to_string(), purpose });
        }
        let row = certificates::insert(c, certificate, Mark::None, Origin::Own, now)?.0;
        let sql = "UPDATE request_keys SET certificate = ? WHERE request = ? AND role = ?";
        c.execute(sql, (row, self.request.0, self.role.name()))?;
        Ok(())
    }
}

/// What a key of this role has to do, where its certificate lets it do nothing of that.
fn purpose_missing(role: Role, certificate: &Certificate) -> Option<&'static str> {
    let may = |bits: [KeyUsage; 2]| certificate.key_usage().is_none_or(|usage| bits.iter().any(|bit| usage.has(*bit)));
    let signs = may([KeyUsage::DIGITAL_SIGNATURE, KeyUsage::NON_REPUDIATION]);
    let decrypts = may([KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT]);
    if !trust::is_for_mail(certificate) {
        return Some("serve for mail");
    }
    match role {
        Role::Sign => (!signs).then_some("sign"),
        Role::Encrypt => (!decrypts).then_some("decrypt"),
        Role::Both => (!signs && !decrypts).then_some("sign or decrypt"),
    }
}

/// Makes the identity of a request whose certificates are all here.
fn settle(c: &Connection, id: RequestId, sent: &[Certificate], now: Time) -> Result<Answered> {
    let info = requests::info(c, id)?;
    let certificates: Option<Vec<Certificate>> = info.keys.iter().map(|key| key.certificate.clone()).collect();
    let Some(certificates) = certificates else { return Ok(Answered::Awaited(info)) };
    let mut statement = c.prepare_cached("SELECT role, key, certificate FROM request_keys WHERE request = ?")?;
    let rows = statement.query_map([id.0], |r| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?)))?;
    let rows = rows
        .map(|row| row.map_err(Error::from).and_then(|(role, key, row)| Ok((identities::role(&role)?, key, row))))
        .collect::<Result<Vec<(Role, i64, i64)>>>()?;
    let new = NewIdentity {
        address: Address::parse_international(&info.address)?,
        display: info.display,
        sign: None,
        encrypt: None,
        chain: chain(&certificates, sent),
    };
    let identity = identities::insert(c, &new, &rows, now)?;
    let replaces = info.renews.filter(|old| *old != identity);
    replaces.map_or(Ok(()), |old| identities::retire(c, old, now))?;
    c.execute("DELETE FROM requests WHERE id = ?", [id.0])?;
    Ok(Answered::Complete { identity, replaces })
}

/// A key of an identity that is in use.
struct Used {
    identity: IdentityId,
    role: Role,
    key: i64,
    row: i64,
    certificate: Certificate,
}

/// Puts certificates of keys that are in use in the place of those before.
fn renew(c: &Connection, certificates: &[&Certificate], sent: &[Certificate], now: Time) -> Result<Vec<Answered>> {
    let mut answered = Vec::new();
    let mut used = Vec::new();
    let mut changed = BTreeSet::new();
    for certificate in certificates {
        if let Some(id) = holder(c, certificate)? {
            answered.push(Answered::Known(id));
            continue;
        }
        for address in trust::certificate_addresses(certificate) {
            for mut key in in_use(c, &address)? {
                let same = PublicKey::certified(&key.certificate).zip(PublicKey::certified(certificate));
                let newer = key.certificate.not_after() < certificate.not_after();
                let fits = same.is_some_and(|(one, other)| same_key(&one, &other));
                if fits && !newer {
                    answered.push(Answered::Known(key.identity));
                } else if fits && purpose_missing(key.role, certificate).is_none() {
                    key.row = crate::certificates::insert(c, certificate, Mark::None, Origin::Own, now)?.0;
                    key.certificate = (*certificate).clone();
                    changed.insert(key.identity);
                    used.push(key);
                }
            }
        }
    }
    for old in changed {
        let info = identities::info(c, old)?;
        let mut rows = Vec::new();
        let mut own = Vec::new();
        for key in keys(c, old)? {
            let key = used.iter().find(|one| one.identity == old && one.role == key.role).unwrap_or(&key);
            rows.push((key.role, key.key, key.row));
            own.push(key.certificate.clone());
        }
        let mut chain = chain(&own, sent);
        let more: Vec<_> = info.chain.into_iter().filter(|one| !chain.contains(one) && !own.contains(one)).collect();
        chain.extend(more);
        let address = Address::parse_international(&info.address)?;
        let new = NewIdentity { address, display: info.display, sign: None, encrypt: None, chain };
        let identity = identities::insert(c, &new, &rows, now)?;
        identities::retire(c, old, now)?;
        answered.push(Answered::Renewed { identity, replaces: old });
    }
    Ok(answered)
}

/// The newest identity with this certificate.
fn holder(c: &Connection, certificate: &Certificate) -> Result<Option<IdentityId>> {
    let sql = "SELECT i.identity FROM identity_keys i JOIN certificates c ON c.id = i.certificate
               WHERE c.fingerprint = ? ORDER BY i.identity DESC LIMIT 1";
    let print = certificates::fingerprint(certificate);
    Ok(c.prepare_cached(sql)?.query_row([print], |r| r.get(0)).optional()?.map(IdentityId))
}

fn in_use(c: &Connection, address: &Address) -> Result<Vec<Used>> {
    let mut statement = c.prepare_cached("SELECT id FROM identities WHERE folded = ? AND retired_at IS NULL")?;
    let ids: Vec<i64> = statement.query_map([address.folded()], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for id in ids {
        found.extend(keys(c, IdentityId(id))?);
    }
    Ok(found)
}

/// The keys of an identity with the rows of their certificates.
fn keys(c: &Connection, id: IdentityId) -> Result<Vec<Used>> {
    let mut statement = c.prepare_cached(
        "SELECT i.role, i.key, c.id, c.der FROM identity_keys i JOIN certificates c ON c.id = i.certificate
         WHERE i.identity = ?",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(Used {
            identity: id,
            role: identities::role(&r.get::<_, String>(0)?)?,
            key: r.get(1)?,
            row: r.get(2)?,
            certificate: certificates::parse(&r.get::<_, Vec<u8>>(3)?)?,
        });
    }
    Ok(found)
}

/// What leads from a person's certificates to the top, the issuer first; then whatever else was sent.
fn chain(own: &[Certificate], sent: &[Certificate]) -> Vec<Certificate> {
    let others: Vec<&Certificate> = sent.iter().filter(|one| is_authority(one) && !own.contains(one)).collect();
    let mut chain: Vec<Certificate> = Vec::new();
    for leaf in own {
        let mut below = leaf;
        while let Some(issuer) = others.iter().find(|one| issued(one, below) && !chain.contains(one)) {
            chain.push((*issuer).clone());
            below = issuer;
        }
    }
    let rest: Vec<_> = others.into_iter().filter(|one| !chain.contains(one)).cloned().collect();
    chain.extend(rest);
    chain
}

fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let ids = certificate.authority_key_id().zip(issuer.subject_key_id());
    issuer.subject().matches(certificate.issuer()) && ids.is_none_or(|(wanted, has)| wanted == has)
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_some_and(|constraints| constraints.ca)
}

/// One key, however its algorithm is encoded.
fn same_key(one: &PublicKey, other: &PublicKey) -> bool {
    one.kind() == other.kind() && one.octets() == other.octets()
}

fn whose(certificate: &Certificate) -> String {
    let addresses: Vec<String> = trust::certificate_addresses(certificate).iter().map(Address::to_string).collect();
    if addresses.is_empty() { certificate.subject().to_string() } else { addresses.join(", ") }
}
