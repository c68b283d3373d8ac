//! What people are called: formats, names that are made here, and what a request may ask of them.

use vestibule_saml::authn_request::NameIdPolicy;

use super::*;
use crate::told::PairwiseKey;

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// The wiki, which calls people by what `source` gives and may ask for every kind of name.
fn liberal(settings: &mut SamlSettings) {
    let wiki = settings.apps.get_mut(&app_id("wiki")).unwrap();
    wiki.name_id = NameIdRule {
        source: Source::Attribute("given".into()),
        usual: NameIdFormat::Unspecified,
        others: vec![
            NameIdFormat::EmailAddress,
            NameIdFormat::Persistent,
            NameIdFormat::Transient,
            NameIdFormat::Other("urn:acme:staff".into()),
        ],
    };
}

/// The NameID of an answer to a request of `app` for this format, as value, format and qualifiers.
async fn named(
    idp: &SamlIdp,
    app: Wanted<'_>,
    format: Option<&str>,
    identity: vestibule_core::identity::VerifiedIdentity,
) -> [Option<String>; 4] {
    let (issuer, acs_url) = (app.issuer, app.acs_url);
    let asked = Wanted {
        name_id_policy: format.and_then(name_id_policy),
        ..app
    };
    let reply = answered(idp, &by_redirect(&asked, None), identity, true)
        .await
        .unwrap();
    let assertion = verify(&sent(&reply).1, issuer, acs_url).unwrap();
    let name = assertion.name_id();
    [
        Some(name.value.clone()),
        Some(name.format.clone()),
        name.name_qualifier.clone(),
        name.sp_name_qualifier.clone(),
    ]
}

#[tokio::test]
async fn so_10_a_name_is_of_the_kind_that_its_format_says() {
    let idp = idp(liberal);
    let text = |text: &str| Some(text.to_owned());
    for (asked, value, format) in [
        (None, "Alice", UNSPECIFIED),
        (Some(UNSPECIFIED), "Alice", UNSPECIFIED),
        (Some(EMAIL), "alice@acme.test", EMAIL),
        (Some("urn:acme:staff"), "Alice", "urn:acme:staff"),
    ] {
        let name = named(&idp, wiki(), asked, identity()).await;
        assert_eq!(name, [text(value), text(format), None, None], "{asked:?}");
    }
    let [value, format, idp_qualifier, sp_qualifier] =
        named(&idp, wiki(), Some(PERSISTENT), identity()).await;
    assert_eq!(
        [format, idp_qualifier, sp_qualifier],
        [text(PERSISTENT), text(IDP), text(WIKI)]
    );
    let value = value.unwrap();
    assert!(
        value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{value}"
    );
    let [_, format, ..] = named(&idp, wiki(), Some(TRANSIENT), identity()).await;
    assert_eq!(format, text(TRANSIENT));
}

/// A name that two applications can compare tells both of them where else somebody goes.
#[tokio::test]
async fn so_10_a_persistent_name_is_of_one_person_at_one_application() {
    let both = |settings: &mut SamlSettings| {
        for app in settings.apps.values_mut() {
            app.name_id = NameIdRule::only(Source::Mail, NameIdFormat::Persistent);
        }
    };
    let ours = idp(both);
    let other_key = idp(|settings| {
        both(settings);
        settings.pairwise_key = PairwiseKey::new(&[8; 32]);
    });
    let name = async |idp: &SamlIdp, app, identity| {
        let [value, ..] = named(idp, app, None, identity).await;
        value.unwrap()
    };
    let mut bob = identity();
    bob.subject.value = "bob-1".into();
    let mut renamed = identity();
    renamed
        .attributes
        .insert("mail".into(), vec!["alice.smith@acme.test".into()]);
    let alice = name(&ours, wiki(), identity()).await;
    assert_eq!(name(&ours, wiki(), renamed).await, alice);
    let others = [
        name(&ours, wanted(), identity()).await,
        name(&ours, wiki(), bob).await,
        name(&other_key, wiki(), identity()).await,
    ];
    let distinct: BTreeSet<&String> = others.iter().chain([&alice]).collect();
    assert_eq!(distinct.len(), 4, "{others:?} {alice}");
}

#[tokio::test]
async fn so_10_a_transient_name_is_never_used_twice() {
    let idp = idp(liberal);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let [value, _, idp_qualifier, sp_qualifier] =
            named(&idp, wiki(), Some(TRANSIENT), identity()).await;
        assert_eq!((idp_qualifier, sp_qualifier), (None, None));
        assert!(seen.insert(value.unwrap()));
    }
}

/// No name has to be made first, so there is nothing that a request could forbid to make.
#[tokio::test]
async fn so_10_allow_create_takes_no_name_away() {
    let idp = idp(liberal);
    for format in [EMAIL, PERSISTENT, TRANSIENT, UNSPECIFIED] {
        for allow_create in [false, true] {
            let policy = name_id_policy(format).map(|policy| NameIdPolicy {
                allow_create,
                ..policy
            });
            let asked = Wanted {
                name_id_policy: policy,
                ..wiki()
            };
            let outcome = idp.receive(&by_redirect(&asked, None), now()).await;
            assert!(outcome.is_ok(), "{format} {allow_create}");
        }
    }
}

/// SO-05: whom a request asks for by a name of its own is not shown to an upstream, and is compared with that name.
#[tokio::test]
async fn so_05_a_pairwise_name_is_no_hint_for_an_upstream() {
    let idp = idp(|settings| {
        for app in settings.apps.values_mut() {
            app.name_id = NameIdRule::only(Source::Mail, NameIdFormat::Persistent);
        }
    });
    let [alice, ..] = named(&idp, wanted(), None, identity()).await;
    for (subject, expected) in [
        (alice.unwrap(), None),
        ("alice@acme.test".to_owned(), Some("subject_mismatch")),
    ] {
        let incoming = wishes::about(&subject, "", "there");
        let request = idp.receive(&incoming, now()).await.unwrap();
        assert_eq!(request.login_hint, None);
        let answered = idp.answer(grant(request, identity(), true)).await;
        assert_eq!(answered.err().map(|error| error.code), expected);
    }
}
