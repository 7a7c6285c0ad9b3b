//! What the crate of OpenSSL has no words for: signers and recipients with options of their keys, keys and passwords that
//! both sides hold, and EncryptedData.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_void};
use std::ptr::null_mut;

use foreign_types::ForeignType;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use openssl_sys::{BIO, CMS_ContentInfo, EVP_CIPHER, EVP_MD, EVP_PKEY, EVP_PKEY_CTX, X509 as RawX509};

use crate::Result;

/// For whom a message is.
pub enum To<'a> {
    /// A certificate, named by its key identifier or not, with options of its key such as `rsa_padding_mode:oaep`.
    Certificate(&'a X509, bool, &'a [&'a str]),
    /// Whoever holds a key of this name.
    Key(&'a [u8], &'a [u8]),
    /// Whoever knows a password.
    Password(&'a str),
}

/// CMS_sign takes no digest, and keys such as ML-DSA's have no default here.
pub fn sign(
    digest: &str,
    certificate: &X509,
    key: &PKey<Private>,
    options: &[&str],
    content: &[u8],
) -> Result<Vec<u8>> {
    let digest = MessageDigest::from_name(digest).ok_or("no digest has this name")?;
    let flags = CMSOptions::BINARY | CMSOptions::PARTIAL;
    let cms = CmsContentInfo::sign::<Private>(None, None, None, None, flags)?;
    let flags = flags | parameters(options);
    // SAFETY: every pointer comes from a value that lives longer than the calls; CMS_add1_signer takes references of its
    // own, and what it gives belongs to the message, as does the context.
    unsafe {
        let signer = CMS_add1_signer(cms.as_ptr(), certificate.as_ptr(), key.as_ptr(), digest.as_ptr(), flags.bits());
        let signer = there(signer)?;
        if !options.is_empty() {
            set(CMS_SignerInfo_get0_pkey_ctx(signer), options)?;
        }
        finish(&cms, content)?;
    }
    Ok(cms.to_der()?)
}

pub fn encrypt(cipher: &str, to: &To<'_>, content: &[u8]) -> Result<Vec<u8>> {
    let cipher = by_name(cipher)?;
    let flags = CMSOptions::BINARY | CMSOptions::PARTIAL;
    // SAFETY: as above; what is handed over for good (add0) is allocated by libcrypto.
    unsafe {
        let cms = openssl_sys::CMS_encrypt(null_mut(), null_mut(), cipher, flags.bits());
        let cms = CmsContentInfo::from_ptr(there(cms)?);
        let recipient = match to {
            To::Certificate(certificate, by_key_id, options) => {
                let mut flags = flags | parameters(options);
                flags.set(CMSOptions::USE_KEYID, *by_key_id);
                let info = there(CMS_add1_recipient_cert(cms.as_ptr(), certificate.as_ptr(), flags.bits()))?;
                if !options.is_empty() {
                    set(CMS_RecipientInfo_get0_pkey_ctx(info), options)?;
                }
                info
            }
            To::Key(key, id) => {
                let (key, key_len, id, id_len) = (owned(key)?, key.len(), owned(id)?, id.len());
                CMS_add0_recipient_key(cms.as_ptr(), 0, key, key_len, id, id_len, null_mut(), null_mut(), null_mut())
            }
            To::Password(word) => {
                let (word, length) = (owned(word.as_bytes())?, isize::try_from(word.len())?);
                CMS_add0_recipient_password(cms.as_ptr(), -1, -1, -1, word, length, std::ptr::null())
            }
        };
        there(recipient)?;
        finish(&cms, content)?;
        Ok(cms.to_der()?)
    }
}

/// With a key of this name, or with a password where there is no name.
pub fn decrypt(secret: &[u8], id: Option<&[u8]>, message: &[u8]) -> Result<Vec<u8>> {
    let cms = CmsContentInfo::from_der(message)?;
    // SAFETY: libcrypto copies the secret; the buffers outlive the calls.
    unsafe {
        let found = match id {
            Some(id) => {
                let (key, id_start) = (secret.as_ptr().cast_mut(), id.as_ptr());
                CMS_decrypt_set1_key(cms.as_ptr(), key, secret.len(), id_start, id.len())
            }
            None => {
                let length = isize::try_from(secret.len())?;
                CMS_decrypt_set1_password(cms.as_ptr(), secret.as_ptr().cast_mut(), length)
            }
        };
        done(found)?;
        let flags = CMSOptions::BINARY.bits();
        written(|out| openssl_sys::CMS_decrypt(cms.as_ptr(), null_mut(), null_mut(), null_mut(), out, flags))
    }
}

/// EncryptedData under a key.
pub fn encrypt_data(cipher: &str, key: &[u8], content: &[u8]) -> Result<Vec<u8>> {
    let cipher = by_name(cipher)?;
    // SAFETY: the buffers outlive the calls, and the message is owned once it is there.
    unsafe {
        let source = source(content)?;
        let cms = CMS_EncryptedData_encrypt(source, cipher, key.as_ptr(), key.len(), CMSOptions::BINARY.bits());
        openssl_sys::BIO_free_all(source);
        Ok(CmsContentInfo::from_ptr(there(cms)?).to_der()?)
    }
}

pub fn decrypt_data(key: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    let cms = CmsContentInfo::from_der(message)?;
    let flags = CMSOptions::BINARY.bits();
    // SAFETY: as above.
    unsafe { written(|out| CMS_EncryptedData_decrypt(cms.as_ptr(), key.as_ptr(), key.len(), null_mut(), out, flags)) }
}

/// Whether the context of the key is to be made at once, so that it can be set up.
fn parameters(options: &[&str]) -> CMSOptions {
    if options.is_empty() { CMSOptions::empty() } else { CMSOptions::KEY_PARAM }
}

/// Options of a key, each `NAME:VALUE`.
unsafe fn set(context: *mut EVP_PKEY_CTX, options: &[&str]) -> Result<()> {
    let context = there(context)?;
    for option in options {
        let (name, value) = option.split_once(':').ok_or("an option is NAME:VALUE")?;
        let (name, value) = (CString::new(name)?, CString::new(value)?);
        // SAFETY: the context is the message's, which outlives the call.
        done(unsafe { EVP_PKEY_CTX_ctrl_str(context, name.as_ptr(), value.as_ptr()) })?;
    }
    Ok(())
}

unsafe fn finish(cms: &CmsContentInfo, content: &[u8]) -> Result<()> {
    // SAFETY: the buffer is read within CMS_final alone.
    unsafe {
        let source = source(content)?;
        let made = CMS_final(cms.as_ptr(), source, null_mut(), CMSOptions::BINARY.bits());
        openssl_sys::BIO_free_all(source);
        done(made)
    }
}

unsafe fn source(content: &[u8]) -> Result<*mut BIO> {
    let start: *const c_void = if content.is_empty() { EMPTY.as_ptr().cast() } else { content.as_ptr().cast() };
    // SAFETY: the caller frees it before the content goes.
    there(unsafe { openssl_sys::BIO_new_mem_buf(start, c_int::try_from(content.len())?) })
}

/// What a call writes.
unsafe fn written(call: impl FnOnce(*mut BIO) -> c_int) -> Result<Vec<u8>> {
    // SAFETY: the octets belong to the BIO, which is freed once they are copied.
    unsafe {
        let out = there(openssl_sys::BIO_new(openssl_sys::BIO_s_mem()))?;
        let made = call(out);
        let mut start: *mut c_char = null_mut();
        let length: c_long = openssl_sys::BIO_get_mem_data(out, &mut start);
        let octets = match usize::try_from(length) {
            Ok(length) if !start.is_null() => std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec(),
            _ => Vec::new(),
        };
        openssl_sys::BIO_free_all(out);
        done(made)?;
        Ok(octets)
    }
}

/// A copy that libcrypto may free.
unsafe fn owned(octets: &[u8]) -> Result<*mut u8> {
    // SAFETY: as many octets as are asked for.
    unsafe {
        let copy = there(openssl_sys::CRYPTO_malloc(octets.len(), FILE.as_ptr(), 0))?.cast::<u8>();
        std::ptr::copy_nonoverlapping(octets.as_ptr(), copy, octets.len());
        Ok(copy)
    }
}

fn by_name(name: &str) -> Result<*const EVP_CIPHER> {
    let name = CString::new(name)?;
    // SAFETY: a name that ends in a zero; what is found is static.
    let found = unsafe { openssl_sys::EVP_get_cipherbyname(name.as_ptr()) };
    if found.is_null() { Err("no cipher has this name".into()) } else { Ok(found) }
}

fn there<T>(pointer: *mut T) -> Result<*mut T> {
    if pointer.is_null() { Err(ErrorStack::get().into()) } else { Ok(pointer) }
}

fn done(result: c_int) -> Result<()> {
    if result > 0 { Ok(()) } else { Err(ErrorStack::get().into()) }
}

const EMPTY: &CStr = c"";
const FILE: &CStr = c"message.rs";

unsafe extern "C" {
    fn CMS_add1_signer(
        cms: *mut CMS_ContentInfo,
        signer: *mut RawX509,
        key: *mut EVP_PKEY,
        digest: *const EVP_MD,
        flags: c_uint,
    ) -> *mut c_void;
    fn CMS_SignerInfo_get0_pkey_ctx(signer: *mut c_void) -> *mut EVP_PKEY_CTX;
    fn CMS_add1_recipient_cert(cms: *mut CMS_ContentInfo, recipient: *mut RawX509, flags: c_uint) -> *mut c_void;
    fn CMS_RecipientInfo_get0_pkey_ctx(recipient: *mut c_void) -> *mut EVP_PKEY_CTX;
    fn CMS_add0_recipient_key(
        cms: *mut CMS_ContentInfo,
        wrap: c_int,
        key: *mut u8,
        key_len: usize,
        id: *mut u8,
        id_len: usize,
        date: *mut c_void,
        other_id: *mut c_void,
        other_type: *mut c_void,
    ) -> *mut c_void;
    fn CMS_add0_recipient_password(
        cms: *mut CMS_ContentInfo,
        iterations: c_int,
        wrap: c_int,
        scheme: c_int,
        word: *mut u8,
        length: isize,
        cipher: *const EVP_CIPHER,
    ) -> *mut c_void;
    fn CMS_final(cms: *mut CMS_ContentInfo, data: *mut BIO, detached: *mut BIO, flags: c_uint) -> c_int;
    fn CMS_decrypt_set1_key(
        cms: *mut CMS_ContentInfo,
        key: *mut u8,
        key_len: usize,
        id: *const u8,
        id_len: usize,
    ) -> c_int;
    fn CMS_decrypt_set1_password(cms: *mut CMS_ContentInfo, word: *mut u8, length: isize) -> c_int;
    fn CMS_EncryptedData_encrypt(
        data: *mut BIO,
        cipher: *const EVP_CIPHER,
        key: *const u8,
        key_len: usize,
        flags: c_uint,
    ) -> *mut CMS_ContentInfo;
    fn CMS_EncryptedData_decrypt(
        cms: *mut CMS_ContentInfo,
        key: *const u8,
        key_len: usize,
        detached: *mut BIO,
        out: *mut BIO,
        flags: c_uint,
    ) -> c_int;
    fn EVP_PKEY_CTX_ctrl_str(context: *mut EVP_PKEY_CTX, name: *const c_char, value: *const c_char) -> c_int;
}
