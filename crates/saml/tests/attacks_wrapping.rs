//! Signature wrapping, SI-01 to SI-24b: the signed original is kept somewhere, a forgery stands where it is read.

mod support;

use self::support::{
    A_SIG, R_SIG, SAML, SAMLP, around_signed, assertion, bare, before, check, check_all, edit,
    keys, response, signed_around, signed_assertion, signed_both,
    signing::{self, Signing},
    verify,
    wrapping::{self, extensions, genuine_signature, unsigned_response},
};

const ACCEPTED: &str = "accepted alice@a.test";

fn admin() -> String {
    assertion("_a1").replace("alice@a.test", "admin@a.test")
}

#[test]
fn benign_controls_si_b1_to_b3_are_accepted() {
    check(&around_signed(&assertion("_a1")), ACCEPTED);
    check(&signed_around(&assertion("_a1")), ACCEPTED);
    check(&signed_both(&assertion("_a1")), ACCEPTED);
}

#[test]
fn si_01_signed_response_inside_its_own_signature() {
    check(&wrapping::si_01(), "assertion_misplaced");
}

#[test]
fn si_02_signed_response_beside_its_signature() {
    check(&wrapping::si_02(), "assertion_misplaced");
}

#[test]
fn si_03_forged_sibling_first() {
    check(&wrapping::si_03(), "assertion_count");
}

#[test]
fn si_04_signed_assertion_inside_the_forged_one() {
    check(&wrapping::si_04(), "assertion_misplaced");
}

#[test]
fn si_05_signature_moved_into_the_forged_assertion() {
    check(&wrapping::si_05(), "assertion_count");
}

#[test]
fn si_06_original_inside_the_moved_signature() {
    check(&wrapping::si_06(), "assertion_misplaced");
}

#[test]
fn si_07_forged_twin_in_extensions() {
    check(&wrapping::si_07(), "duplicate_id");
    let other_id = wrapping::si_07().replacen("_a1", "_evil", 1);
    check(&other_id, "assertion_misplaced");
}

#[test]
fn si_08_original_in_an_object_of_the_moved_signature() {
    check(&wrapping::si_08(), "assertion_misplaced");
    // Without anything in it, an Object is still no part of the profile.
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.tail = "<ds:Object></ds:Object>".to_owned();
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "signature_shape",
    );
}

#[test]
fn si_09_second_signed_info_with_the_digest_of_the_forgery() {
    let wrapper = format!(
        r#"<Wrapper xmlns="urn:x">{}</Wrapper>"#,
        bare(&assertion("_a1"))
    );
    check(&wrapping::si_09(&wrapper), "assertion_misplaced");
    check(&wrapping::si_09(""), "signature_shape");
}

#[test]
fn si_10_forged_sibling_last() {
    check(&wrapping::si_10(), "assertion_count");
}

#[test]
fn si_11_signed_assertion_as_advice_of_the_forged_one() {
    check(&wrapping::si_11(), "assertion_misplaced");
}

#[test]
fn si_12_si_13_two_assertions_with_the_same_id() {
    check(&wrapping::si_12(), "duplicate_id");
    check(&wrapping::si_13(), "duplicate_id");
}

#[test]
fn si_14_polluted_id_attributes() {
    check_all(wrapping::si_14(), "id_attribute_refused");
}

