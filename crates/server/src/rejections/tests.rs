//! The tables against the rooms that make the codes, and the page against the tables.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// Files whose `fn code` names reasons for which a message is refused, or not believed about a second factor.
const JUDGES: [&str; 32] = [
    "core/src/identity.rs",
    "core/src/policy/belief.rs",
    "oidc/src/callback.rs",
    "oidc/src/discovery.rs",
    "oidc/src/id_token/rejection.rs",
    "oidc/src/jwks.rs",
    "oidc/src/jws.rs",
    "oidc/src/jwt.rs",
    "oidc/src/logout_token.rs",
    "oidc/src/provider/authorization/refusal.rs",
    "oidc/src/provider/bearer.rs",
    "oidc/src/provider/client.rs",
    "oidc/src/provider/client_auth/rejection.rs",
    "oidc/src/provider/endpoint/rejection.rs",
    "oidc/src/provider/logout_request.rs",
    "oidc/src/provider/redirect_uri/fault.rs",
    "oidc/src/provider/redirect_uri/verdict.rs",
    "oidc/src/provider/scope.rs",
    "oidc/src/token.rs",
    "oidc/src/userinfo.rs",
    "saml/src/authn_request/mod.rs",
    "saml/src/binding/mod.rs",
    "saml/src/crypto/mod.rs",
    "saml/src/encryption/mod.rs",
    "saml/src/header.rs",
    "saml/src/logout/error.rs",
    "saml/src/message/error.rs",
    "saml/src/metadata/mod.rs",
    "saml/src/response/attributes.rs",
    "saml/src/response/error.rs",
    "saml/src/signature/mod.rs",
    "saml/src/xml/error.rs",
];

/// Parts that name such reasons where they arise, each a file or a folder beside it.
const ADAPTERS: [&str; 6] = [
    "downstream/src/account",
    "downstream/src/oidc",
    "downstream/src/saml",
    "upstream/src/local",
    "upstream/src/oidc",
    "upstream/src/saml",
];

/// Codes in the adapters that no message is refused with: a doubt about a configuration, a mistake in one, and answers
/// of ours that cannot be made.
const ELSEWHERE: [&str; 10] = [
    "atlassian_ids_differ",
    "atlassian_ids_old",
    "bad_template",
    "mail_missing",
    "metadata_unwritable",
    "name_id_ambiguous",
    "not_in_range",
    "not_together",
    "reply_unreadable",
    "unknown_word",
];

/// Where the engine itself refuses a message.
const LOGOUTS: &str = "engine/src/logout";

/// Where a code is named that is handed on before it stands in a rejection.
const NAMED: &str = "reason::named";

/// Tables of what providers say, among it our codes for it, which begin alike.
const TABLES: [&str; 2] = [
    "upstream/src/oidc/refusal.rs",
    "upstream/src/saml/status.rs",
];

