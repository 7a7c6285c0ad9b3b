//! PKCS #11 modules: each is loaded once and stays for the life of the process, as its interface wants it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use wire::Pkcs11Uri;

use super::error::TokenError;

/// The module that a URI names, else the one through which p11-kit reaches all that the system has.
pub(super) fn load(uri: &Pkcs11Uri) -> Result<(PathBuf, Arc<Pkcs11>), TokenError> {
    let path = path(uri)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(&path) {
        return Ok((path, Arc::clone(module)));
    }
    let failed = |e: Error| TokenError::Module { path: path.display().to_string(), why: e.to_string() };
    let module = Pkcs11::new(&path).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Others in this process may have loaded it by another name.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    let module = Arc::new(module);
    loaded.insert(path.clone(), Arc::clone(&module));
    Ok((path, module))
}

fn path(uri: &Pkcs11Uri) -> Result<PathBuf, TokenError> {
    if let Some(path) = &uri.module_path {
        let path = Path::new(path);
        // A relative one would be looked for along the loader's own path.
        return match path.is_absolute().then(|| path.canonicalize()) {
            Some(Ok(path)) => Ok(path),
            _ => Err(TokenError::NoModule(path.display().to_string())),
        };
    }
    let name = uri.module_name.as_deref().unwrap_or("p11-kit-proxy");
    let files = [format!("lib{name}.so"), format!("{name}.so"), format!("{name}.dylib")];
    let found = FOLDERS.iter().flat_map(|folder| files.iter().map(move |file| Path::new(folder).join(file)));
    let found = found.filter_map(|path| path.canonicalize().ok()).find(|path| path.is_file());
    found.ok_or_else(|| TokenError::NoModule(name.to_owned()))
}

static LOADED: Mutex<BTreeMap<PathBuf, Arc<Pkcs11>>> = Mutex::new(BTreeMap::new());

/// Where systems keep them.
const FOLDERS: [&str; 11] = [
    "/usr/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib/softhsm",
    "/usr/lib",
    "/usr/local/lib",
    "/opt/homebrew/lib",
];
