//! Reading SignedData as a stream.

use std::io::{self, BufRead, Read};

use crypto::{Digest, DigestValue, Hasher};
use wire::ber::{self, BerReader};
use wire::cms::SignerInfo;
use wire::der::{Reader, Tag};
use wire::ocsp::{BasicOcspResponse, OcspResponse};
use wire::{AlgorithmIdentifier, Certificate, Crl, Oid, oids};

use crate::content::{self, Broken};
use crate::error::Error;
use crate::signed::swap::ContentStart;

/// A reader over the content of SignedData; [`SignedReader::finish`] gives what signs it.
///
/// ```text
/// SignedData ::= SEQUENCE { version CMSVersion, digestAlgorithms DigestAlgorithmIdentifiers,
///   encapContentInfo EncapsulatedContentInfo, certificates [0] IMPLICIT CertificateSet OPTIONAL,
///   crls [1] IMPLICIT RevocationInfoChoices OPTIONAL, signerInfos SignerInfos }
/// ```
///
/// The content of PKCS #7 may be another value than an OCTET STRING; the octets behind its tag and length are delivered.
#[derive(Debug)]
pub struct SignedReader<R> {
    ber: BerReader<R>,
    head: Head,
    hashers: Vec<Hasher>,
    start: ContentStart,
    done: bool,
}

#[derive(Debug)]
struct Head {
    digest_algorithms: Vec<AlgorithmIdentifier>,
    content_type: Oid,
    has_content: bool,
}

/// What a SignedData says besides its content.
#[derive(Debug)]
pub struct SignedFacts {
    /// What the content is said to be.
    pub content_type: Oid,
    /// Whether the content was inside (attached) or is elsewhere (detached).
    pub has_content: bool,
    /// The digest algorithms announced before the content.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// The digests of the content, one for each announced algorithm that is known. For a detached
    /// signature the caller puts them here.
    pub digests: Vec<(Digest, DigestValue)>,
    /// How the content begins: what a signature without attributes is refused for (V-07). For a
    /// detached signature the caller puts it here too.
    pub start: ContentStart,
    /// The certificates sent along, those that can be read.
    pub certificates: Vec<Certificate>,
    /// Certificates sent along that cannot be read.
    pub unreadable_certificates: usize,
    /// The CRLs sent along, those that can be read, at most twenty (R-01).
    pub crls: Vec<Crl>,
    /// The OCSP answers sent along (RFC 5940), at most twenty.
    pub ocsp: Vec<BasicOcspResponse>,
    /// The first ten signers.
    pub signers: Vec<SignerEntry>,
    /// Signers beyond those, which are not looked at (standards.md §19).
    pub ignored_signers: usize,
}

/// One SignerInfo, or why it cannot be read (CMS-04: the others still count).
#[derive(Debug)]
pub enum SignerEntry {
    /// Readable.
    Info(Box<SignerInfo>),
    /// Of an unknown version or malformed.
    Unreadable(wire::Error),
}

