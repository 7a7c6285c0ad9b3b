//! Filling in certificates and having them signed.

use crypto::{Curve, Digest, KeyKind, PrivateKey, PublicKey, Random, SignatureAlgorithm};
use trust::{Address, Generation, Profile, SmimeBr, Validation, check_profile};
use wire::x509::{Extension, GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, Name, NameBuilder, Time, oids};

use crate::error::Error;
use crate::service::Service;

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateProfile {
    /// An authority at the top.
    Root,
    /// Signing mail.
    MailSign,
    /// Having mail encrypted to it.
    MailEncrypt,
    /// Both, with one key (RSA and elliptic curves only).
    MailBoth,
}

impl CertificateProfile {
    fn words(self) -> &'static str {
        match self {
            CertificateProfile::Root => "an authority",
            CertificateProfile::MailSign => "signing mail",
            CertificateProfile::MailEncrypt => "encrypting mail",
            CertificateProfile::MailBoth => "signing and encrypting mail",
        }
    }

    /// The clauses that it is checked against.
    fn clauses(self) -> Profile {
        match self {
            CertificateProfile::Root => Profile::Authority,
            _ => Profile::MailLeaf,
        }
    }
}

/// Whose certificate it is to be.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The one mailbox that it names.
    pub address: &'a Address,
    /// The person's name, for the commonName; the address stands there if there is none.
    pub display_name: Option<&'a str>,
    /// The key.
    pub public_key: &'a PublicKey,
    /// What it is for; not [`CertificateProfile::Root`].
    pub profile: CertificateProfile,
    /// The first second of validity.
    pub not_before: Time,
    /// The last second of validity: at most 825 days, and not beyond the issuer's.
    pub not_after: Time,
}

/// An authority that issues: its certificate and its key.
pub struct Authority<'k> {
    certificate: Certificate,
    key: &'k dyn PrivateKey,
    service: Option<Service>,
}

impl<'k> Authority<'k> {
    /// Takes an authority's certificate with its key.
    ///
    /// # Errors
    /// [`Error::NoAuthority`] if the certificate is not an authority's or has another key.
    pub fn new(certificate: Certificate, key: &'k dyn PrivateKey) -> Result<Authority<'k>, Error> {
        let is_authority = certificate.basic_constraints().is_some_and(|b| b.ca)
            && certificate.key_usage().is_none_or(|ku| ku.has(KeyUsage::KEY_CERT_SIGN))
            && certificate.public_key().der() == key.public().spki();
        if is_authority { Ok(Authority { certificate, key, service: None }) } else { Err(Error::NoAuthority) }
    }

    /// From now on it issues by the mailbox-validated strict profile of the CA/Browser Forum: with its policy, and with
    /// where `service` tells of revocation.
    #[must_use]
    pub fn strict(mut self, service: Service) -> Authority<'k> {
        self.service = Some(service);
        self
    }

    /// Its key, to sign what is no certificate.
    pub(crate) fn key(&self) -> &'k dyn PrivateKey {
        self.key
    }

    /// The authority's own certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Issues the certificate of a mailbox. What comes out keeps every clause of its profile.
    ///
    /// # Errors
    /// A key that cannot do what is asked for, a validity out of bounds, a name that does not fit.
    pub fn issue(&self, request: &Request<'_>, rng: &mut dyn Random) -> Result<Certificate, Error> {
        if request.not_after > self.certificate.not_after() || request.profile == CertificateProfile::Root {
            return Err(Error::Validity { not_before: request.not_before, not_after: request.not_after });
        }
        let issuer_key_id =
            self.certificate.subject_key_id().map_or_else(|| self.key.public().key_id().to_vec(), <[u8]>::to_vec);
        let mut extensions = leaf_extensions(request)?;
        extensions.push(extension::authority_key_id(&issuer_key_id));
        if let Some(service) = &self.service {
            if [request.public_key.kind(), self.key.public().kind()].contains(&KeyKind::Ec(Curve::P521)) {
                return Err(Error::P521);
            }
            // SBR section 7.1.4.2.2 (a): a person's name was not validated.
            if request.display_name.is_some() {
                return Err(Error::Name);
            }
            extensions.push(extension::certificate_policies(&[oids::SBR_MAILBOX_STRICT]));
            extensions.push(extension::crl_distribution_points(&[&service.crl()]));
            extensions.push(extension::authority_info_access(Some(&service.ocsp()), &service.certificate()));
        }
        let draft = Draft {
            issuer: self.certificate.subject().clone(),
            subject: leaf_subject(request)?,
            spki: request.public_key.spki().to_vec(),
            validity: (request.not_before, request.not_after),
            extensions,
        };
        let certificate = draft.sign(self.key, request.profile, rng)?;
        if self.service.is_some() {
            let strict = SmimeBr::new(Validation::Mailbox, Generation::Strict);
            let violations = check_profile(Profile::SmimeBr(strict), &certificate);
            if !violations.is_empty() {
                return Err(Error::Profile(violations));
            }
        }
        Ok(certificate)
    }
}

/// A mailbox's certificate that its own key signs, to be pinned by those who trust it. X25519, X448
/// and ML-KEM keys cannot sign; see [`personal_root`](crate::personal_root).
///
/// # Errors
/// As [`Authority::issue`], and [`Error::CannotSign`].
pub fn self_signed(
    key: &dyn PrivateKey,
    address: &Address,
    display_name: Option<&str>,
    profile: CertificateProfile,
    validity: (Time, Time),
    rng: &mut dyn Random,
) -> Result<Certificate, Error> {
    let (not_before, not_after) = validity;
    let request = Request { address, display_name, public_key: key.public(), profile, not_before, not_after };
    let subject = leaf_subject(&request)?;
    let draft = Draft {
        issuer: subject.clone(),
        subject,
        spki: key.public().spki().to_vec(),
        validity,
        extensions: leaf_extensions(&request)?,
    };
    draft.sign(key, profile, rng)
}

