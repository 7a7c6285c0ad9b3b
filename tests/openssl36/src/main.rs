//! OpenSSL 3.6 as a peer: makes keys and certificates, and signs, verifies, encrypts and decrypts CMS, each by
//! libcrypto alone. Messages are DER, keys and certificates PEM.

mod message;

use std::ffi::{CString, c_char, c_int};
use std::fs;
use std::process::ExitCode;

use foreign_types::ForeignType;
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};

use message::To;

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
        ["sign", digest, certificate, key, input, output, options @ ..] => {
            let (certificate, key) = (x509(certificate)?, private(key)?);
            fs::write(output, message::sign(digest, &certificate, &key, options, &fs::read(input)?)?)?;
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
            let (options, named): (Vec<&str>, Vec<&str>) = how.iter().partition(|word| word.contains(':'));
            let certificate = x509(certificate)?;
            let to = To::Certificate(&certificate, named.contains(&"keyid"), &options);
            fs::write(output, message::encrypt(cipher, &to, &fs::read(input)?)?)?;
        }
        ["encrypt-key", cipher, key, id, input, output] => {
            let (key, id) = (hex(key)?, hex(id)?);
            fs::write(output, message::encrypt(cipher, &To::Key(&key, &id), &fs::read(input)?)?)?;
        }
        ["encrypt-password", cipher, word, input, output] => {
            fs::write(output, message::encrypt(cipher, &To::Password(word), &fs::read(input)?)?)?;
        }
        ["decrypt-key", key, id, input, output] => {
            fs::write(output, message::decrypt(&hex(key)?, Some(&hex(id)?), &fs::read(input)?)?)?;
        }
        ["decrypt-password", word, input, output] => {
            fs::write(output, message::decrypt(word.as_bytes(), None, &fs::read(input)?)?)?;
        }
        ["encrypt-data", cipher, key, input, output] => {
            fs::write(output, message::encrypt_data(cipher, &hex(key)?, &fs::read(input)?)?)?;
        }
        ["decrypt-data", key, input, output] => {
            fs::write(output, message::decrypt_data(&hex(key)?, &fs::read(input)?)?)?;
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

fn hex(digits: &str) -> Result<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

/// `RSA:BITS`, `EC:CURVE`, or an algorithm by libcrypto's name for it, such as `ML-DSA-65` or `SLH-DSA-SHA2-128s`.
fn generate(algorithm: &str) -> Result<PKey<Private>> {
    if let Some(bits) = algorithm.strip_prefix("RSA:") {
        return Ok(PKey::from_rsa(openssl::rsa::Rsa::generate(bits.parse()?)?)?);
    }
    if let Some(curve) = algorithm.strip_prefix("EC:") {
        let curve = match curve {
            "P-256" => Nid::X9_62_PRIME256V1,
            "P-384" => Nid::SECP384R1,
            "P-521" => Nid::SECP521R1,
            "brainpoolP256r1" => Nid::BRAINPOOL_P256R1,
            "brainpoolP384r1" => Nid::BRAINPOOL_P384R1,
            other => return Err(format!("no curve is named {other}").into()),
        };
        let group = openssl::ec::EcGroup::from_curve_name(curve)?;
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
    fn bench_main(argc: c_int, argv: *mut *mut c_char) -> c_int;
}

const USAGE: &str = "openssl36 version\n\
                     openssl36 signer|recipient ALGORITHM KEY CERTIFICATE\n\
                     openssl36 sign DIGEST CERTIFICATE KEY IN OUT [NAME:VALUE]…\n\
                     openssl36 verify ANCHOR IN OUT\n\
                     openssl36 encrypt CIPHER CERTIFICATE IN OUT [keyid] [NAME:VALUE]…\n\
                     openssl36 decrypt KEY CERTIFICATE IN OUT\n\
                     openssl36 encrypt-key CIPHER KEY-HEX ID-HEX IN OUT, decrypt-key KEY-HEX ID-HEX IN OUT\n\
                     openssl36 encrypt-password CIPHER WORD IN OUT, decrypt-password WORD IN OUT\n\
                     openssl36 encrypt-data CIPHER KEY-HEX IN OUT, decrypt-data KEY-HEX IN OUT\n\
                     openssl36 bench sign|verify|encrypt|decrypt …as bench/peer/libcrypto.c";
