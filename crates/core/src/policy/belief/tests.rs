use super::*;
use crate::fixture::at;

const REFEDS: &str = "https://refeds.org/profile/mfa";
const MULTIPLE: &str = "http://schemas.microsoft.com/claims/multipleauthn";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

fn belief() -> Belief {
    Belief {
        contexts: [REFEDS.to_owned()].into(),
        methods: [MULTIPLE.to_owned(), "mfa".to_owned()].into(),
        max_age: TimeDelta::minutes(10),
    }
}

fn said(context: Option<&str>, methods: &[&str], at: Option<DateTime<Utc>>) -> UpstreamProof {
    UpstreamProof {
        authn_context: context.map(str::to_owned),
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        authenticated_at: at,
        ..UpstreamProof::default()
    }
}

#[test]
fn ac_03_ac_04_ac_05_only_the_exact_values_are_believed() {
    let in_space = format!(" {REFEDS}");
    let in_line = format!("{MULTIPLE}\n");
    let longer = format!("{REFEDS}/");
    let table: [(Option<&str>, &[&str], bool); 17] = [
        // The controls: each value where it is believed, alone and beside others.
        (Some(REFEDS), &[], true),
        (Some(PASSWORD), &["mfa"], true),
        (None, &["pwd", "otp", "mfa"], true),
        (Some(PASSWORD), &[PASSWORD, MULTIPLE], true),
        (Some(PASSWORD), &[MULTIPLE, PASSWORD], true),
        // Nothing, and less.
        (None, &[], false),
        (Some(PASSWORD), &[PASSWORD, "pwd"], false),
        // Another spelling of the same.
        (Some("https://refeds.org/profile/MFA"), &[], false),
        (Some(&in_space), &[], false),
        (Some(&longer), &[], false),
        (None, &[&in_line], false),
        (None, &["MFA"], false),
        (None, &["mf"], false),
        (None, &["m\u{200b}fa"], false),
        (None, &["pwd mfa"], false),
        // The right value in the wrong place: who may write the one need not be who may write the other.
        (None, &[REFEDS], false),
        (Some(MULTIPLE), &[], false),
    ];
    for (context, methods, is_believed) in table {
        let word = belief().weigh(&said(context, methods, Some(at(0))), at(60));
        let expected = if is_believed {
            Ok(at(0))
        } else {
            Err(Doubt::Unsaid)
        };
        assert_eq!(word, expected, "{context:?} {methods:?}");
    }
}

#[test]
fn ac_03_what_is_believed_is_fresh() {
    let table = [
        (Some(0), 0, Ok(at(0))),
        (Some(0), 600, Ok(at(0))),
        (Some(0), 601, Err(Doubt::TooOld)),
        // Clocks differ.
        (Some(120), 0, Ok(at(120))),
        (Some(121), 0, Err(Doubt::Ahead)),
        (None, 0, Err(Doubt::Undated)),
    ];
    for (when, now, expected) in table {
        let word = belief().weigh(&said(Some(REFEDS), &[], when.map(at)), at(now));
        assert_eq!(word, expected, "{when:?} at {now}");
    }
}
