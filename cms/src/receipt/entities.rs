//! Entities by their names: whom a receipt is asked from, and to whom it goes.

use trust::Address;
use wire::der::{Reader, Tag, Writer};
use wire::x509::GeneralName;

/// One entity: a GeneralNames, each of which is a name of it.
pub type Entity = Vec<GeneralName>;

/// The mail addresses among the names of these entities, each once.
pub fn addresses(entities: &[Entity]) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for name in entities.iter().flatten() {
        let address = match name {
            GeneralName::Rfc822(text) => Address::parse(text),
            GeneralName::SmtpUtf8(text) => Address::parse_international(text),
            _ => continue,
        };
        if let Ok(address) = address
            && !found.iter().any(|a| a.same_mailbox(&address))
        {
            found.push(address);
        }
    }
    found
}

/// The entity that an address is a name of (RFC 2634 §2.2 number 4).
pub(crate) fn entity(address: &Address) -> Entity {
    let text = address.to_string();
    vec![if address.is_ascii() { GeneralName::Rfc822(text) } else { GeneralName::SmtpUtf8(text) }]
}

/// Reads the contents of a `SEQUENCE OF GeneralNames`, from one up to `limit` of them.
pub(crate) fn read(mut list: Reader<'_>, limit: usize) -> Result<Vec<Entity>, wire::Error> {
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() >= limit {
            return Err(wire::Error::LimitExceeded("entities"));
        }
        let mut names = list.sequence()?;
        let mut entity = Vec::new();
        while !names.is_empty() {
            if entity.len() >= MAX_NAMES {
                return Err(wire::Error::LimitExceeded("names of an entity"));
            }
            entity.push(GeneralName::read(&mut names)?);
        }
        if entity.is_empty() {
            return Err(wire::Error::BadValue("GeneralNames")); // SIZE (1..MAX), RFC 5280 §4.2.1.6
        }
        found.push(entity);
    }
    if found.is_empty() {
        return Err(wire::Error::BadValue("entities")); // SIZE (1..MAX)
    }
    Ok(found)
}

/// As [`read`] reads them.
pub(crate) fn write(w: &mut Writer, tag: Tag, entities: &[Entity]) {
    w.nested(tag, |w| {
        for entity in entities {
            w.sequence(|w| entity.iter().for_each(|name| name.write(w)));
        }
    });
}

/// Names of one entity that are read.
const MAX_NAMES: usize = 16;
