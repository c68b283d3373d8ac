//! What applications are told, and how it is written: names, attributes, groups, presets.

use chrono::TimeDelta;
use vestibule_downstream::saml::{AuthnContexts, NameIdFormat};

use super::*;

/// [`SMALL`] with this application in the place of its own.
pub(super) fn with_app(app: &str) -> String {
    let (head, tail) = SMALL.split_once("apps:").unwrap();
    let tail = tail.split_once('\n').map_or("", |(_, tail)| tail);
    let rest: String = tail
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with(' '))
        .collect();
    format!("{head}apps:\n{app}\n{rest}")
}

fn read(app: &str) -> (SamlApp, Vec<Finding>) {
    let (config, warnings) = load(&with_app(app), machine())
        .map_err(|refused| refused.to_string())
        .unwrap();
    let (_, app) = config.apps.into_iter().next().unwrap();
    (saml(&app).clone(), warnings)
}

const WIKI: &str =
    "  wiki: { saml: { entity_id: 'https://wiki.example', acs_url: 'https://wiki.example/acs'";

/// The codes of what is wrong with these further keys of `apps.wiki.saml`, and where they point.
fn wrong(keys: &str) -> Vec<String> {
    let text = with_app(&format!("{WIKI}, {keys} }} }}"));
    match load(&text, machine()) {
        Ok(_) => Vec::new(),
        Err(refused) => {
            assert_places(&text, &refused.mistakes);
            let told = told(&refused.mistakes).into_iter();
            told.map(|told| told.replacen("apps.wiki.saml", "", 1))
                .collect()
        }
    }
}

#[test]
fn presets_of_data_center_need_a_base_url_only() {
    for preset in [
        "jira-data-center",
        "confluence-data-center",
        "bitbucket-data-center",
    ] {
        for base in [
            "https://dc.acme.example/jira",
            "https://dc.acme.example/jira/",
        ] {
            let (app, warnings) = read(&format!(
                "  dc: {{ preset: {preset}, saml: {{ base_url: '{base}' }} }}"
            ));
            assert_eq!(told(&warnings), Vec::<String>::new());
            assert_eq!(app.sp.entity_id, "https://dc.acme.example/jira");
            let places: Vec<&str> = app
                .sp
                .services
                .iter()
                .map(|service| service.location.as_str())
                .collect();
            assert_eq!(
                places,
                ["https://dc.acme.example/jira/plugins/servlet/samlconsumer"]
            );
            assert_eq!(app.name_id.source, Source::Username);
            assert_eq!(app.name_id.usual, NameIdFormat::Unspecified);
            assert!(app.encryption.is_none() && !app.require_signed_requests);
            let groups = app.attributes.iter().find(|rule| rule.name == "groups");
            assert!(groups.unwrap().when_empty.is_some());
        }
    }
}

#[test]
fn names_and_lifetimes_arrive() {
    let (app, _) = read(&format!(
        "{WIKI}, name_id: username, name_id_format: [persistent, email, 'urn:x'], session_lifetime: 8h, authn_context: urn:two, password_authn_context: urn:one }}, groups: {{ only: staff, prefix: [wiki-], rename: {{ staff: everybody }} }} }}"
    ));
    assert_eq!(
        app.name_id.formats().cloned().collect::<Vec<_>>(),
        [
            NameIdFormat::Persistent,
            NameIdFormat::EmailAddress,
            NameIdFormat::Other("urn:x".into())
        ]
    );
    assert_eq!(app.session_lifetime, Some(TimeDelta::hours(8)));
    assert_eq!(
        app.authn_context,
        AuthnContexts {
            plain: "urn:one".into(),
            second_factor: "urn:two".into()
        }
    );
    assert_eq!(app.groups.only, ["staff".to_owned()].into());
    assert_eq!(app.groups.prefixes, ["wiki-".to_owned()].into());
    assert_eq!(
        app.groups.rename,
        [("staff".to_owned(), "everybody".to_owned())].into()
    );
}

