//! What an application is told of a factor that was passed before, in the session that the person comes from.

use super::*;
use crate::{
    evidence::{Role, Strength, Traits},
    fixture::{BROWSER, alice, at, evidence, factor, login, request, session},
    id::AppId,
    policy::{Condition, FirstEnrolment, Rule, Verdict},
    session::Limits,
};

/// Authenticator apps, and security keys as long as they are switched on.
fn kinds(with_keys: bool) -> Kinds {
    let traits = |name: &str, amr| Traits {
        kind: FactorKind::new(name).unwrap(),
        amr,
        role: Role::Primary,
        strength: Strength::OneTimeCode,
        enrols_inline: true,
    };
    let keys = with_keys.then(|| traits("webauthn", &["hwk"] as &[_]));
    Kinds::new([traits("totp", &["otp"])].into_iter().chain(keys))
}

/// Jira wants no factor; whoever goes elsewhere needs one.
fn policy(kinds: &Kinds) -> Policy {
    let open = Rule {
        name: "Open".into(),
        when: Some(Condition {
            apps: [AppId::new("jira").unwrap()].into(),
            ..Condition::default()
        }),
        then: Verdict::Skip,
    };
    let rest = Rule {
        name: "Everyone".into(),
        when: None,
        then: Verdict::Require {
            factors: vec![FactorKind::totp()],
            first_enrolment: FirstEnrolment::Inline,
            max_age: None,
            accepts_upstream: false,
        },
    };
    Policy::new(vec![open, rest], kinds).unwrap()
}

/// From a session in which the app and the key were passed, to Jira: the grant.
fn granted(has: &[Enrolment], kinds: &Kinds, takes: SingleSignOn) -> Grant {
    let proved = vec![evidence(1, "totp", 10), evidence(2, "webauthn", 20)];
    let live = session(proved, 0).live(BROWSER, Limits::USUAL, at(60));
    let login = login(request())
        .bind(BROWSER)
        .and_then(|login| login.goes_on(Some(&live.unwrap()), takes, at(60)))
        .unwrap();
    let networks = BTreeSet::new();
    let world = World {
        policy: &policy(kinds),
        kinds,
        networks: Some(&networks),
        enrolments: has,
        belief: None,
        active: true,
        valid_from: DateTime::UNIX_EPOCH,
        word_from: DateTime::UNIX_EPOCH,
        takes,
        answer: AnswerId::from_bytes([4; 16]),
        session: SessionId::from_bytes([5; 16]),
        now: at(60),
    };
    match login.settle(&world).unwrap() {
        Settled::Granted(_, grant) => *grant,
        other => panic!("{other:?}"),
    }
}

/// RFC 8176, and the AuthnContext that is derived from the same: nobody is told of a factor that counts no more.
#[test]
fn mf_04_so_11_a_factor_that_no_longer_stands_is_not_told() {
    let (app, key) = (|| factor(1, "totp"), || factor(2, "webauthn"));
    let disabled = |factor| Enrolment {
        disabled: true,
        ..factor
    };
    let spent = |factor| Enrolment {
        spent: true,
        ..factor
    };
    let bobs = Enrolment {
        person: crate::identity::PersonId::new(alice().id.upstream().clone(), "bob"),
        ..key()
    };
    let shared = SingleSignOn::Shared;
    let table = [
        // The controls: both stand; what was used up since was passed all the same.
        (vec![app(), key()], true, shared, "hwk mfa otp pwd"),
        (vec![spent(app()), key()], true, shared, "hwk mfa otp pwd"),
        // Removed, disabled, switched off, set up anew under another id, another person's.
        (vec![app()], true, shared, "mfa otp pwd"),
        (vec![app(), disabled(key())], true, shared, "mfa otp pwd"),
        (vec![app(), key()], false, shared, "mfa otp pwd"),
        (
            vec![app(), factor(3, "webauthn")],
            true,
            shared,
            "mfa otp pwd",
        ),
        (vec![app(), bobs], true, shared, "mfa otp pwd"),
        (vec![disabled(app()), disabled(key())], true, shared, "pwd"),
        (vec![], true, shared, "pwd"),
        // What counts for others only is not told either.
        (vec![app(), key()], true, SingleSignOn::OwnFactor, "pwd"),
    ];
    for (has, with_keys, takes, amr) in table {
        let grant = granted(&has, &kinds(with_keys), takes);
        let told = grant.assurance();
        assert_eq!(told.amr.join(" "), amr, "{has:?}");
        assert_eq!(told.second_factor, amr != "pwd", "{has:?}");
        let factors = told.amr.len() - if told.second_factor { 2 } else { 1 };
        assert_eq!(grant.evidence().len(), factors, "{has:?}");
        // The session keeps it: it may stand again tomorrow.
        assert_eq!(grant.remembered().len(), 2);
    }
}
