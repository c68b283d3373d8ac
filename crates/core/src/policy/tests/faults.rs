//! What is wrong with a list of rules is told, all of it.

use super::*;

#[test]
fn every_fault_of_a_list_is_told() {
    let skip = |name: &str| Rule {
        name: name.into(),
        when: None,
        then: Verdict::Skip,
    };
    // The rules, and each fault with the rule that it is about.
    type Case = (Vec<Rule>, Vec<(Option<usize>, PolicyFault)>);
    let table: Vec<Case> = vec![
        (vec![], vec![(None, PolicyFault::Empty)]),
        (
            vec![skip("a")],
            vec![(Some(0), PolicyFault::LastSkips("a".into()))],
        ),
        (
            vec![skip("a"), require("b", &["totp"])],
            vec![(Some(0), PolicyFault::HidesTheRest("a".into()))],
        ),
        (
            vec![skip("a"), require("a", &["totp"])],
            vec![
                (Some(0), PolicyFault::HidesTheRest("a".into())),
                (Some(1), PolicyFault::SameName("a".into())),
            ],
        ),
        (
            vec![Rule {
                when: when_groups(&["x"]),
                ..require("a", &["totp"])
            }],
            vec![(Some(0), PolicyFault::LastMayNotMatch("a".into()))],
        ),
        (
            vec![require("a", &["backup_code"])],
            vec![(Some(0), PolicyFault::NoPrimary("a".into()))],
        ),
        (
            vec![require("a", &[])],
            vec![(Some(0), PolicyFault::NoPrimary("a".into()))],
        ),
        (
            vec![
                Rule {
                    when: when_groups(&["x"]),
                    ..require("a", &["duo"])
                },
                require("a", &["totp"]),
            ],
            vec![
                (
                    Some(0),
                    PolicyFault::UnknownFactor {
                        rule: "a".into(),
                        factor: kind("duo"),
                    },
                ),
                (Some(1), PolicyFault::SameName("a".into())),
            ],
        ),
    ];
    for (rules, expect) in table {
        let misruled = |(at, fault)| Misruled { at, fault };
        let expect = expect.into_iter().map(misruled).collect();
        assert_eq!(Policy::new(rules, &kinds()), Err(expect));
    }
    assert!(Policy::new(rules(), &kinds()).is_ok());
}
