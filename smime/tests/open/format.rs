//! How S/MIME mail is formed (rows F-01 to F-15).

use wire::oids;

use crate::build::*;
use crate::ring::Ring;
use crate::world;

#[test]
fn f_01_the_content_decides_whatever_smime_type_says() {
    let w = world();
    let cms = opaque(PAYLOAD.as_bytes(), &[&w.alice]);
    for said in ["signed-data", "SIGNED-DATA", "enveloped-data", "certs-only", "nonsense"] {
        let seen = open(smime(HEAD, said, &cms), &w.ring);
        assert_eq!((seen.verdict, seen.layers.as_slice()), ("verified", ["signed-data"].as_slice()), "{said}");
        assert_eq!(seen.has("smime-type-differs"), !said.eq_ignore_ascii_case("signed-data"), "{said}");
    }
    let sealed = sealed(PAYLOAD.as_bytes(), GCM, &[&w.bob]);
    for (said, differs) in [("authenveloped-data", false), ("authEnveloped-data", false), ("signed-data", true)] {
        let seen = open(smime(HEAD, said, &sealed), &w.ring);
        assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "authenticated"));
        assert_eq!(seen.has("smime-type-differs"), differs, "{said}");
    }
}

#[test]
fn f_02_old_names_and_octet_streams_with_a_name_are_smime() {
    let w = world();
    let body = base64(&opaque(PAYLOAD.as_bytes(), &[&w.alice]));
    let with = |structure: &str| {
        open(format!("{HEAD}{structure}\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}"), &w.ring).verdict
    };
    assert_eq!(with("Content-Type: application/x-pkcs7-mime"), "verified");
    assert_eq!(with("Content-Type: application/octet-stream; name=SMIME.P7M"), "verified");
    let disposition = "Content-Disposition: attachment; filename=smime.p7m";
    assert_eq!(with(&format!("Content-Type: application/octet-stream\r\n{disposition}")), "verified");
    assert_eq!(with("Content-Type: application/octet-stream; name=photo.jpg"), "unsigned");
    assert_eq!(with(&format!("Content-Type: text/plain\r\n{disposition}")), "unsigned");
}

#[test]
fn f_03_micalg_is_a_hint() {
    let w = world();
    let signature = detached(PAYLOAD.as_bytes(), &[&w.alice]);
    for said in ["sha-256", "sha256", "rsa-md5", "unknown", "sha-1,sha-256", "sha3-256", "\"\"", "sha-512"] {
        assert_eq!(open(clear_with(HEAD, said, PAYLOAD, &signature), &w.ring).verdict, "verified", "{said}");
    }
}

#[test]
fn f_04_not_exactly_two_parts_is_broken() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    assert_eq!(open(&good, &w.ring).verdict, "verified");
    let one = good.split("\r\n--b1\r\nContent-Type: application/pkcs7").next().unwrap().to_owned() + "\r\n--b1--\r\n";
    let three = good.replace("--b1--", "--b1\r\nContent-Type: text/html\r\n\r\n<b>pay now</b>\r\n--b1--");
    let first = good.replacen("--b1\r\n", "--b1\r\nContent-Type: text/html\r\n\r\n<b>pay now</b>\r\n--b1\r\n", 1);
    let unclosed = good.replace("\r\n--b1--", "");
    let none = format!(
        "{HEAD}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b1\r\n\r\nno parts\r\n"
    );
    let text = good.replace("Content-Type: application/pkcs7-signature", "Content-Type: text/plain");
    for (mail, why) in
        [(one, "one"), (three, "three"), (first, "first"), (unclosed, "unclosed"), (none, "none"), (text, "text")]
    {
        let seen = open(mail, &w.ring);
        assert_eq!(seen.verdict, "broken", "{why}");
        assert!(seen.mail.is_err(), "{why}");
    }
}

