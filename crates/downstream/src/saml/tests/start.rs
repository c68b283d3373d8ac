//! Logins that begin with us.

use vestibule_saml::metadata::AssertionConsumerService;

use super::*;

const THERE: &str = "https://acme.atlassian.net";
const ELSEWHERE: &str = "https://acme.atlassian.net/wiki";

/// Atlassian, for which logins may begin here.
fn offering(settings: &mut SamlSettings) {
    let atlassian = settings.apps.get_mut(&app_id("atlassian")).unwrap();
    atlassian.idp_initiated = Some(IdpInitiated {
        relay_states: vec![THERE.into(), ELSEWHERE.into()],
    });
}

fn at<'a>(app: &'a AppId, target: Option<&'a str>) -> Start<'a> {
    Start { app, target }
}

/// SO-13, the control: what was asked for by nobody says so, and goes to the usual address with a value of the list.
#[tokio::test]
async fn so_13_an_offered_login_is_answered_unasked() {
    let idp = idp(|settings| {
        offering(settings);
        let atlassian = settings.apps.get_mut(&app_id("atlassian")).unwrap();
        atlassian.sp.services.insert(
            0,
            AssertionConsumerService {
                location: "https://old.test/acs".into(),
                index: 7,
                is_default: Some(false),
            },
        );
    });
    let app = app_id("atlassian");
    for (target, expected) in [
        (None, THERE),
        (Some(THERE), THERE),
        (Some(ELSEWHERE), ELSEWHERE),
    ] {
        let request = idp.start(at(&app, target), now()).await.unwrap();
        assert_eq!((&request.app, request.protocol), (&app, Protocol::Saml));
        assert!(!request.force_authn && !request.passive && request.login_hint.is_none());
        let reply = idp.answer(grant(request, identity(), true)).await.unwrap();
        let (action, xml, relay_state) = sent(&reply.reply);
        assert_eq!(
            (action.as_str(), relay_state.as_deref()),
            (ACS, Some(expected))
        );
        let text = String::from_utf8(xml.clone()).unwrap();
        assert!(!text.contains("InResponseTo"), "{text}");
        assert!(text.contains("Recipient=") && text.contains(":Audience>"));
        // Nobody who asked takes it for the answer to that.
        let error = verify(&xml, ATLASSIAN, ACS).unwrap_err();
        assert_eq!(error.code(), "unsolicited_refused");
    }
}

#[tokio::test]
async fn so_13_nothing_begins_that_was_not_offered() {
    let offered = idp(offering);
    let (atlassian, wiki, nobody) = (app_id("atlassian"), app_id("wiki"), app_id("nobody"));
    for (app, target, known, expected) in [
        (&wiki, None, true, "start_not_offered"),
        (&wiki, Some(THERE), true, "start_not_offered"),
        (&nobody, None, false, "app_unknown"),
        (
            &atlassian,
            Some("https://evil.test"),
            true,
            "relay_state_unregistered",
        ),
        (&atlassian, Some(""), true, "relay_state_unregistered"),
        (
            &atlassian,
            Some("https://acme.atlassian.net/"),
            true,
            "relay_state_unregistered",
        ),
        (
            &atlassian,
            Some("https://acme.atlassian.net.evil.test"),
            true,
            "relay_state_unregistered",
        ),
        (
            &atlassian,
            Some("HTTPS://acme.atlassian.net"),
            true,
            "relay_state_unregistered",
        ),
    ] {
        let outcome = offered.start(at(app, target), now()).await;
        let known = known.then(|| app.as_str());
        assert_eq!(code(outcome, known), Some(expected), "{app} {target:?}");
    }
    // Off by default, also for the presets.
    let outcome = idp(|_| {}).start(at(&atlassian, None), now()).await;
    assert_eq!(code(outcome, Some("atlassian")), Some("start_not_offered"));
    let closed = idp(|settings| {
        offering(settings);
        let app = settings.apps.get_mut(&app_id("atlassian")).unwrap();
        app.disabled = true;
    });
    let outcome = closed.start(at(&atlassian, None), now()).await;
    assert_eq!(code(outcome, Some("atlassian")), Some("app_disabled"));
}

/// Without a list there is no RelayState, whatever a link says.
#[tokio::test]
async fn so_13_without_a_list_nothing_is_relayed() {
    let idp = idp(|settings| {
        let atlassian = settings.apps.get_mut(&app_id("atlassian")).unwrap();
        atlassian.idp_initiated = Some(IdpInitiated::default());
    });
    let app = app_id("atlassian");
    let request = idp.start(at(&app, None), now()).await.unwrap();
    let reply = idp.refuse(&request, Refusal::Denied, now()).await.unwrap();
    let (_, xml, relay_state) = sent(&reply);
    assert_eq!(relay_state, None);
    assert!(!String::from_utf8(xml).unwrap().contains("InResponseTo"));
    let outcome = idp.start(at(&app, Some(THERE)), now()).await;
    assert_eq!(
        code(outcome, Some("atlassian")),
        Some("relay_state_unregistered")
    );
}
