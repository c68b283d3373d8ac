//! Rules one by one, and random walks whose books are kept beside them: a change that the books do not cover fails.

use proptest::prelude::*;

use super::*;
use crate::{
    evidence::{Strength, Traits},
    fixture::{alice, at, evidence, factor},
    id::AppId,
    identity::Person,
    policy::{Doubt, FirstEnrolment, Kinds, Rule, Verdict},
};

fn kind(name: &str) -> FactorKind {
    FactorKind::new(name).unwrap()
}

fn id(number: u8) -> EnrolmentId {
    EnrolmentId::from_bytes([number; 16])
}

fn strength(name: &str) -> Strength {
    match name {
        "webauthn" => Strength::PhishingResistant,
        _ => Strength::OneTimeCode,
    }
}

struct World {
    person: Person,
    account: AppId,
    kinds: Kinds,
    policy: Policy,
}

fn world(accepted: &[&str]) -> World {
    let traits = |name: &str, role| Traits {
        kind: kind(name),
        amr: &[],
        role,
        strength: strength(name),
        enrols_inline: true,
    };
    let kinds = Kinds::new([
        traits("backup_code", Role::Recovery),
        traits("totp", Role::Primary),
        traits("webauthn", Role::Primary),
    ]);
    let everyone = Rule {
        name: "everyone".into(),
        when: None,
        then: Verdict::Require {
            factors: accepted.iter().map(|name| kind(name)).collect(),
            first_enrolment: FirstEnrolment::Inline,
            max_age: None,
            accepts_upstream: false,
        },
    };
    World {
        person: alice(),
        account: AppId::account(),
        policy: Policy::new(vec![everyone], &kinds).unwrap(),
        kinds,
    }
}

impl World {
    fn facts<'a>(&'a self, enrolments: &'a [Enrolment], evidence: &'a [Evidence]) -> Facts<'a> {
        Facts {
            person: &self.person,
            active: true,
            app: &self.account,
            networks: None,
            evidence,
            upstream_factor: Err(Doubt::NotBelieved),
            enrolments,
            kinds: &self.kinds,
            came_at: at(0),
            now: at(0),
        }
    }
}

const ALL: &[&str] = &["webauthn", "totp", "backup_code"];

#[test]
fn mf_41_leave_needs_fresh_evidence_of_the_strongest_factor() {
    let world = world(ALL);
    let has = [
        factor(1, "totp"),
        factor(2, "webauthn"),
        factor(3, "backup_code"),
    ];
    let table = [
        (vec![evidence(2, "webauthn", 0)], 299, true),
        (vec![evidence(2, "webauthn", 0)], 300, false),
        (vec![evidence(2, "webauthn", 121)], 0, false),
        (vec![evidence(2, "webauthn", 120)], 0, true),
        (vec![evidence(1, "totp", 0)], 0, false),
        (
            vec![evidence(2, "webauthn", 0), evidence(1, "totp", 400)],
            400,
            false,
        ),
        (vec![evidence(3, "backup_code", 0)], 0, false),
        (vec![evidence(9, "webauthn", 0)], 0, false),
        (vec![], 0, false),
    ];
    for (passed, now, expect) in table {
        let facts = world.facts(&has, &passed);
        let proof = Reauthenticated::now(&world.policy, &facts, at(now));
        assert_eq!(proof.is_some(), expect, "{passed:?} at {now}");
    }
}

/// What the rule accepts, what the person has, which one goes, and what comes of it.
type Removal<'a> = (
    &'a [&'a str],
    &'a [(u8, &'a str)],
    u8,
    Result<(), NotPossible>,
);

#[test]
fn mf_44_the_last_factor_that_the_rules_accept_stays() {
    let table: &[Removal<'_>] = &[
        (ALL, &[(1, "totp"), (2, "totp")], 1, Ok(())),
        (ALL, &[(1, "totp"), (3, "backup_code")], 3, Ok(())),
        (ALL, &[(1, "totp")], 1, Err(NotPossible::LastFactor)),
        (
            ALL,
            &[(1, "totp"), (3, "backup_code")],
            1,
            Err(NotPossible::LastFactor),
        ),
        (
            &["webauthn"],
            &[(1, "totp"), (2, "webauthn")],
            2,
            Err(NotPossible::LastFactor),
        ),
        (&["webauthn"], &[(1, "totp"), (2, "webauthn")], 1, Ok(())),
        (ALL, &[(1, "totp"), (2, "webauthn")], 2, Ok(())),
        (
            ALL,
            &[(1, "totp"), (2, "totp")],
            7,
            Err(NotPossible::Unknown),
        ),
        (
            ALL,
            &[(1, "totp"), (4, "duo")],
            4,
            Err(NotPossible::SwitchedOff),
        ),
    ];
    for (accepted, has, remove, expect) in table {
        let world = world(accepted);
        let has: Vec<Enrolment> = has
            .iter()
            .map(|(number, name)| factor(*number, name))
            .collect();
        let removed = removable(&world.policy, &world.facts(&has, &[]), id(*remove));
        assert_eq!(removed.map(|_| ()), *expect, "{accepted:?} {has:?}");
    }
}