#[test]
fn f_04_without_a_known_protocol_it_is_no_smime() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    for protocol in ["application/pgp-signature", "x"] {
        let mail = good.replace("protocol=\"application/pkcs7-signature\"", &format!("protocol=\"{protocol}\""));
        let seen = open(mail, &w.ring);
        assert_eq!((seen.verdict, seen.layers.len()), ("unsigned", 0));
    }
    let mail = good.replace("application/pkcs7-signature", "application/x-pkcs7-signature");
    assert_eq!(open(mail, &w.ring).verdict, "verified");
}

#[test]
fn f_05_what_is_signed_is_the_part_exactly_as_it_arrived() {
    let w = world();
    // Odd folding, spaces at line ends, no final line end, an empty line at the end: all of it counts.
    for part in [
        "content-TYPE:text/plain;\r\n\tcharset = utf-8 \r\nX: \t\r\n\r\ntrailing  \r\n\r\n",
        "Content-Type: text/plain\r\n\r\nno line end",
        "\r\nwithout a header\r\n",
        "Content-Type: text/plain\r\n\r\n--b\r\n--b1x\r\n-- b1\r\n",
    ] {
        let mail = clear_mail(part, &[&w.alice]);
        assert_eq!(open(&mail, &w.ring).verdict, "verified", "{part:?}");
        assert!(open(&mail, &w.ring).text().ends_with(part.split_once("\r\n\r\n").map_or(part, |(_, body)| body)));
        for at in 0..part.len() {
            let mut other = part.as_bytes().to_vec();
            other[at] ^= 1;
            let other = String::from_utf8(other).unwrap();
            let seen = try_open(mail.replacen(part, &other, 1).as_bytes(), &w.ring);
            // A line of its header that is none any more leaves nothing to be shown.
            assert!(seen.map_or(true, |seen| seen.verdict == "broken"), "{part:?} at {at}");
        }
    }
}

#[test]
fn f_06_lines_that_end_in_lf_are_read_as_crlf_and_come_out_in_lf() {
    let w = world();
    let lf = |mail: String| mail.replace("\r\n", "\n");
    for mail in [
        clear_mail(PAYLOAD, &[&w.alice]),
        opaque_mail(PAYLOAD, &[&w.alice]),
        sealed_mail(HEAD, PAYLOAD, GCM, &[&w.bob]),
        sealed_mail(HEAD, &clear_mail(PAYLOAD, &[&w.alice]), CBC, &[&w.bob]),
    ] {
        let (wire, kept) = (open(&mail, &w.ring), open(lf(mail), &w.ring));
        assert_eq!(wire.verdict, kept.verdict);
        assert!(!wire.has("line-ends") && kept.has("line-ends"));
        assert_eq!(kept.text(), lf(wire.text().to_owned()));
        assert!(kept.text().ends_with("\n\nMeet at noon.\n"));
    }
}

#[test]
fn f_06_mixed_line_ends_and_nul_within_a_signed_part_are_broken() {
    let w = world();
    for part in [
        "Content-Type: text/plain\r\n\r\nfirst\nsecond\r\n",
        "Content-Type: text/plain\r\n\r\nfirst\rsecond\r\n",
        "Content-Type: text/plain\r\n\r\nfirst\0second\r\n",
        "Content-Type: text/plain\r\nX: a\rFrom: mallory@example.com\r\n\r\ntext\r\n",
    ] {
        for mail in [clear_mail(part, &[&w.alice]), opaque_mail(part, &[&w.alice])] {
            let seen = open(mail, &w.ring);
            assert_eq!(seen.verdict, "broken", "{part:?} {:?}", seen.codes);
            assert!(seen.has("line-ends-mixed"));
        }
    }
    // In a file whose lines end in LF a CR LF is as odd.
    let mail = clear_mail(PAYLOAD, &[&w.alice]).replace("\r\n", "\n").replace("noon.\n", "noon.\r\n");
    assert_eq!(open(mail, &w.ring).verdict, "broken");
}

