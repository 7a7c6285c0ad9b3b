//! Keys on the curves of RFC 5639: ECDSA to verify, ECDH both ways (RFC 5753).

use std::ops::Add;

use bp256::{BrainpoolP256r1, BrainpoolP256t1};
use bp384::{BrainpoolP384r1, BrainpoolP384t1};
use ecdsa::signature::hazmat::PrehashVerifier;
use ecdsa::{EcdsaCurve, Signature, VerifyingKey};
use elliptic_curve::array::ArraySize;
use elliptic_curve::array::typenum::Unsigned;
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::sec1::ToSec1Point;
use elliptic_curve::{FieldBytesSize, SecretKey};
use primeorder::PrimeCurveParams;
use wire::PrivateKeyInfo;
use wire::der::{Reader, Tag};
use zeroize::Zeroizing;

use crate::curve::{BrainpoolP320r1, BrainpoolP320t1, BrainpoolP512r1, BrainpoolP512t1};
use crate::error::{Error, Result};
use crate::names::Brainpool;
use crate::random::Random;
use crate::secret::Secret;

/// A public key: a point of its curve.
pub(super) struct BrainpoolPublic(Box<dyn Verify>);

impl BrainpoolPublic {
    /// From an uncompressed point of the curve.
    ///
    /// # Errors
    /// [`Error::BadKey`] for other forms, and for points that are not on the curve.
    pub(super) fn new(curve: Brainpool, point: &[u8]) -> Result<Self> {
        if point.len() != curve.point_len() || point.first() != Some(&4) {
            return Err(Error::BadKey("not an uncompressed point of its curve"));
        }
        Ok(BrainpoolPublic(match curve {
            Brainpool::P256r1 => public::<BrainpoolP256r1>(point)?,
            Brainpool::P256t1 => public::<BrainpoolP256t1>(point)?,
            Brainpool::P320r1 => public::<BrainpoolP320r1>(point)?,
            Brainpool::P320t1 => public::<BrainpoolP320t1>(point)?,
            Brainpool::P384r1 => public::<BrainpoolP384r1>(point)?,
            Brainpool::P384t1 => public::<BrainpoolP384t1>(point)?,
            Brainpool::P512r1 => public::<BrainpoolP512r1>(point)?,
            Brainpool::P512t1 => public::<BrainpoolP512t1>(point)?,
        }))
    }

    /// Whether a DER Ecdsa-Sig-Value holds over a digest, of which the leftmost bits count (FIPS 186-5 §6.4.1).
    pub(super) fn holds(&self, digest: &[u8], signature: &[u8]) -> bool {
        self.0.holds(digest, signature)
    }
}

/// A private key: a number below the order of its curve's group, wiped when dropped.
pub(crate) struct BrainpoolPrivate {
    curve: Brainpool,
    key: Box<dyn Agree>,
}

impl BrainpoolPrivate {
    /// A fresh one.
    ///
    /// # Errors
    /// [`Error::Random`] where there is no randomness.
    pub(crate) fn generate(curve: Brainpool, rng: &mut dyn Random) -> Result<Self> {
        let mut octets = Zeroizing::new(vec![0; curve.field_len()]);
        // More than every second number of these octets is below each order.
        for _ in 0..MAX_DRAWS {
            rng.fill(&mut octets)?;
            if let Ok(key) = private(curve, &octets) {
                return Ok(BrainpoolPrivate { curve, key });
            }
        }
        Err(Error::Random)
    }

    /// From the ECPrivateKey inside a PrivateKeyInfo (RFC 5915 §3), whose curve is `curve`. Numbers of other lengths
    /// than the order's are read, as other programs write them.
    ///
    /// # Errors
    /// [`Error::Wire`] where it is none, [`Error::BadKey`] for a number of zero or not below the order, and where
    /// another curve or another public key stands beside it.
    pub(super) fn from_info(curve: Brainpool, info: &PrivateKeyInfo) -> Result<Self> {
        let mut outer = Reader::lenient(&info.key);
        let mut reader = outer.sequence()?;
        outer.finish()?;
        if reader.uint()? != 1 {
            return Err(Error::unsupported_here("this version of ECPrivateKey"));
        }
        let octets = reader.octet_string()?;
        let parameters = reader.optional(Tag::context(0))?;
        let public = reader.optional(Tag::context(1))?;
        reader.finish()?;
        if let Some(parameters) = parameters
            && parameters.reader().oid()? != curve.oid()
        {
            return Err(Error::BadKey("its curve has two names"));
        }
        let start =
            octets.iter().take_while(|octet| **octet == 0).count().min(octets.len().saturating_sub(curve.field_len()));
        let key = private(curve, &padded(&octets[start..], curve.field_len()))?;
        if let Some(public) = public
            && !key.belongs(public.reader().bit_string_octets()?)
        {
            return Err(Error::BadKey("private and public key do not belong together"));
        }
        Ok(BrainpoolPrivate { curve, key })
    }