#[test]
fn si_15_signature_refers_to_another_element() {
    for (open, marked, close) in [
        (
            "<saml:Subject>",
            r#"<saml:Subject ID="_part">"#,
            "</saml:Subject>",
        ),
        (
            "<saml:Conditions ",
            r#"<saml:Conditions ID="_part" "#,
            "</saml:Conditions>",
        ),
    ] {
        // The target is truly signed, with an ID of its own.
        let template = edit(&assertion("_a1"), open, marked);
        let part =
            &template[template.find(marked).unwrap()..template.find(close).unwrap() + close.len()];
        let mut signing = Signing::of(&template, A_SIG);
        signing.uri = "#_part".to_owned();
        signing.digested = part
            .replacen(" ID=", &format!(r#" xmlns:saml="{SAML}" ID="#), 1)
            .into_bytes();
        check(
            &unsigned_response(&signing.sign(keys::idp())),
            "reference_mismatch",
        );
    }
    let template = assertion("_a1");
    let mut signing = Signing::of(&template, A_SIG);
    signing.uri = "#_status".to_owned();
    signing.digested = format!(
        r#"<samlp:Status xmlns:samlp="{SAMLP}" ID="_status"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>"#
    )
    .into_bytes();
    let xml = edit(
        &unsigned_response(&signing.sign(keys::idp())),
        "<samlp:Status>",
        r#"<samlp:Status ID="_status">"#,
    );
    check(&xml, "reference_mismatch");
}

#[test]
fn si_16_smuggled_digest_value() {
    let fake = Signing::of(&admin(), A_SIG);
    let smuggled = fake.reference();
    let digest = &smuggled
        [smuggled.find("<ds:DigestValue>").unwrap()..smuggled.find("</ds:Reference>").unwrap()];
    let evil = edit(&admin(), A_SIG, &genuine_signature());
    let xml = before(
        &unsigned_response(&evil),
        "</samlp:Status>",
        &format!(
            r#"<samlp:StatusDetail xmlns:ds="{}">{digest}</samlp:StatusDetail>"#,
            support::DS
        ),
    );
    check(&xml, "digest_mismatch");
}

#[test]
fn si_17_signature_in_the_assertion_refers_to_the_response() {
    let whole = response("_r1", &assertion("_a1"));
    let mut signing = Signing::of(&whole, A_SIG);
    signing.uri = "#_r1".to_owned();
    signing.digested = bare(&whole).into_bytes();
    check(&bare(&signing.sign(keys::idp())), "reference_mismatch");
}

#[test]
fn si_17_whole_signed_response_inside_an_outer_one() {
    check(&wrapping::si_17_ancestor(), "assertion_misplaced");
}

#[test]
fn si_18_references_that_are_no_plain_id() {
    for uri in [
        "#xpointer(/)",
        "#xpointer(id('_a1'))",
        "",
        "http://127.0.0.1:9/a",
        "file:///etc/hostname",
        "cid:_a1",
        "#",
        "#_unknown",
        "_a1",
        "#_a1 ",
    ] {
        let mut signing = Signing::of(&assertion("_a1"), A_SIG);
        signing.uri = uri.to_owned();
        check(
            &unsigned_response(&signing.sign(keys::idp())),
            "reference_mismatch",
        );
    }
    // The ID itself looks like a pointer.
    for id in ["element(/1/3)", "xpointer(/)"] {
        let signing = Signing::of(&assertion(id), A_SIG);
        check(
            &unsigned_response(&signing.sign(keys::idp())),
            "reference_mismatch",
        );
    }
}

#[test]
fn si_19_signature_of_the_response_refers_to_the_assertion() {
    let template = response("_r1", &bare(&assertion("_a1")));
    let mut signing = Signing::of(&template, R_SIG);
    signing.uri = "#_a1".to_owned();
    signing.digested = bare(&assertion("_a1")).into_bytes();
    check(&signing.sign(keys::idp()), "reference_mismatch");
}

#[test]
fn si_20_every_signature_that_is_present_must_be_good() {
    let badly_signed = Signing::of(&assertion("_a1"), A_SIG).sign(keys::attacker());
    let xml = Signing::of(&response("_r1", &badly_signed), R_SIG).sign(keys::idp());
    check(&xml, "signature_mismatch");

    let well_signed = signed_assertion(&assertion("_a1"));
    let xml = Signing::of(&response("_r1", &well_signed), R_SIG).sign(keys::attacker());
    check(&xml, "signature_mismatch");
}

#[test]
fn si_21_two_references() {
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.references = Some(format!("{0}{0}", signing.reference()));
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "reference_count",
    );
}

#[test]
fn si_22_no_reference() {
    let mut signing = Signing::of(&assertion("_a1"), A_SIG);
    signing.references = Some(String::new());
    check(
        &unsigned_response(&signing.sign(keys::idp())),
        "reference_count",
    );
}

#[test]
fn si_23_two_signed_infos() {
    let genuine = Signing::of(&assertion("_a1"), A_SIG);
    let fake = Signing::of(&admin(), A_SIG);
    let value = genuine.signature_value(keys::idp());
    let evil = admin();
    for signature in [
        signing::wrap(
            &format!("{}{}", fake.signed_info(), genuine.signed_info()),
            &value,
            "",
        ),
        signing::wrap(
            &format!("{}{}", genuine.signed_info(), fake.signed_info()),
            &value,
            "",
        ),
        signing::wrap(
            &format!(
                "{}<ds:WRAPPER>{}</ds:WRAPPER>",
                fake.signed_info(),
                genuine.signed_info()
            ),
            &value,
            "",
        ),
    ] {
        check(
            &unsigned_response(&edit(&evil, A_SIG, &signature)),
            "signature_shape",
        );
    }
}

#[test]
fn si_24_comment_in_the_digest_value() {
    let evil = admin();
    let fake = Signing::of(&evil, A_SIG).reference();
    let digest = fake
        .split_once("<ds:DigestValue>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .unwrap()
        .0;
    let signature = edit(
        &genuine_signature(),
        "<ds:DigestValue>",
        &format!("<ds:DigestValue><!--{digest}-->"),
    );
    check(
        &unsigned_response(&edit(&evil, A_SIG, &signature)),
        "text_not_plain",
    );
}

#[test]
fn si_24b_claims_come_from_the_signed_bytes() {
    // What arrives differs from what was signed, though not in meaning: what is read is what was signed.
    let xml = around_signed(&assertion("_a1"));
    let arrived = edit(
        &xml,
        ">alice@a.test</saml:NameID>",
        "><![CDATA[alice]]>@a&#46;test</saml:NameID>",
    );
    check(&arrived, ACCEPTED);
    // And a claim outside the signed bytes is not read, wherever it stands.
    let statement = format!(
        r#"<saml:AttributeStatement xmlns:saml="{SAML}"><saml:Attribute Name="groups"><saml:AttributeValue>admins</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"#
    );
    let arrived = before(&xml, "</samlp:Response>", &statement);
    let groups: Vec<_> = verify(&arrived)
        .unwrap()
        .attributes()
        .texts("groups")
        .map(str::to_owned)
        .collect();
    assert_eq!(groups, ["staff", "jira-users"]);
}

#[test]
fn a_signature_that_nobody_looks_at_is_refused() {
    let stray = genuine_signature();
    check_all(
        [
            (
                "in Status",
                before(&around_signed(&assertion("_a1")), "</samlp:Status>", &stray),
            ),
            (
                "in Extensions",
                before(
                    &around_signed(&assertion("_a1")),
                    "<samlp:Status>",
                    &extensions(&stray),
                ),
            ),
        ],
        "signature_misplaced",
    );
    let twice = edit(&assertion("_a1"), A_SIG, &format!("{stray}{stray}"));
    check(&unsigned_response(&twice), "signature_repeated");
}
