use super::*;
use crate::fixture;

fn identity(subject: Subject, attributes: &[(&str, &[&str])]) -> VerifiedIdentity {
    VerifiedIdentity {
        subject,
        attributes: attributes
            .iter()
            .map(|(name, values)| ((*name).into(), values.iter().map(|v| (*v).into()).collect()))
            .collect(),
        ..fixture::identity()
    }
}

fn mapping() -> Mapping {
    Mapping {
        mail: vec!["mail".into(), "email".into()],
        groups: vec!["groups".into()],
        strip_group_slash: true,
        ..Mapping::default()
    }
}

#[test]
fn a_person_has_mail_and_groups() {
    let person = normalise(
        &identity(
            Subject::plain("alice"),
            &[
                ("email", &["alice@acme.example"]),
                ("groups", &["/staff", "dev", ""]),
            ],
        ),
        &mapping(),
    )
    .unwrap();
    assert_eq!(person.id.to_string(), "adfs/alice");
    assert_eq!(person.mail.as_deref(), Some("alice@acme.example"));
    assert_eq!(person.groups, ["dev", "staff"].map(String::from).into());
}

#[test]
fn si_66c_the_same_name_from_two_upstreams_is_two_people() {
    let one = identity(Subject::plain("alice"), &[]);
    let two = VerifiedIdentity {
        upstream: UpstreamId::new("keycloak").unwrap(),
        ..one.clone()
    };
    assert_ne!(
        normalise(&one, &mapping()).unwrap().id,
        normalise(&two, &mapping()).unwrap().id
    );
}

#[test]
fn si_66c_the_same_name_in_two_scopes_is_two_people() {
    let scoped = |scope: &str| Subject {
        value: "alice".into(),
        format: None,
        qualifier: Some(scope.into()),
    };
    let id = |subject| normalise(&identity(subject, &[]), &mapping()).unwrap().id;
    assert_ne!(id(scoped("a!")), id(scoped("b!")));
    assert_ne!(id(scoped("a!")), id(Subject::plain("alice")));
}

#[test]
fn si_82m_two_different_mail_addresses_are_refused_and_equal_ones_are_not() {
    let two = identity(
        Subject::plain("alice"),
        &[("mail", &["a@acme.example", "b@acme.example"])],
    );
    assert_eq!(
        normalise(&two, &mapping()).unwrap_err().code(),
        "identity_ambiguous"
    );
    let same = identity(
        Subject::plain("alice"),
        &[("mail", &["a@acme.example", "a@acme.example"])],
    );
    assert!(normalise(&same, &mapping()).is_ok());
}

#[test]
fn a_transient_subject_names_nobody_unless_an_attribute_does() {
    let subject = Subject {
        value: "_x".into(),
        format: Some(TRANSIENT.into()),
        qualifier: None,
    };
    let transient = identity(subject, &[("uid", &["alice"])]);
    assert_eq!(
        normalise(&transient, &mapping()),
        Err(IdentityError::Transient)
    );
    let by_uid = Mapping {
        id: Some("uid".into()),
        ..mapping()
    };
    assert_eq!(normalise(&transient, &by_uid).unwrap().id.name(), "alice");
}

#[test]
fn a_missing_id_attribute_is_an_error_not_a_fallback() {
    let by_uid = Mapping {
        id: Some("uid".into()),
        ..mapping()
    };
    assert_eq!(
        normalise(&identity(Subject::plain("alice"), &[]), &by_uid)
            .unwrap_err()
            .code(),
        "identity_missing_id"
    );
}

#[test]
fn si_82k_a_name_with_a_control_character_names_nobody() {
    for name in ["ali\0ce", "alice\n", "\u{7f}", "\u{9b}alice"] {
        let illegible = identity(Subject::plain(name), &[]);
        assert_eq!(
            normalise(&illegible, &mapping()),
            Err(IdentityError::Illegible),
            "{name:?}"
        );
    }
    assert!(
        normalise(
            &identity(Subject::plain("Ålice \u{1f600}"), &[]),
            &mapping()
        )
        .is_ok()
    );
}

#[test]
fn mf_24_every_spelling_of_a_user_name_is_one_account() {
    let alice = Username::typed("alice").unwrap();
    for spelling in ["Alice", " alice", "alice  ", "\tALICE\n"] {
        assert_eq!(
            Username::typed(spelling).as_ref(),
            Some(&alice),
            "{spelling:?}"
        );
    }
    for none in [
        "",
        "  ",
        "a\u{0}b",
        &"a".repeat(257),
        &"\u{130}".repeat(128),
    ] {
        assert_eq!(Username::typed(none), None, "{none:?}");
    }
}

