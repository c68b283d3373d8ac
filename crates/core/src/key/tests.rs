use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap()
}

fn id(number: u8) -> KeyId {
    KeyId::new(format!("key-{number}")).unwrap()
}

fn app(number: u8) -> Partner {
    Partner::App(AppId::new(format!("app-{number}")).unwrap())
}

fn upstream() -> Partner {
    Partner::Upstream(UpstreamId::new("adfs").unwrap())
}

const IDP: KeyPurpose = KeyPurpose::SamlIdentityProvider;

/// A book with these keys of the identity provider, the first of them active.
fn book(keys: u8) -> KeyBook {
    (0..keys).fold(KeyBook::default(), |book, number| {
        let added = book.add(id(number), IDP, KeyAlgorithm::Rsa2048, at(number.into()));
        book.with(added.unwrap())
    })
}

/// A partner as one who is served with keys of the identity provider.
fn of_idp(partner: &Partner) -> Served {
    let (partner, purpose) = (partner.clone(), IDP);
    Served { partner, purpose }
}

fn promoted(book: KeyBook, number: u8) -> KeyBook {
    let steps = book.promote(&id(number), &BTreeSet::new(), at(100));
    book.after(steps.unwrap())
}

fn chosen(book: KeyBook, number: u8, partner: &Partner) -> KeyBook {
    let steps = book.promote_for(&id(number), &of_idp(partner), at(100));
    book.after(steps.unwrap())
}

fn serving(book: &KeyBook, partner: &Partner) -> KeyId {
    book.serving(IDP, partner).unwrap().id.clone()
}