/// Codes of the core that end a message's way, too.
const OF_THE_CORE: [&str; 2] = ["already_used", "upstream_unreachable"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn source(file: &str) -> String {
    fs::read_to_string(crates().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Texts in a source that look like a code and stand behind one of `marks`.
fn codes_behind<'a>(source: &'a str, marks: &[&str]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for mark in marks {
        for rest in source.split(mark).skip(1) {
            let text = rest.trim_start_matches(['(', '{', ' ', '\n']);
            let code = text
                .strip_prefix('"')
                .and_then(|text| text.split('"').next());
            found.extend(code.filter(|code| is_code(code)));
        }
    }
    found
}

/// Codes that an adapter's source names.
fn codes_made_in(source: &str) -> BTreeSet<String> {
    let marks = [
        "misbehaved",
        "broken",
        "Rejection::of",
        "code: ",
        "=> ",
        " id,",
        NAMED,
    ];
    let without_tests = source.split("\n#[cfg(test)]\nmod tests {").next();
    let codes = codes_behind(without_tests.unwrap_or_default(), &marks);
    codes.into_iter().map(str::to_owned).collect()
}

/// All sources below a folder that are no tests.
fn sources_below(folder: &str) -> Vec<String> {
    let root = crates();
    let mut folders = vec![root.join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if ["conformance", "fake", "tests"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(&root).unwrap();
                files.push(below.to_str().unwrap().to_owned());
            }
        }
    }
    files
}

fn is_code(text: &str) -> bool {
    let in_a_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.contains('_') && text.chars().all(in_a_code)
}

/// The bodies of `fn code` in a source.
fn code_functions(source: &str) -> String {
    let bodies = source.split("fn code(").skip(1);
    bodies
        .map(|rest| rest.split("\n    }\n").next().unwrap_or_default())
        .collect()
}

#[test]
fn every_code_is_known_and_every_known_code_exists() {
    let mut made: BTreeSet<String> = OF_THE_CORE.map(str::to_owned).into();
    for file in JUDGES {
        let functions = code_functions(&source(file));
        let codes = codes_behind(&functions, &["=>"]);
        assert!(!codes.is_empty(), "{file} names no code");
        made.extend(codes.into_iter().map(str::to_owned));
    }
    let mut elsewhere = BTreeSet::from(ELSEWHERE.map(str::to_owned));
    let adapters = ["downstream/src", "upstream/src"]
        .map(sources_below)
        .concat();
    for adapter in ADAPTERS {
        let of_it = |file: &&String| {
            file.strip_prefix(adapter)
                .is_some_and(|rest| rest.starts_with(['.', '/']))
        };
        let named = adapters.iter().filter(of_it);
        assert!(
            named
                .map(|file| codes_made_in(&source(file)).len())
                .sum::<usize>()
                > 0,
            "{adapter} names no code"
        );
    }
    for code in adapters
        .iter()
        .flat_map(|file| codes_made_in(&source(file)))
    {
        if !ELSEWHERE.contains(&code.as_str()) {
            made.insert(code);
        } else {
            elsewhere.remove(&code);
        }
    }
    assert!(
        elsewhere.is_empty(),
        "excepted, but made nowhere: {elsewhere:?}"
    );
    let refusals: Vec<String> = sources_below(LOGOUTS)
        .iter()
        .map(|file| source(file))
        .collect();
    let refusals = refusals
        .iter()
        .flat_map(|source| codes_behind(source, &["code: ", NAMED]));
    let before = made.len();
    made.extend(refusals.map(str::to_owned));
    assert!(made.len() > before, "{LOGOUTS} names no code");
    for file in TABLES {
        let source = source(file);
        let codes = source
            .split('"')
            .filter(|text| text.starts_with("upstream_"));
        made.extend(codes.filter(|text| is_code(text)).map(str::to_owned));
    }
    let known: BTreeSet<String> = all().map(|known| known.code.to_owned()).collect();
    let told: Vec<_> = made.difference(&known).collect();
    assert!(told.is_empty(), "codes without an explanation: {told:?}");
    let stale: Vec<_> = known.difference(&made).collect();
    assert!(stale.is_empty(), "explained, but made nowhere: {stale:?}");
}

/// A text that is only quoted somewhere is no code, or a row of the tables would never grow stale.
#[test]
fn a_code_counts_as_made_where_a_reason_is_made_of_it() {
    let table = [
        ("Rejection::of(\n        \"is_made\",", true),
        ("Rejection { code: \"is_made\", detail }", true),
        ("Self::Late => \"is_made\",", true),
        ("failed(id, reason::named(\"is_made\"), \"why\")", true),
        ("parameters.insert(\"is_made\")", false),
        ("warn(\"is_made\", \"why\")", false),
        ("failed(app, \"is_made\", \"why\")", false),
        ("// \"is_made\"", false),
    ];
    for (source, expect) in table {
        let made = codes_made_in(source);
        assert_eq!(made.contains("is_made"), expect, "{source}");
    }
}

#[test]
fn tables_are_in_order_and_say_each_code_once() {
    let mut seen = BTreeSet::new();
    for section in SECTIONS {
        assert!(
            section.rows.is_sorted_by_key(|row| row.code),
            "{}",
            section.title
        );
        for row in section.rows {
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            for text in [row.meaning, row.remedy] {
                assert!(text.ends_with(['.', '?']), "{}: {text}", row.code);
                assert!(!text.contains('|'), "{}: {text}", row.code);
            }
        }
    }
}

/// `VESTIBULE_WRITE_REFERENCE=1 cargo test -p vestibule-server rejections` writes it anew.
#[test]
fn the_rejections_page_is_up_to_date() {
    let path = crates().join("../docs/reference/rejections.md");
    if std::env::var_os("VESTIBULE_WRITE_REFERENCE").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/reference/rejections.md differs from the tables; write it with VESTIBULE_WRITE_REFERENCE=1"
    );
}
