//! Requests to end sessions, of partners in either role.

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule_saml::{
    binding::{Binding, Delivery, MessageKind, redirect},
    crypto::{DecryptionKey, sign::SigningKey},
    issue::{NameId, Sign},
    logout::{LogoutReason, LogoutRequest},
};

use super::{application::*, support::*};

const SLO: &str = "https://sso.test/saml/slo";

fn asked(issuer: &'static str) -> LogoutRequest<'static> {
    LogoutRequest {
        id: "_logout-7",
        issue_instant: at() - TimeDelta::seconds(30),
        destination: SLO,
        issuer,
        name_id: NameId {
            value: "alice@acme.test",
            format: Some(MAIL_FORMAT),
            name_qualifier: None,
            sp_name_qualifier: Some(APP),
        },
        session_indexes: &["_session-1", "_session-2"],
        reason: Some(LogoutReason::User),
        not_on_or_after: Some(at() + TimeDelta::minutes(1)),
    }
}

/// The query, or the body of the form.
fn sent(request: &LogoutRequest<'_>, binding: Binding, key: &SigningKey) -> String {
    match request.send(binding, Some("state/1"), key).unwrap() {
        Delivery::Redirect(address) => address.split_once('?').unwrap().1.to_owned(),
        Delivery::Form(form) => {
            let pair = |(name, value): (&str, String)| {
                let value = value.replace('+', "%2B").replace('/', "%2F");
                format!("{name}={value}")
            };
            form.fields
                .into_iter()
                .map(pair)
                .collect::<Vec<_>>()
                .join("&")
        }
    }
}

fn posted(issuer: &'static str) -> String {
    sent(&asked(issuer), Binding::Post, &IDP_KEY)
}

fn query(request: &LogoutRequest<'_>) -> String {
    sent(request, Binding::Redirect, &IDP_KEY)
}

/// Whatever it says, without a signature.
fn unsigned() -> String {
    format!(
        r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_logout-1" Version="2.0" IssueInstant="2026-01-01T12:00:00Z" Destination="{SLO}"><saml:Issuer>{APP}</saml:Issuer><saml:NameID>alice@acme.test</saml:NameID></samlp:LogoutRequest>"#
    )
}

/// Of an application whose name and certificate are known.
fn arguments<'a>(certificate: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["logout-request", "--entity-id", APP, "--certificate"];
    all.extend([certificate, "--slo-url", SLO, "--at", AT]);
    all.extend(more);
    all
}

fn of_metadata<'a>(role: &'a str, metadata: &'a str) -> Vec<&'a str> {
    vec![
        "logout-request",
        role,
        metadata,
        "--slo-url",
        SLO,
        "--at",
        AT,
    ]
}

#[test]
fn sr_b1_an_accepted_request_is_told_whole() {
    let certificate = certificate(&IDP_KEY);
    for (message, binding) in [
        (query(&asked(APP)), "HTTP-Redirect"),
        (format!("{SLO}?{}\n", query(&asked(APP))), "HTTP-Redirect"),
        (posted(APP), "HTTP-POST"),
    ] {
        let said = inspect(&arguments(&certificate, &["--json"]), &message);
        assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
        let expected = json!({
            "id": null,
            "accepted": true,
            "issuer": APP,
            "message_id": "_logout-7",
            "issued_at": "2026-01-01T12:00:00Z",
            "acceptable_until": "2026-01-01T12:02:30Z",
            "subject": "alice@acme.test",
            "format": MAIL_FORMAT,
            "name_qualifier": null,
            "sp_name_qualifier": APP,
            "session_indexes": ["_session-1", "_session-2"],
            "reason": "urn:oasis:names:tc:SAML:2.0:logout:user",
            "asynchronous": false,
            "relay_state": "state/1",
            "binding": format!("urn:oasis:names:tc:SAML:2.0:bindings:{binding}"),
        });
        assert_eq!(said.verdicts()[0], expected);
    }
    let said = inspect(&arguments(&certificate, &[]), query(&asked(APP)));
    for line in [
        "accepted: the signature and every check hold\n",
        "\n  Subject       alice@acme.test\n",
        "\n  Session       _session-2\n",
        "\n  Until         2026-01-01T12:02:30Z\n",
    ] {
        assert!(said.out.contains(line), "{line:?} not in\n{}", said.out);
    }
    let all = LogoutRequest {
        session_indexes: &[],
        ..asked(APP)
    };
    let said = inspect(&arguments(&certificate, &[]), query(&all));
    assert!(
        said.out
            .contains("It names no session. Of an identity provider it means all of the person's"),
        "{}",
        said.out
    );
}

