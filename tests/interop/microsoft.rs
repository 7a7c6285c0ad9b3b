//! Messages in the shapes that Outlook, Outlook on the web and Exchange give them. No sample of theirs was at hand: other
//! programs make the messages, which are then written again as those do, by what is publicly known of it.

use crate::{Lab, has, letters};
use wire::der::{Reader, Tag};

/// A DER message as CryptoAPI streams it: every element down to the content has the indefinite length, and the content
/// is a string in fragments of 1000 octets (X.690 §8.1.3.6, §8.7.3). What signatures cover stays DER.
fn as_ber(der: &[u8]) -> Vec<u8> {
    let mut outer = Reader::new(der).sequence().unwrap();
    let kind = outer.any().unwrap().raw.to_vec();
    let mut body = outer.nested(Tag::context(0)).unwrap().sequence().unwrap();
    let mut parts = Vec::new();
    while !body.is_empty() {
        parts.push(body.any().unwrap().raw.to_vec());
    }
    // The first SEQUENCE is the one that holds the content, in SignedData and in EnvelopedData.
    let at = parts.iter().position(|part| part[0] == 0x30).unwrap();
    let mut info = Reader::new(&parts[at]).sequence().unwrap();
    let mut inside = Vec::new();
    while !info.is_empty() {
        let element = info.any().unwrap().raw.to_vec();
        inside.push(match element[0] {
            0xa0 => {
                let content = Reader::new(&element).nested(Tag::context(0)).unwrap().octet_string().unwrap().to_vec();
                indefinite(0xa0, &[indefinite(0x24, &fragments(&content))])
            }
            0x80 => {
                let content = Reader::new(&element).expect(Tag::context_primitive(0)).unwrap().contents.to_vec();
                indefinite(0xa0, &fragments(&content))
            }
            _ => element,
        });
    }
    parts[at] = indefinite(0x30, &inside);
    indefinite(0x30, &[kind, indefinite(0xa0, &[indefinite(0x30, &parts)])])
}

fn indefinite(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat()
}

fn fragments(content: &[u8]) -> Vec<Vec<u8>> {
    let fragment = |octets: &[u8]| {
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        [&[0x04, 0x82][..], &length, octets].concat()
    };
    content.chunks(1000).map(fragment).collect()
}

const HEAD: &str = "From: Peer <peer@example.org>\r\nTo: Peer <peer@example.org>\r\nSubject: Hello\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n";

/// A mail of this structure.
fn mail(content_type: &str, cms: &[u8]) -> Vec<u8> {
    let disposition = "Content-Disposition: attachment;\r\n\tfilename=\"smime.p7m\"\r\n";
    format!("{HEAD}{}", entity(content_type, disposition, cms)).into_bytes()
}

fn entity(content_type: &str, more: &str, content: &[u8]) -> String {
    let pem = wire::pem::encode("X", content);
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{line}\r\n")).collect();
    format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n{more}\r\n{lines}")
}

/// A store in which `k.key` is an identity that is trusted.
fn store(lab: &Lab) {
    lab.ok("openssl", "pkcs12 -export -inkey k.key -in k.crt -passout pass:x -out k.p12");
    lab.write("pw", b"x");
    lab.ok("sealpost", "id import k.p12 --key-password-file pw --no-passphrase --store store");
    lab.ok("sealpost", "cert import k.crt --store store");
    lab.ok("sealpost", "cert trust peer@example.org --yes --store store");
}

/// The verdict and the confidentiality of a mail that this is, and what it says.
fn opened(lab: &Lab, mail: &[u8]) -> (String, String, Vec<u8>) {
    lab.write("mail", mail);
    let json = lab.ok("sealpost", "open mail --store store --json -o opened --force");
    let report: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let word = |name: &str| report[name].as_str().unwrap().to_owned();
    (word("verdict"), word("confidentiality"), lab.read("opened"))
}

