use std::collections::BTreeSet;

use super::*;
use crate::fixture::{Foretold, at, code, enrolment, person};

const NOW: i64 = 1_800_000_015;

/// A set as one person has it: the codes on paper and the enrolment in the store.
fn set(seed: u64) -> (Vec<String>, Enrolment) {
    let (codes, memo) = fresh_set(&*Foretold::entropy(seed)).unwrap();
    let who = person("alice", None);
    (codes, enrolment(&who, FactorKind::backup_code(), memo))
}

async fn answer(stored: &Enrolment, text: &str) -> Option<Enrolment> {
    let factor = BackupCode::new(Foretold::entropy(99));
    let who = person("alice", None);
    match factor
        .verify(
            &Memo::default(),
            &who,
            std::slice::from_ref(stored),
            &code(text),
            at(NOW),
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
fn mf_45_ten_different_codes_of_fifty_bits_in_two_groups() {
    let (codes, _) = set(1);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), CODES);
    for code in codes {
        let (first, second) = code.split_once('-').unwrap();
        for group in [first, second] {
            assert_eq!(group.len(), GROUP);
            assert!(
                group.bytes().all(|letter| ALPHABET.contains(&letter)),
                "{code}"
            );
        }
    }
    assert_eq!(letters_from([0; 8]), "0000000000");
    assert_eq!(letters_from([0xff; 8]), "ZZZZZZZZZZ");
    assert_eq!(letters_from(31_u64.to_be_bytes()), "Z000000000");
}

#[tokio::test]
async fn mf_45_a_code_counts_once_and_the_last_one_spends_the_set() {
    let (codes, mut stored) = set(2);
    for (used, code) in codes.iter().enumerate() {
        assert!(!stored.spent);
        let next = answer(&stored, code).await.unwrap();
        assert_eq!(next.last_used_at, Some(at(NOW)));
        assert_eq!(left(&next.secret).unwrap(), CODES - used - 1);
        let factor = BackupCode::new(Foretold::entropy(99));
        assert_eq!(factor.uses_left(&next), Some(CODES - used - 1));
        assert!(answer(&next, code).await.is_none(), "reuse of {code}");
        stored = next;
    }
    assert!(stored.spent);
    assert!(!stored.is_usable());
}

#[tokio::test]
async fn mf_45_of_fifty_answers_at_once_all_stand_on_the_revision_that_was_read() {
    // The store replaces an enrolment at the revision that the change was made from, once: no answer may lift it.
    let (codes, stored) = set(3);
    for _ in 0..50 {
        let next = answer(&stored, &codes[0]).await.unwrap();
        assert_eq!(next.revision, stored.revision);
        assert_eq!(next.id, stored.id);
    }
}

#[tokio::test]
async fn mf_45_codes_of_another_person_and_of_a_former_set_are_wrong() {
    let (mine, stored) = set(4);
    let (others, _) = set(5);
    for code in &others {
        assert!(answer(&stored, code).await.is_none());
    }
    assert!(answer(&stored, &mine[9]).await.is_some(), "control");

    let (_, memo) = fresh_set(&*Foretold::entropy(6)).unwrap();
    let renewed = Enrolment {
        secret: memo,
        ..stored
    };
    for code in &mine {
        assert!(answer(&renewed, code).await.is_none(), "a void code counts");
    }
}

