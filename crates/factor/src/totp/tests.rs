use proptest::prelude::*;
use serde_json::json;
use vestibule_core::port::Conflict;

use super::*;
use crate::fixture::{Foretold, at, code, enrolment, person};

/// A moment in the middle of a step, far from both ends.
const NOW: i64 = 1_800_000_015;

fn totp(settings: Settings) -> Totp {
    Totp::new(settings, Foretold::entropy(1))
}

fn seed(secret: &[u8], settings: &Settings) -> Seed {
    Seed::new(&Secret::new(secret.into()), settings)
}

/// The code that an app shows for a step, by a second hand: the crate's own generator.
fn shown(secret: &[u8], settings: &Settings, step: u64) -> String {
    let period = u64::from(u8::from(settings.period));
    totp_rs::Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_algorithm(settings.algorithm.into())
        .with_digits(settings.digits.into())
        .with_step_duration(period)
        .build()
        .unwrap()
        .generate(step * period)
        .to_string()
}

/// Takes a person through the enrolment; returns the secret's bytes and the enrolment as it is stored.
async fn enrolled(factor: &Totp, who: &Person, now: DateTime<Utc>) -> (Vec<u8>, Enrolment) {
    let enrol = factor.enrol().unwrap();
    let (prompt, memo) = enrol.begin(who, &[], now).await.unwrap();
    let Prompt::ScanSecret { secret, .. } = prompt else {
        panic!("not a secret: {prompt:?}")
    };
    let secret = Secret::try_from_base32(secret).unwrap().as_bytes().to_vec();
    let step = now.timestamp() as u64 / 30;
    let answer = code(&shown(&secret, &factor.settings, step));
    match enrol.finish(&memo, who, &answer, now).await.unwrap() {
        EnrolVerdict::Enrolled(new) => {
            assert!(new.proven);
            (secret, enrolment(who, FactorKind::totp(), new.secret))
        }
        other => panic!("the right code was refused: {other:?}"),
    }
}