/// Outlook for Windows signs opaque, in BER, and encrypts that with AES-CBC and RSA v1.5, in BER, under the old names.
#[test]
fn f_13_outlook_ber_is_opened() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature,keyEncipherment");
    store(&lab);
    for letter in letters() {
        lab.write("m", &letter);
        lab.ok("openssl", "cms -sign -binary -nodetach -in m -signer k.crt -inkey k.key -outform DER -out signed.der");
        let signed = as_ber(&lab.read("signed.der"));
        // What was written again is still what openssl signed, by its own word.
        lab.write("signed", &signed);
        lab.ok("openssl", "cms -verify -binary -inform DER -in signed -CAfile k.crt -out back");
        assert_eq!(lab.read("back"), letter);
        assert_eq!(lab.ok("sealpost", "cms verify --trust k.crt signed"), letter);
        let of_signed = "application/x-pkcs7-mime;\r\n\tsmime-type=signed-data;\r\n\tname=\"smime.p7m\"";
        let (verdict, _, text) = opened(&lab, &mail(of_signed, &signed));
        assert!(verdict == "verified" && text.ends_with(&letter[letter.len() - 20..]), "{verdict}");

        lab.write("inner", entity(of_signed, "", &signed).as_bytes());
        lab.ok("openssl", "cms -encrypt -binary -aes256 -in inner -outform DER -out sealed.der k.crt");
        let sealed = as_ber(&lab.read("sealed.der"));
        lab.write("sealed", &sealed);
        lab.ok("openssl", "cms -decrypt -binary -inform DER -in sealed -inkey k.key -recip k.crt -out back");
        assert_eq!(lab.read("back"), lab.read("inner"));
        let of_sealed = of_signed.replace("signed-data", "enveloped-data");
        let (verdict, confidentiality, text) = opened(&lab, &mail(&of_sealed, &sealed));
        assert_eq!((verdict.as_str(), confidentiality.as_str()), ("verified", "authenticated"));
        assert!(text.ends_with(&letter[letter.len() - 20..]));
        // Nothing says any more what it is but the name of the file.
        let (verdict, ..) = opened(&lab, &mail("application/octet-stream;\r\n\tname=\"smime.p7m\"", &sealed));
        assert_eq!(verdict, "verified");
    }
}

/// Microsoft's own attribute for the key that answers are to be encrypted to (1.3.6.1.4.1.311.16.4) stands beside the
/// one of RFC 8551 §2.5.3: it is signed with the others, and passed over.
#[test]
fn f_13_outlook_encryption_key_preference_is_passed_over() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature,keyEncipherment");
    let contents = |label: &str, bytes: &[u8]| {
        let block = wire::pem::parse(bytes).unwrap().remove(0);
        assert_eq!(block.label, label);
        block.contents
    };
    let certificate = wire::Certificate::from_der(&contents("CERTIFICATE", &lab.read("k.crt"))).unwrap();
    let key = crypto::SoftKey::from_pkcs8(&contents("PRIVATE KEY", &lab.read("k.key"))).unwrap();
    let (issuer, serial) = (certificate.issuer_and_serial().0.to_vec(), certificate.issuer_and_serial().1.to_vec());
    let mut value = wire::der::Writer::new();
    value.sequence(|w| {
        w.raw(&issuer).element(Tag::INTEGER, &serial);
    });
    let preference = wire::cms::Attribute::new(
        wire::Oid::from_contents(b"\x2b\x06\x01\x04\x01\x82\x37\x10\x04").unwrap(),
        value.into_bytes(),
    );
    let letter = &letters()[0];
    let algorithm = crypto::SignatureAlgorithm::RsaPkcs1(crypto::Digest::Sha256);
    let mut options = cms::SignOptions::at(wire::Time(certificate.not_before().0 + 60));
    options.attributes.push(preference);
    let signer = cms::Signer { certificate, key: &key, algorithm };
    let mut writer = cms::AttachedSigner::new(Vec::new(), vec![signer], options).unwrap();
    std::io::Write::write_all(&mut writer, letter).unwrap();
    let mut signed = as_ber(&writer.finish(&mut crypto::SystemRandom).unwrap());
    lab.write("signed", &signed);
    lab.ok("openssl", "cms -verify -binary -inform DER -in signed -CAfile k.crt -out back");
    assert_eq!(&lab.read("back"), letter);
    assert_eq!(&lab.ok("sealpost", "cms verify --trust k.crt signed"), letter);
    let shown = String::from_utf8(lab.ok("sealpost", "cms inspect signed")).unwrap();
    assert!(shown.contains("1.3.6.1.4.1.311.16.4"), "{shown}");
    // It is signed: who changes it breaks the signature.
    let oid = b"\x2b\x06\x01\x04\x01\x82\x37\x10\x04";
    let at = signed.windows(oid.len()).position(|window| window == oid).unwrap() + oid.len() - 1;
    signed[at] = 5;
    lab.write("signed", &signed);
    assert_eq!(lab.run("sealpost", "cms verify --trust k.crt signed").0, 3);
}