#[test]
fn mf_44_a_disabled_factor_neither_goes_nor_counts() {
    let world = world(ALL);
    let disabled = Enrolment {
        disabled: true,
        ..factor(2, "totp")
    };
    let has = [factor(1, "totp"), disabled];
    let facts = world.facts(&has, &[]);
    let removed = |number| removable(&world.policy, &facts, id(number)).map(|one| one.id);
    assert_eq!(removed(2), Err(NotPossible::Disabled));
    assert_eq!(removed(1), Err(NotPossible::LastFactor));
}

#[test]
fn wa_10_another_persons_factor_is_not_found() {
    let world = world(ALL);
    let bobs = Enrolment {
        person: crate::identity::PersonId::new(alice().id.upstream().clone(), "bob"),
        ..factor(2, "totp")
    };
    let has = [factor(1, "totp"), bobs];
    let facts = world.facts(&has, &[]);
    assert!(find(&facts, id(2)).is_none());
    assert!(find(&facts, id(1)).is_some());
}

#[test]
fn a_way_back_in_comes_after_a_factor_for_daily_use() {
    let world = world(ALL);
    let names = |has: &[Enrolment]| -> Vec<String> {
        let kinds = addable(&world.facts(has, &[]));
        kinds.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&[]), ["webauthn", "totp"]);
    assert_eq!(
        names(&[factor(1, "totp")]),
        ["webauthn", "totp", "backup_code"]
    );
    let many: Vec<Enrolment> = (0..20).map(|number| factor(number, "totp")).collect();
    assert_eq!(names(&many), [""; 0], "there is a bound");
}

#[test]
fn new_backup_codes_take_the_place_of_those_that_can_still_be_used() {
    let world = world(ALL);
    let spent = Enrolment {
        spent: true,
        ..factor(3, "backup_code")
    };
    let has = [factor(1, "totp"), factor(2, "backup_code"), spent];
    assert_eq!(replaced(&world.kinds, &has, &kind("backup_code")), [id(2)]);
    assert_eq!(replaced(&world.kinds, &has, &kind("totp")), []);
}

#[test]
fn mf_69_a_name_is_one_short_line() {
    for good in [
        "Work phone",
        " Handy ",
        "key #2",
        "<img onerror=x>",
        "名前",
        "\u{2764}\u{fe0f} key",
        &"x".repeat(64),
    ] {
        let name = FactorName::typed(good).map(|name| name.as_str().to_owned());
        assert_eq!(name.as_deref(), Some(good.trim()), "{good}");
    }
    let long = "x".repeat(65);
    for bad in [
        "",
        "  ",
        "a\r\nb",
        "a\tb",
        "a\u{202e}b",
        "a\u{2028}b",
        "a\0b",
        "a\u{61c}b",
        "Work\u{200b} phone",
        "\u{200d}\u{2060}",
        "\u{2060}",
        "\u{feff}x",
        "a\u{2066}b",
        "\u{3164}",
        "\u{fe0f}",
        "\u{3000}",
        &long,
    ] {
        assert_eq!(FactorName::typed(bad), None, "{bad:?}");
    }
}

