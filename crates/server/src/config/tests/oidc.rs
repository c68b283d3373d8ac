//! Relying parties: `apps.<id>.oidc`.

use vestibule_core::session::SingleSignOn;
use vestibule_downstream::oidc::{
    Algorithm, ClaimShape, ClientAuth, ClientKind, OidcApp, SecretWay, SubjectType,
};

use super::{apps::with_app, *};

const JWKS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

/// Enough for an application.
const ENOUGH: &str = "redirect_uris: 'https://wiki.example/cb', client_secret_file: client";

fn loaded(oidc: &str, rest: &str) -> Result<(Config, Vec<Finding>), (String, Refused)> {
    let text = with_app(&format!("  wiki: {{ {rest}oidc: {{ {oidc} }} }}"));
    let machine = machine()
        .with_file("etc/keys.json", 0o644, JWKS)
        .with_file("etc/short", 0o600, "s3cret\n")
        .with_file("etc/open", 0o644, CLIENT_SECRET)
        .with_variable("CLIENT", CLIENT_SECRET.trim_end());
    load(&text, machine).map_err(|refused| (text, refused))
}

fn read(oidc: &str, rest: &str) -> OidcApp {
    let (config, warnings) = loaded(oidc, rest).unwrap_or_else(|(_, refused)| panic!("{refused}"));
    assert_eq!(told(&warnings), Vec::<String>::new());
    let (_, app) = config.apps.into_iter().next().unwrap();
    match app.protocol {
        AppProtocol::Oidc(app) => *app,
        other => panic!("{other:?}"),
    }
}

/// The codes of what is wrong, and where they point.
fn wrong(oidc: &str) -> Vec<String> {
    match loaded(oidc, "") {
        Ok(_) => Vec::new(),
        Err((text, refused)) => {
            assert_places(&text, &refused.mistakes);
            let told = told(&refused.mistakes).into_iter();
            told.map(|told| told.replacen("apps.wiki.oidc", "", 1))
                .collect()
        }
    }
}

#[test]
fn a_relying_party_needs_two_lines() {
    let app = read(ENOUGH, "");
    assert_eq!(
        (app.client.id(), app.client.kind()),
        ("wiki", ClientKind::Confidential)
    );
    assert!(app.client.requires_pkce() && !app.client.require_pushed && !app.may_refresh());
    assert_eq!(
        app.client.redirect_uris()[0].as_str(),
        "https://wiki.example/cb"
    );
    assert!(
        matches!(&app.auth, ClientAuth::Secret { way: SecretWay::Basic, hashes } if hashes.len() == 1)
    );
    assert_eq!(app.subject, Source::Id);
    assert!(!app.claims_in_id_token && !app.disabled);
}

#[test]
fn presets_of_data_center_need_a_base_url_and_a_secret_only() {
    for preset in [
        "jira-data-center",
        "confluence-data-center",
        "bitbucket-data-center",
    ] {
        let keys = "base_url: 'https://dc.acme.example/jira/', client_secret_env: CLIENT";
        let app = read(keys, &format!("preset: {preset}, "));
        let uris: Vec<_> = app
            .client
            .redirect_uris()
            .iter()
            .map(|uri| uri.as_str())
            .collect();
        assert_eq!(
            uris,
            ["https://dc.acme.example/jira/plugins/servlet/oidc/callback"]
        );
        assert!(matches!(
            app.auth,
            ClientAuth::Secret {
                way: SecretWay::Either,
                ..
            }
        ));
        assert!(app.claims_in_id_token && !app.client.requires_pkce());
        assert!(app.client.may_have("groups"));
    }
}

#[test]
fn atlassian_cloud_has_no_address_that_we_would_guess() {
    let app = read(ENOUGH, "preset: atlassian-cloud, ");
    assert!(matches!(
        app.auth,
        ClientAuth::Secret {
            way: SecretWay::Either,
            ..
        }
    ));
    assert_eq!(
        (app.id_token_algorithm, app.subject),
        (Algorithm::Rs256, Source::Id)
    );
    let Err((_, refused)) = loaded("client_secret_file: client", "preset: atlassian-cloud, ")
    else {
        panic!("no address, and nothing is said");
    };
    assert_eq!(told(&refused.mistakes), ["apps.wiki.oidc missing"]);
}

