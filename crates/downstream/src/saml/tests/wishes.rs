//! What an application may ask beyond a login, and what it gets then.

use vestibule_core::{
    assurance::Demand,
    flow::Login,
    id::{LoginId, Reference, UpstreamId},
    port::Prompt,
};
use vestibule_saml::authn_request::{Comparison, RequestedAuthnContext};

use super::*;

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
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            None,
        ),
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

/// What Atlassian's stand-in asks, about this person, with these elements behind and this RelayState beside it.
pub(super) fn about(subject: &str, wishes: &str, relay_state: &str) -> Incoming {
    let subject = format!(
        "</saml:Issuer><saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>{subject}</saml:NameID></saml:Subject>"
    );
    let xml = wanted().to_xml().unwrap();
    let xml = xml.replacen("</saml:Issuer>", &subject, 1).replacen(
        "</samlp:AuthnRequest>",
        &format!("{wishes}</samlp:AuthnRequest>"),
        1,
    );
    assert!(xml.contains(&subject) && xml.contains(wishes), "{xml}");
    let url = redirect::encode(SSO, MessageKind::Request, &xml, None, None).unwrap();
    let query = url.split_once('?').unwrap().1;
    Incoming {
        query: format!("{query}&RelayState={relay_state}"),
        form: None,
    }
}

#[tokio::test]
async fn so_05_the_answer_is_about_the_person_who_was_asked_for() {
    let idp = idp(|_| {});
    let too_long = "a".repeat(AuthnRequest::LONGEST_HINT + 1);
    for (subject, hint, expected) in [
        ("alice@acme.test", Some("alice@acme.test"), None),
        (
            "bob@acme.test",
            Some("bob@acme.test"),
            Some("subject_mismatch"),
        ),
        (
            &too_long[1..],
            Some(&too_long[1..]),
            Some("subject_mismatch"),
        ),
        (&too_long, None, Some("subject_mismatch")),
    ] {
        let incoming = about(subject, "", "there");
        let request = idp.receive(&incoming, now()).await.unwrap();
        assert_eq!(request.login_hint.as_deref(), hint);
        let answered = idp.answer(grant(request, identity(), true)).await;
        assert_eq!(
            answered.err().map(|error| error.code),
            expected,
            "{subject}"
        );
    }
}

/// Everything in a request as long as it may be, spelled so that it takes the most room.
#[tokio::test]
async fn wa_21_the_largest_request_makes_a_small_login() {
    const MOST: usize = 24 * 1024;
    let ns = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let context = |each: &str| {
        let class = format!("<saml:AuthnContextClassRef {ns}>{each}</saml:AuthnContextClassRef>");
        format!(
            "<samlp:RequestedAuthnContext>{}</samlp:RequestedAuthnContext>",
            class.repeat(16)
        )
    };
    let idp = idp(|_| {});
    for (subject, character, relay_state) in
        [(1024, "x", "x"), (1024, "\"", "%01"), (254, "\"", "%01")]
    {
        let incoming = about(
            &character.repeat(subject),
            &context(&character.repeat(256)),
            &relay_state.repeat(1024),
        );
        let request = idp.receive(&incoming, now()).await.unwrap();
        // An upstream that is told the hint has it in its address.
        let mut there = Url::parse("https://idp.test/authorize").unwrap();
        let hint = request.login_hint.clone().unwrap_or_default();
        there.query_pairs_mut().append_pair("login_hint", &hint);
        let (id, reference) = (LoginId::from_bytes([1; 16]), Reference::from_random([1; 8]));
        let upstream = UpstreamId::new("keycloak").unwrap();
        let login = Login::open(id, reference, request, now())
            .sent_to(upstream, Prompt::Redirect(there), Memo::default(), now())
            .unwrap();
        let kept = serde_json::to_vec(&login).unwrap().len();
        assert!(
            (5 * 1024..MOST).contains(&kept),
            "{kept} bytes of {character}"
        );
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
