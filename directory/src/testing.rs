//! What the unit tests share.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sealpost-directory-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Adds an authority with a fresh key.
pub(crate) fn add_authority(directory: &crate::Directory, name: &str) {
    let mut rng = crypto::SystemRandom;
    let (key, pkcs8) = crypto::SoftKey::generate(crypto::KeySpec::Ec(crypto::Curve::P256), &mut rng).unwrap();
    let now = wire::Time(1_800_000_000);
    let certificate = ca::root(name, &key, now, &mut rng).unwrap();
    directory.add_authority(name, &crate::NewKey { pkcs8: crypto::Secret::from(pkcs8), certificate }, now).unwrap();
}
