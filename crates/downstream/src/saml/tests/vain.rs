//! Wishes that cannot be met: the person reads of it, and the application is told, signed, at its own address.

use vestibule_core::port::Tell;
use vestibule_saml::authn_request::NameIdPolicy;

use super::*;

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

fn wanting(format: Option<&str>, qualifier: Option<&str>, is_passive: bool) -> Incoming {
    let asked = Wanted {
        is_passive,
        name_id_policy: Some(NameIdPolicy {
            format: format.map(str::to_owned),
            sp_name_qualifier: qualifier.map(str::to_owned),
            allow_create: true,
        }),
        ..wiki()
    };
    by_redirect(&asked, None)
}

#[tokio::test]
async fn so_10_what_is_not_given_is_told_signed_and_to_its_own_address() {
    let idp = idp(|_| {});
    for (format, qualifier, is_passive) in [
        (Some(TRANSIENT), None, false),
        (Some(TRANSIENT), None, true),
        (
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"),
            None,
            false,
        ),
        (None, Some("urn:evil"), false),
        (Some(EMAIL), Some(ATLASSIAN), false),
    ] {
        let incoming = wanting(format, qualifier, is_passive);
        let rejection = idp.receive(&incoming, now()).await.unwrap_err();
        assert_eq!(rejection.code, "name_id_format_unavailable");
        let reply = match (rejection.tell, is_passive) {
            (Tell::Later(reply), false) | (Tell::AtOnce(reply), true) => reply,
            other => panic!("{other:?}"),
        };
        let (action, xml, relay_state) = sent(&reply);
        assert_eq!(
            (action.as_str(), relay_state.as_deref()),
            (WIKI_ACS, Some("relay & state"))
        );
        let Err(ResponseError::Status(status)) = verify(&xml, WIKI, WIKI_ACS) else {
            panic!("{format:?}");
        };
        assert!(status.signed);
        assert_eq!(status.code, "urn:oasis:names:tc:SAML:2.0:status:Requester");
        assert_eq!(
            status.second_level.as_deref(),
            Some("urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy")
        );
    }
}

/// SO-01: whoever is refused for anything else may not be who they say, or where; nothing is sent anywhere.
#[tokio::test]
async fn so_01_nobody_is_told_at_an_address_that_is_not_registered() {
    let idp = idp(|_| {});
    let stranger = Wanted {
        acs_url: "https://evil.test/acs",
        name_id_policy: name_id_policy(TRANSIENT),
        ..wiki()
    };
    let rejection = idp
        .receive(&by_redirect(&stranger, None), now())
        .await
        .unwrap_err();
    assert_eq!(
        (rejection.code, rejection.tell),
        ("acs_url_unregistered", Tell::Nobody)
    );
}

/// SAML core 3.4.1.2: we are a proxy, and say so.
#[tokio::test]
async fn a_request_that_forbids_to_ask_anybody_is_told_so() {
    let idp = idp(|_| {});
    for (count, expected) in [("0", Some("proxying_forbidden")), ("1", None)] {
        let scoping = format!("<samlp:Scoping ProxyCount=\"{count}\"/>");
        let incoming = wishes::about("alice@acme.test", &scoping, "there");
        let outcome = idp.receive(&incoming, now()).await;
        let Some(rejection) = outcome.as_ref().err() else {
            assert_eq!(expected, None);
            continue;
        };
        assert_eq!(Some(rejection.code), expected);
        let Tell::Later(reply) = &rejection.tell else {
            panic!("{rejection:?}");
        };
        let Err(ResponseError::Status(status)) = verify(&sent(reply).1, ATLASSIAN, ACS) else {
            panic!("{count}");
        };
        assert!(
            status
                .second_level
                .is_some_and(|code| code.ends_with(":ProxyCountExceeded"))
        );
    }
}
