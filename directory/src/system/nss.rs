//! NSS's module of root certificates (`libnssckbi.so`), by the interface that NSS itself asks it through (PKCS #11).

use std::collections::HashMap;
use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;
use wire::Certificate;

use super::said::Said;

/// Reads what Mozilla trusts for mail. p11-kit's module, which some systems put in this place, is passed over: it has
/// what its source files have, and of a bundle for servers it says that it is trusted for everything.
pub(super) fn read(path: &Path) -> Result<Option<Said>, String> {
    let told = |e: cryptoki::error::Error| e.to_string();
    let module = Pkcs11::new(path).map_err(told)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(told)?;
    if !module.get_library_info().map_err(told)?.manufacturer_id().starts_with("Mozilla") {
        return Ok(None);
    }
    let mut said = Said::default();
    for slot in module.get_slots_with_token().map_err(told)? {
        let session = module.open_ro_session(slot).map_err(told)?;
        gather(&session, &mut said).map_err(told)?;
    }
    Ok(Some(said))
}

fn gather(session: &Session, said: &mut Said) -> cryptoki::error::Result<()> {
    let mut certificates: HashMap<IssuerAndSerial, (Vec<u8>, bool)> = HashMap::new();
    for object in session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)])? {
        let ends = AttributeType::VendorDefined(EMAIL_DISTRUST_AFTER);
        let wanted = [AttributeType::Issuer, AttributeType::SerialNumber, AttributeType::Value, ends];
        let (mut key, mut der, mut ended) = ((Vec::new(), Vec::new()), Vec::new(), false);
        for attribute in session.get_attributes(object, &wanted)? {
            match attribute {
                Attribute::Issuer(issuer) => key.0 = issuer,
                Attribute::SerialNumber(serial) => key.1 = serial,
                Attribute::Value(value) => der = value,
                // One octet of zero says that there is no such day.
                Attribute::VendorDefined((_, day)) => ended = day.len() > 1,
                _ => {}
            }
        }
        certificates.insert(key, (der, ended));
    }
    for (word, trusted) in [(TRUSTED_DELEGATOR, true), (NOT_TRUSTED, false)] {
        let email = AttributeType::VendorDefined(TRUST_EMAIL_PROTECTION);
        let template = Attribute::VendorDefined((email, word.to_ne_bytes().to_vec()));
        for object in session.find_objects(&[template])? {
            let mut key = (Vec::new(), Vec::new());
            for attribute in session.get_attributes(object, &[AttributeType::Issuer, AttributeType::SerialNumber])? {
                match attribute {
                    Attribute::Issuer(issuer) => key.0 = issuer,
                    Attribute::SerialNumber(serial) => key.1 = serial,
                    _ => {}
                }
            }
            let Some((der, ended)) = certificates.get(&key) else { continue };
            let Ok(certificate) = Certificate::from_der(der) else { continue };
            match trusted {
                true if !ended => said.trusted.push(certificate),
                true => {}
                false => said.distrusted.push(certificate),
            }
        }
    }
    Ok(())
}

/// Both in DER, as the module has them.
type IssuerAndSerial = (Vec<u8>, Vec<u8>);
/// CKA_TRUST_EMAIL_PROTECTION of NSS's pkcs11n.h.
const TRUST_EMAIL_PROTECTION: Ulong = 0xce53_635b;
/// CKA_NSS_EMAIL_DISTRUST_AFTER.
const EMAIL_DISTRUST_AFTER: Ulong = 0xce53_4374;
/// CKT_NSS_TRUSTED_DELEGATOR: it may vouch for others.
const TRUSTED_DELEGATOR: Ulong = 0xce53_4352;
/// CKT_NSS_NOT_TRUSTED.
const NOT_TRUSTED: Ulong = 0xce53_435a;
/// CK_ULONG.
type Ulong = std::ffi::c_ulong;