/// One row for each range that is not seen, and its neighbours that are. Cc, Cf, Zl and Zp stand as Unicode 16 has them;
/// the rest is blank by design.
#[test]
fn mf_69_no_name_holds_what_is_not_seen() {
    let unseen = [
        '\0'..='\u{1f}',
        '\u{7f}'..='\u{9f}',
        '\u{ad}'..='\u{ad}',
        '\u{34f}'..='\u{34f}',
        '\u{600}'..='\u{605}',
        '\u{61c}'..='\u{61c}',
        '\u{6dd}'..='\u{6dd}',
        '\u{70f}'..='\u{70f}',
        '\u{890}'..='\u{891}',
        '\u{8e2}'..='\u{8e2}',
        '\u{115f}'..='\u{1160}',
        '\u{17b4}'..='\u{17b5}',
        '\u{180b}'..='\u{180f}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{2800}'..='\u{2800}',
        '\u{3164}'..='\u{3164}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{fff0}'..='\u{fffb}',
        '\u{110bd}'..='\u{110bd}',
        '\u{110cd}'..='\u{110cd}',
        '\u{13430}'..='\u{1343f}',
        '\u{1bca0}'..='\u{1bca3}',
        '\u{1d173}'..='\u{1d17a}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    let read = |c: char| FactorName::typed(&format!("a{c}b")).is_some();
    for range in unseen {
        assert!(range.clone().all(|c| !read(c)), "{range:?}");
    }
    // A name in any script can be read: what stands beside those ranges.
    let beside = [
        ' '..='~',
        '\u{a0}'..='\u{ac}',
        '\u{ae}'..='\u{34e}',
        '\u{606}'..='\u{61b}',
        '\u{61d}'..='\u{6dc}',
        '\u{8a0}'..='\u{8e1}',
        '\u{1100}'..='\u{115e}',
        '\u{2010}'..='\u{2027}',
        '\u{2801}'..='\u{3163}',
        '\u{3165}'..='\u{d7ff}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{110be}'..='\u{110c1}',
        '\u{13000}'..='\u{1342f}',
        '\u{1d100}'..='\u{1d126}',
        '\u{1f300}'..='\u{1f64f}',
    ];
    for range in beside {
        assert!(range.clone().all(read), "{range:?}");
    }
}

#[test]
fn only_pages_of_the_account_are_places() {
    for place in [Place::Overview, Place::Factor(id(7))] {
        assert_eq!(Place::parse(&place.path()), Some(place));
    }
    for bad in ["", "/", "/account/", "/account/x", "//evil.example/account"] {
        assert_eq!(Place::parse(bad), None, "{bad}");
    }
}

#[derive(Debug, Clone)]
enum Do {
    Add(&'static str),
    Pass(u8),
    Remove(u8),
    Rename(u8),
    Wait(i64),
}

fn anything() -> impl Strategy<Value = Do> {
    let number = 0..8_u8;
    prop_oneof![
        prop_oneof![Just("totp"), Just("webauthn"), Just("backup_code")].prop_map(Do::Add),
        number.clone().prop_map(Do::Pass),
        number.clone().prop_map(Do::Remove),
        number.prop_map(Do::Rename),
        (0..400_i64).prop_map(Do::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// MF-41, MF-44: no change without a fresh proof of the strongest, and never without a factor for daily use.
    #[test]
    fn mf_41_no_walk_changes_anything_without_a_fresh_proof(walk in prop::collection::vec(anything(), 1..40)) {
        let world = world(ALL);
        let mut has = vec![factor(100, "totp")];
        let mut passed: Vec<Evidence> = vec![evidence(100, "totp", 0)];
        let (mut now, mut next) = (0, 101);
        for step in walk {
            // The books: of whom do we have a proof that is younger than five minutes, and what is the strongest?
            let strongest = has.iter().filter(|one| one.kind != kind("backup_code"))
                .map(|one| strength(one.kind.as_str())).max();
            let covered = passed.iter().any(|proof| {
                let lives = has.iter().any(|one| one.id == proof.enrolment);
                lives && proof.kind != kind("backup_code")
                    && Some(strength(proof.kind.as_str())) >= strongest
                    && (at(now) - proof.at).num_seconds() < 300
            });
            let before = has.clone();
            let facts = world.facts(&before, &passed);
            let proof = Reauthenticated::now(&world.policy, &facts, at(now));
            prop_assert_eq!(proof.is_some(), covered);
            let at_index = |number: u8| before.get(usize::from(number) % before.len()).map(|one| one.id);
            match step {
                Do::Add(name) => {
                    if proof.is_some() && addable(&facts).contains(&kind(name)) {
                        let gone = replaced(&world.kinds, &has, &kind(name));
                        has.retain(|one| !gone.contains(&one.id));
                        has.push(factor(next, name));
                        passed.push(evidence(next, name, now));
                        next += 1;
                    }
                }
                Do::Pass(number) => {
                    if let Some(one) = before.get(usize::from(number) % before.len()) {
                        passed.push(Evidence { enrolment: one.id, kind: one.kind.clone(), ..evidence(0, "totp", now) });
                    }
                }
                Do::Remove(number) => {
                    if let (Some(proof), Some(id)) = (&proof, at_index(number))
                        && proof.remove(id).is_ok()
                    {
                        has.retain(|one| one.id != id);
                    }
                }
                Do::Rename(number) => {
                    if let (Some(proof), Some(id)) = (&proof, at_index(number)) {
                        let name = FactorName::typed("new").unwrap();
                        let renamed = proof.rename(id, &name).unwrap();
                        let old = before.iter().find(|one| one.id == id).unwrap();
                        prop_assert_eq!(&renamed, &Enrolment { label: "new".into(), ..old.clone() });
                    }
                }
                Do::Wait(seconds) => now += seconds,
            }
            prop_assert!(has.iter().any(|one| one.kind != kind("backup_code")));
        }
    }
}

/// The control of the walk above: changes do happen in it.
#[test]
fn with_a_fresh_proof_changes_are_made() {
    let world = world(ALL);
    let has = [factor(1, "totp"), factor(2, "totp")];
    let passed = [evidence(1, "totp", 0)];
    let facts = world.facts(&has, &passed);
    let proof = Reauthenticated::now(&world.policy, &facts, at(10)).unwrap();
    assert_eq!(proof.remove(id(2)).map(|one| one.id), Ok(id(2)));
    let name = FactorName::typed("Work phone").unwrap();
    assert_eq!(proof.rename(id(1), &name).unwrap().label, "Work phone");
}
