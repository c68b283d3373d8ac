//! Encrypted pieces in other numbers, places and shapes than the standard has (SI-75).

use super::*;

#[test]
fn si_75_exactly_one_key_and_one_piece_of_data() {
    let sealed = Sealing::of(genuine()).seal();
    let start = sealed.find("<xenc:EncryptedKey").unwrap();
    let end = sealed.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = sealed[start..end].to_owned();
    let second = key.replace("_k1", "_k2");
    let data_start = sealed.find("<xenc:EncryptedData").unwrap();
    let data_end = sealed.find("</xenc:EncryptedData>").unwrap() + "</xenc:EncryptedData>".len();
    let data = sealed[data_start..data_end]
        .replace("_k1", "_k2")
        .replace("_e1", "_e2");
    let value = |text: &str| {
        let start = text.rfind("<xenc:CipherValue>").unwrap();
        let end = text.rfind("</xenc:CipherValue>").unwrap() + "</xenc:CipherValue>".len();
        text[start..end].to_owned()
    };
    let reference = r#"<xenc:CipherReference URI="http://evil.test/"></xenc:CipherReference>"#;
    let end_of_data = "</xenc:EncryptedData>";
    for (name, xml, expected) in [
        ("control", sealed.clone(), ACCEPTED),
        (
            "two keys",
            edit(&sealed, &key, &format!("{key}{second}")),
            "encrypted_key_count",
        ),
        ("no key", edit(&sealed, &key, ""), "encrypted_key_count"),
        (
            "a key in the key",
            edit(
                &sealed,
                &key,
                &edit(
                    &key,
                    "</xenc:EncryptedKey>",
                    &format!("{second}</xenc:EncryptedKey>"),
                ),
            ),
            "encrypted_key_count",
        ),
        (
            "two pieces of data",
            edit(
                &sealed,
                end_of_data,
                &format!("{end_of_data}{}", data.replace(&second, "")),
            ),
            "encryption_shape",
        ),
        (
            "a reference",
            edit(&sealed, &value(&sealed), reference),
            "cipher_reference_refused",
        ),
        (
            "a reference beside the value",
            edit(
                &sealed,
                &value(&sealed),
                &format!("{}{reference}", value(&sealed)),
            ),
            "cipher_reference_refused",
        ),
        (
            "no value",
            edit(&sealed, &value(&sealed), ""),
            "element_missing",
        ),
        (
            "two values",
            edit(&sealed, &value(&sealed), &value(&sealed).repeat(2)),
            "element_repeated",
        ),
        (
            "a comment in the value",
            edit(
                &sealed,
                &value(&sealed),
                &value(&sealed).replace("</", "<!---->AAAA</"),
            ),
            "text_not_plain",
        ),
        (
            "no base64",
            edit(
                &sealed,
                &value(&sealed),
                "<xenc:CipherValue>*</xenc:CipherValue>",
            ),
            "encryption_shape",
        ),
        (
            "nothing",
            edit(
                &sealed,
                &value(&sealed),
                "<xenc:CipherValue></xenc:CipherValue>",
            ),
            "decryption_failed",
        ),
        (
            "parameters of the cipher",
            edit(
                &sealed,
                &format!("{AES256_GCM}\"></xenc:EncryptionMethod>"),
                &format!(
                    "{AES256_GCM}\"><xenc:OAEPparams>AA==</xenc:OAEPparams></xenc:EncryptionMethod>"
                ),
            ),
            "encryption_shape",
        ),
        (
            "a label",
            edit(
                &sealed,
                "</ds:DigestMethod>",
                "</ds:DigestMethod><xenc:OAEPparams>AA==</xenc:OAEPparams>",
            ),
            "encryption_shape",
        ),
        (
            "something behind",
            edit(
                &sealed,
                end_of_data,
                &format!("{end_of_data}<saml:Advice></saml:Advice>"),
            ),
            "encryption_shape",
        ),
        (
            "something before",
            edit(
                &sealed,
                "<xenc:EncryptedData ",
                "<saml:Advice></saml:Advice><xenc:EncryptedData ",
            ),
            "encryption_shape",
        ),
    ] {
        let found = outcome(verify_sealed(&unsigned_response(&xml), decryption(false)));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn si_75_the_key_is_for_us_and_for_this_data() {
    let list = |what: &str| format!("<xenc:ReferenceList>{what}</xenc:ReferenceList>");
    let to = |uri: &str| format!(r#"<xenc:DataReference URI="{uri}"></xenc:DataReference>"#);
    type Change = Box<dyn FnOnce(&mut Sealing)>;
    let rows: [(&str, Change, &str); 12] = [
        ("control", Box::new(|_| {}), ACCEPTED),
        (
            "for us",
            Box::new(|it| it.key_attributes = format!(" Recipient=\"{SP}\"")),
            ACCEPTED,
        ),
        (
            "for another",
            Box::new(|it| it.key_attributes = " Recipient=\"https://b.test\"".to_owned()),
            "encrypted_key_recipient",
        ),
        (
            "lists this data",
            Box::new({
                let tail = list(&to("#_e1"));
                |it| it.key_tail = tail
            }),
            ACCEPTED,
        ),
        (
            "lists other data",
            Box::new({
                let tail = list(&to("#_e2"));
                |it| it.key_tail = tail
            }),
            "encryption_shape",
        ),
        (
            "lists two",
            Box::new({
                let tail = list(&(to("#_e1") + &to("#_e1")));
                |it| it.key_tail = tail
            }),
            "encryption_shape",
        ),
        (
            "points elsewhere",
            Box::new(|it| {
                it.place = Place::Beside;
                it.retrieval_uri = "#_k2".to_owned();
            }),
            "encryption_shape",
        ),
        (
            "points to an address",
            Box::new(|it| {
                it.place = Place::Beside;
                it.retrieval_uri = "https://evil.test/key".to_owned();
            }),
            "encryption_shape",
        ),
        (
            "points to nothing",
            Box::new(|it| {
                it.place = Place::Beside;
                it.retrieval_uri = String::new();
            }),
            "encryption_shape",
        ),
        (
            "content instead of an element",
            Box::new(|it| {
                it.data_type = " Type=\"http://www.w3.org/2001/04/xmlenc#Content\"".to_owned();
            }),
            "encryption_shape",
        ),
        (
            "no type",
            Box::new(|it| it.data_type = String::new()),
            ACCEPTED,
        ),
        (
            "for a key that is not ours",
            Box::new(|it| it.certificate = decryption_key("other").certificate_der().to_vec()),
            "decryption_failed",
        ),
    ];
    for (name, change, expected) in rows {
        let xml = unsigned_response(&Sealing::of(genuine()).with(change).seal());
        assert_eq!(
            outcome(verify_sealed(&xml, decryption(false))),
            expected,
            "{name}"
        );
    }
}

#[test]
fn si_75_nested_encryption_is_not_followed() {
    let mut sealed = Sealing::of(genuine()).seal();
    check_sealed(&unsigned_response(&sealed), ACCEPTED);
    for depth in 1..=50 {
        // Each layer costs a third in base64: from some depth on the inner one is replaced, the shape is the same.
        if sealed.len() > 60_000 {
            sealed = Sealing::of(genuine()).seal();
        }
        sealed = Sealing::of(sealed).seal();
        let found = outcome(verify_sealed(
            &unsigned_response(&sealed),
            decryption(false),
        ));
        assert_eq!(found, "decrypted_element", "{depth}");
    }
    let inside = edit(
        &genuine(),
        "</saml:Assertion>",
        &format!(
            "<saml:Advice>{}</saml:Advice></saml:Assertion>",
            Sealing::of(genuine()).seal()
        ),
    );
    check_sealed(
        &signed_response(&Sealing::of(inside).seal()),
        "assertion_misplaced",
    );
}

/// What is decrypted goes through the same parser, with the same limits.
#[test]
fn si_75_the_plaintext_is_parsed_like_any_message() {
    let genuine = genuine();
    let bomb = format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{genuine}");
    let commented = genuine.replace(
        "alice@a.test</saml:NameID>",
        "alice@a.test<!---->.evil</saml:NameID>",
    );
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    let twice = format!("{genuine}{}", forged("_a2"));
    let closing = format!("{genuine}</saml:EncryptedAssertion>{}", forged("_a2"));
    let closing_ours = format!("{genuine}</decrypted><decrypted>{}", forged("_a2"));
    for (name, plaintext, expected) in [
        ("control", genuine.as_str(), ACCEPTED),
        ("a document type", &bomb, "doctype_refused"),
        ("a comment in the name", &commented, "text_not_plain"),
        ("depth", &deep, "xml_too_deep"),
        ("two assertions", &twice, "assertion_count"),
        (
            "markup that closes our element",
            &closing_ours,
            "xml_malformed",
        ),
        ("markup that closes ours", &closing, "xml_malformed"),
        ("nothing", "", "decrypted_element"),
        ("text", "alice", "decrypted_element"),
        ("another element", "<a/>", "decrypted_element"),
    ] {
        for around in [unsigned_response, signed_response as fn(&str) -> String] {
            let xml = around(&Sealing::of(plaintext).seal());
            assert_eq!(
                outcome(verify_sealed(&xml, decryption(false))),
                expected,
                "{name}"
            );
        }
    }
    let no_text = Sealing::of(b"\xff\xfe<a/>".as_slice()).seal();
    check_sealed(&unsigned_response(&no_text), "encoding_refused");
}