#[test]
fn attributes_are_written_short_or_long() {
    let (short, _) = read(&format!(
        "{WIKI}, attributes: {{ full: '{{given_name}} {{family_name}}', 'urn:mail': mail }} }} }}"
    ));
    let (long, _) = read(&format!(
        "{WIKI}, attributes: [ {{ name: full, values: '{{given_name}} {{family_name}}' }}, {{ name: 'urn:mail', values: [mail] }} ] }} }}"
    ));
    assert_eq!(short.attributes, long.attributes);
    let (rich, _) = read(&format!(
        "{WIKI}, attributes: [ {{ name: full, name_format: uri, friendly_name: F, values: [groups, 'constant:all'], when_empty: none }} ] }} }}"
    ));
    let [rule] = rich.attributes.as_slice() else {
        panic!("{rich:?}")
    };
    assert_eq!(
        (
            rule.name_format.as_deref(),
            rule.friendly_name.as_deref(),
            rule.when_empty.as_deref(),
            rule.values.len()
        ),
        (
            Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri"),
            Some("F"),
            Some("none"),
            2
        )
    );
}

#[test]
fn what_means_nothing_is_told_where_it_stands() {
    for (keys, expected) in [
        ("attributes: { mail: mail }", &[][..]),
        (
            "attributes: { mail: email }",
            &[".attributes.mail unknown_word"],
        ),
        (
            "attributes: { mail: '{email}' }",
            &[".attributes.mail unknown_word"],
        ),
        (
            "attributes: { mail: '{mail' }",
            &[".attributes.mail bad_template"],
        ),
        (
            "attributes: { mail: 'constant:' }",
            &[".attributes.mail bad_template"],
        ),
        (
            "attributes: { g: '{groups}{groups}' }",
            &[".attributes.g bad_template"],
        ),
        (
            "attributes: [ { name: a, values: [mail, e-mail] } ]",
            &[".attributes[0].values[1] unknown_word"],
        ),
        (
            "attributes: [ { name: a, values: [mail, mail] } ]",
            &[".attributes[0].values[1] repeated"],
        ),
        (
            "attributes: [ { name: a } ]",
            &[".attributes[0].values missing"],
        ),
        (
            "attributes: [ { values: mail } ]",
            &[".attributes[0].name missing"],
        ),
        (
            "attributes: [ { name: a, values: mail, name_format: url } ]",
            &[".attributes[0].name_format unknown_word"],
        ),
        (
            "attributes: [ { name: a, values: mail }, { name: a, values: id } ]",
            &[".attributes repeated"],
        ),
        ("attributes: []", &[".attributes empty_list"]),
        ("attributes: mail", &[".attributes wrong_type"]),
        ("name_id: display_name", &[".name_id unknown_word"]),
        ("name_id: '{mail}'", &[".name_id unknown_word"]),
        ("name_id_format: mail", &[".name_id_format unknown_word"]),
        (
            "name_id_format: [email, email]",
            &[".name_id_format[1] repeated"],
        ),
        (
            "name_id: mail, name_id_format: [persistent, transient]",
            &[".name_id not_together"],
        ),
        ("name_id: mail, name_id_format: [persistent, email]", &[]),
        ("session_lifetime: 8", &[".session_lifetime bad_duration"]),
        ("session_lifetime: 59s", &[".session_lifetime not_in_range"]),
        ("session_lifetime: 31d", &[".session_lifetime not_in_range"]),
        ("session_lifetime: 1m", &[]),
        (
            "metadata_signed_by: idp.pem",
            &[".metadata_signed_by not_together"],
        ),
        (
            "metadata_url: 'https://wiki.example/m'",
            &[".acs_url not_together"],
        ),
        (
            "metadata_url: 'https://wiki.example/m', metadata_file: app.xml",
            &[
                ".entity_id not_together",
                ".acs_url not_together",
                ".metadata_url not_together",
            ],
        ),
        (
            "base_url: 'https://wiki.example'",
            &[
                ".entity_id not_together",
                ".acs_url not_together",
                ".base_url not_together",
            ],
        ),
    ] {
        assert_eq!(wrong(keys), expected, "{keys}");
    }
}