#[test]
fn f_08_binary_inside_an_opaque_layer_is_kept_as_it_is() {
    let w = world();
    let mut content = b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n".to_vec();
    content.extend_from_slice(b"\x89PNG\r\n\x1a\n\0\0\r\r\n\n");
    for cms in [opaque(&content, &[&w.alice]), sealed(&content, GCM, &[&w.bob])] {
        let mail = smime(HEAD, "signed-data", &cms);
        let policy = trust::Policy::standard();
        let bytes = mail.as_bytes();
        let opened = sealpost_smime::Desk::new(&policy, &w.ring).at(crate::ring::NOW).open(&bytes).unwrap();
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut opened.mail().unwrap(), &mut out).unwrap();
        assert!(out.ends_with(b"\r\n\r\n\x89PNG\r\n\x1a\n\0\0\r\r\n\n"));
        assert!(!matches!(opened.verdict().word(), "broken" | "unverified"));
    }
}

#[test]
fn f_09_clear_and_opaque_are_both_read() {
    let w = world();
    for (mail, layer) in
        [(clear_mail(PAYLOAD, &[&w.alice]), "multipart-signed"), (opaque_mail(PAYLOAD, &[&w.alice]), "signed-data")]
    {
        let seen = open(mail, &w.ring);
        assert_eq!((seen.verdict, seen.layers.as_slice()), ("verified", [layer].as_slice()));
        assert_eq!(
            seen.text(),
            format!("{}{}", HEAD.replace("MIME-Version: 1.0\r\n", ""), "MIME-Version: 1.0\r\n") + PAYLOAD
        );
    }
}

#[test]
fn f_10_layers_nest_in_any_order() {
    let w = world();
    let inner = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let middle = sealed_entity(&inner, GCM, &[&w.bob]);
    let triple = clear_mail(&middle, &[&w.alice]);
    let seen = open(&triple, &w.ring);
    assert_eq!(seen.layers, ["multipart-signed", "auth-enveloped-data", "multipart-signed"]);
    assert_eq!((seen.verdict, seen.confidentiality), ("verified", "authenticated"));
    assert!(seen.text().ends_with("Meet at noon.\r\n"));
    assert_eq!(seen.report.signers.len(), 2);
}

#[test]
fn f_10_eight_layers_are_read_and_nine_refused() {
    let w = world();
    let mut entity = PAYLOAD.to_owned();
    for depth in 1..=9 {
        entity = match depth % 3 {
            0 => sealed_entity(&entity, GCM, &[&w.bob]),
            1 => clear("", &entity, &detached(entity.as_bytes(), &[&w.alice])),
            _ => smime("", "signed-data", &opaque(entity.as_bytes(), &[&w.alice])),
        };
        let seen = try_open(format!("{HEAD}{entity}").as_bytes(), &w.ring);
        if depth <= 8 {
            let seen = seen.unwrap();
            assert_eq!((seen.verdict, seen.layers.len()), ("verified", depth));
            assert!(seen.text().ends_with("Meet at noon.\r\n"));
        } else {
            assert!(matches!(seen, Err(sealpost_smime::OpenError::Damaged(_))));
        }
    }
}

#[test]
fn f_11_certificates_only_is_no_signature() {
    let w = world();
    let cms = cms::certs_only(std::slice::from_ref(&w.alice.certificate));
    for name in ["smime.p7c", "smime.p7m"] {
        let mail = smime(HEAD, "certs-only", &cms).replace("smime.p7m", name);
        let seen = open(mail, &w.ring);
        assert_eq!(seen.verdict, "unsigned");
        assert!(seen.has("certificates-only") && !seen.has("smime-type-differs"));
    }
}

#[test]
fn f_12_a_signature_beside_the_text_with_a_text_of_its_own_is_broken() {
    let w = world();
    // Johnny c1: the signature holds for the content that it carries, which nobody sees.
    let other = "Content-Type: text/plain\r\n\r\nTransfer everything to Mallory.\r\n";
    for cms in [opaque(PAYLOAD.as_bytes(), &[&w.alice]), opaque(b"", &[&w.alice])] {
        for shown in [other, PAYLOAD] {
            let seen = open(clear(HEAD, shown, &cms), &w.ring);
            assert_eq!(seen.verdict, "broken");
            assert!(seen.mail.is_err());
        }
    }
}

