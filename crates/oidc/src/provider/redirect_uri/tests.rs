//! What may be registered, and what counts as registered.

use super::{verdict::judge, *};

const CONFIDENTIAL: ClientKind = ClientKind::Confidential;
const NATIVE: ClientKind = ClientKind::Native;
const PUBLIC: ClientKind = ClientKind::Public;

fn code_of(text: &str, kind: ClientKind) -> &'static str {
    RedirectUri::register(text, kind).map_or_else(UriFault::code, |_| "ok")
}

#[test]
fn oo_02_what_may_be_registered() {
    let long = format!("https://app.example/{}", "a".repeat(MAX_URI_BYTES));
    let cases = [
        // Benign controls.
        ("https://app.example/cb", CONFIDENTIAL, "ok"),
        ("https://app.example", CONFIDENTIAL, "ok"),
        ("https://APP.example:443/cb", CONFIDENTIAL, "ok"),
        (
            "https://app.example:8443/a/b.c/..d/cb?tenant=1&x=%2F",
            CONFIDENTIAL,
            "ok",
        ),
        ("https://xn--bcher-kva.example/cb", CONFIDENTIAL, "ok"),
        ("https://192.0.2.1/cb", CONFIDENTIAL, "ok"),
        ("https://[2001:db8::1]:8443/cb", CONFIDENTIAL, "ok"),
        ("http://127.0.0.1/cb", NATIVE, "ok"),
        ("http://127.0.0.1:8080/cb", CONFIDENTIAL, "ok"),
        ("http://[::1]/cb", PUBLIC, "ok"),
        ("com.example.app:/cb", NATIVE, "ok"),
        ("com.example.app://cb", PUBLIC, "ok"),
        // Everything else.
        ("javascript:alert(1)", NATIVE, "redirect_uri_scheme"),
        ("data:text/html,x", NATIVE, "redirect_uri_scheme"),
        ("vbscript:x", NATIVE, "redirect_uri_scheme"),
        ("blob:https://app.example/x", NATIVE, "redirect_uri_scheme"),
        ("file:///etc/passwd", NATIVE, "redirect_uri_scheme"),
        ("myapp:/cb", NATIVE, "redirect_uri_scheme"),
        ("urn:ietf:wg:oauth:2.0:oob", NATIVE, "redirect_uri_scheme"),
        (
            "com.example.app:/cb",
            CONFIDENTIAL,
            "redirect_uri_private_scheme",
        ),
        (
            "http://app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_plain_http",
        ),
        ("http://127.0.0.2/cb", NATIVE, "redirect_uri_plain_http"),
        (
            "http://127.0.0.1.evil.example/cb",
            NATIVE,
            "redirect_uri_plain_http",
        ),
        (
            "http://localhost.evil.example/cb",
            NATIVE,
            "redirect_uri_plain_http",
        ),
        ("http://[::ffff:127.0.0.1]/cb", NATIVE, "redirect_uri_host"),
        (
            "http://localhost:8080/cb",
            NATIVE,
            "redirect_uri_localhost_name",
        ),
        ("http://LOCALHOST/cb", NATIVE, "redirect_uri_localhost_name"),
        ("http://0x7f.1/cb", NATIVE, "redirect_uri_host"),
        ("http://2130706433/cb", NATIVE, "redirect_uri_host"),
        ("https://app.example./cb", CONFIDENTIAL, "redirect_uri_host"),
        (
            "https://%61pp.example/cb",
            CONFIDENTIAL,
            "redirect_uri_host",
        ),
        ("https:app.example/cb", CONFIDENTIAL, "redirect_uri_host"),
        ("https:///app.example/cb", CONFIDENTIAL, "redirect_uri_host"),
        ("https://", CONFIDENTIAL, "redirect_uri_not_absolute"),
        (
            "https://app.example:99999/cb",
            CONFIDENTIAL,
            "redirect_uri_not_absolute",
        ),
        ("/cb", CONFIDENTIAL, "redirect_uri_not_absolute"),
        (
            "//app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_not_absolute",
        ),
        ("app.example/cb", CONFIDENTIAL, "redirect_uri_not_absolute"),
        ("", CONFIDENTIAL, "redirect_uri_not_absolute"),
        (
            "https://app.example/cb#x",
            CONFIDENTIAL,
            "redirect_uri_fragment",
        ),
        (
            "https://app.example/cb#",
            CONFIDENTIAL,
            "redirect_uri_fragment",
        ),
        (
            "https://user@app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_user_info",
        ),
        (
            "https://a:b@app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_user_info",
        ),
        (
            "https://@app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_user_info",
        ),
        (
            "https://*.app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_wildcard",
        ),
        (
            "https://app.example/*",
            CONFIDENTIAL,
            "redirect_uri_wildcard",
        ),
        ("*", CONFIDENTIAL, "redirect_uri_wildcard"),
        (
            "https://app.example\\@evil.example/cb",
            CONFIDENTIAL,
            "redirect_uri_backslash",
        ),
        (
            "https:\\\\app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_backslash",
        ),
        (
            "https://app.example/cb\n",
            CONFIDENTIAL,
            "redirect_uri_control_character",
        ),
        (
            "https://app.example/\u{0}cb",
            CONFIDENTIAL,
            "redirect_uri_control_character",
        ),
        (
            " https://app.example/cb",
            CONFIDENTIAL,
            "redirect_uri_control_character",
        ),
        (
            "https://app.example/c b",
            CONFIDENTIAL,
            "redirect_uri_control_character",
        ),
        (
            "java\tscript:alert(1)",
            NATIVE,
            "redirect_uri_control_character",
        ),
        (
            "http://[fe80::1%25eth0]/cb",
            NATIVE,
            "redirect_uri_ipv6_zone",
        ),
        ("http://[fe80::1%eth0]/cb", NATIVE, "redirect_uri_ipv6_zone"),
        (
            "https://b\u{fc}cher.example/cb",
            CONFIDENTIAL,
            "redirect_uri_foreign_character",
        ),
        (
            "https://app.example/${host}",
            CONFIDENTIAL,
            "redirect_uri_foreign_character",
        ),
        (
            "https://app.example/\"><x",
            CONFIDENTIAL,
            "redirect_uri_foreign_character",
        ),
        (
            "https://app.example/%zz",
            CONFIDENTIAL,
            "redirect_uri_foreign_character",
        ),
        (
            "https://app.example/%4",
            CONFIDENTIAL,
            "redirect_uri_foreign_character",
        ),
        (
            "https://app.example/a/../cb",
            CONFIDENTIAL,
            "redirect_uri_dot_segment",
        ),
        (
            "https://app.example/./cb",
            CONFIDENTIAL,
            "redirect_uri_dot_segment",
        ),
        (
            "https://app.example/a/%2E%2e/cb",
            CONFIDENTIAL,
            "redirect_uri_dot_segment",
        ),
        (
            "https://app.example/..",
            CONFIDENTIAL,
            "redirect_uri_dot_segment",
        ),
        (
            "com.example.app:/a/../cb",
            NATIVE,
            "redirect_uri_dot_segment",
        ),
        (
            "https://app.example/cb?code=1",
            CONFIDENTIAL,
            "redirect_uri_reserved_parameter",
        ),
        (
            "https://app.example/cb?x=1&%73tate=1",
            CONFIDENTIAL,
            "redirect_uri_reserved_parameter",
        ),
        (
            "https://app.example/cb?iss",
            CONFIDENTIAL,
            "redirect_uri_reserved_parameter",
        ),
        (&long, CONFIDENTIAL, "redirect_uri_too_long"),
    ];
    for (text, kind, code) in cases {
        assert_eq!(code_of(text, kind), code, "{text:?} {kind:?}");
    }
}

