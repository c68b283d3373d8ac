//! Single Logout that a provider begins: its request, whom it means, and our answer (attack rows SR).

use vestibule_core::{
    identity::Subject,
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};
use vestibule_saml::{
    binding::{Binding, Delivery, Received},
    issue::NameId,
    logout::{
        AcceptedLogout, LogoutOutcome, LogoutPeer, LogoutReceiver, LogoutRequest, ParsedLogout,
    },
    metadata::IdpDescription,
};

use super::*;

pub(super) const SLO: &str = "https://sso.test/upstream/shib/saml/slo";
pub(super) const THEIR_SLO: &str = "https://idp.test/saml/slo";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

pub(super) fn their_metadata(single_logout: Vec<SingleLogoutService>) -> String {
    let description = IdpDescription {
        entity_id: IDP,
        sso_url: SSO,
        certificates: vec![IDP_KEY.certificate_der()],
        want_authn_requests_signed: false,
        single_logout,
        name_id_formats: Vec::new(),
        valid_until: None,
    };
    description.to_xml(None).unwrap()
}

pub(super) fn logout_settings(single_logout: Vec<SingleLogoutService>) -> SamlSettings {
    SamlSettings {
        slo_url: Some(Url::parse(SLO).unwrap()),
        sign_out_there: true,
        keys: Some(SpKeys::only(OUR_KEY.clone()).ring()),
        ..settings(MetadataPlace::Inline(their_metadata(single_logout)))
    }
}

fn fixture() -> Fixture {
    Fixture::with(logout_settings(SingleLogoutService::everywhere(THEIR_SLO)))
}

fn asks() -> LogoutRequest<'static> {
    LogoutRequest {
        id: "_logout-1",
        issue_instant: now(),
        destination: SLO,
        issuer: IDP,
        name_id: NameId {
            value: "alice",
            format: Some(PERSISTENT),
            name_qualifier: Some(IDP),
            sp_name_qualifier: Some(SP),
        },
        session_indexes: &["_session-1"],
        reason: None,
        not_on_or_after: None,
    }
}

/// As the browser brings it.
pub(super) fn brought(sent: Delivery) -> Callback {
    match sent {
        Delivery::Redirect(url) => Callback {
            query: Url::parse(&url).unwrap().query().unwrap().to_owned(),
            form: None,
        },
        Delivery::Form(sent) => {
            let fields: Vec<_> = sent
                .fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            Callback {
                query: String::new(),
                form: Some(form(&fields)),
            }
        }
    }
}

pub(super) async fn told(
    fixture: &Fixture,
    message: &Callback,
) -> Result<UpstreamMessage, UpstreamError> {
    let sign_off = fixture.upstream.sign_off().unwrap();
    sign_off.hear(Carrier::Browser, message, now()).await
}

async fn heard(fixture: &Fixture, message: &Callback) -> Result<UpstreamLogout, UpstreamError> {
    match told(fixture, message).await? {
        UpstreamMessage::Logout(logout) => Ok(logout),
        UpstreamMessage::Answer { .. } => panic!("a request was expected"),
    }
}

fn subject(value: &str, format: Option<&str>, qualifier: Option<String>) -> Subject {
    Subject {
        value: value.to_owned(),
        format: format.map(str::to_owned),
        qualifier,
    }
}

#[tokio::test]
async fn sr_b1_a_request_is_heard_over_both_bindings_and_answered_by_a_signed_one() {
    let fixture = fixture();
    let sign_off = fixture.upstream.sign_off().unwrap();
    assert!(sign_off.comes_by(Carrier::Browser) && !sign_off.comes_by(Carrier::Upstream));
    for binding in [Binding::Redirect, Binding::Post] {
        let sent = asks().send(binding, Some("run-1"), &IDP_KEY).unwrap();
        let logout = heard(&fixture, &brought(sent)).await.unwrap();
        assert_eq!(logout.subject.as_deref(), Some("alice"));
        assert_eq!(logout.sessions, ["_session-1"]);
        assert_eq!(
            (
                logout.once.purpose,
                logout.once.owner.as_str(),
                logout.once.value.as_str()
            ),
            (ReplayPurpose::SamlLogoutRequest, IDP, "_logout-1")
        );
        for (is_complete, expect) in [(true, LogoutOutcome::Done), (false, LogoutOutcome::Partial)]
        {
            let reply = sign_off
                .answer(&logout.reply, is_complete, now())
                .await
                .unwrap();
            let Some(vestibule_core::request::Reply::Redirect(url)) = reply else {
                panic!("{reply:?}")
            };
            let received = redirect::decode(url.query().unwrap()).unwrap();
            let peer = LogoutPeer {
                entity_id: SP,
                signing_keys: &[OUR_KEY.verifying_key().unwrap()],
                danger_accept_unsigned: false,
                danger_accept_sha1: false,
            };
            let receiver = LogoutReceiver {
                entity_id: IDP,
                slo_url: THEIR_SLO,
                decryption: Decryption::default(),
                now: now(),
                skew: Skew::default(),
            };
            let parsed = ParsedLogout::parse(Received::Redirect(received)).unwrap();
            let AcceptedLogout::Response(answer) = parsed.accept(&peer, &receiver).unwrap() else {
                panic!("an answer was expected")
            };
            assert_eq!(answer.outcome_of("_logout-1").unwrap(), &expect);
            assert_eq!(answer.relay_state.as_deref(), Some("run-1"));
        }
    }
}