impl<R: BufRead> SignedReader<R> {
    /// Begins at a SignedData, the ContentInfo around which was entered by [`crate::enter`]. With
    /// `prove` the content is digested as it is read; without, it is only delivered.
    ///
    /// # Errors
    /// [`Broken`] with the reader below.
    pub fn new(mut ber: BerReader<R>, prove: bool) -> Result<Self, Broken<R>> {
        match Head::read(&mut ber) {
            Ok(head) => {
                let known = head.digest_algorithms.iter().filter_map(|a| Digest::of_old_mail(a).ok());
                let mut hashers: Vec<Hasher> = Vec::new();
                for digest in known.filter(|_| prove && head.has_content) {
                    if hashers.iter().all(|h| h.digest() != digest) {
                        hashers.push(Hasher::new(digest));
                    }
                }
                let done = !head.has_content;
                Ok(SignedReader { ber, head, hashers, start: ContentStart::default(), done })
            }
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }

    /// What the content is said to be.
    pub fn content_type(&self) -> Oid {
        self.head.content_type
    }

    /// Whether there is a content to read.
    pub fn has_content(&self) -> bool {
        self.head.has_content
    }

    /// Reads the rest of the content if any, then what follows it, and gives back the reader below,
    /// of which everything was read if the facts are there.
    pub fn finish(mut self) -> (Result<SignedFacts, Error>, R) {
        let facts = self.facts();
        (facts, self.ber.into_inner())
    }

    /// Gives back the reader below without looking at the rest.
    pub fn into_inner(self) -> R {
        self.ber.into_inner()
    }

    fn facts(&mut self) -> Result<SignedFacts, Error> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                break;
            }
            self.consume(count);
        }
        if self.head.has_content {
            self.ber.leave()?;
        }
        self.ber.leave()?; // EncapsulatedContentInfo
        let mut facts = SignedFacts {
            content_type: self.head.content_type,
            has_content: self.head.has_content,
            digest_algorithms: std::mem::take(&mut self.head.digest_algorithms),
            digests: self.hashers.drain(..).map(|h| (h.digest(), h.finish())).collect(),
            start: std::mem::take(&mut self.start),
            certificates: Vec::new(),
            unreadable_certificates: 0,
            crls: Vec::new(),
            ocsp: Vec::new(),
            signers: Vec::new(),
            ignored_signers: 0,
        };
        self.certificates(&mut facts)?;
        self.revocation(&mut facts)?;
        self.signers(&mut facts)?;
        self.ber.leave()?; // SignedData
        content::leave(&mut self.ber)?;
        Ok(facts)
    }

    fn certificates(&mut self, facts: &mut SignedFacts) -> Result<(), Error> {
        if self.ber.peek()? != Some(Tag::context(0)) {
            return Ok(());
        }
        self.ber.enter(Tag::context(0))?;
        let mut octets = 0;
        while let Some(tag) = self.ber.peek()? {
            let raw = self.ber.element(MAX_CERTIFICATE)?;
            octets += raw.len();
            let count = facts.certificates.len() + facts.unreadable_certificates;
            if count >= MAX_CERTIFICATES || octets > MAX_CERTIFICATES_LENGTH {
                return Err(Error::Damaged(wire::Error::LimitExceeded("certificates")));
            }
            // PKCS#6, attribute and other certificates are passed over (CMS-10).
            match Certificate::from_vec(raw) {
                Ok(certificate) if tag == Tag::SEQUENCE => facts.certificates.push(certificate),
                _ => facts.unreadable_certificates += 1,
            }
        }
        Ok(self.ber.leave()?)
    }

    /// RevocationInfoChoices (RFC 5652 section 10.2.1). What cannot be read, or is beyond the bounds, is passed over: it
    /// is good to have and no part of the signature.
    fn revocation(&mut self, facts: &mut SignedFacts) -> Result<(), Error> {
        if self.ber.peek()? != Some(Tag::context(1)) {
            return Ok(());
        }
        self.ber.enter(Tag::context(1))?;
        let mut left = MAX_REVOCATION_LENGTH;
        while let Some(tag) = self.ber.peek()? {
            let Some(raw) = self.ber.element_within(left)? else { continue };
            left = left.saturating_sub(raw.len());
            match tag {
                Tag::SEQUENCE if facts.crls.len() < MAX_REVOCATION => facts.crls.extend(Crl::from_der(&raw).ok()),
                OTHER if facts.ocsp.len() < MAX_REVOCATION => facts.ocsp.extend(ocsp(&raw).ok().flatten()),
                _ => {}
            }
        }
        Ok(self.ber.leave()?)
    }

    fn signers(&mut self, facts: &mut SignedFacts) -> Result<(), Error> {
        self.ber.enter(Tag::SET)?;
        while self.ber.peek()?.is_some() {
            if facts.signers.len() >= MAX_SIGNERS {
                self.ber.skip()?;
                facts.ignored_signers += 1;
                continue;
            }
            let raw = self.ber.element(MAX_SIGNER)?;
            // In DER as far as it goes: the issuer is compared with a certificate's, byte by byte.
            let info = match ber::to_definite(raw.as_slice()) {
                Ok(definite) => SignerInfo::from_definite(&definite),
                Err(_) => SignerInfo::from_der(&raw),
            };
            facts.signers.push(match info {
                Ok(info) => SignerEntry::Info(Box::new(info)),
                Err(error) => SignerEntry::Unreadable(error),
            });
        }
        Ok(self.ber.leave()?)
    }
}

