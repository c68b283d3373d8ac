//! Logout tokens of OpenID Connect Back-Channel Logout.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use vestibule_oidc::{
    logout_token::{EVENT, TYPE},
    signing::{KeyKind, SigningKey, jwk_set},
};

use super::support::*;

const ISSUER: &str = "https://idp.test/realms/acme";
const CLIENT: &str = "vestibule";
const NOW: i64 = 1_767_268_830; // AT

static RSA: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
static P256: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));

fn key(kind: KeyKind) -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(kind).unwrap()).unwrap()
}

fn keys() -> String {
    jwk_set([&*RSA, &*P256]).to_string()
}

fn arguments(keys: &str) -> Vec<&str> {
    vec![
        "logout-token",
        "--jwks",
        keys,
        "--issuer",
        ISSUER,
        "--client-id",
        CLIENT,
        "--at",
        AT,
    ]
}

/// A good logout token with some claims replaced; null takes one out.
fn claims(changes: Value) -> Map<String, Value> {
    let mut claims = json!({
        "iss": ISSUER, "sub": "2482", "sid": "session-1", "aud": CLIENT, "exp": NOW + 120, "iat": NOW - 5,
        "jti": "logout-1", "events": {EVENT: {}},
    });
    let claims = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        claims.remove(name);
        if !value.is_null() {
            claims.insert(name.clone(), value.clone());
        }
    }
    claims.clone()
}

fn token(changes: Value) -> String {
    RSA.sign_as(TYPE, &claims(changes)).unwrap()
}

#[test]
fn an_accepted_token_is_told_whole() {
    let keys = keys();
    let mut all = arguments(&keys);
    all.push("--json");
    for message in [
        token(none()),
        format!("{}\n", token(none())),
        format!("logout_token={}", token(none())),
        format!("x=1&logout_token={}", token(none())),
    ] {
        let said = inspect(&all, &message);
        assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
        let expected = json!({
            "id": null,
            "accepted": true,
            "subject": "2482",
            "session_index": "session-1",
            "issuer": ISSUER,
            "message_id": "logout-1",
            "issued_at": "2026-01-01T12:00:25Z",
        });
        assert_eq!(said.verdicts()[0], expected);
    }
    let said = inspect(&arguments(&keys), token(none()));
    for line in [
        "accepted: ",
        "\n  Subject       2482\n",
        "\n  Session       session-1\n",
    ] {
        assert!(said.out.contains(line), "{line:?} not in\n{}", said.out);
    }
}

/// Without `--at` it is now, which has nanoseconds; nobody compares clocks by those.
#[test]
fn moments_are_told_to_the_second() {
    let keys = keys();
    let mut now = arguments(&keys);
    assert_eq!(now.drain(now.len() - 2..).next(), Some("--at"));
    let said = inspect(&now, token(none()));
    let told = "the token expired at 2026-01-01T12:02:30Z, it is ";
    let (_, rest) = said.out.split_once(told).expect(&said.out);
    let (moment, _) = rest.split_once("; compare the clocks").expect(rest);
    assert_eq!(moment.len(), "2026-01-01T12:00:00Z".len(), "{moment}");
}

