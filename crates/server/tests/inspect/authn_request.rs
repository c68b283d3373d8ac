//! Requests of applications.

mod signed;

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule_saml::{
    authn_request::{AuthnRequest, Comparison, NameIdPolicy, RequestedAuthnContext},
    binding::{MessageKind, redirect},
    crypto::sign::SigningKey,
};

use super::{application::*, support::*};

const SSO: &str = "https://sso.test/saml/sso";
const MFA: &str = "https://refeds.org/profile/mfa";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const FINE: &str = "accepted -";

fn asked(change: impl FnOnce(&mut AuthnRequest<'_>)) -> AuthnRequest<'static> {
    let mut request = AuthnRequest {
        id: "_request-7",
        issue_instant: at() - TimeDelta::seconds(30),
        destination: SSO,
        issuer: APP,
        acs_url: APP_ACS,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    };
    change(&mut request);
    request
}

fn request() -> String {
    asked(|_| ()).to_xml().unwrap()
}

fn signed_by(key: &SigningKey) -> String {
    asked(|_| ()).to_signed_xml(key).unwrap().into_string()
}

fn address_of(xml: &str, key: Option<&SigningKey>) -> String {
    redirect::encode(SSO, MessageKind::Request, xml, Some("state/1"), key).unwrap()
}

fn query_of(xml: &str, key: Option<&SigningKey>) -> String {
    let address = address_of(xml, key);
    address.split_once('?').unwrap().1.to_owned()
}

fn form_of(xml: &str) -> String {
    let value = base64(xml).replace('+', "%2B");
    format!("SAMLRequest={value}&RelayState=state%2F1")
}

/// Of one that is known by hand, without a key.
fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec![
        "authn-request",
        "--sp-entity-id",
        APP,
        "--acs-url",
        APP_ACS,
        "--acs-url",
        SECOND_ACS,
        "--sso-url",
        SSO,
        "--at",
        AT,
    ];
    all.extend(more);
    all
}

/// Of one that describes itself.
fn described<'a>(metadata: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["authn-request", "--sp-metadata", metadata, "--sso-url", SSO];
    all.extend(["--at", AT]);
    all.extend(more);
    all
}

#[test]
fn an_accepted_request_is_told_whole() {
    let xml = asked(|request| {
        request.acs_url = SECOND_ACS;
        request.force_authn = true;
        request.name_id_policy = Some(NameIdPolicy {
            format: Some(MAIL_FORMAT.to_owned()),
            sp_name_qualifier: None,
            allow_create: true,
        });
        request.requested_authn_context = Some(RequestedAuthnContext {
            comparison: Comparison::Minimum,
            class_refs: vec![MFA.to_owned()],
        });
    })
    .to_xml()
    .unwrap();
    let subject = format!(
        r#"<saml:Subject xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:NameID Format="{MAIL_FORMAT}">alice@acme.test</saml:NameID></saml:Subject>"#
    );
    let (head, tail) = xml.split_once("<samlp:NameIDPolicy").unwrap();
    let xml = format!("{head}{subject}<samlp:NameIDPolicy{tail}");
    let metadata = Described::with(&[&IDP_KEY]).xml();
    let address = format!("{}#part\n", address_of(&xml, Some(&IDP_KEY)));
    let said = inspect(&described(&metadata, &["--json"]), &address);
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    let expected = json!({
        "id": null,
        "accepted": true,
        "issuer": APP,
        "message_id": "_request-7",
        "issued_at": "2026-01-01T12:00:00Z",
        "acs_url": SECOND_ACS,
        "force_authn": true,
        "is_passive": false,
        "name_id_policy": {"format": MAIL_FORMAT, "sp_name_qualifier": null, "allow_create": true},
        "requested_authn_context": {"comparison": "minimum", "class_refs": [MFA]},
        "subject": "alice@acme.test",
        "format": MAIL_FORMAT,
        "proxy_count": null,
        "relay_state": "state/1",
        "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
        "signed": true,
    });
    assert_eq!(said.verdicts()[0], expected);
    let said = inspect(&described(&metadata, &[]), &address);
    for line in [
        "accepted: every check holds\n",
        "\n  Answer to     https://app.test/saml/acs2\n",
        "\n  Signed        by a key of the application\n",
        "\n  AuthnContext  https://refeds.org/profile/mfa\n",
        "\n  Subject       alice@acme.test\n",
        "\n  ForceAuthn: the person must be authenticated anew\n",
    ] {
        assert!(said.out.contains(line), "{line:?} not in\n{}", said.out);
    }
}

