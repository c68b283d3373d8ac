//! What a provider says of a second factor, from the signed assertion to the scales (attack rows AC-02 to AC-05).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vestibule_core::{
    identity::{Mapping, normalise},
    policy::{Belief, Doubt},
};
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

/// Believes the context [`REFEDS`] and the method [`MULTIPLE`], ten minutes long.
fn weighed(identity: &VerifiedIdentity) -> Result<DateTime<Utc>, Doubt> {
    let belief = Belief {
        contexts: [REFEDS.to_owned()].into(),
        methods: [MULTIPLE.to_owned()].into(),
        max_age: TimeDelta::minutes(10),
    };
    let person = normalise(identity, &Mapping::default()).unwrap();
    belief.weigh(&person.upstream_proof, now())
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
async fn ac_03_the_exact_context_is_believed() {
    let fixture = Fixture::new();
    for (context, expected) in [
        (REFEDS, Ok(now())),
        // The fixture's own.
        (
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            Err(Doubt::Unsaid),
        ),
        ("https://refeds.org/profile/sfa", Err(Doubt::Unsaid)),
        ("https://refeds.org/profile/MFA", Err(Doubt::Unsaid)),
        ("https://refeds.org/profile/mfa/", Err(Doubt::Unsaid)),
        ("https://refeds.org/profile/mf", Err(Doubt::Unsaid)),
        ("http://refeds.org/profile/mfa", Err(Doubt::Unsaid)),
        // What would be believed of a method.
        (MULTIPLE, Err(Doubt::Unsaid)),
    ] {
        let said = fixture.login(|said| said.authn_context = context.into());
        assert_eq!(weighed(&said.await.unwrap()), expected, "{context}");
    }
}

#[tokio::test]
async fn ac_03_who_authenticated_too_long_ago_is_let_in_and_not_believed() {
    let fixture = Fixture::new();
    for (age, expected) in [
        (0, Ok(now())),
        (600, Ok(now() - TimeDelta::minutes(10))),
        (601, Err(Doubt::TooOld)),
        (86_400, Err(Doubt::TooOld)),
        // Its clock may be ahead.
        (-60, Ok(now() + TimeDelta::minutes(1))),
    ] {
        let said = fixture.login(|said| {
            said.authn_context = REFEDS.into();
            said.authn_instant = now() - TimeDelta::seconds(age);
        });
        assert_eq!(weighed(&said.await.unwrap()), expected, "{age}");
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
            assert_eq!(weighed(said), Ok(now()));
        }
        assert_eq!(code(outcome), expected, "{digest:?}");
    }
}

/// As AD FS and Entra ID write it: all that was passed stands in one attribute, in no order.
#[tokio::test]
async fn ac_04_a_password_beside_the_second_factor_takes_nothing_away() {
    let fixture = Fixture::new();
    for (methods, expected) in [
        (vec![MULTIPLE], Ok(now())),
        (vec![PASSWORD, MULTIPLE], Ok(now())),
        (vec![MULTIPLE, PASSWORD], Ok(now())),
        (vec![PASSWORD, MULTIPLE, PASSWORD], Ok(now())),
        (vec![PASSWORD], Err(Doubt::Unsaid)),
        (vec![PASSWORD, PASSWORD], Err(Doubt::Unsaid)),
        (vec![], Err(Doubt::Unsaid)),
        (vec![""], Err(Doubt::Unsaid)),
        // In one value, which is none of the two.
        (
            vec!["http://schemas.microsoft.com/claims/multipleauthn;password"],
            Err(Doubt::Unsaid),
        ),
        // What would be believed of a context.
        (vec![REFEDS], Err(Doubt::Unsaid)),
    ] {
        let said = fixture.login(|said| said.attributes = vec![attribute(METHODS, &methods)]);
        assert_eq!(weighed(&said.await.unwrap()), expected, "{methods:?}");
    }
    // In two attributes of one name.
    let change = |said: &mut Said| said.attributes = vec![attribute(METHODS, &[PASSWORD])];
    let second = format!(
        "</saml:Attribute><saml:Attribute Name=\"{METHODS}\"><saml:AttributeValue>{MULTIPLE}</saml:AttributeValue></saml:Attribute>"
    );
    let twice = by_the_provider("</saml:Attribute>", &second);
    let said = login(&fixture, change, twice).await.unwrap();
    assert_eq!(weighed(&said), Ok(now()));
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
            let longer = |value: &str, is_meant: bool| match is_meant {
                true => format!("{value}{tail}"),
                false => value.to_owned(),
            };
            let change = |said: &mut Said| {
                said.authn_context = longer(context, is_context);
                said.attributes = vec![attribute(METHODS, &[&longer(method, !is_context)])];
            };
            let value = if is_context { context } else { method };
            let (from, to) = (format!("{value}{tail}</"), format!("{value}{comment}</"));
            for meddled in [
                login(&fixture, change, on_its_way(&from, &to)).await,
                login(&fixture, change, by_the_provider(&from, &to)).await,
            ] {
                assert_eq!(code(meddled), Some("text_not_plain"), "{to}");
            }
            // Control: without it the value is read whole.
            let said = login(&fixture, change, |xml| xml).await.unwrap();
            let expected = match tail {
                "" => Ok(now()),
                _ => Err(Doubt::Unsaid),
            };
            assert_eq!(weighed(&said), expected, "{from}");
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
        let context = fixture.login(|said| said.authn_context = around(REFEDS));
        let said = context.await.unwrap();
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{before:?} {behind:?}");
        let method = fixture.login(|said| {
            said.attributes = vec![attribute(METHODS, &[PASSWORD, &around(MULTIPLE)])];
        });
        let said = method.await.unwrap();
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{before:?} {behind:?}");
    }
    // Taken away on its way, it is another assertion than the signed one.
    let spaced = |said: &mut Said| said.authn_context = format!("{REFEDS} ");
    let trim = on_its_way(&format!("{REFEDS} </"), &format!("{REFEDS}</"));
    let trimmed = login(&fixture, spaced, trim).await;
    assert_eq!(code(trimmed), Some("digest_mismatch"));
    // Control.
    let exact = fixture.login(|said| {
        said.authn_context = REFEDS.into();
        said.attributes = vec![attribute(METHODS, &[PASSWORD, MULTIPLE])];
    });
    assert_eq!(weighed(&exact.await.unwrap()), Ok(now()));
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
        assert_eq!(weighed(&said), Err(Doubt::Unsaid), "{attribute:?}");
    }
    for name in both {
        let said = fixture.login(|said| said.name_id = name.into()).await;
        assert_eq!(weighed(&said.unwrap()), Err(Doubt::Unsaid), "{name}");
    }
    // Control.
    let said = fixture.login(|said| said.attributes = vec![attribute(METHODS, &both)]);
    assert_eq!(weighed(&said.await.unwrap()), Ok(now()));
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
        assert_eq!(weighed(&said.unwrap()), Err(Doubt::Unsaid), "{to}");
    }
    // By whoever has the message: only the assertion is signed.
    let extensions = format!("<samlp:Extensions>{methods}</samlp:Extensions><samlp:Status>");
    let extended = on_its_way("<samlp:Status>", &extensions);
    let said = login(&fixture, change, extended).await.unwrap();
    assert_eq!(weighed(&said), Err(Doubt::Unsaid));
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
    assert_eq!(weighed(&said), Ok(now()));
}
