//! What an application may ask beyond a login, and what it gets then.

use vestibule_core::assurance::Demand;
use vestibule_saml::authn_request::{Comparison, RequestedAuthnContext};

use super::*;
use crate::saml::wishes::ANY_FORMAT;

#[tokio::test]
async fn so_08_so_09_wishes_reach_the_login() {
    let idp = idp(|_| {});
    let asked = Wanted {
        force_authn: true,
        is_passive: true,
        ..wanted()
    };
    let request = idp
        .receive(&by_redirect(&asked, None), now())
        .await
        .unwrap();
    assert_eq!((request.force_authn, request.passive), (true, true));
    assert_eq!(
        (request.app.as_str(), request.protocol),
        ("atlassian", Protocol::Saml)
    );
}

#[tokio::test]
async fn so_10_a_name_of_another_format_is_not_passed_off() {
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let idp = idp(|_| {});
    for (format, expected) in [
        (EMAIL, None),
        (ANY_FORMAT, None),
        (persistent, Some("name_id_format_unavailable")),
    ] {
        let asked = Wanted {
            name_id_policy: name_id_policy(format),
            ..wiki()
        };
        let outcome = idp.receive(&by_redirect(&asked, None), now()).await;
        assert_eq!(code(outcome, Some("wiki")), expected, "{format}");
    }
    let asked = Wanted {
        name_id_policy: name_id_policy(persistent),
        ..wanted()
    };
    assert!(idp.receive(&by_redirect(&asked, None), now()).await.is_ok());
}

/// A name that was made for one application would lead another to somebody else, or tell it who somebody is there.
#[tokio::test]
async fn so_10_a_name_made_for_others_is_not_given() {
    let idp = idp(|_| {});
    for (qualifier, expected) in [
        (None, None),
        (Some(WIKI), None),
        (Some(ATLASSIAN), Some("name_id_format_unavailable")),
        (Some("urn:evil"), Some("name_id_format_unavailable")),
        (Some(""), Some("name_id_format_unavailable")),
    ] {
        let mut policy = name_id_policy(EMAIL).unwrap();
        policy.sp_name_qualifier = qualifier.map(str::to_owned);
        let asked = Wanted {
            name_id_policy: Some(policy),
            ..wiki()
        };
        let outcome = idp.receive(&by_redirect(&asked, None), now()).await;
        assert_eq!(code(outcome, Some("wiki")), expected, "{qualifier:?}");
    }
}

#[tokio::test]
async fn so_11_a_requested_authentication_is_met_or_told() {
    let idp = idp(|_| {});
    let asked = Wanted {
        requested_authn_context: Some(RequestedAuthnContext {
            comparison: Comparison::Exact,
            class_refs: vec![MFA.into()],
        }),
        ..wiki()
    };
    let incoming = by_redirect(&asked, None);
    let request = idp.receive(&incoming, now()).await.unwrap();
    assert_eq!(request.demand, Demand::SecondFactor);
    // Even of a grant that should not have been made.
    let request = AuthnRequest {
        demand: Demand::Anything,
        ..request
    };
    let error = idp
        .answer(grant(request, identity(), false))
        .await
        .unwrap_err();
    assert_eq!(error.code, "authn_context_unmet");
    let reply = answered(&idp, &incoming, identity(), true).await.unwrap();
    assert_eq!(
        verify(&sent(&reply).1, WIKI, WIKI_ACS)
            .unwrap()
            .authn_context(),
        Some(MFA)
    );
}