#[test]
fn every_form_of_a_captured_request_is_read() {
    let (xml, signed) = (request(), signed_by(&IDP_KEY));
    let query = query_of(&xml, Some(&IDP_KEY));
    let bare = query_of(&xml, None);
    let value = bare.split(['=', '&']).nth(1).unwrap();
    let value = value
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let (post, redirect) = ("HTTP-POST", "HTTP-Redirect");
    let metadata = Described::with(&[&IDP_KEY]).xml();
    for (message, binding, is_signed, relay_state) in [
        (xml.clone(), post, false, false),
        (format!("\u{feff}{signed}\n"), post, true, false),
        (base64(&signed), post, true, false),
        (
            base64(&signed).replacen("PHN", "PH\nN", 1),
            post,
            true,
            false,
        ),
        (form_of(&signed), post, true, true),
        (address_of(&xml, Some(&IDP_KEY)), redirect, true, true),
        (format!("?{query}"), redirect, true, true),
        (query, redirect, true, true),
        (bare, redirect, false, true),
        (value, redirect, false, false),
    ] {
        let said = inspect(&described(&metadata, &["--json"]), &message);
        assert_eq!(said.status, Some(0), "{message}\n{}{}", said.out, said.err);
        let verdict = &said.verdicts()[0];
        let found = verdict["binding"].as_str().unwrap();
        assert!(found.ends_with(binding), "{message}: {found}");
        assert_eq!(verdict["signed"], is_signed, "{message}");
        assert_eq!(verdict["relay_state"].is_string(), relay_state, "{message}");
    }
}

