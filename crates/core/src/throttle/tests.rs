//! The rules by their numbers.

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

#[test]
fn mf_24_five_are_free_then_waits_double() {
    let mut tally = Tally::default();
    let mut now = at(0);
    for _ in 0..5 {
        let (next, charge) = tally.charge(now, &Rules::FACTORS);
        assert_eq!(charge, Charge::Go);
        tally = next;
    }
    for expected in [30, 60, 120, 240] {
        assert_eq!(
            tally.charge(now, &Rules::FACTORS),
            (tally, Charge::Wait(now + TimeDelta::seconds(expected)))
        );
        now += TimeDelta::seconds(expected);
        let (next, charge) = tally.charge(now, &Rules::FACTORS);
        assert_eq!(charge, Charge::Go);
        tally = next;
    }
}

#[test]
fn mf_24_a_hundred_in_a_row_lock_however_slow() {
    let mut tally = Tally::default();
    for attempt in 0..100 {
        let (next, charge) = tally.charge(at(attempt * 4000), &Rules::FACTORS);
        let expect = match attempt {
            19 => Charge::GoAndTell(Alarm::Guessing),
            99 => Charge::GoAndTell(Alarm::Locked),
            _ => Charge::Go,
        };
        assert_eq!(charge, expect, "attempt {attempt}");
        tally = next;
    }
    assert_eq!(
        tally.charge(at(4_000_000), &Rules::FACTORS).1,
        Charge::Locked
    );
}

#[test]
fn mf_25_a_password_is_never_locked_from_outside() {
    let password = ThrottleKey::Password(
        UpstreamId::new("local").unwrap(),
        Username::typed("alice").unwrap(),
    );
    let tally = Tally {
        failures: 10_000,
        last: Some(at(0)),
    };
    assert!(
        matches!(tally.charge(at(1), &password.rules()).1, Charge::Wait(until) if until <= at(60))
    );
    assert_eq!(tally.charge(at(61), &password.rules()).1, Charge::Go);
}

#[test]
fn mf_25_a_source_is_never_locked_and_is_forgotten_after_an_hour() {
    let tally = Tally {
        failures: 10_000,
        last: Some(at(0)),
    };
    assert!(
        matches!(tally.charge(at(1), &Rules::SOURCE).1, Charge::Wait(until) if until <= at(900))
    );
    assert_eq!(
        tally.charge(at(3600), &Rules::SOURCE),
        (
            Tally {
                failures: 1,
                last: Some(at(3600))
            },
            Charge::Go
        )
    );
}

#[test]
fn mf_26_a_success_clears_the_account_and_gives_the_source_one_attempt_back() {
    let tally = Tally {
        failures: 4,
        last: Some(at(0)),
    };
    let person = PersonId::new(UpstreamId::new("adfs").unwrap(), "alice");
    assert_eq!(
        tally.absolved(&ThrottleKey::Factors(person)),
        Tally::default()
    );
    assert_eq!(
        tally
            .absolved(&ThrottleKey::Source("203.0.113.1".parse().unwrap()))
            .failures,
        3
    );
}

#[test]
fn a_clock_set_back_a_day_does_not_lock_anybody_out() {
    let tally = Tally {
        failures: 6,
        last: Some(at(86_400)),
    };
    assert_eq!(tally.verdict(at(0), &Rules::FACTORS), Charge::Go);
}

#[test]
fn ipv6_sources_count_by_their_56_and_notices_by_their_64() {
    let notices = |address: &str| ThrottleKey::NoticesFrom(address.parse().unwrap()).name();
    assert_eq!(notices("2001:db8::1"), notices("2001:db8::ffff:2"));
    assert_ne!(notices("2001:db8::1"), notices("2001:db8:0:1::1"));
    for of in [ThrottleKey::Source, ThrottleKey::RefusedAnswers] {
        let name = |address: &str| of(address.parse().unwrap()).name();
        assert_eq!(name("2001:db8::1"), name("2001:db8:0:ff::1"));
        assert_ne!(name("2001:db8::1"), name("2001:db8:0:100::1"));
    }
}

fn alice() -> PersonId {
    PersonId::new(UpstreamId::new("adfs").unwrap(), "alice")
}

#[test]
fn mf_25_what_cannot_be_guessed_is_not_counted_on_the_person() {
    let source = "203.0.113.1".parse().unwrap();
    let attempt = |strength| ThrottleKey::of_attempt(strength, &alice(), source);
    let person = ThrottleKey::Factors(alice());
    assert!(attempt(Strength::OneTimeCode).contains(&person));
    assert_eq!(
        attempt(Strength::PhishingResistant),
        [ThrottleKey::Source(source)]
    );
}

/// Only what is counted can be cleared by a weaker success, and the weakest is all that is counted.
#[test]
fn mf_26_no_factor_is_weaker_than_those_that_are_counted() {
    let source = "203.0.113.1".parse().unwrap();
    let person = ThrottleKey::Factors(alice());
    let counted = |strength: &Strength| {
        ThrottleKey::of_attempt(*strength, &alice(), source).contains(&person)
    };
    let all = [Strength::OneTimeCode, Strength::PhishingResistant];
    let strongest_counted = all.iter().filter(|strength| counted(strength)).max();
    assert_eq!(strongest_counted, all.iter().min());
    assert!(ThrottleKey::of_success(&alice(), source).contains(&person));
}

