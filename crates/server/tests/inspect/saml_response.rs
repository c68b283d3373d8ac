//! Responses.

use serde_json::{Value, json};
use vestibule_saml::{crypto::sign::SigningKey, issue::Sign};

use super::support::*;

#[test]
fn si_b1_an_accepted_response_is_told_whole() {
    let metadata = metadata(&[&IDP_KEY]);
    let said = inspect(&arguments(&metadata, &["--json"]), response());
    assert_eq!(said.status, Some(0), "{}", said.err);
    assert_eq!(said.out.lines().count(), 1);
    let verdict = &said.verdicts()[0];
    let expected = json!({
        "id": null,
        "accepted": true,
        "subject": "alice@acme.test",
        "format": MAIL_FORMAT,
        "attributes": {"groups": ["staff", "jira-users"], "mail": ["alice@acme.test"]},
        "authn_context": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "session_index": "_session-1",
        "issuer": IDP,
        "message_id": "_assertion-1",
        "authenticated_at": "2026-01-01T11:59:50Z",
    });
    assert_eq!(*verdict, expected);
    assert!(
        said.out
            .starts_with(r#"{"id":null,"accepted":true,"subject":"#),
        "{}",
        said.out
    );
}

#[test]
fn people_read_what_why_and_what_to_do() {
    let metadata = metadata(&[&IDP_KEY]);
    let said = inspect(&arguments(&metadata, &[]), response());
    assert_eq!(said.status, Some(0), "{}", said.err);
    for part in [
        "accepted: the signature and every check hold\n",
        "  Subject       alice@acme.test\n",
        "    groups: staff, jira-users\n",
    ] {
        assert!(said.out.contains(part), "{part}\nnot in\n{}", said.out);
    }
    let other = response().replace(SP, "https://other.test");
    let said = inspect(&arguments(&metadata, &[]), other);
    assert_eq!(said.status, Some(1), "{}", said.err);
    for part in [
        "rejected: digest_mismatch\n",
        "  What     ",
        "  Meaning  ",
        "  Remedy   ",
    ] {
        assert!(said.out.contains(part), "{part}\nnot in\n{}", said.out);
    }
}

#[test]
fn si_83_xml_base64_and_forms_are_read_as_the_live_endpoint_reads_them() {
    let xml = response();
    let dense = base64(&xml);
    let broken: String = dense
        .as_bytes()
        .chunks(76)
        .map(|chunk| format!("{}\r\n", std::str::from_utf8(chunk).unwrap()))
        .collect();
    let form: String = url::form_urlencoded::Serializer::new("RelayState=handle&".to_owned())
        .append_pair("SAMLResponse", &dense)
        .finish();
    let rows = [
        ("xml", xml.clone(), none(), ALICE),
        ("xml with BOM", format!("\u{feff}{xml}"), none(), ALICE),
        (
            "declaration",
            format!(r#"<?xml version="1.0" encoding="UTF-8"?>{xml}"#),
            none(),
            ALICE,
        ),
        ("base64", dense.clone(), none(), ALICE),
        ("line breaks", broken, none(), ALICE),
        ("form", form.clone(), none(), ALICE),
        (
            "form, twice",
            format!("{form}&SAMLResponse=PHg%2B"),
            none(),
            "binding_parameter_repeated",
        ),
        (
            "form, other kind",
            form.replace("SAMLResponse", "SAMLRequest"),
            none(),
            "not_a_response",
        ),
        (
            "spaces",
            dense.replacen('A', " ", 1),
            none(),
            "binding_base64",
        ),
        ("base64url", format!("-_{dense}"), none(), "binding_base64"),
        ("empty", String::new(), none(), "binding_message_missing"),
        ("text", "Hello".to_owned(), none(), "binding_base64"),
        (
            "cut",
            xml[..xml.len() / 2].to_owned(),
            none(),
            "xml_malformed",
        ),
        ("two roots", format!("{xml}<x/>"), none(), "xml_malformed"),
        (
            "DOCTYPE",
            format!("<!DOCTYPE x>{xml}"),
            none(),
            "doctype_refused",
        ),
        ("other message", "<x/>".to_owned(), none(), "not_a_response"),
    ];
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
}

#[test]
fn si_56_58_the_request_is_compared_where_it_is_known() {
    let answer = |request| answer_to(request, "_a1", Sign::Assertion, &IDP_KEY);
    let ours = json!({"in_response_to": REQUEST});
    let solicited = answer(Some(REQUEST));
    // The envelope is not signed, so anybody can change it; the assertion is.
    let differs = solicited.replacen(REQUEST, "_request-2", 1);
    let taken_out = solicited.replacen(&format!(" InResponseTo=\"{REQUEST}\""), "", 1);
    let emptied = solicited.replace(REQUEST, "");
    let rows = [
        ("known", solicited.clone(), ours.clone(), ALICE),
        ("unknown", solicited.clone(), none(), ALICE),
        (
            "another",
            solicited.clone(),
            json!({"in_response_to": "_other"}),
            "in_response_to_mismatch",
        ),
        (
            "empty",
            solicited,
            json!({"in_response_to": ""}),
            "in_response_to_mismatch",
        ),
        (
            "SI-58 differ, known",
            differs.clone(),
            ours.clone(),
            "in_response_to_mismatch",
        ),
        (
            "SI-58 differ, unknown",
            differs,
            none(),
            "in_response_to_mismatch",
        ),
        (
            "missing, known",
            taken_out.clone(),
            ours.clone(),
            "unsolicited_refused",
        ),
        ("missing, unknown", taken_out, none(), "unsolicited_refused"),
        (
            "emptied, unknown",
            emptied,
            none(),
            "in_response_to_mismatch",
        ),
        (
            "SI-57b unsolicited, known",
            answer(None),
            ours,
            "unsolicited_refused",
        ),
        (
            "SI-57b unsolicited, unknown",
            answer(None),
            none(),
            "unsolicited_refused",
        ),
    ];
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
}

#[test]
fn every_argument_of_the_live_endpoint_counts() {
    let rows = [
        ("as it is", none(), ALICE),
        (
            "SI-53 audience",
            json!({"sp_entity_id": "https://sso.test"}),
            "audience_mismatch",
        ),
        (
            "SI-54 address",
            json!({"acs": format!("{ACS}/")}),
            "destination_mismatch",
        ),
        (
            "SI-59 late",
            json!({"at": "2026-01-01T12:06:00Z"}),
            "confirmation_expired",
        ),
        (
            "late, within the skew",
            json!({"at": "2026-01-01T12:05:59Z"}),
            ALICE,
        ),
        (
            "less skew",
            json!({"at": "2026-01-01T12:05:59Z", "clock_skew": 0}),
            "confirmation_expired",
        ),
        (
            "skew as a text",
            json!({"at": "2026-01-01T12:05:59Z", "clock_skew": "0"}),
            "confirmation_expired",
        ),
        (
            "more skew",
            json!({"at": "2026-01-01T12:06:30Z", "clock_skew": 120}),
            ALICE,
        ),
        (
            "SI-60 early",
            json!({"at": "2026-01-01T11:58:59Z"}),
            "issued_in_future",
        ),
        (
            "other zone",
            json!({"at": "2026-01-01T13:00:30+01:00"}),
            ALICE,
        ),
        (
            "AC-01 authentication",
            json!({"authn_context": "https://refeds.org/profile/mfa"}),
            "authn_context_unmet",
        ),
        (
            "signed Response wanted",
            json!({"require_signed_response": true}),
            "response_signature_missing",
        ),
    ];
    let rows = rows.map(|(id, overrides, outcome)| (id, response(), overrides, outcome));
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
}

#[test]
fn si_68_md_01_keys_are_those_of_the_metadata() {
    let both = metadata(&[&IDP_KEY, &NEXT_KEY]);
    let no_use = both.replace(r#" use="signing""#, "");
    assert_ne!(no_use, both);
    let two = format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{both}{}</md:EntitiesDescriptor>"#,
        described("https://other.test/saml", &[&STRANGER], None)
    );
    let one = format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{both}</md:EntitiesDescriptor>"#
    );
    let by = |key| response_of("_a1", Sign::Both, key);
    let with = |metadata: &str| json!({"idp_metadata": metadata});
    let named = json!({"idp_metadata": two, "idp_entity_id": IDP});
    let other = json!({"idp_metadata": two, "idp_entity_id": "https://other.test/saml"});
    let expired = described(IDP, &[&IDP_KEY], Some(at()));
    let ours = described(SP, &[&IDP_KEY], None);
    let rows = [
        ("first key", by(&IDP_KEY), none(), ALICE),
        ("next key", by(&NEXT_KEY), none(), ALICE),
        (
            "SI-49 stranger",
            by(&STRANGER),
            none(),
            "signature_mismatch",
        ),
        ("MD-01 no use", by(&NEXT_KEY), with(&no_use), ALICE),
        (
            "MD-01 no use, stranger",
            by(&STRANGER),
            with(&no_use),
            "signature_mismatch",
        ),
        ("one in a group", by(&IDP_KEY), with(&one), ALICE),
        (
            "two in a group",
            by(&IDP_KEY),
            with(&two),
            "metadata_entity_ambiguous",
        ),
        ("the one that is named", by(&IDP_KEY), named, ALICE),
        (
            "SI-66 the other one",
            by(&STRANGER),
            other,
            "issuer_mismatch",
        ),
        (
            "MD-04 over",
            by(&IDP_KEY),
            with(&expired),
            "metadata_expired",
        ),
        (
            "MD-03 our own",
            by(&IDP_KEY),
            with(&ours),
            "metadata_our_own",
        ),
        (
            "no metadata",
            by(&IDP_KEY),
            with("<x/>"),
            "metadata_entity_missing",
        ),
    ];
    check_batch(&arguments(&both, &[]), &rows);
}

#[test]
fn md_03_signed_metadata_counts_only_with_the_right_key() {
    let certificate = |key: &SigningKey| pem("CERTIFICATE", key.certificate_der());
    let signed = |signer| signed_metadata(IDP, &[&IDP_KEY], None, signer);
    let by_idp = signed(Some(&IDP_KEY));
    let changed = by_idp.replace("https://idp.test/sso", "https://evil.test/sso");
    assert_ne!(changed, by_idp);
    let with = |metadata: &str, signer: &SigningKey| json!({"idp_metadata": metadata, "metadata_signed_by": certificate(signer)});
    let either = json!({"idp_metadata": by_idp, "metadata_signed_by": [certificate(&STRANGER), certificate(&IDP_KEY)]});
    let rows = [
        ("signed", with(&by_idp, &IDP_KEY), ALICE),
        ("signed by one of two", either, ALICE),
        (
            "MD-03 unsigned",
            with(&signed(None), &IDP_KEY),
            "signature_missing",
        ),
        ("MD-03 changed", with(&changed, &IDP_KEY), "digest_mismatch"),
        (
            "MD-03 other key",
            with(&signed(Some(&NEXT_KEY)), &IDP_KEY),
            "key_mismatch",
        ),
        (
            "nobody asks for a signature",
            json!({"idp_metadata": changed}),
            ALICE,
        ),
    ];
    let rows = rows.map(|(id, overrides, outcome)| (id, response(), overrides, outcome));
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
}

#[test]
fn si_b4_an_encrypted_assertion_needs_its_key() {
    let ((old, old_pem), (new, new_pem)) = (decryption_key(), decryption_key());
    let for_old = |sign| encrypted(sign, &old);
    let (one, other) = (json!({"sp_key": old_pem}), json!({"sp_key": [new_pem]}));
    let both = json!({"sp_key": [new_pem, old_pem]});
    let bare = without_signature(&for_old(Sign::Response));
    let rows = [
        (
            "SI-B4 assertion signed",
            for_old(Sign::Assertion),
            one.clone(),
            ALICE,
        ),
        (
            "SI-B4 Response signed",
            for_old(Sign::Response),
            one.clone(),
            ALICE,
        ),
        ("both", for_old(Sign::Both), one.clone(), ALICE),
        ("the key before", for_old(Sign::Both), both.clone(), ALICE),
        ("the key now", encrypted(Sign::Both, &new), both, ALICE),
        (
            "another key",
            for_old(Sign::Both),
            other,
            "decryption_failed",
        ),
        (
            "no key",
            for_old(Sign::Both),
            none(),
            "encrypted_not_configured",
        ),
        ("SI-73 unsigned", bare, one.clone(), "signature_missing"),
        ("not encrypted", response(), one, ALICE),
    ];
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    std::fs::write(&path, &old_pem).unwrap();
    let metadata = metadata(&[&IDP_KEY]);
    let with_key = arguments(&metadata, &["--sp-key", path.to_str().unwrap()]);
    let said = inspect(&with_key, for_old(Sign::Assertion));
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    assert!(!said.out.contains("PRIVATE"), "{}", said.out);
}

#[test]
fn si_52_69_hostile_neighbours_of_the_control_are_refused() {
    let signed = response();
    let bare = without_signature(&signed);
    let forged = signed.replace("alice@acme.test", "admin@acme.test");
    let (head, tail) = signed.split_once("</samlp:Response>").unwrap();
    let assertion = &head[head.find("<saml:Assertion").unwrap()..];
    let evil = bare[bare.find("<saml:Assertion").unwrap()..]
        .replace("alice@acme.test", "admin@acme.test")
        .replace("_assertion-1", "_evil")
        .replace("</samlp:Response>", "");
    let second = format!("{head}{evil}</samlp:Response>{tail}");
    let first = signed.replace(assertion, &format!("{evil}{assertion}"));
    let comment = signed.replacen(">alice@", ">alice<!---->@", 1);
    let rows = [
        ("control", signed.clone(), none(), ALICE),
        ("SI-52 no signature", bare, none(), "signature_missing"),
        ("forged", forged, none(), "digest_mismatch"),
        ("SI-03 evil first", first, none(), "assertion_count"),
        ("SI-10 evil last", second, none(), "assertion_count"),
        ("SI-25 comment", comment, none(), "text_not_plain"),
        (
            "SI-71 version",
            signed.replacen(r#"Version="2.0""#, r#"Version="1.1""#, 1),
            none(),
            "version_unsupported",
        ),
        (
            "SI-69 status",
            signed.replace("status:Success", "status:Responder"),
            none(),
            "upstream_failed",
        ),
    ];
    check_batch(&arguments(&metadata(&[&IDP_KEY]), &[]), &rows);
}

#[test]
fn si_77_what_is_too_large_is_refused_and_not_kept() {
    let large = format!("<x>{}</x>", "a".repeat(300 * 1024));
    let larger = format!("<x>{}</x>", "a".repeat(600 * 1024));
    let (deep, many) = ("<a>".repeat(4_000), "<a>".repeat(50_000));
    let rows = [
        ("XML", large.clone(), none(), "xml_too_large"),
        ("base64", base64(&large), none(), "binding_too_large"),
        ("larger", larger.clone(), none(), "binding_too_large"),
        ("deep", deep, none(), "xml_too_deep"),
        ("many", many, none(), "xml_too_many_nodes"),
        (
            "line",
            format!("<x>{}</x>", "a".repeat(20 << 20)),
            none(),
            "binding_too_large",
        ),
        ("control", response(), none(), ALICE),
    ];
    let metadata = metadata(&[&IDP_KEY]);
    check_batch(&arguments(&metadata, &[]), &rows);
    let said = inspect(&arguments(&metadata, &["--json"]), larger);
    assert_eq!(outcomes(&said)[0].1, "binding_too_large");
}

#[test]
fn nothing_in_a_message_reaches_the_terminal_as_it_is() {
    let hostile = "bell\u{7}\u{1b}[2J\u{202e}evil";
    let xml = response().replace("urn:oasis:names:tc:SAML:2.0:protocol", hostile);
    let said = inspect(&arguments(&metadata(&[&IDP_KEY]), &[]), xml);
    assert_eq!(said.status, Some(1));
    assert!(
        !said
            .out
            .chars()
            .any(|c| c == '\u{7}' || c == '\u{1b}' || c == '\u{202e}'),
        "{:?}",
        said.out
    );
}

#[test]
fn exit_status_tells_yes_no_and_usage() {
    let metadata = metadata(&[&IDP_KEY]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let metadata_file = file("idp.xml", &metadata);
    let good = file("response.b64", &format!("{}\n", base64(&response())));
    let bad = file("bad.xml", &response().replace("alice", "admin"));
    let absent = folder.path().join("absent").to_str().unwrap().to_owned();
    let of_file: Vec<&str> = arguments(&metadata_file, &[&good]);
    let table: [(&[&str], i32); 12] = [
        (&of_file, 0),
        (&arguments(&metadata_file, &["-"]), 1),
        (&arguments(&metadata_file, &[&bad]), 1),
        (&arguments(&metadata_file, &[&absent]), 2),
        (&arguments(&absent, &[&good]), 2),
        (&arguments(&metadata_file, &["/"]), 2),
        (
            &arguments(&metadata_file, &[&good, "--sp-key", &metadata_file]),
            2,
        ),
        (
            &arguments(&metadata_file, &[&good, "--clock-skew", "121"]),
            2,
        ),
        (&arguments(&metadata_file, &[&good, "--replay"]), 2),
        (
            &["saml-response", "--idp-metadata", &metadata_file, &good],
            2,
        ),
        (&["saml-response", "--help"], 0),
        (&["saml-something"], 2),
    ];
    for (arguments, expected) in table {
        let said = inspect(arguments, "");
        assert_eq!(said.status, Some(expected), "{arguments:?}: {said:?}");
        assert_eq!(
            expected == 2,
            !said.err.is_empty(),
            "{arguments:?}: {said:?}"
        );
    }
    let mut backwards = of_file;
    backwards[8] = "yesterday";
    assert_eq!(inspect(&backwards, "").status, Some(2));
}

#[test]
fn values_are_told_as_they_are_written() {
    let metadata = metadata(&[&IDP_KEY]);
    let response = response();
    let elsewhere = response.replacen(ACS, "https://other.test", 1);
    let said = inspect(&arguments(&metadata, &["--json"]), elsewhere);
    let detail = said.verdicts()[0]["detail"].to_string();
    assert!(
        detail.contains(r#"destined for \"https://other.test\", but"#),
        "{detail}"
    );
}

#[test]
fn the_help_says_what_a_missing_request_means() {
    let said = inspect(&["saml-response", "--help"], "");
    let text: Vec<&str> = said.out.split_whitespace().collect();
    let text = text.join(" ");
    assert!(!text.contains("--config"), "it is not read\n{text}");
    for part in [
        "Judge a SAML Response",
        "Without --in-response-to nobody knows the request",
        "A Response that answers none is refused",
    ] {
        assert!(text.contains(part), "{part}\nnot in\n{text}");
    }
}

#[test]
fn the_verdict_is_in_the_order_that_was_promised() {
    let metadata = metadata(&[&IDP_KEY]);
    let said = inspect(&arguments(&metadata, &["--json"]), "<x/>");
    let verdict: &Value = &said.verdicts()[0];
    assert_eq!(verdict["rejection"], "not_a_response");
    assert!(
        said.out
            .starts_with(r#"{"id":null,"accepted":false,"rejection":"not_a_response","detail":""#),
        "{}",
        said.out
    );
}