#[tokio::test]
async fn sr_01_sr_13_what_the_provider_did_not_sign_and_send_here_ends_nothing() {
    let fixture = fixture();
    let redirected = |asked: LogoutRequest<'_>, key: &SigningKey| {
        brought(asked.send(Binding::Redirect, None, key).unwrap())
    };
    let mut unsigned = redirected(asks(), &IDP_KEY);
    let bare = unsigned.query.split("&SigAlg=").next().unwrap().to_owned();
    unsigned.query = bare;
    let mut changed = redirected(asks(), &IDP_KEY);
    changed.query = changed
        .query
        .replacen("&SigAlg=", "&RelayState=x&SigAlg=", 1);
    let elsewhere = LogoutRequest {
        destination: "https://sso.test/upstream/other/saml/slo",
        ..asks()
    };
    let another = LogoutRequest {
        issuer: "https://evil.test",
        ..asks()
    };
    let old = LogoutRequest {
        issue_instant: now() - TimeDelta::hours(1),
        ..asks()
    };
    let over = LogoutRequest {
        not_on_or_after: Some(now() - TimeDelta::minutes(2)),
        ..asks()
    };
    for (name, message, expect) in [
        ("control", redirected(asks(), &IDP_KEY), None),
        ("SR-02: no signature", unsigned, Some("signature_missing")),
        (
            "SR-03: another RelayState",
            changed,
            Some("signature_mismatch"),
        ),
        (
            "SR-13: another key",
            redirected(asks(), &OTHER_KEY),
            Some("signature_mismatch"),
        ),
        (
            "another address",
            redirected(elsewhere, &IDP_KEY),
            Some("destination_mismatch"),
        ),
        (
            "another issuer",
            redirected(another, &IDP_KEY),
            Some("issuer_mismatch"),
        ),
        (
            "an old one",
            redirected(old, &IDP_KEY),
            Some("issued_too_long_ago"),
        ),
        (
            "one that is over",
            redirected(over, &IDP_KEY),
            Some("message_expired"),
        ),
        (
            "nothing",
            Callback::default(),
            Some("binding_message_missing"),
        ),
    ] {
        assert_eq!(code(heard(&fixture, &message).await), expect, "{name}");
    }
}

#[tokio::test]
async fn a_name_means_whom_the_provider_called_so() {
    let fixture = fixture();
    let sign_off = fixture.upstream.sign_off().unwrap();
    let hear = async |asked: LogoutRequest<'_>| {
        let sent = asked.send(Binding::Redirect, None, &IDP_KEY).unwrap();
        heard(&fixture, &brought(sent)).await.unwrap()
    };
    let whole = hear(asks()).await;
    let short = hear(LogoutRequest {
        name_id: NameId {
            value: "alice",
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        ..asks()
    })
    .await;
    let both = Some(format!("{IDP}!{SP}"));
    for (told, by_whole, by_short) in [
        (subject("alice", Some(PERSISTENT), both.clone()), true, true),
        (subject("alice", Some(PERSISTENT), None), true, true),
        (subject("bob", Some(PERSISTENT), both.clone()), false, false),
        (subject("alice", None, both), false, true),
        (
            subject("alice", Some(PERSISTENT), Some("https://x!".into())),
            false,
            true,
        ),
        (
            subject("alice", Some(PERSISTENT), Some("!https://x".into())),
            false,
            true,
        ),
    ] {
        assert_eq!(sign_off.is_about(&whole, &told), by_whole, "{told:?}");
        assert_eq!(sign_off.is_about(&short, &told), by_short, "{told:?}");
    }
}

#[tokio::test]
async fn where_the_provider_has_no_address_nothing_is_answered() {
    let fixture = Fixture::with(logout_settings(Vec::new()));
    let sent = asks().send(Binding::Post, None, &IDP_KEY).unwrap();
    let logout = heard(&fixture, &brought(sent)).await.unwrap();
    let sign_off = fixture.upstream.sign_off().unwrap();
    assert_eq!(sign_off.answer(&logout.reply, true, now()).await, Ok(None));
}

#[test]
fn our_metadata_names_the_address_only_if_we_can_sign_the_answer() {
    let with = fixture().upstream.sp_metadata().unwrap();
    assert_eq!(with.matches("SingleLogoutService").count(), 2, "{with}");
    assert_eq!(with.matches(SLO).count(), 2);
    let without = SamlSettings {
        keys: None,
        ..logout_settings(Vec::new())
    };
    let without = Fixture::with(without).upstream.sp_metadata().unwrap();
    assert!(!without.contains("SingleLogoutService"));
}