/// Outlook on the web encrypts with AES-GCM as AuthEnvelopedData, and calls it by either name.
#[test]
fn e_03_owa_auth_enveloped_data_is_opened() {
    if !has("openssl") {
        return;
    }
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature,keyEncipherment");
    store(&lab);
    let castle = crate::bouncy::Castle::new();
    for letter in letters() {
        lab.write("m", &letter);
        let mut messages = Vec::new();
        for cipher in ["aes-128-gcm", "aes-256-gcm"] {
            lab.ok("openssl", &format!("cms -encrypt -binary -{cipher} -in m -outform DER -out t k.crt"));
            messages.extend([lab.read("t"), as_ber(&lab.read("t"))]);
            if let Some(castle) = &castle {
                castle.ok(&lab, &format!("encrypt {cipher} pkcs1 m t"));
                messages.push(lab.read("t"));
            }
        }
        for message in &messages {
            for name in ["enveloped-data", "authEnveloped-data", "authenveloped-data"] {
                let of = format!("application/pkcs7-mime; smime-type={name}; name=\"smime.p7m\"");
                let (verdict, confidentiality, text) = opened(&lab, &mail(&of, message));
                assert_eq!((verdict.as_str(), confidentiality.as_str()), ("unsigned", "authenticated"), "{name}");
                assert!(text.ends_with(&letter[letter.len() - 20..]), "{name}");
            }
            // One flip in the tag or before it, and nothing comes out.
            let mut damaged = message.clone();
            let middle = damaged.len() / 2 + 40;
            damaged[middle] ^= 1;
            lab.write("mail", &mail("application/pkcs7-mime; smime-type=enveloped-data", &damaged));
            assert_ne!(lab.run("sealpost", "open mail --store store").0, 0);
        }
    }
}

/// A TNEF stream as this test writes it is one to the program `tnef` as well, checksums included.
#[test]
fn f_13_a_winmail_dat_is_what_tnef_reads_too() {
    if !has("openssl") || !has("tnef") {
        return;
    }
    let lab = Lab::new();
    lab.person("-newkey rsa:2048", "digitalSignature,keyEncipherment");
    store(&lab);
    let letter = &letters()[0];
    lab.write("m", letter);
    lab.ok("openssl", "cms -sign -binary -nodetach -in m -signer k.crt -inkey k.key -outform DER -out opaque");
    lab.ok("openssl", "cms -sign -binary -in m -signer k.crt -inkey k.key -out clear");
    // The structure of a clear-signed mail, without the fields that are not its.
    let clear =
        String::from_utf8(lab.read("clear")).unwrap().replacen("MIME-Version: 1.0\n", "", 1).replace("\r\n", "\n");
    let clear = clear.replace('\n', "\r\n").into_bytes();
    for (class, message) in [("IPM.Note.SMIME", lab.read("opaque")), ("IPM.Note.SMIME.MultipartSigned", clear)] {
        let stream = tnef(class, &[("smime.p7m", &message)]);
        lab.write("winmail.dat", &stream);
        std::fs::create_dir_all(lab.0.join("out")).unwrap();
        lab.ok("tnef", "--file winmail.dat --directory out --overwrite");
        assert_eq!(lab.read("out/smime.p7m"), message, "{class}");
        // One that is damaged is not one to it.
        let mut damaged = stream.clone();
        damaged[40] ^= 1;
        lab.write("damaged", &damaged);
        assert_ne!(lab.run("tnef", "--file damaged --directory out --overwrite").0, 0);

        let in_mail = format!("{HEAD}{}", entity("application/ms-tnef; name=\"winmail.dat\"", "", &stream));
        let (verdict, _, text) = opened(&lab, in_mail.as_bytes());
        assert!(verdict == "verified" && text.ends_with(b"Hello, peer.\r\n"), "{class}: {verdict}");
        assert_eq!(&lab.ok("sealpost", "cms verify --trust k.crt winmail.dat"), letter, "{class}");
        assert_eq!(&lab.ok("sealpost", "cms verify --trust k.crt mail"), letter, "{class}");
    }
}

/// A stream of a version, a code page, a class, and attachments, each with its checksum (MS-OXTNEF §2.1.3).
fn tnef(class: &str, attachments: &[(&str, &[u8])]) -> Vec<u8> {
    let attribute = |level: u8, id: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&[level][..], &id.to_le_bytes(), &length, data, &sum.to_le_bytes()].concat()
    };
    let text = |text: &str| [text.as_bytes(), &[0]].concat();
    let mut out = b"\x78\x9f\x3e\x22\x01\x00".to_vec();
    out.extend(attribute(1, 0x0008_9006, &[0, 0, 1, 0]));
    out.extend(attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0]));
    out.extend(attribute(1, 0x0007_8008, &text(class)));
    for (title, data) in attachments {
        let mut rendering = [0; 14];
        rendering[0] = 1; // a file, at no position
        rendering[2..6].fill(0xff);
        out.extend(attribute(2, 0x0006_9002, &rendering));
        out.extend(attribute(2, 0x0001_8010, &text(title)));
        out.extend(attribute(2, 0x0006_800f, data));
    }
    out
}