#[test]
fn the_partner_may_have_either_role() {
    let sp = Described::with(&[&IDP_KEY]).xml();
    let idp = metadata(&[&IDP_KEY]);
    for (role, metadata, own, other) in [
        ("--sp-metadata", &sp, posted(APP), posted(IDP)),
        ("--idp-metadata", &idp, posted(IDP), posted(APP)),
    ] {
        let mut all = of_metadata(role, metadata);
        all.push("--json");
        assert_eq!(outcomes(&inspect(&all, own))[0].1, ALICE, "{role}");
        let code = &outcomes(&inspect(&all, other))[0].1;
        let expected = match role {
            "--sp-metadata" => "app_unknown",
            _ => "issuer_mismatch",
        };
        assert_eq!(code, expected, "{role}");
    }
    let keyless = Described::with(&[]).xml();
    let rows = [
        ("no key", posted(APP), none(), "signature_missing"),
        (
            "one beside it",
            posted(APP),
            json!({"certificate": certificate(&IDP_KEY)}),
            ALICE,
        ),
        (
            "another one",
            posted(APP),
            json!({"certificate": [certificate(&STRANGER)]}),
            "key_mismatch",
        ),
        (
            "over",
            posted(IDP),
            json!({"sp_metadata": null, "idp_metadata": super::support::described(IDP, &[&IDP_KEY], Some(at()))}),
            "metadata_expired",
        ),
        (
            "both",
            posted(APP),
            json!({"sp_metadata": null, "idp_metadata": idp, "entity_id": "https://x.test"}),
            "metadata_entity_missing",
        ),
    ];
    check_batch(&of_metadata("--sp-metadata", &keyless), &rows);
}

#[test]
fn logout_requests_are_judged_as_at_the_live_endpoint() {
    let good = query(&asked(APP));
    let (message, rest) = good.split_once('&').unwrap();
    let by = |change: fn(&mut LogoutRequest<'_>)| {
        let mut request = asked(APP);
        change(&mut request);
        query(&request)
    };
    let response = good.replace("SAMLRequest", "SAMLResponse");
    let rows: Vec<(&str, String, Value, &str)> = vec![
        ("control", good.clone(), none(), ALICE),
        ("unsigned", unsigned(), none(), "signature_missing"),
        (
            "unsigned, by redirect",
            message.to_owned(),
            none(),
            "signature_missing",
        ),
        (
            "stranger",
            sent(&asked(APP), Binding::Redirect, &STRANGER),
            none(),
            "key_mismatch",
        ),
        (
            "escapes changed",
            good.replace("%2F", "%2f"),
            none(),
            "signature_mismatch",
        ),
        (
            "RelayState changed",
            format!("{message}&{}", rest.replace("state", "other")),
            none(),
            "signature_mismatch",
        ),
        (
            "another application",
            good.clone(),
            json!({"entity_id": "https://x.test"}),
            "app_unknown",
        ),
        (
            "another key",
            good.clone(),
            json!({"certificate": certificate(&STRANGER)}),
            "key_mismatch",
        ),
        (
            "elsewhere",
            good.clone(),
            json!({"slo_url": "https://x.test"}),
            "destination_mismatch",
        ),
        (
            "over",
            good.clone(),
            json!({"at": "2026-01-01T12:02:30Z"}),
            "message_expired",
        ),
        (
            "within the skew",
            good.clone(),
            json!({"at": "2026-01-01T12:02:29Z"}),
            ALICE,
        ),
        (
            "no skew",
            good.clone(),
            json!({"at": "2026-01-01T12:01:30Z", "clock_skew": 0}),
            "message_expired",
        ),
        (
            "from the future",
            good.clone(),
            json!({"at": "2026-01-01T11:58:00Z"}),
            "issued_in_future",
        ),
        (
            "old",
            by(|request| request.not_on_or_after = None),
            json!({"at": "2026-01-01T12:07:00Z"}),
            "issued_too_long_ago",
        ),
        (
            "too many sessions",
            by(|request| request.session_indexes = &["_session"; 65]),
            none(),
            "logout_sessions_too_many",
        ),
        ("SHA-1", good.replace(SHA256, SHA1), none(), "sha1_refused"),
        (
            "SHA-1 accepted, and another digest signed",
            good.replace(SHA256, SHA1),
            json!({"danger_accept_sha1": true}),
            "signature_mismatch",
        ),
        (
            "another parameter",
            response,
            none(),
            "not_a_logout_message",
        ),
        (
            "no logout",
            super::support::response(),
            none(),
            "not_a_logout_message",
        ),
        ("nothing", String::new(), none(), "binding_message_missing"),
    ];
    check_batch(&arguments(&certificate(&IDP_KEY), &[]), &rows);
}