    /// The public key, an uncompressed point.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.key.public()
    }

    /// The x coordinate of what this key and an uncompressed point make (SEC 1 §3.3.1).
    ///
    /// # Errors
    /// [`Error::Failed`] for other forms, and for points that are not on the curve.
    pub(crate) fn agree(&self, peer: &[u8]) -> Result<Secret> {
        // Uncompressed points alone, so that no other form of the same point passes (K-05).
        if peer.len() != self.curve.point_len() || peer.first() != Some(&4) {
            return Err(Error::Failed);
        }
        self.key.agree(peer)
    }
}

/// A public key, whatever its curve.
trait Verify: Send + Sync {
    fn holds(&self, digest: &[u8], signature: &[u8]) -> bool;
}

impl<C> Verify for VerifyingKey<C>
where
    C: EcdsaCurve + PrimeCurveParams,
    ecdsa::der::MaxSize<C>: ArraySize,
    <FieldBytesSize<C> as Add>::Output: Add<ecdsa::der::MaxOverhead> + ArraySize,
{
    fn holds(&self, digest: &[u8], signature: &[u8]) -> bool {
        let length = C::FieldBytesSize::USIZE;
        // Cut at the right, or with zeros in front, which changes no number.
        let digest = padded(&digest[..digest.len().min(length)], length);
        Signature::<C>::from_der(signature).is_ok_and(|signature| self.verify_prehash(&digest, &signature).is_ok())
    }
}

/// A private key, whatever its curve.
trait Agree: Send + Sync {
    fn public(&self) -> Vec<u8>;
    /// Whether this encoded point is the public key.
    fn belongs(&self, point: &[u8]) -> bool;
    fn agree(&self, peer: &[u8]) -> Result<Secret>;
}

impl<C: PrimeCurveParams> Agree for SecretKey<C> {
    fn public(&self) -> Vec<u8> {
        self.public_key().as_affine().to_sec1_point(false).as_bytes().to_vec()
    }

    fn belongs(&self, point: &[u8]) -> bool {
        elliptic_curve::PublicKey::<C>::from_sec1_bytes(point).is_ok_and(|public| public == self.public_key())
    }

    fn agree(&self, peer: &[u8]) -> Result<Secret> {
        let peer = elliptic_curve::PublicKey::<C>::from_sec1_bytes(peer).map_err(|_| Error::Failed)?;
        let own = Zeroizing::new(self.to_nonzero_scalar());
        // Of prime order times a number below it: never the point at infinity.
        let point = Zeroizing::new(peer.to_projective() * **own);
        let affine = Zeroizing::new(point.to_affine());
        let shared = Zeroizing::new(affine.x());
        Ok(Secret::new(shared.to_vec()))
    }
}

fn public<C>(point: &[u8]) -> Result<Box<dyn Verify>>
where
    C: EcdsaCurve + PrimeCurveParams,
    VerifyingKey<C>: Verify,
{
    let key =
        VerifyingKey::<C>::from_sec1_bytes(point).map_err(|_| Error::BadKey("a point that is not on its curve"))?;
    Ok(Box::new(key))
}

fn private(curve: Brainpool, octets: &[u8]) -> Result<Box<dyn Agree>> {
    match curve {
        Brainpool::P256r1 => secret::<BrainpoolP256r1>(octets),
        Brainpool::P256t1 => secret::<BrainpoolP256t1>(octets),
        Brainpool::P320r1 => secret::<BrainpoolP320r1>(octets),
        Brainpool::P320t1 => secret::<BrainpoolP320t1>(octets),
        Brainpool::P384r1 => secret::<BrainpoolP384r1>(octets),
        Brainpool::P384t1 => secret::<BrainpoolP384t1>(octets),
        Brainpool::P512r1 => secret::<BrainpoolP512r1>(octets),
        Brainpool::P512t1 => secret::<BrainpoolP512t1>(octets),
    }
}

fn secret<C: PrimeCurveParams>(octets: &[u8]) -> Result<Box<dyn Agree>> {
    let key = SecretKey::<C>::from_slice(octets).map_err(|_| Error::BadKey("not a private key of its curve"))?;
    Ok(Box::new(key))
}

fn padded(octets: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![0; length.max(octets.len())]);
    let start = out.len() - octets.len();
    out[start..].copy_from_slice(octets);
    out
}

/// A source of chance that gives no number below the order in so many is broken.
const MAX_DRAWS: usize = 128;
