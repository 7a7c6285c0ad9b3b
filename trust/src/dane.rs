//! What a domain says of its users' certificates by SMIMEA (RFC 8162), in the words of DANE (RFC 6698 section 2.1,
//! RFC 7671). Whether the domain said it at all is DNSSEC's to prove, which happened before anything comes here.

use std::fmt;

use crypto::Digest;
use wire::Certificate;

/// An SMIMEA record as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DaneRecord {
    /// Certificate usage.
    pub usage: u8,
    /// Selector: 0 the certificate, 1 its SubjectPublicKeyInfo.
    pub selector: u8,
    /// Matching type: 0 all of it, 1 its SHA-256, 2 its SHA-512.
    pub matching: u8,
    /// Certificate association data.
    pub data: Vec<u8>,
}

/// What a record says of the certificate that it names (RFC 6698 section 2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DaneUsage {
    /// 0: an authority, which has to be on a path to an anchor of the user.
    PkixTa,
    /// 1: the person's certificate, which has to have a path to an anchor of the user.
    PkixEe,
    /// 2: an authority, which is an anchor for this one address.
    DaneTa,
    /// 3: the person's certificate, which needs no other word than the domain's.
    DaneEe,
}

impl DaneRecord {
    /// What it says; `None` where nobody knows, or what it names could be nothing's digest. Such a record counts as not
    /// being there (RFC 7671 section 4.1).
    pub fn usage(&self) -> Option<DaneUsage> {
        let length = self.data.len();
        let matching = match self.matching {
            0 => length > 0,
            1 => length == 32,
            2 => length == 64,
            _ => false,
        };
        let usage = match self.usage {
            0 => DaneUsage::PkixTa,
            1 => DaneUsage::PkixEe,
            2 => DaneUsage::DaneTa,
            3 => DaneUsage::DaneEe,
            _ => return None,
        };
        (matching && self.selector <= 1).then_some(usage)
    }

    /// Whether this is the certificate that it names.
    pub fn names(&self, certificate: &Certificate) -> bool {
        let selected = match self.selector {
            0 => certificate.der(),
            1 => certificate.public_key().der(),
            _ => return false,
        };
        match self.matching {
            0 => self.data == selected,
            1 => self.data == *crypto::digest(Digest::Sha256, selected).as_ref(),
            2 => self.data == *crypto::digest(Digest::Sha512, selected).as_ref(),
            _ => false,
        }
    }

    /// The octets of the certificate itself, where the record carries it whole.
    pub fn whole(&self) -> Option<&[u8]> {
        (self.selector == 0 && self.matching == 0).then_some(&*self.data)
    }

    /// The record that names a certificate in this way.
    pub fn of(certificate: &Certificate, usage: u8, selector: u8, matching: u8) -> Option<DaneRecord> {
        let selected = if selector == 0 { certificate.der() } else { certificate.public_key().der() };
        let data = match matching {
            0 => selected.to_vec(),
            1 => crypto::digest(Digest::Sha256, selected).as_ref().to_vec(),
            2 => crypto::digest(Digest::Sha512, selected).as_ref().to_vec(),
            _ => return None,
        };
        let record = DaneRecord { usage, selector, matching, data };
        record.usage().is_some().then_some(record)
    }
}

/// In the form of zone files: three numbers, and the data in hexadecimal (RFC 6698 section 2.2).
impl fmt::Display for DaneRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.usage, self.selector, self.matching, wire::hex(&self.data))
    }
}

/// What the records of an address mean for one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaneWord {
    /// There is no record that anybody understands.
    Silent,
    /// The domain vouches for this very certificate (usage 3): no path is needed.
    Vouched,
    /// It is named (usage 1), and has to have a path to an anchor of the user.
    Named,
    /// Authorities are named (usages 0 and 2), one of which has to be on its path.
    ByAuthority,
    /// The records name others.
    Other,
}

/// What the records of an address say of a certificate; the most that one of them says counts (RFC 6698 section 4: it is
/// enough that one of them fits).
pub fn dane_word(records: &[DaneRecord], certificate: &Certificate) -> DaneWord {
    let known = || records.iter().filter_map(|record| Some((record.usage()?, record)));
    let names = |wanted: DaneUsage| known().any(|(usage, record)| usage == wanted && record.names(certificate));
    let any_authority = known().any(|(usage, _)| matches!(usage, DaneUsage::PkixTa | DaneUsage::DaneTa));
    match (known().next().is_none(), names(DaneUsage::DaneEe), names(DaneUsage::PkixEe), any_authority) {
        (true, ..) => DaneWord::Silent,
        (_, true, ..) => DaneWord::Vouched,
        (_, _, true, _) => DaneWord::Named,
        (_, _, _, true) => DaneWord::ByAuthority,
        _ => DaneWord::Other,
    }
}

/// Which of these certificates are anchors for the address by its records: what usage 3 names, and what usage 2 names.
pub fn dane_anchors<'c>(
    records: &[DaneRecord],
    certificates: impl IntoIterator<Item = &'c Certificate>,
) -> Vec<Certificate> {
    let anchor = |c: &&Certificate| {
        let by = |record: &DaneRecord| {
            matches!(record.usage(), Some(DaneUsage::DaneEe | DaneUsage::DaneTa)) && record.names(c)
        };
        records.iter().any(by)
    };
    let mut found: Vec<Certificate> = Vec::new();
    for certificate in certificates.into_iter().filter(anchor) {
        if !found.contains(certificate) {
            found.push(certificate.clone());
        }
    }
    found
}

/// Whether one of the certificates of a path is an authority that the records name.
pub fn dane_names_authority(records: &[DaneRecord], chain: &[Certificate]) -> bool {
    let authority = |r: &DaneRecord| matches!(r.usage(), Some(DaneUsage::PkixTa | DaneUsage::DaneTa));
    records.iter().filter(|r| authority(r)).any(|r| chain.iter().skip(1).any(|c| r.names(c)))
}
