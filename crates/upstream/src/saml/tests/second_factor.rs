//! What a provider says of a second factor leaves the signed assertion as it was said, byte for byte, so that it is
//! weighed as such (attack rows AC-02 to AC-05). What is believed of it is not decided here.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vestibule_saml::{
    crypto::{DigestAlgorithm, ENGINE},
    issue::Attribute,
    xml::{Document, Limits},
};

use super::*;

const REFEDS: &str = "https://refeds.org/profile/mfa";
const METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";
const MULTIPLE: &str = "http://schemas.microsoft.com/claims/multipleauthn";
const PASSWORD: &str =
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";
/// The context that the fixture's assertions name.
const ORDINARY: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// The context and the methods that are handed on.
fn heard(identity: &VerifiedIdentity) -> (Option<&str>, Vec<&str>) {
    let methods = identity.methods.iter().map(String::as_str);
    (identity.authn_context.as_deref(), methods.collect())
}

/// What comes of an answer that is changed before it is signed, and then on its way.
async fn login(
    fixture: &Fixture,
    change: impl FnOnce(&mut Said),
    meddle: impl FnOnce(String) -> String,
) -> Result<VerifiedIdentity, UpstreamError> {
    let begun = fixture.begun().await;
    let mut said = Said::to(&begun);
    change(&mut said);
    let xml = meddle(said.response());
    fixture.finish(&begun, said.posted(&xml)).await
}

/// What stands between the two marks becomes this.
fn between(xml: &str, from: &str, to: &str, new: &str) -> String {
    let (head, rest) = xml.split_once(from).unwrap();
    let (_, tail) = rest.split_once(to).unwrap();
    format!("{head}{from}{new}{to}{tail}")
}

/// The exclusive canonical form of the first element of that name.
fn canonical(xml: &str, name: &str) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let element = document.elements().find(|it| it.local_name() == name);
    ENGINE.canonicalize(element.unwrap()).unwrap()
}

/// Signs the changed assertion once more, as its provider would, with a digest of this kind.
fn signed_anew(xml: &str, digest: DigestAlgorithm) -> String {
    let (head, rest) = xml.split_once("<ds:Signature").unwrap();
    let (_, tail) = rest.split_once("</ds:Signature>").unwrap();
    let value = digest.digest(&canonical(&format!("{head}{tail}"), "Assertion"));
    let xml = between(xml, "<ds:DigestMethod Algorithm=\"", "\"", digest.uri());
    let value = STANDARD.encode(value);
    let xml = between(&xml, "<ds:DigestValue>", "</ds:DigestValue>", &value);
    let value = STANDARD.encode(IDP_KEY.sign(&canonical(&xml, "SignedInfo")).unwrap());
    between(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>", &value)
}

/// Changes this in the signed assertion, which is then signed once more.
fn by_the_provider(from: &str, to: &str) -> impl FnOnce(String) -> String + use<> {
    let on_its_way = on_its_way(from, to);
    |xml| signed_anew(&on_its_way(xml), DigestAlgorithm::Sha256)
}

/// Changes this in a message that was signed before.
fn on_its_way(from: &str, to: &str) -> impl FnOnce(String) -> String + use<> {
    let (from, to) = (from.to_owned(), to.to_owned());
    move |xml| {
        assert_eq!(xml.matches(&from).count(), 1, "{from}: {xml}");
        xml.replacen(&from, &to, 1)
    }
}

#[tokio::test]
async fn ac_03_the_context_is_neither_mended_nor_moved() {
    let fixture = Fixture::new();
    for context in [REFEDS, "https://refeds.org/profile/MFA/", MULTIPLE] {
        let said = fixture.login(|said| said.authn_context = context.into());
        let said = said.await.unwrap();
        assert_eq!(heard(&said), (Some(context), vec![]));
    }
}

/// Whoever authenticated long ago is let in, and the time goes with what was said.
#[tokio::test]
async fn ac_03_when_the_person_authenticated_is_handed_on() {
    let fixture = Fixture::new();
    // Its clock may be ahead.
    for age in [0, 601, 86_400, -60] {
        let then = now() - TimeDelta::seconds(age);
        let said = fixture.login(|said| {
            said.authn_context = REFEDS.into();
            said.authn_instant = then;
        });
        assert_eq!(said.await.unwrap().authenticated_at, Some(then), "{age}");
    }
    let ahead = fixture.login(|said| {
        said.authn_context = REFEDS.into();
        said.authn_instant = now() + TimeDelta::seconds(61);
    });
    assert_eq!(code(ahead.await), Some("authn_instant_in_future"));
}

/// A digest that can be met by another assertion says nothing for sure. The configuration takes no belief beside the
/// danger; the last case shows why.
#[tokio::test]
async fn ac_03_what_was_signed_with_sha1_is_not_even_let_in() {
    let danger = SamlSettings {
        danger_accept_sha1: true,
        ..settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)))
    };
    for (fixture, digest, expected) in [
        (Fixture::new(), DigestAlgorithm::Sha1, Some("sha1_refused")),
        (Fixture::new(), DigestAlgorithm::Sha256, None),
        (Fixture::with(danger), DigestAlgorithm::Sha1, None),
    ] {
        let change = |said: &mut Said| said.authn_context = REFEDS.into();
        let outcome = login(&fixture, change, |xml| signed_anew(&xml, digest)).await;
        if let Ok(said) = &outcome {
            assert_eq!(heard(said), (Some(REFEDS), vec![]));
        }
        assert_eq!(code(outcome), expected, "{digest:?}");
    }
}