#[test]
fn so_01_05_requests_are_judged_as_in_a_login() {
    let changed = |from: &str, to: &str| {
        let xml = request();
        assert!(xml.contains(from), "{from}");
        xml.replacen(from, to, 1)
    };
    let with = |child: &str| {
        changed(
            "</samlp:AuthnRequest>",
            &format!("{child}</samlp:AuthnRequest>"),
        )
    };
    let acs = |attributes: &str| {
        changed(
            &format!(r#"AssertionConsumerServiceURL="{APP_ACS}""#),
            attributes,
        )
    };
    let late = json!({"at": "2026-01-01T12:07:00Z"});
    let rows: Vec<(&str, String, Value, &str)> = vec![
        ("control", request(), none(), FINE),
        (
            "SO-01 another site",
            changed(APP_ACS, "https://evil.test/acs"),
            none(),
            "acs_url_unregistered",
        ),
        (
            "SO-01 suffix",
            changed(APP_ACS, &format!("{APP_ACS}/x")),
            none(),
            "acs_url_unregistered",
        ),
        (
            "SO-01 case",
            changed(APP_ACS, &APP_ACS.replace("app", "App")),
            none(),
            "acs_url_unregistered",
        ),
        (
            "SO-01 other address",
            request(),
            json!({"acs_url": SECOND_ACS}),
            "acs_url_unregistered",
        ),
        ("the second", changed(APP_ACS, SECOND_ACS), none(), FINE),
        (
            "SO-02 number",
            acs(r#"AssertionConsumerServiceIndex="1""#),
            none(),
            FINE,
        ),
        (
            "SO-02 out of range",
            acs(r#"AssertionConsumerServiceIndex="7""#),
            none(),
            "acs_index_unregistered",
        ),
        (
            "SO-02 both",
            acs(&format!(
                r#"AssertionConsumerServiceURL="{APP_ACS}" AssertionConsumerServiceIndex="0""#
            )),
            none(),
            "acs_ambiguous",
        ),
        (
            "SO-02 artifact",
            changed("HTTP-POST", "HTTP-Artifact"),
            none(),
            "protocol_binding_unsupported",
        ),
        (
            "SO-05 issuer",
            changed(&format!(">{APP}<"), ">https://other.test<"),
            none(),
            "app_unknown",
        ),
        (
            "SO-05 another application",
            request(),
            json!({"sp_entity_id": "https://x.test"}),
            "app_unknown",
        ),
        (
            "SO-05 destination",
            request(),
            json!({"sso_url": "https://x.test"}),
            "destination_mismatch",
        ),
        ("SO-05 old", request(), late.clone(), "issued_too_long_ago"),
        (
            "SO-05 old, more skew",
            request(),
            json!({"at": "2026-01-01T12:06:30Z", "clock_skew": 120}),
            FINE,
        ),
        (
            "SO-05 from the future",
            request(),
            json!({"at": "2026-01-01T11:58:00Z"}),
            "issued_in_future",
        ),
        ("SO-10 any format", format_wanted(PERSISTENT), none(), FINE),
        (
            "SO-10 not this format",
            format_wanted(PERSISTENT),
            json!({"name_id_format": MAIL_FORMAT}),
            "name_id_format_unavailable",
        ),
        (
            "SO-10 this format, too",
            format_wanted(PERSISTENT),
            json!({"name_id_format": [MAIL_FORMAT, PERSISTENT]}),
            FINE,
        ),
        (
            "ProxyCount",
            with(r#"<samlp:Scoping ProxyCount="0"/>"#),
            none(),
            "proxying_forbidden",
        ),
        (
            "ProxyCount 1",
            with(r#"<samlp:Scoping ProxyCount="1"/>"#),
            none(),
            FINE,
        ),
        (
            "version",
            changed(r#"Version="2.0""#, r#"Version="1.1""#),
            none(),
            "version_unsupported",
        ),
        (
            "id",
            changed("_request-7", "1 2"),
            none(),
            "request_id_invalid",
        ),
        (
            "comment",
            changed(&format!(">{APP}<"), ">https://app.test<!---->/saml<"),
            none(),
            "text_not_plain",
        ),
        (
            "entity",
            format!("<!DOCTYPE x>{}", request()),
            none(),
            "doctype_refused",
        ),
        ("a Response", response(), none(), "not_an_authn_request"),
        (
            "an answer's field",
            form_of(&request()).replace("SAMLRequest", "SAMLResponse"),
            none(),
            "not_an_authn_request",
        ),
        (
            "no base64",
            "SAMLRequest=%21".to_owned(),
            none(),
            "binding_base64",
        ),
        (
            "nothing",
            "  ".to_owned(),
            none(),
            "binding_message_missing",
        ),
        (
            "too large",
            "a".repeat(600 * 1024),
            none(),
            "binding_too_large",
        ),
    ];
    check_batch(&arguments(&[]), &rows);
}

fn format_wanted(format: &str) -> String {
    let policy = NameIdPolicy {
        format: Some(format.to_owned()),
        ..NameIdPolicy::default()
    };
    asked(|request| request.name_id_policy = Some(policy))
        .to_xml()
        .unwrap()
}

#[test]
fn a_replay_is_one_only_where_it_is_asked_for() {
    let other = asked(|request| request.id = "_request-8").to_xml().unwrap();
    let input = [
        line("first", &request(), none()),
        line("by another way", &query_of(&request(), None), none()),
        line("another", &other, none()),
    ]
    .concat();
    let found = |more: &[&str]| -> Vec<String> {
        let said = inspect(&arguments(more), &input);
        outcomes(&said).into_iter().map(|(_, it)| it).collect()
    };
    assert_eq!(found(&["--batch"]), [FINE, FINE, FINE]);
    assert_eq!(
        found(&["--batch", "--replay"]),
        [FINE, "already_used", FINE]
    );
}

#[test]
fn exit_status_tells_yes_no_and_usage() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let metadata = file("sp.xml", &Described::with(&[&IDP_KEY]).xml());
    let key = file("sp.pem", &certificate(&IDP_KEY));
    let good = file(
        "request.b64",
        &format!("{}\n", base64(&signed_by(&IDP_KEY))),
    );
    let bad = file("bad.xml", &request().replace(APP_ACS, "https://evil.test"));
    let table: [(Vec<&str>, i32); 12] = [
        (described(&metadata, &[&good]), 0),
        (
            arguments(&["--certificate", &key, "--require-signature", &good]),
            0,
        ),
        (arguments(&["-"]), 1),
        (arguments(&[&bad]), 1),
        (arguments(&["/absent/request"]), 2),
        (described("/absent/sp.xml", &[&good]), 2),
        (described(&key, &[&good]), 2),
        (arguments(&["--certificate", &metadata, &good]), 2),
        (described(&metadata, &["--acs-url", APP_ACS, &good]), 2),
        (
            vec![
                "authn-request",
                "--sp-entity-id",
                APP,
                "--sso-url",
                SSO,
                &good,
            ],
            2,
        ),
        (vec!["authn-request", "--sp-metadata", &metadata, &good], 2),
        (arguments(&["--replay", &good]), 2),
    ];
    for (arguments, expected) in table {
        let said = inspect(&arguments, "");
        assert_eq!(said.status, Some(expected), "{arguments:?}: {said:?}");
        assert_eq!(
            expected == 2,
            !said.err.is_empty(),
            "{arguments:?}: {said:?}"
        );
    }
}