async fn answer(factor: &Totp, stored: &Enrolment, text: &str, now: i64) -> Option<Enrolment> {
    let who = person("alice", None);
    match factor
        .verify(
            &Memo::default(),
            &who,
            std::slice::from_ref(stored),
            &code(text),
            at(now),
        )
        .await
        .unwrap()
    {
        Verdict::Passed(next) => Some(*next),
        Verdict::Wrong("code_wrong") => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn mf_22_the_vectors_of_rfc_6238_pass() {
    // RFC 6238 appendix B, with the seeds of its errata: 20, 32 and 64 bytes.
    const DIGITS: &[u8; 64] = b"1234567890123456789012345678901234567890123456789012345678901234";
    let cases = [
        (59, "94287082", "46119246", "90693936"),
        (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"),
        (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"),
        (20_000_000_000, "65353130", "77737706", "47863826"),
    ];
    for (time, sha1, sha256, sha512) in cases {
        for (algorithm, length, expected) in [
            (Algorithm::Sha1, 20, sha1),
            (Algorithm::Sha256, 32, sha256),
            (Algorithm::Sha512, 64, sha512),
        ] {
            let settings = |digits| Settings {
                algorithm,
                digits,
                ..Settings::default()
            };
            let step = Some(time as u64 / 30);
            let eight = seed(&DIGITS[..length], &settings(Digits::Eight));
            assert_eq!(
                eight.matched_step(expected, at(time)).unwrap(),
                step,
                "{algorithm:?} {time}"
            );
            let six = seed(&DIGITS[..length], &settings(Digits::Six));
            assert_eq!(six.matched_step(&expected[2..], at(time)).unwrap(), step);
            assert_eq!(six.matched_step(expected, at(time)).unwrap(), None);
        }
    }
}

#[test]
fn mf_22_only_the_steps_next_to_the_present_one_count() {
    let secret = [9; 20];
    for period in [Period::Seconds30, Period::Seconds60] {
        let settings = Settings {
            period,
            ..Settings::default()
        };
        let present = NOW as u64 / u64::from(u8::from(period));
        let seed = seed(&secret, &settings);
        for (step, taken) in [
            (present - 2, false),
            (present - 1, true),
            (present, true),
            (present + 1, true),
            (present + 2, false),
        ] {
            let matched = seed
                .matched_step(&shown(&secret, &settings, step), at(NOW))
                .unwrap();
            assert_eq!(matched, taken.then_some(step));
        }
    }
}

#[tokio::test]
async fn mf_22_a_clock_set_back_gives_no_code_a_second_chance() {
    let factor = totp(Settings::default());
    let (secret, stored) = enrolled(&factor, &person("alice", None), at(NOW)).await;
    let before = shown(&secret, &factor.settings, NOW as u64 / 30 - 10);
    assert!(answer(&factor, &stored, &before, NOW - 300).await.is_none());
    let after = shown(&secret, &factor.settings, NOW as u64 / 30 + 1);
    assert!(answer(&factor, &stored, &after, NOW + 30).await.is_some());
}

#[tokio::test]
async fn mf_20_a_code_counts_once() {
    let factor = totp(Settings::default());
    let (secret, stored) = enrolled(&factor, &person("alice", None), at(NOW)).await;
    let next = shown(&secret, &factor.settings, NOW as u64 / 30 + 1);

    let used = answer(&factor, &stored, &next, NOW + 30).await.unwrap();
    assert_eq!(used.last_used_at, Some(at(NOW + 30)));
    assert_eq!(used.id, stored.id);
    assert!(answer(&factor, &used, &next, NOW + 31).await.is_none());
}

#[tokio::test]
async fn mf_20_of_fifty_answers_at_once_the_store_takes_one() {
    let factor = totp(Settings::default());
    let (secret, stored) = enrolled(&factor, &person("alice", None), at(NOW)).await;
    let next = shown(&secret, &factor.settings, NOW as u64 / 30 + 1);

    // A stand-in for the store: it replaces an enrolment only at the revision that the change was made from.
    let mut revision = stored.revision;
    let mut outcomes = vec![];
    for _ in 0..50 {
        let change = answer(&factor, &stored, &next, NOW + 30).await.unwrap();
        outcomes.push(if change.revision == revision {
            revision += 1;
            Ok(())
        } else {
            Err(Conflict::Enrolment)
        });
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn mf_20_the_code_that_confirmed_the_enrolment_is_burnt() {
    let factor = totp(Settings::default());
    let (secret, stored) = enrolled(&factor, &person("alice", None), at(NOW)).await;
    let step = NOW as u64 / 30;
    let same = shown(&secret, &factor.settings, step);
    assert!(answer(&factor, &stored, &same, NOW + 1).await.is_none());
    let next = shown(&secret, &factor.settings, step + 1);
    assert!(answer(&factor, &stored, &next, NOW + 1).await.is_some());
}

#[tokio::test]
async fn mf_21_no_code_counts_that_is_older_than_the_last_one() {
    let factor = totp(Settings::default());
    let (secret, stored) = enrolled(&factor, &person("alice", None), at(NOW)).await;
    let step = NOW as u64 / 30;
    let later = shown(&secret, &factor.settings, step + 3);
    let earlier = shown(&secret, &factor.settings, step + 2);

    let used = answer(&factor, &stored, &later, NOW + 90).await.unwrap();
    assert!(answer(&factor, &used, &earlier, NOW + 90).await.is_none());
    // Control: before the later one was used, the earlier one counts.
    assert!(answer(&factor, &stored, &earlier, NOW + 90).await.is_some());
}

#[test]
fn mf_23_a_code_is_exactly_its_digits() {
    // Found by search: its code at this step begins with 0.
    let settings = Settings::default();
    let step = NOW as u64 / 30;
    let secret = (0..=u8::MAX)
        .map(|byte| [byte; 20])
        .find(|secret| shown(secret, &settings, step).starts_with('0'))
        .unwrap();
    let right = shown(&secret, &settings, step);
    let seed = seed(&secret, &settings);
    let matches = |typed: &str| seed.matched_step(typed, at(NOW)).unwrap().is_some();

    let (first, second) = right.split_at(3);
    for control in [
        right.clone(),
        format!("{first} {second}"),
        format!(" {first}-{second} "),
        right.chars().map(|digit| format!("{digit} ")).collect(),
    ] {
        assert!(matches(&control), "{control:?}");
    }

    let full_width: String = right
        .chars()
        .map(|digit| char::from_u32(digit as u32 - '0' as u32 + '０' as u32).unwrap())
        .collect();
    for wrong in [
        String::new(),
        " ".to_owned(),
        "000000".to_owned(),
        full_width,
        right[1..].to_owned(),
        right[..5].to_owned(),
        format!("+{}", &right[1..]),
        format!("-{}", &right[1..]),
        format!("+{right}"),
        format!("0{right}"),
        format!("{right}0"),
        format!("{right}\n"),
        format!("\t{right}"),
        format!("{right}\0"),
        format!("{first}\u{a0}{second}"),
        format!("{first}\u{2013}{second}"),
        format!("{right}' OR '1'='1"),
        format!("[\"{right}\"]"),
        format!("0x{right}"),
        "1e5000".to_owned(),
        "٣٤٥٦٧٨".to_owned(),
        "9".repeat(100_000),
        format!("{}{right}", "0".repeat(100_000)),
    ] {
        assert!(!matches(&wrong), "{:?}", &wrong[..wrong.len().min(40)]);
    }
}

#[tokio::test]
async fn mf_43_the_secret_is_ours_and_the_code_of_another_one_does_not_confirm_it() {
    let factor = totp(Settings::default());
    let who = person("alice", None);
    let enrol = factor.enrol().unwrap();
    let (mine, memo) = enrol.begin(&who, &[], at(NOW)).await.unwrap();
    let (other, _) = enrol.begin(&who, &[], at(NOW)).await.unwrap();
    let confirm = async |prompt: &Prompt| {
        let Prompt::ScanSecret { secret, .. } = prompt else {
            panic!("not a secret: {prompt:?}")
        };
        let secret = Secret::try_from_base32(secret).unwrap();
        assert_eq!(secret.as_bytes().len(), 20, "160 bits");
        let text = shown(secret.as_bytes(), &factor.settings, NOW as u64 / 30);
        enrol.finish(&memo, &who, &code(&text), at(NOW)).await
    };
    assert_ne!(mine, other);
    assert!(matches!(
        confirm(&other).await,
        Ok(EnrolVerdict::Wrong("code_wrong"))
    ));
    assert!(matches!(
        confirm(&mine).await,
        Ok(EnrolVerdict::Enrolled(_))
    ));
}

#[tokio::test]
async fn the_app_is_told_issuer_account_and_what_is_not_usual() {
    let unusual = Settings {
        issuer: "Acme: SSO & more".to_owned(),
        digits: Digits::Eight,
        algorithm: Algorithm::Sha256,
        period: Period::Seconds60,
    };
    let cases = [
        (
            Settings::default(),
            person("u-1", Some("alice@acme.example")),
            "otpauth://totp/Vestibule:alice%40acme.example?secret=SECRET&issuer=Vestibule",
        ),
        (
            unusual,
            person("a:b\r\n/?#<", None),
            "otpauth://totp/Acme%20SSO%20%26%20more:ab%2F%3F%23%3C?secret=SECRET&digits=8&algorithm=SHA256\
             &issuer=Acme%20SSO%20%26%20more&period=60",
        ),
        (
            Settings {
                issuer: " ".to_owned(),
                ..Settings::default()
            },
            person(":", None),
            "otpauth://totp/account?secret=SECRET",
        ),
    ];
    for (settings, who, expected) in cases {
        let factor = totp(settings);
        let (prompt, _) = factor
            .enrol()
            .unwrap()
            .begin(&who, &[], at(NOW))
            .await
            .unwrap();
        let Prompt::ScanSecret {
            uri,
            secret,
            digits,
        } = prompt
        else {
            panic!("not a secret: {prompt:?}")
        };
        assert_eq!(uri.replace(&secret, "SECRET"), expected);
        assert_eq!(digits, u8::from(factor.settings.digits));
    }
}

#[tokio::test]
async fn mf_11_what_cannot_be_judged_never_passes() {
    let factor = totp(Settings::default());
    let who = person("alice", None);
    let damaged = [
        Memo::default(),
        Memo::of(&"x").unwrap(),
        Memo::of(&json!({
            "secret": "!", "digits": 6, "algorithm": "sha1", "period": 30, "last_step": null
        }))
        .unwrap(),
        Memo::of(&seed(&[], &factor.settings)).unwrap(),
    ];
    for memo in damaged {
        let stored = enrolment(&who, FactorKind::totp(), memo);
        let failure = factor
            .verify(
                &Memo::default(),
                &who,
                std::slice::from_ref(&stored),
                &code("000000"),
                at(NOW),
            )
            .await
            .unwrap_err();
        assert_eq!(failure.code(), "factor_corrupt");
    }

    let (_, stored) = enrolled(&factor, &who, at(NOW)).await;
    let failure = factor
        .verify(
            &Memo::default(),
            &who,
            std::slice::from_ref(&stored),
            &Answer::Confirmed,
            at(NOW),
        )
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "factor_wrong_form");
    let failure = factor
        .verify(
            &Memo::default(),
            &who,
            std::slice::from_ref(&stored),
            &code("000000"),
            at(-1),
        )
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "factor_unreachable");
}

#[tokio::test]
async fn an_enrolment_keeps_the_settings_that_it_was_made_with() {
    let who = person("alice", None);
    let (secret, stored) = enrolled(&totp(Settings::default()), &who, at(NOW)).await;
    let changed = totp(Settings {
        digits: Digits::Eight,
        algorithm: Algorithm::Sha512,
        ..Settings::default()
    });
    let (prompt, _) = changed
        .challenge(&who, std::slice::from_ref(&stored), at(NOW))
        .await
        .unwrap();
    assert_eq!(
        prompt,
        Prompt::Code {
            digits: Some(6),
            hint: "My telephone".to_owned()
        }
    );
    let next = shown(&secret, &Settings::default(), NOW as u64 / 30 + 1);
    assert!(answer(&changed, &stored, &next, NOW).await.is_some());
}

#[test]
fn settings_outside_the_standard_cannot_be_written() {
    for (good, bad) in [(6_u8, 7_u8), (8, 10)] {
        assert!(Digits::try_from(good).is_ok());
        assert!(Digits::try_from(bad).is_err());
    }
    for (good, bad) in [(30_u8, 0_u8), (60, 31)] {
        assert!(Period::try_from(good).is_ok());
        assert!(Period::try_from(bad).is_err());
    }
}

proptest! {
    /// Whatever was used last and whichever step a code is of: it passes exactly if it is next to the present step and
    /// after the last one that was used.
    #[test]
    fn mf_20_21_22_only_unused_codes_next_to_the_present_pass(
        secret in any::<[u8; 20]>(),
        now in 3_000_i64..4_000_000_000,
        distance in -4_i64..=4,
        last in proptest::option::of(-5_i64..=5),
    ) {
        let settings = Settings::default();
        let present = now / 30;
        let step = u64::try_from(present + distance).unwrap();
        let text = shown(&secret, &settings, step);
        // Two steps show the same code once in a million: such a case says nothing.
        let lookalike = (-1..=1).any(|near| {
            near != distance && shown(&secret, &settings, (present + near) as u64) == text
        });
        prop_assume!(!lookalike);

        let last = last.map(|back| u64::try_from(present + back).unwrap());
        let seed = seed(&secret, &settings);
        let seed = match last {
            Some(step) => seed.used_at(Some(step)),
            None => seed,
        };
        let expected = distance.abs() <= 1 && last.is_none_or(|last| step > last);
        prop_assert_eq!(
            seed.matched_step(&text, at(now)).unwrap(),
            expected.then_some(step)
        );
    }

    #[test]
    fn mf_23_no_text_makes_it_panic(typed in any::<String>()) {
        seed(&[3; 20], &Settings::default()).matched_step(&typed, at(NOW)).unwrap();
    }
}

#[tokio::test]
async fn any_of_a_persons_apps_may_answer_and_the_verdict_says_which() {
    let factor = totp(Settings::default());
    let who = person("alice", None);
    let (first_secret, first) = enrolled(&factor, &who, at(NOW)).await;
    let (second_secret, second) = enrolled(&factor, &who, at(NOW)).await;
    assert_ne!(first_secret, second_secret);
    let second = Enrolment {
        id: EnrolmentId::from_bytes([8; 16]),
        ..second
    };
    let both = [first.clone(), second.clone()];
    let step = NOW as u64 / 30 + 1;
    for (secret, expected) in [(first_secret, &first), (second_secret, &second)] {
        let typed = code(&shown(&secret, &factor.settings, step));
        match factor
            .verify(&Memo::default(), &who, &both, &typed, at(NOW + 30))
            .await
        {
            Ok(Verdict::Passed(next)) => assert_eq!(next.id, expected.id),
            other => panic!("{other:?}"),
        }
        // Control: the code of an app that was removed meanwhile counts for none.
        let others: Vec<Enrolment> = both
            .iter()
            .filter(|e| e.id != expected.id)
            .cloned()
            .collect();
        let verdict = factor
            .verify(&Memo::default(), &who, &others, &typed, at(NOW + 30))
            .await;
        assert!(matches!(verdict, Ok(Verdict::Wrong("code_wrong"))));
    }
}