/// A provider's request whose name is encrypted. What is inside is an assertion, which says whether it was decrypted.
fn encrypted_name(recipient: &DecryptionKey) -> String {
    let response = encrypted(Sign::Assertion, recipient);
    let (_, rest) = response.split_once("EncryptedAssertion").unwrap();
    let (content, _) = rest.rsplit_once("</").unwrap().0.rsplit_once("</").unwrap();
    let xml = format!(
        r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_logout-1" Version="2.0" IssueInstant="2026-01-01T12:00:00Z" Destination="{SLO}"><saml:Issuer>{IDP}</saml:Issuer><saml:EncryptedID{content}</saml:EncryptedID></samlp:LogoutRequest>"#
    );
    let sent = redirect::encode(SLO, MessageKind::Request, &xml, None, Some(&IDP_KEY));
    sent.unwrap().split_once('?').unwrap().1.to_owned()
}

#[test]
fn si_b4_an_encrypted_name_of_a_provider_is_read_with_our_key_as_at_the_live_endpoint() {
    let ((ours, our_pem), (_, other_pem)) = (decryption_key(), decryption_key());
    let message = encrypted_name(&ours);
    let with = |pem: &str| json!({"sp_key": [pem], "sp_entity_id": SP});
    let rows = [
        (
            "no key",
            message.clone(),
            none(),
            "encrypted_not_configured",
        ),
        (
            "our key",
            message.clone(),
            with(&our_pem),
            "decrypted_element",
        ),
        (
            "another key",
            message,
            with(&other_pem),
            "decryption_failed",
        ),
        ("not encrypted", posted(IDP), with(&our_pem), ALICE),
    ];
    let metadata = metadata(&[&IDP_KEY]);
    check_batch(&of_metadata("--idp-metadata", &metadata), &rows);
}

#[test]
fn a_replay_is_one_only_where_it_is_asked_for() {
    let again = LogoutRequest {
        id: "_logout-8",
        ..asked(APP)
    };
    let input = [
        line("first", &query(&asked(APP)), none()),
        line("by another way", &posted(APP), none()),
        line("another", &query(&again), none()),
    ]
    .concat();
    let certificate = certificate(&IDP_KEY);
    let found = |more: &[&str]| -> Vec<String> {
        let said = inspect(&arguments(&certificate, more), &input);
        outcomes(&said).into_iter().map(|(_, it)| it).collect()
    };
    assert_eq!(found(&["--batch"]), [ALICE, ALICE, ALICE]);
    assert_eq!(
        found(&["--batch", "--replay"]),
        [ALICE, "already_used", ALICE]
    );
}

#[test]
fn exit_status_tells_yes_no_and_usage() {
    let (sp, idp) = (Described::with(&[&IDP_KEY]).xml(), metadata(&[&IDP_KEY]));
    let pem = certificate(&IDP_KEY);
    let good = query(&asked(APP));
    let mut both = of_metadata("--sp-metadata", &sp);
    both.extend(["--idp-metadata", &idp]);
    let table: [(Vec<&str>, i32); 8] = [
        (arguments(&pem, &[]), 0),
        (arguments(&pem, &["-"]), 0),
        (of_metadata("--idp-metadata", &idp), 1),
        (both, 2),
        (arguments("/absent/sp.pem", &[]), 2),
        (
            vec!["logout-request", "--entity-id", APP, "--slo-url", SLO],
            2,
        ),
        (vec!["logout-request", "--sp-metadata", &sp], 2),
        (arguments(&pem, &["--replay"]), 2),
    ];
    for (arguments, expected) in table {
        let said = inspect(&arguments, &good);
        assert_eq!(said.status, Some(expected), "{arguments:?}: {said:?}");
    }
}