#[test]
fn a_flood_of_notices_runs_dry_and_a_notice_a_day_never_does() {
    let sent = |every: i64, times: i64| {
        let mut tally = Tally::default();
        let mut sent = 0;
        for number in 0..times {
            let (next, charge) = tally.charge(at(number * every), &Rules::NOTICES);
            tally = next;
            sent += usize::from(charge.goes());
        }
        sent
    };
    assert_eq!(sent(1, 600), 10);
    assert!(sent(1, 86_400) < 20);
    assert_eq!(sent(86_400, 100), 100);
}

#[test]
fn a_notice_that_was_sent_is_not_taken_back() {
    let tally = Tally {
        failures: 4,
        last: Some(at(0)),
    };
    for key in ThrottleKey::of_notice(&alice(), "203.0.113.1".parse().unwrap()) {
        assert_eq!(tally.absolved(&key), tally);
    }
}

#[test]
fn si_76_after_twenty_refused_answers_a_source_waits_for_a_minute() {
    let key = ThrottleKey::RefusedAnswers("203.0.113.1".parse().unwrap());
    let mut tally = Tally::default();
    for second in 0..20 {
        assert_eq!(tally.verdict(at(second), &key.rules()), Charge::Go);
        let (next, charge) = tally.charge(at(second), &key.rules());
        assert_eq!(charge, Charge::Go, "{second}");
        tally = next.absolved(&key);
    }
    let waits = Charge::Wait(at(79));
    assert_eq!(tally.verdict(at(20), &key.rules()), waits);
    assert_eq!(tally.charge(at(78), &key.rules()), (tally, waits));
    // Then the count begins anew.
    let (next, charge) = tally.charge(at(79), &key.rules());
    assert_eq!((next.failures, charge), (1, Charge::Go));
}

/// The last that a login has is told, so that it can be ended.
#[test]
fn si_76_a_login_has_twenty_refused_answers_however_slowly_they_come() {
    let key = ThrottleKey::RefusedAnswersIn(LoginId::from_bytes([1; 16]));
    let mut tally = Tally::default();
    for number in 1..=20 {
        let (next, charge) = tally.charge(at(number * 40), &key.rules());
        let last = Charge::GoAndTell(Alarm::Locked);
        assert_eq!(charge, if number == 20 { last } else { Charge::Go });
        tally = next.absolved(&key);
    }
    assert_eq!(tally.charge(at(900), &key.rules()), (tally, Charge::Locked));
}

#[test]
fn mf_25_where_a_password_was_right_strangers_elsewhere_do_not_count() {
    let (upstream, name) = (
        UpstreamId::new("local").unwrap(),
        Username::typed("alice").unwrap(),
    );
    let address = "203.0.113.1".parse().unwrap();
    let counted = |known| {
        let keys = ThrottleKey::of_password(&upstream, &name, address, known);
        keys.iter().map(ThrottleKey::name).collect::<Vec<_>>()
    };
    let there = [
        "password_from:203.0.113.1:local/alice",
        "source:203.0.113.1",
    ];
    let [from_there, source] = there;
    assert_eq!(counted(true), there);
    assert_eq!(counted(false), [from_there, source, "password:local/alice"]);
}

/// Also where that is an alarm, and where a lock is forgotten.
#[test]
fn to_ask_is_told_what_to_charge_would_be() {
    let forgets_a_lock = Rules {
        lock_after: Some(3),
        forget_after: Some(TimeDelta::minutes(1)),
        ..Rules::FACTORS
    };
    let all = [
        Rules::FACTORS,
        Rules::NOTICES,
        Rules::NOTICES_FROM,
        Rules::PASSWORD,
        Rules::PASSWORD_FROM,
        Rules::REFUSED_ANSWERS,
        Rules::REFUSED_ANSWERS_IN,
        Rules::SOURCE,
        forgets_a_lock,
    ];
    for rules in all {
        for failures in 0..150 {
            let last = Some(at(0));
            for seconds in [0, 5, 29, 30, 59, 60, 61, 3600, 86_400] {
                let (tally, now) = (Tally { failures, last }, at(seconds));
                let charged = tally.charge(now, &rules).1;
                assert_eq!(tally.verdict(now, &rules), charged, "{tally:?} {seconds}");
            }
        }
    }
    let last = Some(at(0));
    let asked = |failures, seconds, rules| Tally { failures, last }.verdict(at(seconds), rules);
    assert_eq!(asked(3, 59, &forgets_a_lock), Charge::Locked);
    assert_eq!(asked(3, 60, &forgets_a_lock), Charge::Go);
    let alarm = Charge::GoAndTell(Alarm::Guessing);
    assert_eq!(asked(19, 3600, &Rules::FACTORS), alarm);
}