/// As AD FS and Entra ID write it: all that was passed stands in one attribute, in no order.
#[tokio::test]
async fn ac_04_every_method_is_handed_on_and_none_is_split() {
    let fixture = Fixture::new();
    for methods in [
        vec![PASSWORD, MULTIPLE],
        vec![MULTIPLE, PASSWORD],
        vec![PASSWORD, PASSWORD],
        vec![],
        vec![""],
        vec!["http://schemas.microsoft.com/claims/multipleauthn;password"],
        vec![REFEDS],
    ] {
        let said = fixture.login(|said| said.attributes = vec![attribute(METHODS, &methods)]);
        let said = said.await.unwrap();
        assert_eq!(heard(&said), (Some(ORDINARY), methods));
    }
    // In two attributes of one name.
    let change = |said: &mut Said| said.attributes = vec![attribute(METHODS, &[PASSWORD])];
    let second = format!(
        "</saml:Attribute><saml:Attribute Name=\"{METHODS}\"><saml:AttributeValue>{MULTIPLE}</saml:AttributeValue></saml:Attribute>"
    );
    let twice = by_the_provider("</saml:Attribute>", &second);
    let said = login(&fixture, change, twice).await.unwrap();
    assert_eq!(heard(&said), (Some(ORDINARY), vec![PASSWORD, MULTIPLE]));
}

/// Canonicalization drops comments, so that one fits into a signed value afterwards.
#[tokio::test]
async fn ac_05_a_comment_cuts_no_value_out_of_a_longer_one() {
    let fixture = Fixture::new();
    for (context, method) in [(REFEDS, PASSWORD), (PASSWORD, MULTIPLE)] {
        for (tail, comment) in [
            ("-not-at-all", "<!---->-not-at-all"),
            (".evil.test", "<!-- x -->.evil.test"),
            // The very value, which a comment does not even cut.
            ("", "<!---->"),
        ] {
            let is_context = context == REFEDS;
            let value = if is_context { context } else { method };
            let longer = format!("{value}{tail}");
            let (context, method) = match is_context {
                true => (longer.as_str(), method),
                false => (context, longer.as_str()),
            };
            let change = |said: &mut Said| {
                said.authn_context = context.to_owned();
                said.attributes = vec![attribute(METHODS, &[method])];
            };
            let (from, to) = (format!("{value}{tail}</"), format!("{value}{comment}</"));
            for meddled in [
                login(&fixture, change, on_its_way(&from, &to)).await,
                login(&fixture, change, by_the_provider(&from, &to)).await,
            ] {
                assert_eq!(code(meddled), Some("text_not_plain"), "{to}");
            }
            // Control: without it the value is read whole.
            let said = login(&fixture, change, |xml| xml).await.unwrap();
            assert_eq!(heard(&said), (Some(context), vec![method]));
        }
    }
}

#[tokio::test]
async fn ac_05_white_space_and_what_is_not_seen_belong_to_the_value() {
    let fixture = Fixture::new();
    for (before, behind) in [
        (" ", ""),
        ("", " "),
        ("\n            ", "\n        "),
        ("\t", ""),
        ("", "\u{a0}"),
        ("", "\u{200b}"),
        ("\u{feff}", ""),
        ("", "#"),
        ("", ";"),
    ] {
        let around = |value: &str| format!("{before}{value}{behind}");
        let (context, method) = (around(REFEDS), around(MULTIPLE));
        let methods = vec![PASSWORD, method.as_str()];
        let said = fixture.login(|said| {
            said.authn_context = context.clone();
            said.attributes = vec![attribute(METHODS, &methods)];
        });
        let said = said.await.unwrap();
        assert_eq!(heard(&said), (Some(context.as_str()), methods));
    }
    // Taken away on its way, it is another assertion than the signed one.
    let spaced = |said: &mut Said| said.authn_context = format!("{REFEDS} ");
    let trim = on_its_way(&format!("{REFEDS} </"), &format!("{REFEDS}</"));
    let trimmed = login(&fixture, spaced, trim).await;
    assert_eq!(code(trimmed), Some("digest_mismatch"));
}

