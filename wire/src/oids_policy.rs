//! The object identifiers of certificate policies (RFC 5280 §4.2.1.4) and of what the S/MIME Baseline Requirements
//! name beside their policies.

use crate::oid::Oid;

/// cps, where a policy can be read: 1.3.6.1.5.5.7.2.1
pub const QUALIFIER_CPS: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 2, 1]);
/// unotice, a text about a policy: 1.3.6.1.5.5.7.2.2
pub const QUALIFIER_NOTICE: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 2, 2]);
/// postalCode: 2.5.4.17
pub const POSTAL_CODE: Oid = Oid::new(&[85, 4, 17]);
/// organizationIdentifier: 2.5.4.97
pub const ORGANIZATION_IDENTIFIER: Oid = Oid::new(&[85, 4, 97]);
/// subjectDirectoryAttributes: 2.5.29.9
pub const SUBJECT_DIRECTORY_ATTRIBUTES: Oid = Oid::new(&[85, 29, 9]);
/// qcStatements: 1.3.6.1.5.5.7.1.3
pub const QC_STATEMENTS: Oid = Oid::new(&[43, 6, 1, 5, 5, 7, 1, 3]);
/// lei: 1.3.6.1.4.1.52266.1
pub const LEI: Oid = Oid::new(&[43, 6, 1, 4, 1, 131, 152, 42, 1]);
/// leiRole: 1.3.6.1.4.1.52266.2
pub const LEI_ROLE: Oid = Oid::new(&[43, 6, 1, 4, 1, 131, 152, 42, 2]);
/// adobeTimeStamp: 1.2.840.113583.1.1.9.1
pub const ADOBE_TIME_STAMP: Oid = Oid::new(&[42, 134, 72, 134, 247, 47, 1, 1, 9, 1]);
/// adobeArchiveRevInfo: 1.2.840.113583.1.1.9.2
pub const ADOBE_ARCHIVE_REV_INFO: Oid = Oid::new(&[42, 134, 72, 134, 247, 47, 1, 1, 9, 2]);

/// Names of these, for people and for `inspect`.
pub(crate) static NAMES: &[(Oid, &str)] = &[
    (QUALIFIER_CPS, "cps"),
    (QUALIFIER_NOTICE, "unotice"),
    (POSTAL_CODE, "postalCode"),
    (ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
    (SUBJECT_DIRECTORY_ATTRIBUTES, "subjectDirectoryAttributes"),
    (QC_STATEMENTS, "qcStatements"),
    (LEI, "lei"),
    (LEI_ROLE, "leiRole"),
    (ADOBE_TIME_STAMP, "adobeTimeStamp"),
    (ADOBE_ARCHIVE_REV_INFO, "adobeArchiveRevInfo"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_the_number_that_stands_above_it() {
        let source = include_str!("oids_policy.rs");
        let mut checked = 0;
        for (oid, name) in NAMES {
            let start = format!("/// {name}");
            let line = source.lines().find(|line| line.strip_prefix(&start).is_some_and(|l| l.starts_with([':', ','])));
            assert!(line.unwrap().ends_with(&format!(": {oid}")), "{name}");
            checked += 1;
        }
        assert_eq!(checked, NAMES.len());
        assert_eq!(NAMES.len(), source.lines().filter(|line| line.starts_with("pub const")).count());
    }
}
