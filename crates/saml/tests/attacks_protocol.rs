//! Protocol checks, SI-53 to SI-75. Every message is validly signed unless the row is about that: only what it says is
//! wrong.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

#[path = "attacks_protocol/moments.rs"]
mod moments;
mod support;

use vestibule_saml::{
    instant::{self, Skew},
    response::{self as consume, Expectation, ResponseError, Value},
};

use self::support::{
    A_SIG, ACS, IDP, NOW, R_SIG, REQUEST, SAML, SP, Signing, around_signed, assertion, bare, check,
    edit, expectation, keys, outcome, response, signed_around, signed_assertion, signed_both,
    verify, wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";
const AUDIENCE: &str = "<saml:AudienceRestriction><saml:Audience>https://sp.test/saml/metadata</saml:Audience></saml:AudienceRestriction>";
const PERIOD: &str = r#" NotBefore="2026-01-01T11:59:00Z" NotOnOrAfter="2026-01-01T13:00:00Z""#;
const CONFIRMATION_END: &str = r#" NotOnOrAfter="2026-01-01T12:05:00Z""#;
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// The benign assertion with one edit, signed by the identity provider; once in an unsigned Response, once in a signed
/// one.
#[track_caller]
fn check_edit(from: &str, to: &str, expected: &str) {
    let template = edit(&assertion("_a1"), from, to);
    check(&around_signed(&template), expected);
    check(&signed_around(&template), expected);
}

/// The benign Response with one edit outside the assertion; signed and not signed.
#[track_caller]
fn check_response_edit(from: &str, to: &str, expected: &str) {
    let template = edit(&response("_r1", "{assertion}"), from, to);
    check(
        &bare(&template.replace("{assertion}", &signed_assertion(&assertion("_a1")))),
        expected,
    );
    let template = template.replace("{assertion}", &bare(&assertion("_a1")));
    check(&Signing::of(&template, R_SIG).sign(keys::idp()), expected);
}

/// Between the subject's `NameID` and the end of the subject.
fn confirmations() -> String {
    let xml = assertion("_a1");
    let start = xml.find("<saml:SubjectConfirmation ").unwrap();
    xml[start..xml.find("</saml:Subject>").unwrap()].to_owned()
}

#[test]
fn everything_of_a_benign_assertion_is_read() {
    let read = verify(&signed_both(&assertion("_a1"))).unwrap();
    assert_eq!(read.id(), "_a1");
    assert_eq!(read.issuer(), IDP);
    assert_eq!(read.name_id().value, "alice@a.test");
    assert_eq!(
        read.name_id().format,
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    );
    assert_eq!(read.name_id().name_qualifier, None);
    assert_eq!(read.session_index(), Some("_s1"));
    assert_eq!(read.session_not_on_or_after(), None);
    assert_eq!(
        instant::format(read.authn_instant()),
        "2026-01-01T11:59:50Z"
    );
    assert!(
        read.authn_context()
            .unwrap()
            .ends_with(":PasswordProtectedTransport")
    );
    assert_eq!(
        read.attributes().texts("groups").collect::<Vec<_>>(),
        ["staff", "jira-users"]
    );
    assert_eq!(read.attributes().single("mail"), Ok(Some("alice@a.test")));
    assert_eq!(
        read.attributes().find("mail").unwrap().values,
        [Value::Text("alice@a.test".to_owned())]
    );
    assert!(!read.one_time_use());
    assert_eq!(read.proxy_count(), None);
    assert!(!format!("{read:?}").contains("alice"));
}

#[test]
fn si_53a_audience_is_another() {
    for audience in [
        "https://other.test/saml/metadata",
        "https://sp.test/saml/metadata/",
        "https://sp.test/saml",
        "https://sp.test/saml/metadata.evil.test",
        "HTTPS://sp.test/saml/metadata",
        " https://sp.test/saml/metadata",
        "",
    ] {
        check_edit(
            &format!("<saml:Audience>{SP}<"),
            &format!("<saml:Audience>{audience}<"),
            "audience_mismatch",
        );
    }
}

#[test]
fn si_53b_audience_is_missing() {
    check_edit(AUDIENCE, "", "audience_mismatch");
    check_edit(
        AUDIENCE,
        "<saml:AudienceRestriction></saml:AudienceRestriction>",
        "audience_mismatch",
    );
}

#[test]
fn si_53c_every_restriction_must_hold_and_one_audience_of_each() {
    let other = AUDIENCE.replace(SP, "https://other.test");
    check_edit(AUDIENCE, &format!("{AUDIENCE}{other}"), "audience_mismatch");
    check_edit(AUDIENCE, &format!("{other}{AUDIENCE}"), "audience_mismatch");
    let both = AUDIENCE.replace(
        "<saml:Audience>",
        "<saml:Audience>https://other.test</saml:Audience><saml:Audience>",
    );
    check_edit(AUDIENCE, &both, ACCEPTED);
    check_edit(AUDIENCE, &format!("{AUDIENCE}{AUDIENCE}"), ACCEPTED);
}

#[test]
fn si_53d_conditions_missing_or_unknown() {
    let xml = assertion("_a1");
    let conditions =
        &xml[xml.find("<saml:Conditions").unwrap()..xml.find("<saml:AuthnStatement").unwrap()];
    check_edit(conditions, "", "element_missing");
    check_edit(
        conditions,
        &format!("{conditions}{conditions}"),
        "element_repeated",
    );
    for unknown in [
        "<saml:Condition></saml:Condition>".to_owned(),
        "<saml:DoNotCacheCondition></saml:DoNotCacheCondition>".to_owned(),
        r#"<x:AudienceRestriction xmlns:x="urn:x"></x:AudienceRestriction>"#.to_owned(),
        r#"<saml:ProxyRestriction Count="many"></saml:ProxyRestriction>"#.to_owned(),
    ] {
        check_edit(
            AUDIENCE,
            &format!("{AUDIENCE}{unknown}"),
            "condition_unknown",
        );
    }
}

#[test]
fn known_conditions_are_read() {
    let more = r#"<saml:OneTimeUse></saml:OneTimeUse><saml:ProxyRestriction Count="0"></saml:ProxyRestriction>"#;
    let template = edit(&assertion("_a1"), AUDIENCE, &format!("{AUDIENCE}{more}"));
    let read = verify(&around_signed(&template)).unwrap();
    assert!(read.one_time_use());
    assert_eq!(read.proxy_count(), Some(0));
}

/// Addresses that are not ours, though some software might think so.
fn other_addresses() -> Vec<String> {
    vec![
        "https://other.test/acs".to_owned(),
        ACS.replace("https", "http"),
        ACS.replace("sp.test", "sp.test:443"),
        ACS.replace("sp.test", "SP.test"),
        ACS.replace("/a/", "/b/"),
        ACS.replace("/acs", "/x/../acs"),
        ACS.replace("sp.test", "sp.test.evil.test"),
        ACS.replace("sp.test", "user@sp.test"),
        format!("{ACS}/"),
        format!("{ACS}?x"),
        format!(" {ACS}"),
        String::new(),
    ]
}

#[test]
fn si_54_recipient() {
    for address in other_addresses() {
        check_edit(
            &format!("Recipient=\"{ACS}\""),
            &format!("Recipient=\"{address}\""),
            "recipient_mismatch",
        );
    }
    check_edit(&format!(" Recipient=\"{ACS}\""), "", "recipient_mismatch");
}

#[test]
fn si_55_destination() {
    for address in other_addresses() {
        check_response_edit(
            &format!("\"{ACS}\""),
            &format!("\"{address}\""),
            "destination_mismatch",
        );
    }
    // Whoever signs must say where to; without a signature the recipient in the assertion does.
    let template = edit(
        &response("_r1", &bare(&assertion("_a1"))),
        &format!(" Destination=\"{ACS}\""),
        "",
    );
    check(
        &Signing::of(&template, R_SIG).sign(keys::idp()),
        "destination_mismatch",
    );
    let template = edit(
        &response("_r1", &signed_assertion(&assertion("_a1"))),
        &format!(" Destination=\"{ACS}\""),
        "",
    );
    check(&bare(&template), ACCEPTED);
}

#[test]
fn si_56_si_58_in_response_to() {
    let attribute = format!("InResponseTo=\"{REQUEST}\"");
    check_edit(
        &attribute,
        "InResponseTo=\"_q2\"",
        "in_response_to_mismatch",
    );
    check_edit(&attribute, "InResponseTo=\"\"", "in_response_to_mismatch");
    check_response_edit(
        &attribute,
        "InResponseTo=\"_q2\"",
        "in_response_to_mismatch",
    );
    check_response_edit(&attribute, "InResponseTo=\"\"", "in_response_to_mismatch");
    // SI-58: only the unsigned Response says what is answered.
    check_edit(&format!("{attribute} "), "", "in_response_to_mismatch");
}

#[test]
fn si_57b_unsolicited() {
    let attribute = format!(" InResponseTo=\"{REQUEST}\"");
    check_response_edit(&attribute, "", "unsolicited_refused");
    let template = assertion("_a1").replace(&attribute, "");
    let xml = bare(&response("_r1", &signed_assertion(&template))).replace(&attribute, "");
    check(&xml, "unsolicited_refused");
}

#[test]
fn si_63_confirmation_by_other_methods() {
    let holder = confirmations().replace(BEARER, "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key");
    let vouched = confirmations().replace(BEARER, "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches");
    let bearer = confirmations();
    check_edit(&bearer, "", "confirmation_missing");
    check_edit(&bearer, &holder, "confirmation_missing");
    check_edit(&bearer, &vouched, "confirmation_missing");
    check_edit(&bearer, &format!("{holder}{bearer}{vouched}"), ACCEPTED);
    // Of several bearer confirmations one that holds is enough; one that does not hold cannot borrow from the others.
    let elsewhere = bearer.replace(ACS, "https://other.test/acs");
    check_edit(&bearer, &format!("{elsewhere}{bearer}"), ACCEPTED);
    check_edit(
        &bearer,
        &format!("{elsewhere}{holder}"),
        "recipient_mismatch",
    );
    let empty =
        format!("<saml:SubjectConfirmation Method=\"{BEARER}\"></saml:SubjectConfirmation>");
    check_edit(&bearer, &empty, "element_missing");
}

#[test]
fn si_64_number_of_confirmations_is_bounded() {
    check_edit(&confirmations(), &confirmations().repeat(16), ACCEPTED);
    check_edit(
        &confirmations(),
        &confirmations().repeat(17),
        "confirmation_count",
    );
    check_edit(
        &confirmations(),
        &confirmations().repeat(300),
        "confirmation_count",
    );
}

#[test]
fn subject_without_a_name() {
    let xml = assertion("_a1");
    let name =
        &xml[xml.find("<saml:NameID").unwrap()..xml.find("<saml:SubjectConfirmation ").unwrap()];
    check_edit(name, "", "name_id_missing");
    check_edit(name, "<saml:NameID></saml:NameID>", "name_id_missing");
    check_edit(name, "<saml:BaseID></saml:BaseID>", "name_id_missing");
    check_edit(name, &format!("{name}{name}"), "element_repeated");
}

#[test]
fn si_66_issuer() {
    let element = format!("<saml:Issuer>{IDP}</saml:Issuer>");
    for issuer in [
        "<saml:Issuer>https://other.test</saml:Issuer>".to_owned(),
        format!("<saml:Issuer>{IDP}/</saml:Issuer>"),
        format!("<saml:Issuer> {IDP}</saml:Issuer>"),
        format!("<saml:Issuer>{IDP}\n</saml:Issuer>"),
        format!(
            r#"<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{IDP}</saml:Issuer>"#
        ),
        format!(r#"<saml:Issuer NameQualifier="x">{IDP}</saml:Issuer>"#),
        String::new(),
    ] {
        check_edit(&element, &issuer, "issuer_mismatch");
    }
    let entity = format!(
        r#"<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">{IDP}</saml:Issuer>"#
    );
    check_edit(&element, &entity, ACCEPTED);
    check_edit(&element, &format!("{element}{element}"), "element_repeated");
}

#[test]
fn si_66b_issuer_of_the_response() {
    let element = format!(r#"<saml:Issuer xmlns:saml="{SAML}">{IDP}</saml:Issuer>"#);
    check_response_edit(
        &element,
        &element.replace(IDP, "https://other.test"),
        "issuer_mismatch",
    );
    // It may be left out unless the Response is signed.
    let unsigned = edit(
        &response("_r1", &signed_assertion(&assertion("_a1"))),
        &element,
        "",
    );
    check(&bare(&unsigned), ACCEPTED);
    let signed = edit(&response("_r1", &bare(&assertion("_a1"))), &element, "");
    check(
        &Signing::of(&signed, R_SIG).sign(keys::idp()),
        "issuer_mismatch",
    );
}

#[test]
fn si_67_key_of_another_identity_provider() {
    let xml = unsigned_response(&Signing::of(&assertion("_a1"), A_SIG).sign(keys::attacker()));
    check(&xml, "signature_mismatch");
    // Its own valid assertion at our address.
    let other = [keys::attacker().verifying.clone()];
    let asked = Expectation {
        idp_entity_id: "https://b.test",
        ..expectation(&other)
    };
    assert_eq!(
        outcome(consume::verify(xml.as_bytes(), &asked)),
        "issuer_mismatch"
    );
}

#[test]
fn si_69_status() {
    let success = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode>"#;
    let nested = format!(
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">{success}</samlp:StatusCode>"#
    );
    check_response_edit(success, &nested, "status_not_success");
    check_response_edit(
        success,
        &success.replace("Success", "success"),
        "status_not_success",
    );
    check_response_edit(success, "", "element_missing");
    check_response_edit(success, &format!("{success}{success}"), "element_repeated");
    check_response_edit(
        success,
        "<samlp:StatusCode></samlp:StatusCode>",
        "attribute_missing",
    );
}

#[test]
fn a_refusal_is_told_with_all_that_it_says() {
    let success = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode>"#;
    let refusal = concat!(
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">"#,
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"></samlp:StatusCode></samlp:StatusCode>"#,
        "<samlp:StatusMessage>no such person</samlp:StatusMessage>"
    );
    let template = edit(&response("_r1", ""), success, refusal);
    for (xml, signed) in [
        (bare(&template), false),
        (Signing::of(&template, R_SIG).sign(keys::idp()), true),
    ] {
        let ResponseError::Status(status) = verify(&xml).unwrap_err() else {
            panic!("not a status");
        };
        assert_eq!(status.signed, signed);
        assert!(status.code.ends_with(":Responder"));
        assert!(
            status
                .second_level
                .as_deref()
                .unwrap()
                .ends_with(":AuthnFailed")
        );
        assert_eq!(status.message.as_deref(), Some("no such person"));
        assert_eq!(status.to_string().ends_with("(unsigned)"), !signed);
    }
    // A refusal for somebody else's request is none of ours.
    check(
        &bare(&template).replace(REQUEST, "_q2"),
        "in_response_to_mismatch",
    );
    check(
        &Signing::of(&template, R_SIG).sign(keys::attacker()),
        "signature_mismatch",
    );
}

#[test]
fn si_70_version() {
    for version in ["1.1", "2.1", "2", "2.00", ""] {
        check_edit(
            "Version=\"2.0\"",
            &format!("Version=\"{version}\""),
            "version_unsupported",
        );
        check_response_edit(
            "Version=\"2.0\"",
            &format!("Version=\"{version}\""),
            "version_unsupported",
        );
    }
    check_edit(" Version=\"2.0\"", "", "version_unsupported");
}

#[test]
fn si_71_authentication_statements() {
    let xml = assertion("_a1");
    let statement = &xml
        [xml.find("<saml:AuthnStatement").unwrap()..xml.find("<saml:AttributeStatement").unwrap()];
    check_edit(statement, "", "authn_statement_count");
    check_edit(statement, &statement.repeat(2), "authn_statement_count");
    for (end, expected) in [
        ("2026-01-01T11:59:31Z", ACCEPTED),
        ("2026-01-01T11:59:30Z", "session_expired"),
    ] {
        let attribute = format!("SessionIndex=\"_s1\" SessionNotOnOrAfter=\"{end}\"");
        check_edit("SessionIndex=\"_s1\"", &attribute, expected);
    }
}

#[test]
fn number_of_assertions() {
    check(&bare(&response("_r1", "")), "assertion_count");
    check(
        &Signing::of(&response("_r1", ""), R_SIG).sign(keys::idp()),
        "assertion_count",
    );
    let two = format!(
        "{}{}",
        signed_assertion(&assertion("_a1")),
        signed_assertion(&assertion("_a2"))
    );
    check(&unsigned_response(&two), "assertion_count");
    check(&bare(&assertion("_a1")), "not_a_response");
    check(&signed_assertion(&assertion("_a1")), "not_a_response");
}

#[test]
fn si_72_to_si_75_encrypted_parts_without_a_key() {
    let data = r#"<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"></xenc:EncryptedData>"#;
    let encrypted =
        |name: &str| format!(r#"<saml:{name} xmlns:saml="{SAML}">{data}</saml:{name}>"#);
    let plain = signed_assertion(&assertion("_a1"));
    let evil = encrypted("EncryptedAssertion");
    check(
        &unsigned_response(&format!("{evil}{plain}")),
        "assertion_count",
    );
    check(
        &unsigned_response(&format!("{plain}{evil}")),
        "assertion_count",
    );
    check(&unsigned_response(&evil), "encrypted_not_configured");
    check(
        &Signing::of(&response("_r1", &evil), R_SIG).sign(keys::idp()),
        "encrypted_not_configured",
    );
    let in_extensions = format!("<samlp:Extensions>{evil}</samlp:Extensions>{plain}");
    check(&unsigned_response(&in_extensions), "assertion_misplaced");

    let inside = |name: &str| format!("<saml:{name}>{data}</saml:{name}>");
    let attribute = "<saml:Attribute Name=\"mail\">";
    check_edit(
        attribute,
        &format!("{}{attribute}", inside("EncryptedAttribute")),
        "encrypted_element_refused",
    );
    let confirmation = "<saml:SubjectConfirmation ";
    check_edit(
        confirmation,
        &format!("{}{confirmation}", inside("EncryptedID")),
        "encrypted_element_refused",
    );
    check(
        &unsigned_response(&format!(
            "<samlp:Extensions>{data}</samlp:Extensions>{plain}"
        )),
        "encrypted_element_refused",
    );
}

#[test]
fn refusals_name_what_was_expected_within_bounds() {
    let long = "x".repeat(5_000);
    let template = edit(
        &assertion("_a1"),
        &format!("<saml:Audience>{SP}<"),
        &format!("<saml:Audience>{long}<"),
    );
    let told = verify(&around_signed(&template)).unwrap_err().to_string();
    assert!(told.contains(SP), "{told}");
    assert!(told.len() < 1_000, "{}", told.len());
    assert!(instant::parse(NOW).is_some());
}