/// All that is signed but the serial number and the algorithm.
pub(crate) struct Draft {
    pub(crate) issuer: Name,
    pub(crate) subject: Name,
    pub(crate) spki: Vec<u8>,
    pub(crate) validity: (Time, Time),
    pub(crate) extensions: Vec<Extension>,
}

impl Draft {
    /// Draws a serial number, signs, and checks the result against its profile.
    pub(crate) fn sign(
        self,
        key: &dyn PrivateKey,
        profile: CertificateProfile,
        rng: &mut dyn Random,
    ) -> Result<Certificate, Error> {
        let (not_before, not_after) = self.validity;
        // RFC 5280 section 4.1.2.5 can write the years 1950 to 9999, which the checks below do not ask for.
        let writable = not_before >= FIRST_WRITABLE && not_after <= Time::NO_END;
        if !writable || not_before > not_after {
            return Err(Error::Validity { not_before, not_after });
        }
        let algorithm = signature_algorithm(&key.public().kind())?;
        let tbs = TbsCertificate {
            serial: random_serial(rng)?,
            signature: algorithm.to_x509(),
            issuer: self.issuer,
            not_before,
            not_after,
            subject: self.subject,
            spki: self.spki,
            extensions: self.extensions,
        }
        .to_der();
        let signature = key.sign(&algorithm, &tbs, rng)?;
        let certificate = Certificate::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature))?;
        let violations = check_profile(profile.clauses(), &certificate);
        if violations.is_empty() { Ok(certificate) } else { Err(Error::Profile(violations)) }
    }
}

/// A name of a person or an authority that may stand in a commonName: not empty, at most 64 characters
/// (ub-common-name of RFC 5280 section A.1), nothing that controls a terminal.
pub(crate) fn check_name(name: &str) -> Result<&str, Error> {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let fits = !name.trim().is_empty() && name.chars().count() <= MAX_COMMON_NAME && !name.contains(hidden);
    if fits { Ok(name) } else { Err(Error::Name) }
}

/// The commonName is the person's name, else the address where it fits. A name with an `@` in it is refused by the
/// profile unless it is the address itself.
fn leaf_subject(request: &Request<'_>) -> Result<Name, Error> {
    let address = request.address.to_string();
    let name = match request.display_name {
        Some(name) => Some(check_name(name)?),
        None => check_name(&address).ok(),
    };
    let builder = NameBuilder::new();
    Ok(name.map_or(builder.clone(), |name| builder.common_name(name)).build())
}

fn leaf_extensions(request: &Request<'_>) -> Result<Vec<Extension>, Error> {
    let address = request.address.to_string();
    let mailbox = match request.address.is_ascii() {
        true => GeneralName::Rfc822(address),
        false => GeneralName::SmtpUtf8(address),
    };
    let no_subject = leaf_subject(request)?.is_empty();
    Ok(vec![
        extension::basic_constraints(false, None),
        extension::key_usage(key_usage(&request.public_key.kind(), request.profile)?),
        extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
        extension::subject_alt_name(&[mailbox], no_subject),
        extension::subject_key_id(&request.public_key.key_id()),
    ])
}

/// What a certificate of this profile lets a key of this kind do, which is what a request asks for too: SBR section
/// 7.1.2.3 (e), strict; X25519 and X448 as RFC 8410 section 5, ML-KEM as RFC 9935 section 5 has it.
///
/// # Errors
/// [`Error::KeyNotForProfile`].
pub fn key_usage(kind: &KeyKind, profile: CertificateProfile) -> Result<KeyUsage, Error> {
    const SIGN: KeyUsage = KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::NON_REPUDIATION.0);
    let refused = || Error::KeyNotForProfile { kind: kind.to_string(), wanted: profile.words() };
    let encrypts = match kind {
        KeyKind::Rsa { .. } | KeyKind::MlKem(_) | KeyKind::CompositeKem(_) => Some(KeyUsage::KEY_ENCIPHERMENT),
        KeyKind::Ec(_) | KeyKind::X25519 | KeyKind::X448 => Some(KeyUsage::KEY_AGREEMENT),
        _ => None,
    };
    let signs = kind.signs().then_some(SIGN);
    match profile {
        CertificateProfile::Root => None,
        CertificateProfile::MailSign => signs,
        CertificateProfile::MailEncrypt => encrypts,
        CertificateProfile::MailBoth => signs.zip(encrypts).map(|(sign, encrypt)| sign | encrypt),
    }
    .ok_or_else(refused)
}

/// The digest goes with the strength of the key (RFC 5753 section 8, RFC 8551 section 2.2).
pub(crate) fn signature_algorithm(kind: &KeyKind) -> Result<SignatureAlgorithm, Error> {
    let digest = match kind {
        KeyKind::Rsa { bits } if *bits >= 4096 => Digest::Sha512,
        KeyKind::Ec(Curve::P384) => Digest::Sha384,
        KeyKind::Ec(Curve::P521) => Digest::Sha512,
        _ => Digest::Sha256,
    };
    SignatureAlgorithm::for_key(kind, digest).ok_or_else(|| Error::CannotSign { kind: kind.to_string() })
}

/// 126 random bits in sixteen octets, positive and never shorter (SBR section 7.1).
fn random_serial(rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
    let mut serial = vec![0; 16];
    rng.fill(&mut serial)?;
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    Ok(serial)
}

const MAX_COMMON_NAME: usize = 64;
/// 1950-01-01T00:00:00Z.
const FIRST_WRITABLE: Time = Time(-631_152_000);