#[test]
fn names_are_read_as_they_are_written() {
    for purpose in KeyPurpose::ALL {
        assert_eq!(KeyPurpose::named(purpose.name()), Some(purpose));
        assert_eq!(serde_json::to_value(purpose).unwrap(), purpose.name());
        assert!(!purpose.algorithms().is_empty(), "{purpose}");
    }
    for algorithm in KeyAlgorithm::ALL {
        assert_eq!(KeyAlgorithm::named(algorithm.name()), Some(algorithm));
        assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
    }
    for state in KeyState::ALL {
        assert_eq!(KeyState::named(state.name()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
    assert_eq!(KeyPurpose::named("saml"), None);
}

#[test]
fn an_id_says_what_it_is_for_and_since_when() {
    let made = IDP.new_id(at(0), [0, 1, 2, 255]);
    assert_eq!(made.as_str(), "idp-20270115-012z");
    assert_eq!(KeyId::new(made.as_str()).unwrap(), made);
    // A key of the time before ids bears its purpose's name.
    for purpose in KeyPurpose::ALL {
        assert!(KeyId::new(purpose.name()).is_ok(), "{purpose}");
    }
}

#[test]
fn each_purpose_takes_its_kinds_of_key() {
    use KeyAlgorithm::{Ed25519, P256, Rsa2048};
    let table = [
        (IDP, Rsa2048, true),
        (IDP, P256, true),
        (IDP, Ed25519, false),
        (KeyPurpose::SamlServiceProviderDecryption, Rsa2048, true),
        (KeyPurpose::SamlServiceProviderDecryption, P256, false),
        (KeyPurpose::OpenIdRs256, Rsa2048, true),
        (KeyPurpose::OpenIdRs256, P256, false),
        (KeyPurpose::OpenIdEs256, P256, true),
        (KeyPurpose::OpenIdEdDsa, Ed25519, true),
        (KeyPurpose::OpenIdEdDsa, Rsa2048, false),
    ];
    for (purpose, algorithm, expect) in table {
        let added = KeyBook::default().add(id(1), purpose, algorithm, at(0));
        let code = added.map(|key| key.state).map_err(|fault| fault.code());
        let expect = if expect {
            Ok(KeyState::Active)
        } else {
            Err("key_unfit")
        };
        assert_eq!(code, expect, "{purpose} {algorithm}");
    }
}

#[test]
fn a_key_is_published_then_active_then_retiring_then_gone() {
    let book = book(2);
    let states = |book: &KeyBook| {
        let of = book.of(IDP).into_iter();
        of.map(|key| (key.id.clone(), key.state))
            .collect::<Vec<_>>()
    };
    use KeyState::{Active, Published, Retiring};
    assert_eq!(states(&book), [(id(0), Active), (id(1), Published)]);
    let book = promoted(book, 1);
    assert_eq!(states(&book), [(id(1), Active), (id(0), Retiring)]);
    assert_eq!(book.key(&id(1)).unwrap().since, at(100));
    let steps = book.retire(&id(0)).unwrap();
    let book = book.after(steps);
    assert_eq!(states(&book), [(id(1), Active)]);
    // And there is a way back, while the old one is there.
    let back = promoted(promoted(self::book(2), 1), 0);
    assert_eq!(states(&back), [(id(0), Active), (id(1), Retiring)]);
}

#[test]
fn what_must_not_happen_does_not() {
    let book = chosen(book(2), 1, &app(1));
    let known = book.add(id(0), IDP, KeyAlgorithm::P256, at(9)).unwrap_err();
    let only = BTreeSet::from([of_idp(&upstream())]);
    let client = Served {
        partner: app(1),
        purpose: KeyPurpose::OpenIdRs256,
    };
    let table = [
        (known, "key_known"),
        (book.retire(&id(0)).unwrap_err(), "key_active"),
        (book.retire(&id(1)).unwrap_err(), "key_in_use"),
        (book.retire(&id(9)).unwrap_err(), "key_unknown"),
        (
            book.promote(&id(9), &BTreeSet::new(), at(9)).unwrap_err(),
            "key_unknown",
        ),
        (
            book.promote(&id(1), &only, at(9)).unwrap_err(),
            "key_foreign",
        ),
        (
            book.promote_for(&id(1), &of_idp(&upstream()), at(9))
                .unwrap_err(),
            "key_foreign",
        ),
        // Whoever is served with keys of another purpose: by itself, as one that stays, and with the active one, which
        // would take no step.
        (
            book.promote_for(&id(1), &client, at(9)).unwrap_err(),
            "key_foreign",
        ),
        (
            book.promote_for(&id(0), &client, at(9)).unwrap_err(),
            "key_foreign",
        ),
        (
            book.promote(&id(1), &BTreeSet::from([client]), at(9))
                .unwrap_err(),
            "key_foreign",
        ),
        (
            book.promote_for(&id(9), &of_idp(&app(1)), at(9))
                .unwrap_err(),
            "key_unknown",
        ),
        (
            book.unpin(&id(0), &app(1), at(200)).unwrap_err(),
            "key_unchosen",
        ),
        (
            book.unpin(&id(1), &app(2), at(200)).unwrap_err(),
            "key_unchosen",
        ),
        (
            book.unpin(&id(9), &app(1), at(200)).unwrap_err(),
            "key_unknown",
        ),
    ];
    for (fault, code) in table {
        assert_eq!(fault.code(), code, "{fault}");
    }
    let told = book.retire(&id(1)).unwrap_err().to_string();
    assert!(told.contains("application `app-1`"), "{told}");
}

#[test]
fn a_partner_goes_ahead_alone_and_the_rest_follow() {
    let book = chosen(book(2), 1, &app(1));
    assert_eq!(serving(&book, &app(1)), id(1));
    assert_eq!(serving(&book, &app(2)), id(0));
    let book = promoted(book, 1);
    assert_eq!(serving(&book, &app(2)), id(1));
    assert_eq!(book.choices().count(), 0, "it goes with the rest again");
    assert!(book.retire(&id(0)).is_ok());
}

#[test]
fn a_partner_stays_behind_until_it_is_moved() {
    let book = book(2);
    let steps = book.promote(&id(1), &BTreeSet::from([of_idp(&app(1))]), at(9));
    let book = book.after(steps.unwrap());
    assert_eq!(serving(&book, &app(1)), id(0));
    assert_eq!(serving(&book, &app(2)), id(1));
    assert_eq!(book.retire(&id(0)).unwrap_err().code(), "key_in_use");
    let book = chosen(book, 1, &app(1));
    assert_eq!(book.choices().count(), 0);
    assert!(book.retire(&id(0)).is_ok());
}

/// They would be served with the active key, whatever was said.
#[test]
fn nobody_stays_behind_a_key_that_is_active_already() {
    let jira = of_idp(&app(1));
    let again = |book: &KeyBook, stay: &[&Served]| {
        let stay = stay.iter().map(|served| (*served).clone()).collect();
        book.promote(&id(1), &stay, at(200))
    };
    let book = promoted(book(2), 1);
    let fault = again(&book, &[&jira, &of_idp(&app(2))]).unwrap_err();
    assert_eq!(fault.code(), "key_followed");
    for expect in ["`key-1`", "`app-1`", "`app-2`"] {
        assert!(fault.to_string().contains(expect), "{expect}: {fault}");
    }
    // The control: whoever stayed behind before stays there.
    let book = chosen(book, 0, &app(1));
    assert_eq!(again(&book, &[&jira]), Ok(vec![]));
    let fault = again(&book, &[&jira, &of_idp(&app(2))]).unwrap_err();
    assert!(!fault.to_string().contains("`app-1`"), "{fault}");
}

#[test]
fn what_is_so_already_takes_no_step() {
    let book = book(2);
    assert_eq!(book.promote(&id(0), &BTreeSet::new(), at(9)), Ok(vec![]));
    assert_eq!(
        book.promote_for(&id(0), &of_idp(&app(1)), at(9)),
        Ok(vec![])
    );
    let book = chosen(book, 1, &app(1));
    assert_eq!(
        book.promote_for(&id(1), &of_idp(&app(1)), at(9)),
        Ok(vec![])
    );
}

#[test]
fn whoever_is_unpinned_goes_with_the_rest_and_the_key_may_go() {
    let book = chosen(book(2), 1, &app(1));
    assert_eq!(book.retire(&id(1)).unwrap_err().code(), "key_in_use");
    let steps = book.unpin(&id(1), &app(1), at(200)).unwrap();
    let book = book.after(steps);
    assert_eq!(serving(&book, &app(1)), id(0));
    assert!(book.retire(&id(1)).is_ok());
}

/// What it signed for them is under way from that moment on, not from the day on which the rest left it.
#[test]
fn a_key_was_last_left_when_the_last_of_its_own_left_it() {
    let left = |book: &KeyBook, number| book.key(&id(number)).unwrap().last_left();
    let state = |book: &KeyBook, number| book.key(&id(number)).unwrap().state;
    let behind = book(2);
    assert_eq!((left(&behind, 0), left(&behind, 1)), (None, None));
    let steps = behind.promote(&id(1), &BTreeSet::from([of_idp(&app(1))]), at(50));
    let behind = behind.after(steps.unwrap());
    assert_eq!(left(&behind, 0), Some(at(50)));
    let moved = chosen(behind.clone(), 1, &app(1));
    assert_eq!(left(&moved, 0), Some(at(100)));
    assert_eq!(left(&moved, 1), None, "who comes changes nothing");
    assert_eq!(moved.key(&id(1)).unwrap().since, at(50));
    let steps = behind.unpin(&id(0), &app(1), at(200)).unwrap();
    let unpinned = behind.after(steps);
    assert_eq!(left(&unpinned, 0), Some(at(200)));
    assert_eq!(state(&unpinned, 0), KeyState::Retiring);
    // One that went ahead alone, and came back.
    let ahead = chosen(book(2), 1, &app(1));
    assert_eq!(left(&ahead, 1), None);
    let back = chosen(ahead, 0, &app(1));
    assert_eq!(left(&back, 1), Some(at(100)));
    assert_eq!(state(&back, 1), KeyState::Published);
}

/// What an administrator may try.
#[derive(Debug, Clone)]
enum Try {
    Add(u8, KeyPurpose),
    Promote(u8, Vec<u8>),
    PromoteFor(u8, u8),
    Retire(u8),
    Unpin(u8, u8),
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let purpose = prop::sample::select(&[IDP, KeyPurpose::OpenIdRs256][..]);
    let one = prop_oneof![
        2 => (0..6_u8, purpose).prop_map(|(key, purpose)| Try::Add(key, purpose)),
        2 => (0..6_u8, prop::collection::vec(0..3_u8, 0..3)).prop_map(|(key, except)| Try::Promote(key, except)),
        2 => (0..6_u8, 0..3_u8).prop_map(|(key, app)| Try::PromoteFor(key, app)),
        1 => (0..6_u8).prop_map(Try::Retire),
        1 => (0..6_u8, 0..3_u8).prop_map(|(key, app)| Try::Unpin(key, app)),
    ];
    prop::collection::vec(one, 0..40)
}

/// The books on the way of one change, the last of them as it stays; none if it is refused.
fn ways(book: &KeyBook, attempt: &Try, now: DateTime<Utc>) -> Vec<KeyBook> {
    let steps = match attempt {
        Try::Add(key, purpose) => {
            let added = book.add(id(*key), *purpose, KeyAlgorithm::Rsa2048, now);
            return added
                .map(|key| book.clone().with(key))
                .into_iter()
                .collect();
        }
        Try::Promote(key, except) => {
            let except = except.iter().map(|number| of_idp(&app(*number))).collect();
            book.promote(&id(*key), &except, now)
        }
        Try::PromoteFor(key, number) => book.promote_for(&id(*key), &of_idp(&app(*number)), now),
        Try::Unpin(key, number) => book.unpin(&id(*key), &app(*number), now),
        Try::Retire(key) => book.retire(&id(*key)),
    };
    let mut book = book.clone();
    let steps = steps.unwrap_or_default().into_iter();
    steps
        .map(|step| {
            book = book.clone().after([step]);
            book.clone()
        })
        .collect()
}

proptest! {
    #[test]
    fn there_is_always_exactly_one_active_key_and_nobody_is_served_with_one_that_is_gone(tries in tries()) {
        let mut book = KeyBook::default();
        for (attempt, minute) in tries.iter().zip(0..) {
            let before = book.clone();
            for on_the_way in ways(&before, attempt, at(minute)) {
                for purpose in KeyPurpose::ALL {
                    let active = on_the_way.of(purpose).into_iter().filter(|key| key.state == KeyState::Active);
                    prop_assert!(active.count() <= 1, "{:?}", attempt);
                }
                book = on_the_way;
            }
            for purpose in KeyPurpose::ALL {
                prop_assert_eq!(book.of(purpose).is_empty(), book.active(purpose).is_none());
            }
            for (purpose, partner, chosen) in book.choices() {
                let fits = |key: &KeyRecord| key.purpose == purpose && key.state != KeyState::Active;
                prop_assert!(book.key(chosen).is_some_and(fits), "{} {:?}", chosen, attempt);
                prop_assert_eq!(purpose, IDP, "only its keys sign for these: {:?}", attempt);
                prop_assert_eq!(&book.serving(purpose, partner).unwrap().id, chosen);
            }
            // A key never goes from under somebody who was served with it.
            for (number, purpose) in [0, 1, 2].into_iter().flat_map(|app| KeyPurpose::ALL.map(|purpose| (app, purpose))) {
                if let Some(served) = before.serving(purpose, &app(number)) {
                    prop_assert!(book.key(&served.id).is_some(), "{:?}", attempt);
                }
            }
        }
    }
}

/// The control: the walks reach each state, choices and removals.
#[test]
fn the_walks_reach_what_they_are_about() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..200 {
        let walk = tries().new_tree(&mut runner).unwrap().current();
        let mut book = KeyBook::default();
        for attempt in &walk {
            let before = book.keys().count();
            book = ways(&book, attempt, at(0)).pop().unwrap_or(book);
            reached.extend(book.keys().map(|key| key.state.name()));
            reached.extend(book.choices().map(|_| "chosen"));
            reached.extend((book.keys().count() < before).then_some("removed"));
        }
    }
    let expect = ["active", "chosen", "published", "removed", "retiring"];
    assert_eq!(reached, BTreeSet::from(expect));
}
