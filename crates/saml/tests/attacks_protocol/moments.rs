//! Moments and periods: before, after, too long, and no moments at all (SI-59 to SI-62).

use super::*;

#[test]
fn si_59_period_of_the_conditions() {
    // Now is 12:00:30, the tolerance 60 s.
    for (from, to, expected) in [
        ("2026-01-01T12:01:30Z", "2026-01-01T13:00:00Z", ACCEPTED),
        (
            "2026-01-01T12:01:31Z",
            "2026-01-01T13:00:00Z",
            "conditions_not_yet_valid",
        ),
        ("2026-01-01T11:00:00Z", "2026-01-01T11:59:31Z", ACCEPTED),
        (
            "2026-01-01T11:00:00Z",
            "2026-01-01T11:59:30Z",
            "conditions_expired",
        ),
        (
            "9999-12-31T23:59:59Z",
            "2026-01-01T13:00:00Z",
            "conditions_not_yet_valid",
        ),
    ] {
        check_edit(
            PERIOD,
            &format!(r#" NotBefore="{from}" NotOnOrAfter="{to}""#),
            expected,
        );
    }
    check_edit(PERIOD, "", ACCEPTED);
}

#[test]
fn si_60_end_of_the_confirmation() {
    for (end, expected) in [
        ("2026-01-01T11:59:31Z", ACCEPTED),
        ("2026-01-01T11:59:30Z", "confirmation_expired"),
        ("2025-01-01T12:00:00Z", "confirmation_expired"),
        ("2026-01-02T12:00:30Z", ACCEPTED),
        ("2026-01-02T12:00:31Z", "confirmation_lifetime"),
        ("9999-12-31T23:59:59Z", "confirmation_lifetime"),
    ] {
        check_edit(
            CONFIRMATION_END,
            &format!(" NotOnOrAfter=\"{end}\""),
            expected,
        );
    }
    check_edit(CONFIRMATION_END, "", "confirmation_unlimited");
    check_edit(
        CONFIRMATION_END,
        &format!(" NotBefore=\"2026-01-01T11:00:00Z\"{CONFIRMATION_END}"),
        "confirmation_not_before",
    );
}

#[test]
fn si_61_moments_that_are_none() {
    for moment in [
        "2026-01-01T12:05:00",
        "2026-01-01T12:05:00+00:00",
        "2026-01-01T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "-2026-01-01T12:05:00Z",
        "20260101T120500Z",
        "tomorrow",
        "",
    ] {
        check_edit(
            CONFIRMATION_END,
            &format!(" NotOnOrAfter=\"{moment}\""),
            "instant_invalid",
        );
        check_edit(
            "NotOnOrAfter=\"2026-01-01T13:00:00Z\"",
            &format!("NotOnOrAfter=\"{moment}\""),
            "instant_invalid",
        );
        check_edit(
            "NotBefore=\"2026-01-01T11:59:00Z\"",
            &format!("NotBefore=\"{moment}\""),
            "instant_invalid",
        );
        check_edit(
            "AuthnInstant=\"2026-01-01T11:59:50Z\"",
            &format!("AuthnInstant=\"{moment}\""),
            "instant_invalid",
        );
        check_edit(
            "IssueInstant=\"2026-01-01T12:00:00Z\"",
            &format!("IssueInstant=\"{moment}\""),
            "instant_invalid",
        );
    }
}

#[test]
fn si_61_tolerance_is_capped() {
    let keys = [keys::idp().verifying.clone()];
    let late = |seconds: i64| Expectation {
        now: instant::parse("2026-01-01T12:05:00Z").unwrap() + chrono::TimeDelta::seconds(seconds),
        skew: Skew::capped(86_400),
        ..expectation(&keys)
    };
    let xml = around_signed(&assertion("_a1"));
    assert_eq!(
        outcome(consume::verify(xml.as_bytes(), &late(119))),
        ACCEPTED
    );
    assert_eq!(
        outcome(consume::verify(xml.as_bytes(), &late(120))),
        "confirmation_expired"
    );
}

#[test]
fn moments_in_the_future() {
    check_edit(
        "IssueInstant=\"2026-01-01T12:00:00Z\"",
        "IssueInstant=\"2026-01-01T12:01:30Z\"",
        ACCEPTED,
    );
    check_edit(
        "IssueInstant=\"2026-01-01T12:00:00Z\"",
        "IssueInstant=\"2026-01-01T12:01:31Z\"",
        "issued_in_future",
    );
    check_response_edit(
        "IssueInstant=\"2026-01-01T12:00:00Z\"",
        "IssueInstant=\"2026-01-01T12:01:31Z\"",
        "issued_in_future",
    );
    check_edit(
        "AuthnInstant=\"2026-01-01T11:59:50Z\"",
        "AuthnInstant=\"2026-01-01T12:01:31Z\"",
        "authn_instant_in_future",
    );
}

#[test]
fn si_62_replay_id_is_stable_and_ends_with_the_assertion() {
    let xml = around_signed(&assertion("_a1"));
    let (first, second) = (verify(&xml).unwrap(), verify(&xml).unwrap());
    assert_eq!(first.replay_id(), second.replay_id());
    assert_eq!(
        (first.replay_id().issuer, first.replay_id().assertion_id),
        (IDP, "_a1")
    );
    // However the Response around it is written, the assertion is the same.
    let wrapped = edit(&xml, "ID=\"_r1\"", "ID=\"_r2\"");
    assert_eq!(verify(&wrapped).unwrap().replay_id(), first.replay_id());
    assert_ne!(
        verify(&around_signed(&assertion("_a2")))
            .unwrap()
            .replay_id(),
        first.replay_id()
    );

    // From `remember_until` on, and not a second earlier, age alone refuses the assertion.
    assert_eq!(
        instant::format(first.remember_until()),
        "2026-01-01T12:06:00Z"
    );
    let keys = [keys::idp().verifying.clone()];
    for (seconds, expected) in [(-1, ACCEPTED), (0, "confirmation_expired")] {
        let then = Expectation {
            now: first.remember_until() + chrono::TimeDelta::seconds(seconds),
            ..expectation(&keys)
        };
        assert_eq!(outcome(consume::verify(xml.as_bytes(), &then)), expected);
    }
}