#[test]
fn localhost_is_taken_where_the_danger_is_named_and_nothing_else_with_it() {
    let code = |text: &str| {
        let uri = RedirectUri::danger_register_localhost(text, CONFIDENTIAL);
        uri.map_or_else(UriFault::code, |_| "ok")
    };
    assert_eq!(code("http://localhost:8080/cb"), "ok");
    assert_eq!(code("http://127.0.0.1:8080/cb"), "ok");
    assert_eq!(code("http://app.example/cb"), "redirect_uri_plain_http");
    assert_eq!(code("http://localhost/cb#x"), "redirect_uri_fragment");
    assert_eq!(code("com.example.app:/cb"), "redirect_uri_private_scheme");
}

fn verdict_of(registered: &[&str], kind: ClientKind, requested: &str) -> &'static str {
    let uris: Vec<_> = registered
        .iter()
        .map(|uri| RedirectUri::register(uri, kind).unwrap())
        .collect();
    match judge(&uris, kind, requested) {
        Ok(verdict) => verdict.name(),
        Err(mismatch) => mismatch.code(),
    }
}

#[test]
fn oo_01_only_the_registered_characters_count() {
    let registered = ["https://app.example/cb", "https://app.example/other?x=1"];
    let cases = [
        ("https://app.example/cb", "redirect_uri_exact"),
        ("https://app.example/other?x=1", "redirect_uri_exact"),
        ("http://app.example/cb", "redirect_uri_scheme_differs"),
        ("HTTPS://app.example/cb", "redirect_uri_spelling_differs"),
        ("https://APP.example/cb", "redirect_uri_spelling_differs"),
        (
            "https://app.example:443/cb",
            "redirect_uri_spelling_differs",
        ),
        ("https://app.example:8443/cb", "redirect_uri_port_differs"),
        ("https://app.example/CB", "redirect_uri_path_differs"),
        ("https://app.example/cb/", "redirect_uri_path_differs"),
        ("https://app.example//cb", "redirect_uri_path_differs"),
        ("https://app.example/c%62", "redirect_uri_path_differs"),
        ("https://app.example/cb;x", "redirect_uri_path_differs"),
        ("https://app.example/x/../cb", "redirect_uri_dot_segment"),
        ("https://app.example/cb?x=1", "redirect_uri_query_differs"),
        ("https://app.example/cb?", "redirect_uri_query_differs"),
        ("https://app.example/other", "redirect_uri_query_differs"),
        (
            "https://app.example/other?x=2",
            "redirect_uri_query_differs",
        ),
        (
            "https://app.example/other?x=1&y=2",
            "redirect_uri_query_differs",
        ),
        ("https://app.example/cb#x", "redirect_uri_fragment"),
        (
            "https://app.example@evil.example/cb",
            "redirect_uri_user_info",
        ),
        (
            "https://evil.example@app.example/cb",
            "redirect_uri_user_info",
        ),
        ("https://a@b@app.example/cb", "redirect_uri_user_info"),
        (
            "https://evil.example\\@app.example/cb",
            "redirect_uri_backslash",
        ),
        (
            "https://app.example.evil.example/cb",
            "redirect_uri_host_differs",
        ),
        ("https://evil-app.example/cb", "redirect_uri_host_differs"),
        ("https://sub.app.example/cb", "redirect_uri_host_differs"),
        ("https://app.example./cb", "redirect_uri_host_differs"),
        (
            "https://\u{430}pp.example/cb",
            "redirect_uri_foreign_character",
        ),
        ("https://app.example/cb ", "redirect_uri_control_character"),
        ("https://app.example/cb\n", "redirect_uri_control_character"),
        ("https://app.example/cb%00", "redirect_uri_path_differs"),
        ("javascript:alert(1)", "redirect_uri_scheme_differs"),
        ("/cb", "redirect_uri_not_absolute"),
        ("*", "redirect_uri_wildcard"),
        ("", "redirect_uri_not_absolute"),
    ];
    for (requested, code) in cases {
        for kind in [CONFIDENTIAL, NATIVE, PUBLIC] {
            assert_eq!(
                verdict_of(&registered, kind, requested),
                code,
                "{requested:?}"
            );
        }
    }
    assert_eq!(
        verdict_of(&[], CONFIDENTIAL, "https://app.example/cb"),
        "redirect_uri_none_registered"
    );
}