/// What a person, or another administrator, may be able to write is not the provider's word.
#[tokio::test]
async fn ac_02_no_attribute_of_another_name_says_it() {
    let fixture = Fixture::new();
    let both = [MULTIPLE, REFEDS];
    for attribute in [
        attribute("groups", &both),
        attribute("authnmethodsreferences", &both),
        attribute("AuthnContextClassRef", &both),
        attribute("amr", &["mfa", MULTIPLE]),
        attribute(&METHODS.to_uppercase(), &both),
        attribute(&format!("{METHODS} "), &both),
        attribute(&format!("{METHODS}/"), &both),
        Attribute {
            friendly_name: Some(METHODS.into()),
            ..attribute("department", &both)
        },
        Attribute {
            name_format: Some(METHODS.into()),
            ..attribute("department", &both)
        },
    ] {
        let said = fixture.login(|said| said.attributes = vec![attribute.clone()]);
        let said = said.await.unwrap();
        assert_eq!(heard(&said), (Some(ORDINARY), vec![]), "{attribute:?}");
    }
    for name in both {
        let said = fixture.login(|said| said.name_id = name.into());
        let said = said.await.unwrap();
        assert_eq!(heard(&said), (Some(ORDINARY), vec![]), "{name}");
    }
    // Control.
    let said = fixture.login(|said| said.attributes = vec![attribute(METHODS, &both)]);
    let said = said.await.unwrap();
    assert_eq!(heard(&said), (Some(ORDINARY), both.to_vec()));
}

#[tokio::test]
async fn ac_02_no_other_place_of_the_message_says_it() {
    let fixture = Fixture::new();
    let class = "</saml:AuthnContextClassRef>";
    let methods = format!(
        "<saml:Attribute xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Name=\"{METHODS}\"><saml:AttributeValue>{MULTIPLE}</saml:AttributeValue></saml:Attribute>"
    );
    let change = |said: &mut Said| said.attributes = vec![attribute("mail", &["a@acme.test"])];
    // By the provider: it says these things of something else.
    for (from, to) in [
        (
            class,
            format!("{class}<saml:AuthnContextDeclRef>{REFEDS}</saml:AuthnContextDeclRef>"),
        ),
        (
            class,
            format!("{class}<saml:AuthenticatingAuthority>{REFEDS}</saml:AuthenticatingAuthority>"),
        ),
        (
            "<saml:AttributeValue>a@acme.test<",
            format!("<saml:AttributeValue>{methods}<"),
        ),
    ] {
        let said = login(&fixture, change, by_the_provider(from, &to)).await;
        let said = said.unwrap();
        assert_eq!(heard(&said), (Some(ORDINARY), vec![]), "{to}");
    }
    // By whoever has the message: only the assertion is signed.
    let extensions = format!("<samlp:Extensions>{methods}</samlp:Extensions><samlp:Status>");
    let extended = on_its_way("<samlp:Status>", &extensions);
    let said = login(&fixture, change, extended).await.unwrap();
    assert_eq!(heard(&said), (Some(ORDINARY), vec![]));
    let statement = format!("</saml:Attribute>{methods}");
    let added = login(
        &fixture,
        change,
        on_its_way("</saml:Attribute>", &statement),
    )
    .await;
    assert_eq!(code(added), Some("digest_mismatch"));
    // Control: the same attribute, where the provider signed it.
    let signed = by_the_provider("</saml:Attribute>", &statement);
    let said = login(&fixture, change, signed).await.unwrap();
    assert_eq!(heard(&said), (Some(ORDINARY), vec![MULTIPLE]));
}

/// It is asked to authenticate the person anew, and may have done so before all the same: what that is worth is weighed
/// later, and nobody is shut out.
#[tokio::test]
async fn ac_03_who_is_sent_again_comes_in_with_an_old_answer() {
    let fixture = Fixture::new();
    for (demands, expected) in [(false, None), (true, Some("authn_not_anew"))] {
        let begun = fixture
            .begin_by(|request| request.force_authn = demands, true)
            .await
            .unwrap();
        assert!(begun.request(&[]).force_authn);
        let mut said = Said::to(&begun);
        said.authn_instant = now() - TimeDelta::seconds(61);
        let outcome = fixture.finish(&begun, said.callback()).await;
        assert_eq!(code(outcome), expected, "{demands}");
    }
}
