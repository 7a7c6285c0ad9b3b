//! OpenSSL 3.6 as a peer: makes keys and certificates, and signs, verifies, encrypts and decrypts CMS, each by
//! libcrypto alone. Messages are DER, keys and certificates PEM.

use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::fs;
use std::process::ExitCode;

use foreign_types::ForeignType;
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::stack::Stack;
use openssl::symm::Cipher;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "bench") {
        return bench(&arguments);
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("openssl36: {error}");
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["version"] => println!("{}", openssl::version::version()),
        // Two authorities' worth of names: a key that cannot sign is certified by one that can.
        ["signer", algorithm, key, certificate] => signer(algorithm, key, certificate)?,
        ["recipient", algorithm, key, certificate] => recipient(algorithm, key, certificate)?,
        ["sign", digest, certificate, key, input, output] => {
            let (certificate, key) = (x509(certificate)?, private(key)?);
            fs::write(output, sign(digest, &certificate, &key, &fs::read(input)?)?)?;
        }
        ["verify", anchor, input, output] => {
            let mut store = X509StoreBuilder::new()?;
            store.add_cert(x509(anchor)?)?;
            let mut content = Vec::new();
            let mut cms = CmsContentInfo::from_der(&fs::read(input)?)?;
            cms.verify(None, Some(&store.build()), None, Some(&mut content), CMSOptions::BINARY)?;
            fs::write(output, content)?;
        }
        ["encrypt", cipher, certificate, input, output, how @ ..] => {
            let mut to = Stack::new()?;
            to.push(x509(certificate)?)?;
            let mut flags = CMSOptions::BINARY;
            flags.set(CMSOptions::USE_KEYID, how.contains(&"keyid"));
            let cms = CmsContentInfo::encrypt(&to, &fs::read(input)?, by_name(cipher)?, flags)?;
            fs::write(output, cms.to_der()?)?;
        }
        ["decrypt", key, certificate, input, output] => {
            let cms = CmsContentInfo::from_der(&fs::read(input)?)?;
            let key = private(key)?;
            fs::write(output, cms.decrypt(&key, &x509(certificate)?)?)?;
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// CMS_sign takes no digest, and keys such as ML-DSA's have no default here.
fn sign(digest: &str, certificate: &X509, key: &PKey<Private>, content: &[u8]) -> Result<Vec<u8>> {
    let digest = MessageDigest::from_name(digest).ok_or("no digest has this name")?;
    let flags = CMSOptions::BINARY | CMSOptions::PARTIAL;
    let cms = CmsContentInfo::sign::<Private>(None, None, None, None, flags)?;
    let input = CString::new("")?;
    // SAFETY: every pointer comes from a value that lives longer than the calls; CMS_add1_signer takes references of its
    // own, and what it gives belongs to the message. The buffer is read within CMS_final alone.
    let done = unsafe {
        let length = c_int::try_from(content.len())?;
        let data = if content.is_empty() { input.as_ptr().cast() } else { content.as_ptr().cast() };
        let source = openssl_sys::BIO_new_mem_buf(data, length);
        let signer = CMS_add1_signer(cms.as_ptr(), certificate.as_ptr(), key.as_ptr(), digest.as_ptr(), flags.bits());
        let none = std::ptr::null_mut();
        let done = !signer.is_null() && CMS_final(cms.as_ptr(), source, none, CMSOptions::BINARY.bits()) == 1;
        openssl_sys::BIO_free_all(source);
        done
    };
    if done { Ok(cms.to_der()?) } else { Err(ErrorStack::get().into()) }
}

/// A self-signed certificate for mail.
fn signer(algorithm: &str, key: &str, certificate: &str) -> Result<()> {
    let pair = generate(algorithm)?;
    let made = certify(&pair, &pair, KeyUsage::new().digital_signature())?;
    write(key, certificate, &pair, &made)
}

/// A certificate whose issuer, a P-256 key made for the purpose, is forgotten.
fn recipient(algorithm: &str, key: &str, certificate: &str) -> Result<()> {
    let pair = generate(algorithm)?;
    let mut usage = KeyUsage::new();
    if algorithm.starts_with("EC") || algorithm.starts_with("X") {
        usage.key_agreement()
    } else {
        usage.key_encipherment()
    };
    let made = certify(&pair, &generate("EC:P-256")?, &mut usage)?;
    write(key, certificate, &pair, &made)
}

fn write(key: &str, certificate: &str, pair: &PKey<Private>, made: &X509) -> Result<()> {
    fs::write(key, pair.private_key_to_pem_pkcs8()?)?;
    fs::write(certificate, made.to_pem()?)?;
    Ok(())
}

fn certify(subject: &PKey<Private>, issuer: &PKey<Private>, usage: &mut KeyUsage) -> Result<X509> {
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(100, openssl::bn::MsbOption::ONE, false)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    let own = subject.public_eq(issuer);
    builder.set_subject_name(&*name("Peer")?)?;
    builder.set_issuer_name(&*name(if own { "Peer" } else { "Issuer" })?)?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(30)?)?;
    builder.set_pubkey(subject)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(usage.critical().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().email_protection().build()?)?;
    let context = builder.x509v3_context(None, None);
    let mailbox = SubjectAlternativeName::new().email("peer@example.org").build(&context)?;
    let key_id = openssl::x509::extension::SubjectKeyIdentifier::new().build(&context)?;
    builder.append_extension(mailbox)?;
    builder.append_extension(key_id)?;
    let classical = issuer.id() == openssl::pkey::Id::EC || issuer.id() == openssl::pkey::Id::RSA;
    builder.sign(issuer, if classical { MessageDigest::sha256() } else { MessageDigest::null() })?;
    Ok(builder.build())
}

fn name(common: &str) -> std::result::Result<X509Name, ErrorStack> {
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_text("CN", common)?;
    Ok(builder.build())
}

fn x509(path: &str) -> Result<X509> {
    Ok(X509::from_pem(&fs::read(path)?)?)
}

fn private(path: &str) -> Result<PKey<Private>> {
    Ok(PKey::private_key_from_pem(&fs::read(path)?)?)
}

fn by_name(name: &str) -> Result<Cipher> {
    Ok(match name {
        "aes-128-cbc" => Cipher::aes_128_cbc(),
        "aes-256-cbc" => Cipher::aes_256_cbc(),
        "aes-128-gcm" => Cipher::aes_128_gcm(),
        "aes-192-gcm" => Cipher::aes_192_gcm(),
        "aes-256-gcm" => Cipher::aes_256_gcm(),
        _ => return Err(format!("no cipher is named {name}").into()),
    })
}

/// `RSA:BITS`, `EC:CURVE`, or an algorithm by libcrypto's name for it, such as `ML-DSA-65` or `SLH-DSA-SHA2-128s`.
fn generate(algorithm: &str) -> Result<PKey<Private>> {
    if let Some(bits) = algorithm.strip_prefix("RSA:") {
        return Ok(PKey::from_rsa(openssl::rsa::Rsa::generate(bits.parse()?)?)?);
    }
    if algorithm == "EC:P-256" {
        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1)?;
        return Ok(PKey::from_ec_key(openssl::ec::EcKey::generate(&group)?)?);
    }
    let name = CString::new(algorithm)?;
    // SAFETY: the calls are made in the order that EVP_PKEY_keygen(3) asks for; the context is freed on every path, and
    // the key is taken over once, where it was made.
    unsafe {
        let context = openssl_sys::EVP_PKEY_CTX_new_from_name(std::ptr::null_mut(), name.as_ptr(), std::ptr::null());
        let mut key = std::ptr::null_mut();
        let made = !context.is_null()
            && openssl_sys::EVP_PKEY_keygen_init(context) == 1
            && openssl_sys::EVP_PKEY_generate(context, &mut key) == 1;
        openssl_sys::EVP_PKEY_CTX_free(context);
        if made { Ok(PKey::from_ptr(key)) } else { Err(ErrorStack::get().into()) }
    }
}