#[test]
fn oi_2xx_claims_are_judged_as_at_the_back_channel() {
    let row =
        |id, changes: Value, overrides: Value, outcome| (id, token(changes), overrides, outcome);
    let id_token = RSA
        .sign(&claims(json!({"events": null, "nonce": "n"})))
        .unwrap();
    let es256 = P256.sign_as(TYPE, &claims(none())).unwrap();
    let stranger = OTHER.sign_as(TYPE, &claims(none())).unwrap();
    let other_keys = jwk_set([&*OTHER]).to_string();
    let access = RSA.sign_as("at+jwt", &claims(none())).unwrap();
    let rows: Vec<(&str, String, Value, &str)> = vec![
        row("control", none(), none(), "accepted 2482"),
        row("session alone", json!({"sub": null}), none(), "accepted -"),
        row(
            "person alone",
            json!({"sid": null}),
            none(),
            "accepted 2482",
        ),
        row(
            "nobody",
            json!({"sub": null, "sid": null}),
            none(),
            "logout_token_no_target",
        ),
        row(
            "nonce",
            json!({"nonce": "n"}),
            none(),
            "logout_token_has_nonce",
        ),
        row(
            "no events",
            json!({"events": null}),
            none(),
            "logout_token_no_event",
        ),
        row(
            "another event",
            json!({"events": {"x": {}}}),
            none(),
            "logout_token_no_event",
        ),
        row(
            "event is no object",
            json!({"events": {EVENT: true}}),
            none(),
            "logout_token_no_event",
        ),
        row(
            "empty sid",
            json!({"sid": ""}),
            none(),
            "logout_token_bad_id",
        ),
        row("no jti", json!({"jti": null}), none(), "jwt_missing_claim"),
        row("no iat", json!({"iat": null}), none(), "jwt_missing_claim"),
        row(
            "iss",
            json!({"iss": format!("{ISSUER}/")}),
            none(),
            "jwt_wrong_issuer",
        ),
        row("aud", json!({"aud": "other"}), none(), "jwt_wrong_audience"),
        row(
            "aud, two",
            json!({"aud": [CLIENT, "jira"]}),
            none(),
            "jwt_untrusted_audience",
        ),
        row(
            "aud, two trusted",
            json!({"aud": [CLIENT, "jira"]}),
            json!({"trusted_audience": "jira"}),
            "accepted 2482",
        ),
        row("over", json!({"exp": NOW - 60}), none(), "jwt_expired"),
        row(
            "over, within the skew",
            json!({"exp": NOW - 59}),
            none(),
            "accepted 2482",
        ),
        row(
            "over, no skew",
            json!({"exp": NOW - 1}),
            json!({"clock_skew": 0}),
            "jwt_expired",
        ),
        row(
            "old",
            json!({"iat": NOW - 361}),
            none(),
            "jwt_issued_too_long_ago",
        ),
        row(
            "from the future",
            json!({"iat": NOW + 61}),
            none(),
            "jwt_issued_in_future",
        ),
        row("no exp", json!({"exp": null}), none(), "jwt_missing_claim"),
        row(
            "no exp, accepted",
            json!({"exp": null}),
            json!({"danger_accept_no_expiry": true}),
            "accepted 2482",
        ),
        row("later", none(), json!({"at": null}), "jwt_expired"),
        row(
            "another issuer",
            none(),
            json!({"issuer": "https://x.test"}),
            "jwt_wrong_issuer",
        ),
        row(
            "another client",
            none(),
            json!({"client_id": "x"}),
            "jwt_wrong_audience",
        ),
        row(
            "other keys",
            none(),
            json!({"jwks": other_keys}),
            "jws_unknown_key",
        ),
        ("ID token", id_token, none(), "logout_token_no_event"),
        ("access token", access, none(), "jws_unexpected_type"),
        ("ES256", es256.clone(), none(), "jws_algorithm_not_allowed"),
        (
            "ES256, allowed",
            es256,
            json!({"algorithm": ["ES256"]}),
            "accepted 2482",
        ),
        ("stranger", stranger, none(), "jws_unknown_key"),
        (
            "cut",
            token(none())[..100].to_owned(),
            none(),
            "jws_not_three_parts",
        ),
        ("empty", String::new(), none(), "jws_not_three_parts"),
        ("too large", "a".repeat(200 * 1024), none(), "jws_too_large"),
        (
            "two in one request",
            format!("logout_token={0}&logout_token={0}", token(none())),
            none(),
            "logout_token_malformed_request",
        ),
    ];
    check_batch(&arguments(&keys()), &rows);
}

#[test]
fn oi_2xx_a_replay_is_one_only_where_it_is_asked_for() {
    let keys = keys();
    let message = token(none());
    let input: String = [
        line("first", &message, none()),
        line("again", &message, none()),
        line("signed anew", &token(json!({"exp": NOW + 60})), none()),
        line("another", &token(json!({"jti": "logout-2"})), none()),
        line("not asked for", &message, json!({"replay": false})),
    ]
    .concat();
    let mut all = arguments(&keys);
    all.extend(["--batch", "--replay"]);
    let found: Vec<_> = outcomes(&inspect(&all, &input))
        .into_iter()
        .map(|(_, outcome)| outcome)
        .collect();
    const YES: &str = "accepted 2482";
    assert_eq!(found, [YES, "already_used", "already_used", YES, YES]);
    all.pop();
    let found = outcomes(&inspect(&all, &input));
    assert!(found.iter().all(|(_, outcome)| outcome == YES), "{found:?}");
}

#[test]
fn arguments_that_make_no_sense_are_no_verdict() {
    let keys = keys();
    let message = token(none());
    for position in [1, 3, 5] {
        let mut few = arguments(&keys);
        few.drain(position..position + 2);
        assert_eq!(inspect(&few, &message).status, Some(2), "{few:?}");
    }
    for more in [
        ["--algorithm", "none"],
        ["--at", "yesterday"],
        ["--clock-skew", "121"],
    ] {
        let mut all = arguments(&keys);
        if more[0] == "--at" {
            all.truncate(7);
        }
        all.extend(more);
        assert_eq!(inspect(&all, &message).status, Some(2), "{more:?}");
    }
    let mut all = arguments(&keys);
    all[2] = "/absent/jwks.json";
    assert_eq!(inspect(&all, &message).status, Some(2));
}
