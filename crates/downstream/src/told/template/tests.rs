//! What templates are read as, and what they make of Alice.

use vestibule_core::identity::Person;

use super::*;
use crate::{conformance::person, told::GroupFilter};

fn filled(text: &str, person: &Person, groups: &GroupFilter) -> Vec<String> {
    Template::parse(text).unwrap().fill(View { person, groups })
}

#[test]
fn a_template_is_filled_with_what_is_known() {
    let person = person();
    let ours = GroupFilter {
        prefixes: ["adm".to_owned()].into(),
        ..GroupFilter::default()
    };
    for (text, expected) in [
        ("mail", &["alice@acme.test"][..]),
        ("{mail}", &["alice@acme.test"]),
        ("{given_name} {family_name}", &["Alice Liddell"]),
        ("constant:north", &["north"]),
        ("constant:{mail}", &["{mail}"]),
        ("{{{mail}}}", &["{alice@acme.test}"]),
        ("}}{{", &["}{"]),
        ("attribute:phone", &["1", "2"]),
        ("tel:{attribute:phone}", &["tel:1", "tel:2"]),
        ("acme-{groups}", &["acme-admins"]),
        ("{given_name}/{attribute:phone}", &["Alice/1", "Alice/2"]),
        // Half a name is a wrong one; nor does anybody say which of several goes with which.
        ("{given_name} {display_name}", &[]),
        ("{attribute:nothing}", &[]),
        ("{attribute:phone}-{attribute:phone}", &[]),
        ("ü{{ü", &["ü{ü"]),
    ] {
        assert_eq!(filled(text, &person, &ours), expected, "{text}");
    }
}

#[test]
fn a_template_that_means_nothing_says_where() {
    use Fault::{Brace, Empty, SecondList, Unknown};
    let unknown = |word: &str| Unknown(word.to_owned());
    for (text, at, fault) in [
        ("email", 1, unknown("email")),
        ("Mail", 1, unknown("Mail")),
        ("{e-mail}", 1, unknown("e-mail")),
        ("ü {email}", 3, unknown("email")),
        ("{}", 1, unknown("")),
        ("{ mail }", 1, unknown(" mail ")),
        ("{attribute:}", 1, unknown("attribute:")),
        ("{constant:x}", 1, unknown("constant:x")),
        ("{mail", 1, Brace),
        ("a}", 2, Brace),
        ("{mail {id}", 1, Brace),
        ("constant:", 1, Empty),
        ("{groups}-{groups}", 10, SecondList("the groups".to_owned())),
    ] {
        assert_eq!(
            Template::parse(text),
            Err(TemplateError { at, fault }),
            "{text}"
        );
    }
}

/// SO-06: what stands in a person's value is never read as a template.
#[test]
fn so_06_a_value_is_no_template() {
    let mut person = person();
    person.given_name = Some("{mail} {{".into());
    let groups = GroupFilter::default();
    assert_eq!(filled("{given_name}!", &person, &groups), ["{mail} {{!"]);
}

#[test]
fn values_of_several_templates_stand_there_once() {
    let (person, groups) = (person(), GroupFilter::default());
    let templates = ["groups", "constant:everybody", "constant:staff"];
    let templates = templates.map(|text| Template::parse(text).unwrap());
    let view = View {
        person: &person,
        groups: &groups,
    };
    assert_eq!(
        Template::fill_all(&templates, view),
        ["admins", "staff", "everybody"]
    );
}