/// An OCSP answer among the other formats (RFC 5940 section 2).
///
/// ```text
/// OtherRevocationInfoFormat ::= SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER, otherRevInfo ANY }
/// ```
fn ocsp(raw: &[u8]) -> Result<Option<BasicOcspResponse>, wire::Error> {
    let mut inner = Reader::new(raw).nested(OTHER)?;
    if inner.oid()? != oids::RI_OCSP_RESPONSE {
        return Ok(None);
    }
    Ok(OcspResponse::from_der(inner.any()?.raw)?.basic)
}

impl Head {
    fn read<R: BufRead>(ber: &mut BerReader<R>) -> Result<Head, Error> {
        ber.enter(Tag::SEQUENCE)?;
        Reader::lenient(&content::small(ber)?).uint()?; // the version decides nothing (CMS-03)
        let digest_algorithms = digest_algorithms(&content::small(ber)?)?;
        ber.enter(Tag::SEQUENCE)?;
        let content_type = content::oid(&content::small(ber)?)?;
        let has_content = ber.peek()?.is_some();
        if has_content {
            ber.enter(Tag::context(0))?;
            begin_content(ber, content_type)?;
        }
        Ok(Head { digest_algorithms, content_type, has_content })
    }
}

/// An OCTET STRING, or in PKCS #7 (RFC 2315 section 9.1) a value of the content type's own, whose octets behind tag and
/// length are what is digested (RFC 5652 section 5.2.1). Data is an OCTET STRING there too.
fn begin_content<R: BufRead>(ber: &mut BerReader<R>, content_type: Oid) -> Result<(), Error> {
    match ber.peek()? {
        Some(tag) if content_type != oids::DATA && !OCTET_STRINGS.contains(&tag) => ber.begin_contents()?,
        _ => ber.begin_octets(Tag::OCTET_STRING)?,
    }
    Ok(())
}

fn digest_algorithms(der: &[u8]) -> Result<Vec<AlgorithmIdentifier>, Error> {
    let mut outer = Reader::lenient(der);
    let mut set = outer.set()?;
    let mut found = Vec::new();
    while !set.is_empty() {
        if found.len() >= MAX_DIGESTS {
            return Err(Error::Damaged(wire::Error::LimitExceeded("digest algorithms")));
        }
        found.push(AlgorithmIdentifier::read(&mut set)?);
    }
    Ok(found)
}

impl<R: BufRead> BufRead for SignedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.done {
            return Ok(&[]);
        }
        if self.ber.octets()?.is_empty() {
            self.done = true;
            return Ok(&[]);
        }
        self.ber.octets()
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        // The octets are still in the buffer below: showing them again costs nothing.
        if let Ok(octets) = self.ber.octets() {
            let used = octets.get(..count).unwrap_or(octets);
            for hasher in &mut self.hashers {
                hasher.update(used);
            }
            self.start.update(used);
        }
        self.ber.consume_octets(count);
    }
}

impl<R: BufRead> Read for SignedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Certificates of one message (standards.md §19).
const MAX_CERTIFICATES: usize = 1000;
/// Octets of one certificate.
const MAX_CERTIFICATE: usize = 64 * 1024;
/// Octets of all certificates of one message.
const MAX_CERTIFICATES_LENGTH: usize = 4 * 1024 * 1024;
/// SignerInfos that are verified (standards.md §19).
const MAX_SIGNERS: usize = 10;
/// Octets of one SignerInfo.
const MAX_SIGNER: usize = 256 * 1024;
/// The primitive and the constructed form.
const OCTET_STRINGS: [Tag; 2] = [Tag::OCTET_STRING, Tag(0x24)];
/// Digest algorithms announced.
const MAX_DIGESTS: usize = 16;
/// otherRevInfoFormat.
const OTHER: Tag = Tag::context(1);
/// CRLs of one message, and answers (standards.md §19).
const MAX_REVOCATION: usize = 20;
/// Octets of all of these.
const MAX_REVOCATION_LENGTH: usize = 4 * 1024 * 1024;