#[test]
fn f_13_a_part_that_a_relay_changed_is_broken_and_can_still_be_looked_at() {
    let w = world();
    let mail = clear_mail(PAYLOAD, &[&w.alice]).replace("Meet at noon.", "Meet at noon. ");
    let seen = open(mail, &w.ring);
    assert_eq!(seen.verdict, "broken");
    assert!(seen.mail.is_err());
    assert!(seen.broken.unwrap().ends_with("Meet at noon. \r\n"));
}

#[test]
fn f_14_base64_bears_white_space_and_nothing_else() {
    let w = world();
    let mail = opaque_mail(PAYLOAD, &[&w.alice]);
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let one = body.replace("\r\n", "");
    let spaced: String = body.replace("\r\n", " \r\n\t");
    for body in [one.clone(), spaced, format!("\r\n\r\n{body}\r\n\r\n")] {
        assert_eq!(open(format!("{head}\r\n\r\n{body}"), &w.ring).verdict, "verified");
    }
    let (a, b) = one.split_at(40);
    for body in [format!("{a}!{b}"), format!("{a}\u{e9}{b}"), format!("{a}\0{b}"), format!("{a}=={b}")] {
        let seen = try_open(format!("{head}\r\n\r\n{body}\r\n").as_bytes(), &w.ring);
        assert!(seen.is_err(), "{body}");
    }
}

#[test]
fn f_15_the_outermost_type_decides_and_nothing_deeper() {
    let w = world();
    let signed = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let sealed = sealed_entity(PAYLOAD, GCM, &[&w.bob]);
    for deep in [signed, sealed] {
        let mixed = format!("{HEAD}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{deep}\r\n--m--\r\n");
        let attached = format!("{HEAD}Content-Type: message/rfc822\r\n\r\n{deep}");
        for mail in [mixed, attached] {
            let seen = open(&mail, &w.ring);
            assert_eq!((seen.verdict, seen.confidentiality, seen.layers.len()), ("unsigned", "none", 0));
            assert_eq!(seen.text(), mail, "a mail that is not S/MIME comes out as it is");
        }
    }
}

#[test]
fn what_stands_before_a_mail_in_a_file_is_skipped() {
    let w = world();
    let mail = clear_mail(PAYLOAD, &[&w.alice]);
    for before in ["\u{feff}", "From alice Mon Nov 23 09:59:00 2026\r\n", "\u{feff}From alice\r\n"] {
        let seen = open(format!("{before}{mail}"), &w.ring);
        assert_eq!(seen.verdict, "verified");
        assert!(seen.text().starts_with("From: Alice"), "{}", seen.text());
    }
}

#[test]
fn content_types_within_cms_are_data() {
    let w = world();
    // Signed as something else by the same key: a receipt is not a mail (RFC 8551 §2.4.1).
    let receipt = oids::RECEIPT;
    let mut list = attributes(PAYLOAD.as_bytes());
    list[0] = attribute(oids::CONTENT_TYPE, |w| {
        w.oid(receipt);
    });
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, list));
    forge.content_type = receipt;
    let seen = open(smime(HEAD, "signed-data", &forge.to_der()), &w.ring);
    assert_eq!(seen.verdict, "broken");
    forge.content = None;
    assert_eq!(open(clear(HEAD, PAYLOAD, &forge.to_der()), &w.ring).verdict, "broken");
}

#[test]
fn without_any_key_what_is_signed_can_be_read_all_the_same() {
    let w = world();
    let seen = open(clear_mail(PAYLOAD, &[&w.alice]), &Ring::default());
    assert_eq!(seen.verdict, "unverified");
    assert!(seen.has("certificate-untrusted"));
    assert!(seen.text().ends_with("Meet at noon.\r\n"));
}
