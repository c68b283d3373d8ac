//! Addresses for answers of OpenID Connect.

use serde_json::{Value, json};

use super::support::*;

const URI: &str = "https://app.test/cb";

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["redirect-uri", "--registered", URI];
    all.extend(more);
    all
}

#[test]
fn an_accepted_address_says_how_it_matched() {
    let said = inspect(&arguments(&["--requested", URI, "--json"]), "");
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    assert_eq!(
        said.verdicts()[0],
        json!({"id": null, "accepted": true, "redirect_uri": URI, "matched": "redirect_uri_exact"}),
    );
    let said = inspect(&arguments(&["--requested", URI]), "");
    assert_eq!(
        said.out,
        "accepted: the address is registered\n  Address       https://app.test/cb\n  Matched       redirect_uri_exact\n"
    );
}

#[test]
fn a_rejected_address_says_what_is_different() {
    let said = inspect(&arguments(&["--requested", "https://app.test/cb/"]), "");
    assert_eq!(said.status, Some(1), "{}{}", said.out, said.err);
    for part in [
        "rejected: redirect_uri_path_differs\n",
        "\n  What     Path is not that of \"https://app.test/cb\"",
        "\n  Remedy   ",
    ] {
        assert!(said.out.contains(part), "{part}\nnot in\n{}", said.out);
    }
}

#[test]
fn oo_01_only_what_is_equal_to_the_letter_is_accepted() {
    let rows: Vec<(&str, &str)> = vec![
        (URI, "accepted -"),
        ("http://app.test/cb", "redirect_uri_scheme_differs"),
        ("https://evil.test/cb", "redirect_uri_host_differs"),
        ("https://app.test.evil.test/cb", "redirect_uri_host_differs"),
        ("https://app.test:8443/cb", "redirect_uri_port_differs"),
        ("https://app.test:443/cb", "redirect_uri_spelling_differs"),
        ("https://APP.test/cb", "redirect_uri_spelling_differs"),
        ("https://app.test/CB", "redirect_uri_path_differs"),
        ("https://app.test/cb?x=1", "redirect_uri_query_differs"),
        ("https://app.test/cb#x", "redirect_uri_fragment"),
        ("https://app.test/x/../cb", "redirect_uri_dot_segment"),
        ("https://app.test@evil.test/cb", "redirect_uri_user_info"),
        ("https://app.test\\@evil.test/cb", "redirect_uri_backslash"),
        (" https://app.test/cb", "redirect_uri_control_character"),
        ("https://app.test/cb\n", "redirect_uri_control_character"),
        ("/cb", "redirect_uri_not_absolute"),
        ("", "redirect_uri_not_absolute"),
    ];
    let as_message: Vec<_> = rows
        .iter()
        .map(|(uri, outcome)| (*uri, (*uri).to_owned(), none(), *outcome))
        .collect();
    check_batch(&arguments(&[]), &as_message);
    let as_argument: String = rows
        .iter()
        .map(|(uri, _)| format!("{}\n", json!({"id": uri, "requested": uri})))
        .collect();
    let said = inspect(&arguments(&["--batch"]), as_argument);
    let expected: Vec<_> = rows
        .iter()
        .map(|(uri, outcome)| ((*uri).to_owned(), (*outcome).to_owned()))
        .collect();
    assert_eq!(outcomes(&said), expected);
    for (uri, outcome) in rows {
        let said = inspect(&arguments(&["--requested", uri, "--json"]), "");
        assert_eq!(outcomes(&said)[0].1, outcome, "{uri:?}");
        assert_eq!(said.status == Some(0), uri == URI, "{uri:?}");
    }
}

#[test]
fn oo_01_the_loopback_port_is_free_for_native_clients_alone() {
    let own = json!("http://127.0.0.1/cb");
    let kind = |kind: &str| json!({"registered": own, "client_kind": kind});
    let row = |id, requested: &str, overrides: Value, outcome| {
        (id, requested.to_owned(), overrides, outcome)
    };
    let port = "http://127.0.0.1:4711/cb";
    let rows = [
        row("native", port, kind("native"), "accepted -"),
        row(
            "confidential",
            port,
            kind("confidential"),
            "redirect_uri_port_differs",
        ),
        row("public", port, kind("public"), "redirect_uri_port_differs"),
        row(
            "other path",
            "http://127.0.0.1:4711/other",
            kind("native"),
            "redirect_uri_path_differs",
        ),
        row(
            "other address",
            "http://127.0.0.2:4711/cb",
            kind("native"),
            "redirect_uri_host_differs",
        ),
        row(
            "localhost",
            "http://localhost:4711/cb",
            kind("native"),
            "redirect_uri_host_differs",
        ),
    ];
    check_batch(&["redirect-uri"], &rows);
}