#[test]
fn what_is_said_arrives() {
    let app = read(
        &format!(
            "{ENOUGH}, client_id: 'My Wiki', client_auth: client_secret_post, require_pushed_requests: true, danger_pkce_optional: true, id_token_algorithm: ES256, subject: pairwise, sector: acme, scopes: [email, groups], offline_access: true, claims_in_id_token: true, acr: urn:two, password_acr: urn:one, id_token_lifetime: 5m, access_token_lifetime: 1h, refresh_token_idle: 2d, refresh_token_lifetime: 20d, post_logout_redirect_uris: 'https://wiki.example/bye', front_channel_logout_uri: 'https://wiki.example/front', back_channel_logout_uri: 'https://inside.example/back', claims: {{ department: 'attribute:department', teams: groups, email: 'constant:x@y.example' }}"
        ),
        "groups: { only: staff }, ",
    );
    assert_eq!(app.client.id(), "My Wiki");
    assert!(app.client.require_pushed && !app.client.requires_pkce() && app.may_refresh());
    assert_eq!(app.id_token_algorithm, Algorithm::Es256);
    assert_eq!(
        app.client.subject_type,
        SubjectType::Pairwise {
            sector: Some("acme".into())
        }
    );
    assert!(app.client.may_have("groups") && !app.client.may_have("profile"));
    assert_eq!(
        (&*app.acr.second_factor, &*app.acr.plain),
        ("urn:two", "urn:one")
    );
    let lifetimes = app.lifetimes;
    let minutes = [
        lifetimes.id_token,
        lifetimes.access_token,
        lifetimes.refresh_idle,
        lifetimes.refresh_absolute,
    ];
    assert_eq!(minutes.map(|it| it.num_minutes()), [5, 60, 2880, 28_800]);
    assert_eq!(
        app.back_channel_logout.unwrap().as_str(),
        "https://inside.example/back"
    );
    assert!(app.client.front_channel_logout_uri().is_some());
    assert!(
        app.client
            .judge_post_logout_redirect_uri("https://wiki.example/bye")
            .is_ok()
    );
    assert_eq!(app.groups.only, ["staff".to_owned()].into());
    let shape = |name: &str| {
        let found: Vec<_> = app.claims.iter().filter(|rule| rule.name == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        (found[0].shape, found[0].scope.clone())
    };
    assert_eq!(shape("department"), (ClaimShape::Text, None));
    assert_eq!(shape("teams"), (ClaimShape::List, None));
    assert_eq!(shape("email"), (ClaimShape::Text, None));
    assert_eq!(shape("groups"), (ClaimShape::List, Some("groups".into())));
}

/// Only the mail address that the upstream vouches for is called verified: beside another one, that word would be a lie.
#[test]
fn so_07_an_address_of_the_administrators_own_is_not_called_verified() {
    for (claims, verified) in [
        ("", true),
        (", claims: { department: mail }", true),
        (", claims: { email: 'constant:x@y.example' }", false),
        (", claims: { email: 'attribute:address' }", false),
        (
            ", claims: [ { name: email, values: [username], scope: email } ]",
            false,
        ),
    ] {
        let app = read(&format!("{ENOUGH}{claims}"), "");
        let has = |name: &str| app.claims.iter().filter(|rule| rule.name == name).count();
        assert_eq!(
            (has("email"), has("email_verified")),
            (1, verified.into()),
            "{claims}"
        );
    }
}

/// RFC 8252 section 8.6: nothing proves that an installed app is the one that it claims to be.
#[test]
fn an_installed_app_takes_nothing_of_a_session_unless_that_is_said() {
    let uri = "redirect_uris: 'https://wiki.example/cb'";
    for (oidc, rest, expected) in [
        (
            format!("{uri}, client_auth: none, native: true"),
            "",
            SingleSignOn::Off,
        ),
        (
            format!("{uri}, client_auth: none, native: true"),
            "single_sign_on: shared, ",
            SingleSignOn::Shared,
        ),
        (
            format!("{uri}, client_auth: none"),
            "",
            SingleSignOn::Shared,
        ),
        (ENOUGH.to_owned(), "", SingleSignOn::Shared),
        (
            ENOUGH.to_owned(),
            "single_sign_on: off, ",
            SingleSignOn::Off,
        ),
    ] {
        let loaded = loaded(&oidc, rest);
        let (config, _) = loaded.unwrap_or_else(|(_, refused)| panic!("{refused}"));
        let app = config.apps.into_values().next().unwrap();
        assert_eq!(app.single_sign_on, expected, "{oidc} {rest}");
    }
}

#[test]
fn claims_are_written_short_or_long() {
    let app = read(
        &format!(
            "{ENOUGH}, claims: [ {{ name: teams, values: [groups, 'constant:all'], scope: teams, list: true, when_empty: none }} ]"
        ),
        "",
    );
    let rule = app.claims.last().unwrap();
    assert_eq!(
        (&*rule.name, rule.scope.as_deref(), rule.shape),
        ("teams", Some("teams"), ClaimShape::List)
    );
    assert_eq!(
        (rule.values.len(), rule.when_empty.as_deref()),
        (2, Some("none"))
    );
}

#[test]
fn ways_to_prove_who_it_is() {
    let with = |more: &str| {
        read(
            &format!("redirect_uris: 'https://wiki.example/cb', {more}"),
            "",
        )
    };
    let both =
        with("client_auth: [client_secret_basic, client_secret_post], client_secret_file: client");
    assert!(matches!(
        &both.auth,
        ClientAuth::Secret {
            way: SecretWay::Either,
            ..
        }
    ));
    let key = with(
        "client_auth: private_key_jwt, jwks_file: keys.json, assertion_algorithms: ES256, danger_accept_endpoint_audience: true",
    );
    assert!(matches!(
        &key.auth,
        ClientAuth::PrivateKeyJwt { algorithms, danger_accept_endpoint_audience: true, .. } if *algorithms == [Algorithm::Es256]
    ));
    assert_eq!(with("client_auth: none").client.kind(), ClientKind::Public);
    assert_eq!(
        with("client_auth: none, native: true").client.kind(),
        ClientKind::Native
    );
    let native = read(
        "client_auth: none, native: true, redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb']",
        "",
    );
    assert_eq!(native.client.redirect_uris().len(), 2);
    let trial = with("client_secret_file: client, danger_allow_localhost: true");
    assert!(
        trial
            .client
            .judge_redirect_uri("https://wiki.example/cb")
            .is_ok()
    );
}

#[test]
fn oo_02_oo_16_addresses_that_may_not_be_registered() {
    for (uri, code) in [
        ("https://wiki.example/cb", None),
        ("javascript:alert(1)", Some("redirect_uri_scheme")),
        ("data:text/html,x", Some("redirect_uri_scheme")),
        ("http://wiki.example/cb", Some("redirect_uri_plain_http")),
        ("https://wiki.example/cb#x", Some("redirect_uri_fragment")),
        (
            "https://[fe80::1%25eth0]/cb",
            Some("redirect_uri_ipv6_zone"),
        ),
        (
            "https://w\u{ef}ki.example/cb",
            Some("redirect_uri_foreign_character"),
        ),
        (
            "https://user@wiki.example/cb",
            Some("redirect_uri_user_info"),
        ),
        ("https://*.example/cb", Some("redirect_uri_wildcard")),
        (
            "https://wiki.example/a/../cb",
            Some("redirect_uri_dot_segment"),
        ),
        ("http://localhost/cb", Some("redirect_uri_localhost_name")),
        ("com.example.app:/cb", Some("redirect_uri_private_scheme")),
        (
            "https://wiki.example/cb?code=1",
            Some("redirect_uri_reserved_parameter"),
        ),
        ("${baseUrl}/cb", Some("redirect_uri_foreign_character")),
        ("/cb", Some("redirect_uri_not_absolute")),
    ] {
        for key in ["redirect_uris", "post_logout_redirect_uris"] {
            let good = ENOUGH.replace("https://wiki.example/cb", "https://wiki.example/good");
            let text = match key {
                "redirect_uris" => format!(
                    "redirect_uris: [\"{uri}\", 'https://wiki.example/good'], client_secret_file: client"
                ),
                _ => format!("{good}, {key}: [\"{uri}\"]"),
            };
            let item = format!(".{key}[0]");
            let expected: Vec<String> = code.iter().map(|code| format!("{item} {code}")).collect();
            assert_eq!(wrong(&text), expected, "{key}: {uri}");
        }
    }
    let plain = ENOUGH.replace("https://wiki.example/cb", "http://wiki.example/cb");
    let (_, refused) = loaded(&plain, "").unwrap_err();
    let [mistake] = &refused.mistakes[..] else {
        panic!("{refused}");
    };
    assert_eq!(
        (mistake.reason.as_str(), mistake.remedy.as_str()),
        (
            "`http://wiki.example/cb`: the URI is http and not on a loopback address",
            "use https"
        )
    );
    for (more, expected) in [
        ("front_channel_logout_uri: 'https://wiki.example/out'", None),
        (
            "front_channel_logout_uri: 'https://other.example/out'",
            Some(".front_channel_logout_uri front_channel_logout_foreign_origin"),
        ),
        (
            "back_channel_logout_uri: 'http://10.0.0.1/out'",
            Some(".back_channel_logout_uri not_https"),
        ),
        (
            "back_channel_logout_uri: 'https://wiki.example/out#x'",
            Some(".back_channel_logout_uri redirect_uri_fragment"),
        ),
        (
            "back_channel_logout_uri: 'https://${host}/out'",
            Some(".back_channel_logout_uri redirect_uri_foreign_character"),
        ),
    ] {
        let expected: Vec<String> = expected.map(str::to_owned).into_iter().collect();
        assert_eq!(wrong(&format!("{ENOUGH}, {more}")), expected, "{more}");
    }
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let secret = "client_secret_file: client";
    let uri = "redirect_uris: 'https://wiki.example/cb'";
    for (keys, expected) in [
        (secret.to_owned(), vec![" missing"]),
        (uri.to_owned(), vec![" missing"]),
        (
            format!("{uri}, client_secret: x"),
            vec![" missing", ".client_secret inline_secret"],
        ),
        (
            format!("{uri}, client_secret_file: short"),
            vec![".client_secret_file weak_secret"],
        ),
        (
            format!("{uri}, client_secret_file: open"),
            vec![".client_secret_file not_private"],
        ),
        (
            format!("{uri}, client_secret_file: gone"),
            vec![".client_secret_file file_unreadable"],
        ),
        (
            format!("{uri}, client_secret_env: GONE"),
            vec![".client_secret_env secret_unreadable"],
        ),
        (
            format!("{ENOUGH}, client_secret_env: CLIENT"),
            vec![".client_secret_env not_together"],
        ),
        (
            format!("{ENOUGH}, client_auth: none"),
            vec![".client_secret_file not_together"],
        ),
        (
            format!("{uri}, client_auth: none, require_pushed_requests: true"),
            vec![".require_pushed_requests not_together"],
        ),
        (
            format!("{ENOUGH}, client_auth: [none, client_secret_basic]"),
            vec![".client_auth not_together"],
        ),
        (
            format!("{ENOUGH}, client_auth: client_secret_jwt"),
            vec![".client_auth unknown_word"],
        ),
        (
            format!("{uri}, client_auth: private_key_jwt"),
            vec![" missing"],
        ),
        (
            format!("{uri}, client_auth: private_key_jwt, jwks_file: short"),
            vec![".jwks_file jwks_malformed"],
        ),
        (
            format!("{ENOUGH}, native: true"),
            vec![".native not_together"],
        ),
        (
            format!("{ENOUGH}, base_url: 'https://wiki.example'"),
            vec![".base_url not_together"],
        ),
        (
            format!("base_url: 'https://wiki.example', {secret}"),
            vec![".base_url not_together"],
        ),
        (
            format!("{ENOUGH}, subject: groups"),
            vec![".subject unknown_word"],
        ),
        (format!("{ENOUGH}, sector: x"), vec![".sector not_together"]),
        (
            format!(
                "redirect_uris: ['https://a.example/', 'https://b.example/'], {secret}, subject: pairwise"
            ),
            vec![".subject missing"],
        ),
        (
            format!("{ENOUGH}, scopes: [openid]"),
            vec![".scopes[0] bad_scope"],
        ),
        (
            format!("{ENOUGH}, scopes: [offline_access]"),
            vec![".scopes[0] bad_scope"],
        ),
        (
            format!("{ENOUGH}, scopes: ['a b']"),
            vec![".scopes[0] bad_scope"],
        ),
        (
            format!("{ENOUGH}, claims: {{ sub: mail }}"),
            vec![".claims reserved"],
        ),
        (
            format!("{ENOUGH}, claims: {{ x: nothing }}"),
            vec![".claims.x unknown_word"],
        ),
        (
            format!("{ENOUGH}, claims: [ {{ name: x, values: mail }}, {{ name: x, values: id }} ]"),
            vec![],
        ),
        (
            format!("{ENOUGH}, id_token_algorithm: HS256"),
            vec![".id_token_algorithm unknown_word"],
        ),
        (
            format!("{ENOUGH}, id_token_lifetime: 2d"),
            vec![".id_token_lifetime not_in_range"],
        ),
    ] {
        assert_eq!(wrong(&keys), expected, "{keys}");
    }
}

#[test]
fn oo_16_two_applications_of_one_client_id_and_two_protocols_of_one_application() {
    for (apps, expected) in [
        (
            format!(
                "  one: {{ oidc: {{ client_id: x, {ENOUGH} }} }}\n  two: {{ oidc: {{ client_id: x, {ENOUGH} }} }}"
            ),
            vec!["apps.two.oidc.client_id repeated"],
        ),
        (
            format!("  one: {{ saml: {{ metadata_file: app.xml }}, oidc: {{ {ENOUGH} }} }}"),
            vec!["apps.one.oidc not_together"],
        ),
        ("  one: { label: One }".to_owned(), vec!["apps.one missing"]),
    ] {
        let Err(refused) = load(&with_app(&apps), machine()) else {
            panic!("{apps}");
        };
        assert_eq!(told(&refused.mistakes), expected, "{apps}");
    }
}