#[test]
fn oo_01_any_port_is_for_installed_apps_on_a_loopback_address() {
    let four = ["http://127.0.0.1/cb?x=1"];
    let six = ["http://[::1]:4711/cb"];
    let web = ["https://127.0.0.1/cb"];
    let cases: [(&[&str], ClientKind, &str, &str); 20] = [
        (
            &four,
            NATIVE,
            "http://127.0.0.1:51004/cb?x=1",
            "redirect_uri_loopback_port",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1/cb?x=1",
            "redirect_uri_exact",
        ),
        (
            &six,
            NATIVE,
            "http://[::1]:1/cb",
            "redirect_uri_loopback_port",
        ),
        (
            &six,
            NATIVE,
            "http://[::1]/cb",
            "redirect_uri_loopback_port",
        ),
        (
            &four,
            CONFIDENTIAL,
            "http://127.0.0.1:51004/cb?x=1",
            "redirect_uri_port_differs",
        ),
        (
            &four,
            PUBLIC,
            "http://127.0.0.1:51004/cb?x=1",
            "redirect_uri_port_differs",
        ),
        (
            &web,
            NATIVE,
            "https://127.0.0.1:8443/cb",
            "redirect_uri_port_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:0/cb?x=1",
            "redirect_uri_port_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:080/cb?x=1",
            "redirect_uri_spelling_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:+80/cb?x=1",
            "redirect_uri_not_absolute",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:65536/cb?x=1",
            "redirect_uri_not_absolute",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:/cb?x=1",
            "redirect_uri_spelling_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:80:80/cb?x=1",
            "redirect_uri_not_absolute",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:80@evil.example/cb?x=1",
            "redirect_uri_user_info",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:51004/cb",
            "redirect_uri_query_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1:51004/CB?x=1",
            "redirect_uri_path_differs",
        ),
        (
            &four,
            NATIVE,
            "http://localhost:51004/cb?x=1",
            "redirect_uri_host_differs",
        ),
        (
            &four,
            NATIVE,
            "http://127.0.0.1.evil.example:80/cb?x=1",
            "redirect_uri_host_differs",
        ),
        (
            &four,
            NATIVE,
            "http://[::1]:51004/cb?x=1",
            "redirect_uri_host_differs",
        ),
        (
            &six,
            NATIVE,
            "https://[::1]:1/cb",
            "redirect_uri_scheme_differs",
        ),
    ];
    for (registered, kind, requested, code) in cases {
        assert_eq!(
            verdict_of(registered, kind, requested),
            code,
            "{kind:?} {requested}"
        );
    }
}

#[test]
fn the_nearest_registered_uri_is_named() {
    let uris = ["https://app.example/a", "https://app.example/cb?x=1"];
    let uris = uris.map(|uri| RedirectUri::register(uri, CONFIDENTIAL).unwrap());
    let mismatch = judge(&uris, CONFIDENTIAL, "https://app.example/cb").unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "Query is not that of \"https://app.example/cb?x=1\", the nearest one that is registered"
    );
}