#[tokio::test]
async fn mf_45_case_groups_and_lookalikes_do_not_matter_and_all_else_does() {
    let (codes, stored) = set(7);
    let code = codes
        .iter()
        .find(|code| code.contains('0') && code.contains('1'))
        .or_else(|| codes.iter().find(|code| code.contains(['0', '1'])))
        .unwrap();
    let plain = code.replace('-', "");
    for same in [
        code.clone(),
        plain.clone(),
        code.to_lowercase(),
        format!(" {} ", code.replace('-', " - ")),
        code.replace('0', "O").replace('1', "I"),
        code.replace('0', "o").replace('1', "l"),
    ] {
        assert!(answer(&stored, &same).await.is_some(), "{same:?}");
    }
    for wrong in [
        String::new(),
        plain[1..].to_owned(),
        format!("{plain}0"),
        format!("{plain}\n"),
        format!("{plain}\u{a0}"),
        plain.replacen(|_: char| true, "U", 1),
        plain.replacen(|_: char| true, "é", 1),
        // U+0130 and U+017F fold to ASCII letters in some languages; here they are foreign.
        plain.replacen(|_: char| true, "\u{17f}", 1),
        "0".repeat(100_000),
        format!("{plain}{plain}"),
    ] {
        assert!(
            answer(&stored, &wrong).await.is_none(),
            "{:?}",
            wrong.chars().take(20).collect::<String>()
        );
    }
}

/// Gives two sets the same codes under different keys.
struct SameCodes(u8);

impl Entropy for SameCodes {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(if buffer.len() == 32 { self.0 } else { 3 });
    }
}

#[test]
fn mf_45_no_code_stands_in_what_is_kept_and_equal_codes_look_different() {
    let kept = |memo: Memo| {
        let set: Set = memo.read().unwrap();
        set.tags
    };
    let (codes, memo) = fresh_set(&*Foretold::entropy(8)).unwrap();
    let all = kept(memo).join(" ");
    for code in &codes {
        assert!(!all.contains(code.as_str()) && !all.contains(&code.replace('-', "")));
    }

    let (one, one_memo) = fresh_set(&SameCodes(1)).unwrap();
    let (two, two_memo) = fresh_set(&SameCodes(2)).unwrap();
    assert_eq!(one, two);
    assert_ne!(kept(one_memo), kept(two_memo));
}

#[tokio::test]
async fn a_set_counts_once_it_was_saved_and_is_no_evidence() {
    let factor = BackupCode::new(Foretold::entropy(10));
    let who = person("alice", None);
    let enrol = factor.enrol().unwrap();
    let (prompt, memo) = enrol.begin(&who, &[], at(NOW)).await.unwrap();
    let Prompt::SaveCodes { codes, .. } = prompt else {
        panic!("no codes: {prompt:?}")
    };
    let EnrolVerdict::Enrolled(new) = enrol
        .finish(&memo, &who, &Answer::Confirmed, at(NOW))
        .await
        .unwrap()
    else {
        panic!("not enrolled")
    };
    assert!(!new.proven);
    assert_eq!(factor.traits().role, Role::Recovery);
    let stored = enrolment(&who, FactorKind::backup_code(), new.secret);
    assert!(answer(&stored, &codes[4]).await.is_some());

    let failure = enrol
        .finish(&memo, &who, &code(&codes[0]), at(NOW))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "factor_wrong_form");
}

#[tokio::test]
async fn mf_11_what_cannot_be_judged_never_passes() {
    let factor = BackupCode::new(Foretold::entropy(11));
    let who = person("alice", None);
    let broken = |key: &str, tag: &str| {
        Memo::of(&Set {
            key: key.to_owned(),
            tags: vec![tag.to_owned()],
        })
        .unwrap()
    };
    for memo in [Memo::default(), broken("!", "AAAA"), broken("AAAA", "!")] {
        let stored = enrolment(&who, FactorKind::backup_code(), memo);
        let failure = factor
            .verify(
                &Memo::default(),
                &who,
                std::slice::from_ref(&stored),
                &code("00000-00000"),
                at(NOW),
            )
            .await
            .unwrap_err();
        assert_eq!(failure.code(), "factor_corrupt");
    }
    let (_, stored) = set(12);
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
}

#[tokio::test]
async fn an_empty_set_lets_nobody_in() {
    let who = person("alice", None);
    let memo = Memo::of(&Set {
        key: BASE64_STANDARD.encode([1; 32]),
        tags: vec![],
    })
    .unwrap();
    let stored = enrolment(&who, FactorKind::backup_code(), memo);
    assert!(answer(&stored, "00000-00000").await.is_none());
}