/// What bench/peer/libcrypto.c does, with its options.
fn bench(arguments: &[String]) -> ExitCode {
    let owned: Vec<CString> = arguments.iter().filter_map(|a| CString::new(a.as_str()).ok()).collect();
    let mut pointers: Vec<*mut c_char> = owned.iter().map(|a| a.as_ptr().cast_mut()).collect();
    pointers.push(std::ptr::null_mut());
    let count = c_int::try_from(owned.len()).unwrap_or(c_int::MAX);
    // SAFETY: argc strings and a null pointer, as main gets them; they live until it returns, and getopt only
    // moves the pointers.
    match unsafe { bench_main(count, pointers.as_mut_ptr()) } {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

unsafe extern "C" {
    fn CMS_add1_signer(
        cms: *mut openssl_sys::CMS_ContentInfo,
        signer: *mut openssl_sys::X509,
        key: *mut openssl_sys::EVP_PKEY,
        digest: *const openssl_sys::EVP_MD,
        flags: c_uint,
    ) -> *mut c_void;
    fn CMS_final(
        cms: *mut openssl_sys::CMS_ContentInfo,
        data: *mut openssl_sys::BIO,
        detached: *mut openssl_sys::BIO,
        flags: c_uint,
    ) -> c_int;
    fn bench_main(argc: c_int, argv: *mut *mut c_char) -> c_int;
}

const USAGE: &str = "openssl36 version\n\
                     openssl36 signer|recipient ALGORITHM KEY CERTIFICATE\n\
                     openssl36 sign DIGEST CERTIFICATE KEY IN OUT\n\
                     openssl36 verify ANCHOR IN OUT\n\
                     openssl36 encrypt CIPHER CERTIFICATE IN OUT [keyid]\n\
                     openssl36 decrypt KEY CERTIFICATE IN OUT\n\
                     openssl36 bench sign|verify|encrypt|decrypt …as bench/peer/libcrypto.c";