#[test]
fn oo_02_what_may_not_be_registered_is_a_verdict() {
    let row = |uri: &'static str, more: Value, outcome| {
        let mut overrides = json!({"registered": [URI, uri]});
        for (name, value) in more.as_object().unwrap() {
            overrides[name] = value.clone();
        }
        (uri, URI.to_owned(), overrides, outcome)
    };
    let public = json!({"client_kind": "public"});
    let localhost = json!({"danger_allow_localhost": true});
    let rows = [
        row("https://*.app.test/cb", none(), "redirect_uri_wildcard"),
        row("http://app.test/cb", none(), "redirect_uri_plain_http"),
        row("javascript:alert(1)", none(), "redirect_uri_scheme"),
        row("test.app:/cb", none(), "redirect_uri_private_scheme"),
        row("test.app:/cb", public, "accepted -"),
        row("http://localhost/cb", none(), "redirect_uri_localhost_name"),
        row("http://localhost/cb", localhost, "accepted -"),
        row(
            "https://app.test/cb?code=1",
            none(),
            "redirect_uri_reserved_parameter",
        ),
    ];
    check_batch(&["redirect-uri"], &rows);
    let faulty = ["redirect-uri", "--registered", "https://*.app.test/cb"];
    let said = inspect(&[&faulty[..], &["--requested", URI]].concat(), "");
    assert!(
        said.out
            .contains(r#""https://*.app.test/cb" cannot be registered: "#),
        "{}",
        said.out
    );
}

#[test]
fn a_file_ends_with_a_line_and_nothing_else_is_dropped() {
    for (input, status) in [
        (URI.to_owned(), 0),
        (format!("{URI}\n"), 0),
        (format!("{URI}\r\n"), 0),
        (format!("{URI}\n\n"), 1),
        (format!("{URI} \n"), 1),
        (format!(" {URI}"), 1),
        (String::new(), 1),
        ("a".repeat(3000), 1),
    ] {
        let said = inspect(&arguments(&["-"]), &input);
        assert_eq!(said.status, Some(status), "{input:?}: {said:?}");
    }
    let said = inspect(&arguments(&["--json"]), [0xff, b'x']);
    assert_eq!(outcomes(&said)[0].1, "redirect_uri_foreign_character");
    let said = inspect(&arguments(&["--json"]), "a".repeat(3000));
    assert_eq!(outcomes(&said)[0].1, "redirect_uri_too_long");
}

#[test]
fn arguments_that_make_no_sense_are_no_verdict() {
    for arguments in [
        vec!["redirect-uri", "--requested", URI],
        arguments(&["--requested", URI, "--client-kind", "secret"]),
        arguments(&["--requested", URI, "file"]),
        arguments(&["--batch", "--replay"]),
        arguments(&["/absent/file"]),
    ] {
        let said = inspect(&arguments, "");
        assert_eq!(said.status, Some(2), "{arguments:?}: {said:?}");
        assert!(!said.err.is_empty(), "{arguments:?}");
    }
    let bad = [
        json!({"id": "a"}),
        json!({"id": "a", "message": URI, "client_kind": "secret"}),
        json!({"id": "a", "message": URI, "client_kind": 1}),
        json!({"id": "a", "message": URI, "register": URI}),
        json!({"id": "a", "message": URI, "replay": true}),
    ];
    for line in bad {
        let said = inspect(&arguments(&["--batch"]), format!("{line}\n"));
        assert_eq!(outcomes(&said)[0].1, "bad_line", "{line}");
        assert_eq!(said.status, Some(2), "{line}");
    }
}

#[test]
fn an_address_may_come_again() {
    let rows = [
        ("first", URI.to_owned(), none(), "accepted -"),
        (
            "again",
            URI.to_owned(),
            json!({"replay": false}),
            "accepted -",
        ),
        (
            "none registered",
            URI.to_owned(),
            json!({"registered": null}),
            "redirect_uri_none_registered",
        ),
    ];
    check_batch(&arguments(&[]), &rows);
}
