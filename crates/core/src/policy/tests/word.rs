//! What an upstream's word is good for, once it is believed: by a rule, for as long as the rule has it, and for what.

use super::*;

/// What follows for somebody with these factors, by a rule that accepts the word or not.
fn decided(
    accepts: bool,
    word: Result<DateTime<Utc>, Doubt>,
    has: &[Enrolment],
    passed: bool,
) -> Decision {
    let (kinds, person) = (kinds(), person(&[]));
    let rule = Rule {
        name: "Everyone".into(),
        when: None,
        then: Verdict::Require {
            factors: vec![kind("totp")],
            first_enrolment: FirstEnrolment::Inline,
            max_age: Some(TimeDelta::seconds(30)),
            accepts_upstream: accepts,
        },
    };
    let evidence: Vec<Evidence> = has.iter().filter(|_| passed).map(evidence).collect();
    Policy::new(vec![rule], &kinds).unwrap().decide(&Facts {
        person: &person,
        active: true,
        app: &AppId::new("jira").unwrap(),
        networks: None,
        evidence: &evidence,
        upstream_factor: word,
        enrolments: has,
        kinds: &kinds,
        came_at: now(),
        now: now(),
    })
}

#[test]
fn ac_02_ac_03_a_rule_takes_an_upstreams_word_only_where_it_says_so() {
    let ago = |seconds| now() - TimeDelta::seconds(seconds);
    let enrol = || Outcome::Enrol(vec![kind("totp")]);
    let table = [
        (true, Ok(ago(0)), allow(Basis::Upstream), None),
        (true, Ok(ago(30)), allow(Basis::Upstream), None),
        // The rule's own greatest age holds, too.
        (true, Ok(ago(31)), enrol(), Some(Doubt::TooOldForRule)),
        (true, Err(Doubt::Unsaid), enrol(), Some(Doubt::Unsaid)),
        (
            true,
            Err(Doubt::NotBelieved),
            enrol(),
            Some(Doubt::NotBelieved),
        ),
        (false, Ok(ago(0)), enrol(), None),
        (false, Err(Doubt::Unsaid), enrol(), None),
    ];
    for (accepts, word, outcome, doubt) in table {
        let decision = decided(accepts, word, &[], false);
        let found = (decision.outcome, decision.by.doubt);
        assert_eq!(found, (outcome, doubt), "{accepts} {word:?}");
    }
}

/// Who passed a factor of ours is let in by that, whatever the upstream says; who has one is asked for it.
#[test]
fn a_factor_of_ours_stands_before_the_word() {
    let has = [Enrolment {
        created_at: now(),
        ..enrolment("totp")
    }];
    let doubted = Err(Doubt::Unsaid);
    for word in [Ok(now()), doubted] {
        let decision = decided(true, word, &has, true);
        assert_eq!(
            (decision.outcome, decision.by.doubt),
            (allow(Basis::Evidence), None)
        );
    }
    let decision = decided(true, doubted, &has, false);
    assert_eq!(decision.outcome, Outcome::StepUp(vec![kind("totp")]));
    let decision = decided(true, Ok(now()), &has, false);
    assert_eq!(decision.outcome, allow(Basis::Upstream));
}