#[test]
fn what_is_wrong_with_a_base_url() {
    let codes = |app: &str| match load(&with_app(app), machine()) {
        Ok(_) => Vec::new(),
        Err(refused) => told(&refused.mistakes),
    };
    let jira = |saml: &str| {
        codes(&format!(
            "  jira: {{ preset: jira-data-center, saml: {saml} }}"
        ))
    };
    for (saml, expected) in [
        ("{ base_url: 'https://jira.example' }", &[][..]),
        (
            "{ base_url: 'http://jira.example' }",
            &["apps.jira.saml.base_url not_https"],
        ),
        (
            "{ base_url: 'https://jira.example/?a' }",
            &["apps.jira.saml.base_url bad_url"],
        ),
        (
            "{ base_url: 'https://jira.example/#a' }",
            &["apps.jira.saml.base_url bad_url"],
        ),
        ("{}", &["apps.jira.saml missing"]),
        (
            "{ base_url: 'https://jira.example', metadata_file: app.xml }",
            &["apps.jira.saml.base_url not_together"],
        ),
    ] {
        assert_eq!(jira(saml), expected, "{saml}");
    }
    assert_eq!(
        codes("  wiki: { saml: { base_url: 'https://wiki.example' } }"),
        ["apps.wiki.saml.base_url not_together"]
    );
    assert_eq!(
        codes("  wiki: { preset: jira, saml: {} }"),
        ["apps.wiki.preset unknown_word", "apps.wiki.saml missing"]
    );
}

/// SO-07: a user name says nothing about who gave it.
#[test]
fn so_07_names_of_several_upstreams_are_told() {
    let warnings = |keys: &str, upstreams: &str| {
        let text = with_app(&format!("{WIKI}{keys} }} }}"));
        let text = text.replacen("  local: { local: {} }", upstreams, 1);
        let (_, warnings) = load(&text, machine())
            .map_err(|refused| refused.to_string())
            .unwrap();
        let mut told = told(&warnings);
        told.retain(|told| told.ends_with("names_of_several_upstreams"));
        told
    };
    let one = "  local: { local: {} }";
    let two = "  local: { local: {} }\n  other: { local: {} }";
    let second_is_off = "  local: { local: {} }\n  other: { disabled: true, local: {} }";
    let doubt = &["apps.wiki.saml.name_id names_of_several_upstreams"][..];
    for (keys, upstreams, expected) in [
        (", name_id: username", two, doubt),
        (", name_id: subject", two, doubt),
        (", name_id: 'attribute:uid'", two, doubt),
        (", name_id: username", one, &[]),
        (", name_id: username", second_is_off, &[]),
        (", name_id: mail", two, &[]),
        (", name_id: id", two, &[]),
        (", name_id_format: persistent", two, &[]),
        ("", two, &[]),
    ] {
        assert_eq!(warnings(keys, upstreams), expected, "{keys} {upstreams}");
    }
}

#[test]
fn an_application_may_describe_itself_elsewhere() {
    let distant = |more: &str| {
        with_app(&format!(
            "  wiki: {{ saml: {{ metadata_url: 'https://wiki.example/metadata'{more} }} }}"
        ))
    };
    let text = distant(", entity_id: 'https://wiki.example', metadata_signed_by: idp.pem");
    let (config, _) = load(&text, machine())
        .map_err(|refused| refused.to_string())
        .unwrap();
    let app = saml(config.apps.values().next().unwrap());
    let address = app.metadata.as_ref().unwrap();
    assert_eq!(address.url.as_str(), "https://wiki.example/metadata");
    assert_eq!(address.signed_by.len(), 1);
    assert_eq!(app.sp.entity_id, "https://wiki.example");
    for (more, expected) in [
        ("", &["apps.wiki.saml.metadata_url missing"][..]),
        (
            ", entity_id: e, encrypt_assertions: true",
            &["apps.wiki.saml.encrypt_assertions missing"],
        ),
        (", entity_id: e, require_signed_requests: true", &[]),
    ] {
        let found = match load(&distant(more), machine()) {
            Ok(_) => Vec::new(),
            Err(refused) => told(&refused.mistakes),
        };
        assert_eq!(found, expected, "{more}");
    }
}
