//! `second_factor` of an upstream and `accept_upstream` of a rule: what is read, what is wrong and what is risky.

use chrono::TimeDelta;
use vestibule_core::policy::{Belief, Verdict};

use super::*;

const BELIEF: &str = "{ contexts: \"https://refeds.org/profile/mfa\", methods: [mfa, \"http://schemas.microsoft.com/claims/multipleauthn\"], max_age: 30m }";
const ACCEPTS: &str = ", accept_upstream: true";
const OFFICE: &str = "upstreams: [adfs] }, skip: true, danger_skip_everywhere: false";

const OFFICE_AT_ALL: &str = "{ name: Office, when: { groups: [staff], networks: [office], upstreams: [adfs] }, skip: true, danger_skip_everywhere: false }";

/// [`EVERYTHING`] with these changes.
fn changed(changes: &[(&str, &str)]) -> String {
    changes
        .iter()
        .fold(EVERYTHING.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "the row is out of date: {from}");
            text.replacen(from, to, 1)
        })
}

/// What is wrong, and what is risky.
fn findings(text: &str) -> [Vec<String>; 2] {
    let (mistakes, warnings) = match load(text, machine()) {
        Ok((_, warnings)) => (Vec::new(), warnings),
        Err(refused) => (refused.mistakes, refused.warnings),
    };
    assert_places(text, &mistakes);
    assert_places(text, &warnings);
    [told(&mistakes), told(&warnings)]
}

fn assert_mistaken(changes: &[(&str, &str)], expect: &[&str]) {
    let [mistakes, warnings] = findings(&changed(changes));
    assert_eq!(mistakes, expect, "{changes:?}");
    // What is mistaken is not said to be of no use as well.
    assert_eq!(warnings, Vec::<String>::new(), "{changes:?}");
}

#[test]
fn what_is_believed_is_what_is_written() {
    let (config, _) = load(EVERYTHING, machine()).unwrap();
    let whole = Belief {
        contexts: ["https://refeds.org/profile/mfa".to_owned()].into(),
        methods: ["mfa", "http://schemas.microsoft.com/claims/multipleauthn"]
            .map(str::to_owned)
            .into(),
        max_age: TimeDelta::minutes(30),
    };
    for (id, upstream) in &config.upstreams {
        let expect = (id.as_str() == "idp").then_some(&whole);
        assert_eq!(upstream.second_factor.as_ref(), expect, "{id}");
    }
    let accepts = |rule: &vestibule_core::policy::Rule| matches!(rule.then, Verdict::Require { accepts_upstream, .. } if accepts_upstream);
    let accepting: Vec<bool> = config.policy.rules().iter().map(accepts).collect();
    assert_eq!(accepting, [false, false, true]);
    // Either alone is enough, also of an OpenID provider, and the limits themselves are within the range.
    for (written, contexts, methods, minutes) in [
        ("{ contexts: gold, max_age: 5m }", &["gold"][..], &[][..], 5),
        (
            "{ methods: [http://schemas.microsoft.com/claims/multipleauthn, mfa], max_age: 24h }",
            &[],
            &["http://schemas.microsoft.com/claims/multipleauthn", "mfa"],
            1440,
        ),
    ] {
        let text = changed(&[(
            "    logout: always\n",
            &format!("    second_factor: {written}\n"),
        )]);
        let (config, _) = load(&text, machine()).unwrap();
        let keycloak = UpstreamId::new("keycloak").unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let expect = Belief {
            contexts: texts(contexts),
            methods: texts(methods),
            max_age: TimeDelta::minutes(minutes),
        };
        let read = config.upstreams[&keycloak].second_factor.clone();
        assert_eq!(read, Some(expect), "{written}");
    }
}

#[test]
fn ac_03_what_cannot_be_believed_is_a_mistake() {
    let here = "upstreams.idp.second_factor";
    for (written, expect) in [
        ("{ max_age: 30m }", &[" believes_nothing"][..]),
        ("{}", &[".max_age missing", " believes_nothing"]),
        ("{ contexts: gold }", &[".max_age missing"]),
        ("{ contexts: [], max_age: 30m }", &[".contexts empty_list"]),
        ("{ methods: [], max_age: 30m }", &[".methods empty_list"]),
        ("{ methods: '', max_age: 30m }", &[".methods bad_text"]),
        (
            "{ methods: [mfa, mfa], max_age: 30m }",
            &[".methods[1] repeated"],
        ),
        (
            "{ contexts: [gold, [silver]], max_age: 30m }",
            &[".contexts[1] wrong_type"],
        ),
        (
            "{ methods: mfa, max_age: 299s }",
            &[".max_age not_in_range"],
        ),
        ("{ methods: mfa, max_age: 25h }", &[".max_age not_in_range"]),
        ("{ methods: mfa, max_age: 0 }", &[".max_age bad_duration"]),
        (
            "{ methods: mfa, level: 2, max_age: 30m }",
            &[".level unknown_key"],
        ),
        ("true", &[" wrong_type"]),
    ] {
        let expect: Vec<String> = expect.iter().map(|what| format!("{here}{what}")).collect();
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        assert_mistaken(&[(BELIEF, written)], &expect);
    }
}

