//! The JWS and JWK sets of Wycheproof, where `VESTIBULE_SAMPLES` names the folder that holds them.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{fixture::EVERY_ALGORITHM, jwks::Jwks, jws};

/// Figure 20 of RFC 7520, valid by the set, refused here on purpose: the key declares `PS256`, the
/// token is signed with `PS384` (RFC 7517 section 4.4).
const STRICTER: [u64; 2] = [346, 350];

#[expect(
    clippy::disallowed_methods,
    reason = "samples are extra, and lie outside the project"
)]
fn read(name: &str) -> Option<Value> {
    let folder = std::env::var_os("VESTIBULE_SAMPLES").filter(|folder| !folder.is_empty())?;
    Some(serde_json::from_slice(&std::fs::read(PathBuf::from(folder).join(name)).unwrap()).unwrap())
}

fn accepts(keys: &Value, token: &str) -> bool {
    Jwks::parse(keys.to_string().as_bytes())
        .is_ok_and(|keys| jws::verify(token, EVERY_ALGORITHM, &keys).is_ok())
}

/// Whether the algorithm of that key exists here; what does not must be refused.
fn is_ours(key: &Value) -> bool {
    key["kty"] != "oct" && key["crv"] != "P-521"
}

/// Runs one set; `keys` finds the JWK set of a group. Returns how many were accepted and refused.
fn run(name: &str, keys: impl Fn(&Value) -> Value) -> Option<(usize, usize)> {
    let (mut accepted, mut refused) = (0, 0);
    for group in read(name)?["testGroups"].as_array().unwrap() {
        let keys = keys(group);
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let token = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            let ours = keys["keys"].as_array().unwrap().iter().all(is_ours);
            let stricter = name.contains("signature") && STRICTER.contains(&id);
            assert!(
                !stricter || test["result"] == "valid",
                "{id} needs no exception"
            );
            let valid = test["result"] == "valid" && ours && !stricter;
            assert_eq!(
                accepts(&keys, &token),
                valid,
                "{name} {id} {}",
                test["comment"]
            );
            *(if valid { &mut accepted } else { &mut refused }) += 1;
        }
    }
    Some((accepted, refused))
}

#[test]
fn signatures() {
    let key = |group: &Value| group.get("public").unwrap_or(&group["private"]).clone();
    if let Some(counts) = run(
        "wycheproof_json_web_signature_test.json",
        |group| json!({ "keys": [key(group)] }),
    ) {
        assert_eq!(counts.0 + counts.1, 401);
        assert!(counts.0 > 20, "{counts:?}");
    }
}

#[test]
fn keys() {
    let keys = |group: &Value| group.get("public").unwrap_or(&group["private"]).clone();
    if let Some(counts) = run("wycheproof_json_web_key_test.json", keys) {
        assert_eq!(counts, (1, 25));
    }
}