#[test]
fn so_07_an_upstream_speaks_for_its_own_mail_domains_only() {
    let ours = Mapping {
        mail_domains: ["acme.example".to_owned()].into(),
        ..mapping()
    };
    let code = |mail: &str| {
        let person = normalise(
            &identity(Subject::plain("alice"), &[("mail", &[mail])]),
            &ours,
        );
        person.map_or_else(|error| error.code(), |_| "ok")
    };
    for mail in ["a@acme.example", "a@ACME.example"] {
        assert_eq!(code(mail), "ok", "{mail}");
    }
    for mail in [
        "a@partner.example",
        "a@x.acme.example",
        "a@acme.example.evil.example",
        "a@acme.example@evil.example",
        "acme.example",
    ] {
        assert_eq!(code(mail), "mail_domain_foreign", "{mail}");
    }
    // Without the setting any domain is taken; without a mail address there is nothing to check.
    assert!(
        normalise(
            &identity(Subject::plain("alice"), &[("mail", &["a@partner.example"])]),
            &mapping()
        )
        .is_ok()
    );
    assert!(normalise(&identity(Subject::plain("alice"), &[]), &ours).is_ok());
}

#[test]
fn values_and_groups_are_bounded() {
    let long = "x".repeat(LONGEST_VALUE + 1);
    let person = identity(Subject::plain("alice"), &[("mail", &[long.as_str()])]);
    assert_eq!(
        normalise(&person, &mapping()).unwrap_err().code(),
        "identity_too_large"
    );
    let names: Vec<String> = (0..=MOST_GROUPS).map(|n| format!("g{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let person = identity(Subject::plain("alice"), &[("groups", &names)]);
    assert_eq!(
        normalise(&person, &mapping()).unwrap_err().code(),
        "identity_too_large"
    );
}

#[test]
fn si_66c_no_name_can_be_written_as_anothers_in_its_scope() {
    let named = |value: &str, qualifier: Option<&str>| {
        let subject = Subject {
            value: value.into(),
            format: None,
            qualifier: qualifier.map(str::to_owned),
        };
        let person = normalise(&identity(subject, &[]), &mapping());
        person
            .map(|person| person.id.name().to_owned())
            .map_err(|error| error.code())
    };
    let ours = Some("https://idp!https://us");
    let confusable = Err("identity_confusable");
    for (value, qualifier, expect) in [
        ("alice", ours, Ok("alice@@https://idp!https://us")),
        (
            "alice@@https://idp",
            ours,
            Ok("alice@@https://idp@@https://idp!https://us"),
        ),
        ("al!ce", ours, Ok("al!ce@@https://idp!https://us")),
        ("alice", Some("!https://us"), Ok("alice@@!https://us")),
        // The same text as the first, from a name that anybody may have chosen.
        ("alice@@https://idp!https://us", None, confusable),
        // Which part of the scope is whose?
        ("alice", Some("https://idp!x!https://us"), confusable),
        ("alice", Some("https://idp"), confusable),
        ("alice", Some("a@@https://idp!https://us"), confusable),
        ("alice", Some("@https://idp!https://us"), confusable),
        // Names that people really have.
        ("alice@acme.example", None, Ok("alice@acme.example")),
        ("al!ce@acme.example", None, Ok("al!ce@acme.example")),
        ("a@@b", None, Ok("a@@b")),
    ] {
        assert_eq!(
            named(value, qualifier),
            expect.map(str::to_owned),
            "{value} {qualifier:?}"
        );
    }
}

#[test]
fn mf_50_an_upstream_speaks_of_its_own_groups_only() {
    let said = identity(
        Subject::plain("alice"),
        &[(
            "groups",
            &[
                "/staff",
                "staff ",
                "STAFF",
                "partner-dev",
                "my-partner-dev",
                "admins",
            ],
        )],
    );
    let names =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(|&name| name.into()).collect() };
    let table = [
        (names(&["staff"]), names(&[]), names(&["staff"])),
        (names(&[]), names(&["partner-"]), names(&["partner-dev"])),
        (
            names(&["staff"]),
            names(&["partner-"]),
            names(&["partner-dev", "staff"]),
        ),
        (names(&["nothing"]), names(&[]), names(&[])),
    ];
    for (only, prefixes, expect) in table {
        let bounded = Mapping {
            group_bounds: GroupBounds { only, prefixes },
            ..mapping()
        };
        let person = normalise(&said, &bounded).unwrap();
        assert_eq!(person.groups, expect);
        // Nor does the attribute itself tell an application of others.
        let told = person.attributes["groups"].iter();
        let told: BTreeSet<String> = told
            .map(|group| group.trim_start_matches('/').into())
            .collect();
        assert_eq!(told, expect);
    }
    // The control: without bounds all of them count.
    assert_eq!(normalise(&said, &mapping()).unwrap().groups.len(), 6);
}

#[test]
fn person_ids_read_what_they_write() {
    let id: PersonId = "adfs/a/b@x".parse().unwrap();
    assert_eq!((id.upstream().as_str(), id.name()), ("adfs", "a/b@x"));
    assert_eq!(id.to_string().parse::<PersonId>().unwrap(), id);
    assert!("alice".parse::<PersonId>().is_err());
    assert!("adfs/".parse::<PersonId>().is_err());
}