#[test]
fn ac_04_what_is_said_of_a_password_is_not_believed() {
    for value in [
        "0",
        "1",
        "geo",
        "http://schemas.microsoft.com/claims/wiaormultiauthn",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows",
        "https://refeds.org/profile/sfa",
        "kba",
        "pin",
        "pwd",
        "rba",
        "urn:federation:authentication:windows",
        "urn:oasis:names:tc:SAML:1.0:am:password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocol",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorUnregistered",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
        "urn:okta:loa:1fa:any",
        "urn:okta:loa:1fa:pwd",
        "urn:okta:loa:2fa:any:ifpossible",
        "user",
        "wia",
    ] {
        for key in ["contexts", "methods"] {
            // Also beside one that means a second factor.
            let written = format!("{{ {key}: [gold, '{value}'], max_age: 30m }}");
            let expect = format!("upstreams.idp.second_factor.{key}[1] one_factor");
            assert_mistaken(&[(BELIEF, &written)], &[&expect]);
        }
    }
    // The control.
    let timed = "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken";
    assert_mistaken(
        &[(BELIEF, &format!("{{ contexts: '{timed}', max_age: 30m }}"))],
        &[],
    );
}

#[test]
fn ac_03_a_word_under_sha1_is_not_believed() {
    let weak = "certificate_file: idp.pem, danger_accept_sha1: true }\n    second_factor";
    let strong = "certificate_file: idp.pem }\n    second_factor";
    let [mistakes, _] = findings(&changed(&[(strong, weak)]));
    assert_eq!(
        mistakes,
        ["upstreams.idp.second_factor second_factor_by_sha1"]
    );
    let good = weak.replace("true", "false");
    assert_mistaken(&[(strong, &good)], &[]);
}

#[test]
fn a_password_of_ours_has_no_second_factor_elsewhere() {
    let local = "  local:\n    local:";
    let believed = format!("  local:\n    second_factor: {BELIEF}\n    local:");
    assert_mistaken(
        &[(local, &believed)],
        &["upstreams.local.second_factor second_factor_of_nobody"],
    );
}

#[test]
fn a_word_that_counts_nowhere_is_told() {
    let belief = format!("    second_factor: {BELIEF}\n");
    let elsewhere =
        "upstreams: [adfs] }, require: { factors: [totp, backup_code], accept_upstream: true }";
    let here = elsewhere.replace("adfs", "idp");
    let theirs = "{ name: Office, when: { upstreams: [idp] }, require: { factors: [totp, backup_code], first_enrolment: refuse, accept_upstream: true } }";
    let nobodys = "policy[2].require.accept_upstream accepts_nobodys_word";
    for (changes, expect) in [
        // The control.
        (&[][..], &[][..]),
        (&[(belief.as_str(), "")], &[nobodys]),
        (
            &[
                (belief.as_str(), "    disabled: true\n"),
                ("choose: [idp, local]", "to: local"),
            ],
            &[nobodys],
        ),
        (&[(ACCEPTS, "")], &["policy believed_nowhere"]),
        (
            &[(ACCEPTS, ", accept_upstream: false")],
            &["policy believed_nowhere"],
        ),
        // A rule for other people does not help.
        (
            &[(ACCEPTS, ""), (OFFICE, elsewhere)],
            &[
                "policy believed_nowhere",
                "policy[1].require.accept_upstream accepts_nobodys_word",
            ],
        ),
        // It counts, and leaves whoever comes without one to set up a factor with the password alone.
        (
            &[(ACCEPTS, ""), (OFFICE, here.as_str())],
            &["policy accepts_and_enrols"],
        ),
        // The same rule below one that all of them come to is nothing to them.
        (
            &[
                (ACCEPTS, ""),
                ("first_enrolment: refuse, max_age: 8h", "max_age: 8h"),
                (OFFICE_AT_ALL, theirs),
            ],
            &[],
        ),
    ] {
        let [mistakes, warnings] = findings(&changed(changes));
        assert_eq!(mistakes, Vec::<String>::new(), "{changes:?}");
        assert_eq!(warnings, expect, "{changes:?}");
    }
}

#[test]
fn mf_50_a_group_that_lets_an_upstreams_word_count_is_bound_to_who_says_it() {
    let office = format!("networks: [office], {OFFICE}");
    let then = "networks: [office] }, require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 8h, accept_upstream: true }";
    let [_, warnings] = findings(&changed(&[(ACCEPTS, ""), (&office, then)]));
    assert_eq!(warnings, ["policy[1] groups_of_several_upstreams"]);
    // The control: the rule below accepts it, too.
    let [_, warnings] = findings(&changed(&[(&office, then)]));
    assert_eq!(warnings, Vec::<String>::new());
}
