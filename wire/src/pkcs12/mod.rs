//! PKCS#12 files (RFC 7292): the structures alone. Keys are derived, MACs checked and parts decrypted
//! by who holds the password.

mod bags;
mod pfx;

pub use bags::{Bag, BagKind, SafeContents};
pub use pfx::{MacData, Pfx, SafePart, authenticated_safe};

/// Reads anything as a file and as the contents of its parts, and writes it back. For fuzzing.
pub fn fuzz_pkcs12(bytes: &[u8]) {
    if let Ok(pfx) = Pfx::from_der(bytes) {
        assert!(Pfx::from_der(&pfx.to_der()).as_ref() == Ok(&pfx));
        for part in &pfx.parts {
            if let SafePart::Data(contents) = part {
                fuzz_contents(contents);
            }
        }
    }
    fuzz_contents(bytes);
}

fn fuzz_contents(bytes: &[u8]) {
    let Ok(contents) = SafeContents::parse(bytes) else { return };
    let written = contents.to_der();
    // Bags of unknown types are left out when writing, and a name can be too odd to come back equal.
    assert!(SafeContents::parse(&written).is_ok_and(|again| again.bags.len() <= contents.bags.len()));
}
