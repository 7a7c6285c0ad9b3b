//! What a pair of curves over one field takes: r1, and t1, which is isomorphic to it with A = -3 (RFC 5639 §2.2).

/// Defines both curves of a length. Each number is hexadecimal and as long as the field is; `zeros` fills it up to the
/// integer that holds it. The number after a modulus is its smallest quadratic non-residue, of which the library makes
/// the root of unity that its square roots begin with.
macro_rules! curves {
    (
        uint: $uint:ident,
        octets: $octets:ident,
        zeros: $zeros:literal,
        p: ($p:literal, $p_residue:literal),
        q: ($q:literal, $q_residue:literal),
        $($name:ident: $equation:ident { a: $a:literal, b: $b:literal, x: $x:literal, y: $y:literal },)+
    ) => {
        /// Integers modulo p, the coordinates.
        #[allow(deprecated)] // the macros of one library call what another has renamed
        mod field {
            use elliptic_curve::bigint::$uint;
            use elliptic_curve::ff::PrimeField;
            use elliptic_curve::ops::BatchInvert;
            use elliptic_curve::subtle::{Choice, ConstantTimeEq, CtOption};

            primefield::monty_field_params! {
                name: FieldParams,
                modulus: concat!($zeros, $p),
                uint: $uint,
                byte_order: primefield::ByteOrder::BigEndian,
                multiplicative_generator: $p_residue,
                doc: "The prime p of the field."
            }
            primefield::monty_field_element! {
                name: FieldElement,
                params: FieldParams,
                uint: $uint,
                doc: "An integer modulo p."
            }
            primefield::monty_field_arithmetic! { name: FieldElement, params: FieldParams, uint: $uint }

            impl BatchInvert for FieldElement {}
        }

        /// Integers modulo q, the order of the group.
        #[allow(deprecated)] // as above
        mod scalar {
            use elliptic_curve::array::Array;
            use elliptic_curve::bigint::{Odd, $uint};
            use elliptic_curve::consts::$octets;
            use elliptic_curve::ff::PrimeField;
            use elliptic_curve::ops::Reduce;
            use elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
            use elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};

            primefield::monty_field_params! {
                name: ScalarParams,
                modulus: concat!($zeros, $q),
                uint: $uint,
                byte_order: primefield::ByteOrder::BigEndian,
                multiplicative_generator: $q_residue,
                doc: "The prime q, the order of the group."
            }
            primefield::monty_field_element! {
                name: Scalar,
                params: ScalarParams,
                uint: $uint,
                doc: "An integer modulo q."
            }
            primefield::monty_field_arithmetic! { name: Scalar, params: ScalarParams, uint: $uint }
            primeorder::wnaf::impl_wnaf_size_for_scalar!(Scalar);
            $(elliptic_curve::scalar_impls!(super::$name, Scalar);)+

            /// The order of the group.
            pub(super) const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex(concat!($zeros, $q));

            impl Reduce<$uint> for Scalar {
                fn reduce(number: &$uint) -> Self {
                    Scalar(primefield::MontyFieldElement::reduce(number))
                }
            }

            impl Reduce<Array<u8, $octets>> for Scalar {
                fn reduce(octets: &Array<u8, $octets>) -> Self {
                    // The integer may be longer than the field.
                    let mut all = [0; $uint::BYTES];
                    let start = all.len() - octets.len();
                    all[start..].copy_from_slice(octets);
                    <Scalar as Reduce<$uint>>::reduce(&$uint::from_be_slice(&all))
                }
            }

            impl AsRef<Scalar> for Scalar {
                fn as_ref(&self) -> &Scalar {
                    self
                }
            }

            impl FromUintUnchecked for Scalar {
                type Uint = $uint;

                fn from_uint_unchecked(uint: $uint) -> Self {
                    Scalar::from_uint_unchecked(uint)
                }
            }

            impl IsHigh for Scalar {
                fn is_high(&self) -> Choice {
                    const HALF: $uint = ORDER.as_ref().shr_vartime(1);
                    self.to_canonical().ct_gt(&HALF)
                }
            }
        }

        $(
            /// The curve of this name (RFC 5639 §3).
            #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $name;

            impl elliptic_curve::Curve for $name {
                type FieldBytesSize = elliptic_curve::consts::$octets;
                type Uint = elliptic_curve::bigint::$uint;

                const ORDER: elliptic_curve::bigint::Odd<Self::Uint> = scalar::ORDER;
            }

            impl elliptic_curve::PrimeCurve for $name {}

            impl elliptic_curve::point::PointCompression for $name {
                const COMPRESS_POINTS: bool = false;
            }

            impl elliptic_curve::CurveArithmetic for $name {
                type AffinePoint = primeorder::AffinePoint<$name>;
                type ProjectivePoint = primeorder::ProjectivePoint<$name>;
                type Scalar = scalar::Scalar;
            }

            impl elliptic_curve::hazmat::FieldArithmetic for $name {
                type FieldElement = field::FieldElement;
            }

            impl elliptic_curve::PrimeCurveArithmetic for $name {
                type CurveGroup = primeorder::ProjectivePoint<$name>;
            }

            impl primeorder::PrimeCurveParams for $name {
                type PointArithmetic = primeorder::point_arithmetic::$equation;
                type Backend = primeorder::mul_backend::VariableOnly;

                const EQUATION_A: field::FieldElement = field::FieldElement::from_hex_vartime($a);
                const EQUATION_B: field::FieldElement = field::FieldElement::from_hex_vartime($b);
                const GENERATOR: (field::FieldElement, field::FieldElement) =
                    (field::FieldElement::from_hex_vartime($x), field::FieldElement::from_hex_vartime($y));
            }

            impl ecdsa::EcdsaCurve for $name {
                const NORMALIZE_S: bool = false;
            }
        )+
    };
}

pub(super) use curves;
