//! What messages are held against: how it is given, and what becomes of what cannot be used.

use serde_json::json;
use vestibule_saml::issue::Sign;

use crate::support::*;

/// What `openssl pkcs12 -nodes` writes before a key.
const BAG: &str = "Bag Attributes\n    friendlyName: sso\n    localKeyID: 01 02 03\nKey Attributes: <No Attributes>\n";

#[test]
fn a_key_behind_bag_attributes_is_content() {
    let (key, pem) = decryption_key();
    let message = encrypted(Sign::Assertion, &key);
    let metadata = metadata(&[&IDP_KEY]);
    let bagged = format!("{BAG}{pem}");
    for key in [
        pem.clone(),
        bagged.clone(),
        bagged.replace('\n', "\r\n"),
        format!("\u{feff}{pem}"),
    ] {
        let said = inspect(&arguments(&metadata, &["--sp-key", &key]), &message);
        assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    }
    let rows = [
        ("bare", message.clone(), json!({"sp_key": pem}), ALICE),
        ("bag", message, json!({"sp_key": [bagged]}), ALICE),
    ];
    check_batch(&arguments(&metadata, &[]), &rows);
}

#[test]
fn a_private_key_is_never_told_again() {
    let (_, pem) = decryption_key();
    let secret = pem.lines().nth(1).unwrap();
    let metadata = metadata(&[&IDP_KEY]);
    let one_line = pem.replace('\n', " ");
    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let short = format!("MIGHAgEA/{}", &secret[..50]);
    let spoiled = pem.replace("-----END", "-----and");
    let keys = [
        pem.replace("-----BEGIN", "----BEGIN"),
        format!("x{one_line}"),
        bare.clone(),
        format!("{bare}\n"),
        short,
        spoiled,
        format!("{BAG}-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"),
        "x".repeat(5000) + secret,
    ];
    for key in &keys {
        let said = inspect(&arguments(&metadata, &["--sp-key", key]), response());
        assert_eq!(said.status, Some(2), "{}{}", said.out, said.err);
        assert!(
            said.err.starts_with("error: --sp-key cannot be used: "),
            "{}",
            said.err
        );
        assert!(!said.err.contains(&secret[..50]), "{}", said.err);
        let line = line("1", &response(), json!({"sp_key": key}));
        let said = inspect(&arguments(&metadata, &["--batch"]), line);
        assert_eq!(outcomes(&said)[0].1, "bad_line", "{}", said.out);
        assert!(
            said.out.contains("`sp_key` cannot be used: "),
            "{}",
            said.out
        );
        assert!(!said.out.contains(&secret[..50]), "{}", said.out);
    }
    // Where another thing belongs, too.
    for key in [&pem, &one_line, &format!("{BAG}{pem}")] {
        for arguments in [
            arguments(key, &[]),
            arguments(&metadata, &["--metadata-signed-by", key]),
        ] {
            let said = inspect(&arguments, response());
            assert_eq!(said.status, Some(2), "{}{}", said.out, said.err);
            assert!(said.err.contains(" cannot be used: "), "{}", said.err);
            assert!(!said.err.contains(&secret[..50]), "{}", said.err);
        }
    }
}

#[test]
fn a_file_of_another_kind_is_no_verdict_on_the_message() {
    let metadata = metadata(&[&IDP_KEY]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.txt");
    std::fs::write(&file, "neither XML nor JSON").unwrap();
    let file = file.to_str().unwrap();
    for source in [file, "<md:EntityDescriptor"] {
        let said = inspect(&arguments(source, &[]), response());
        assert_eq!(said.status, Some(2), "{}{}", said.out, said.err);
        assert!(
            said.err.contains("--idp-metadata cannot be used: "),
            "{}",
            said.err
        );
        let line = line("1", &response(), json!({"idp_metadata": source}));
        let said = inspect(&arguments(&metadata, &["--batch"]), line);
        assert_eq!(outcomes(&said)[0].1, "bad_line");
        assert!(
            said.out.contains("`idp_metadata` cannot be used: "),
            "{}",
            said.out
        );
    }
    for keys in [file, "{\"keys\":"] {
        let said = inspect(
            &[
                "id-token",
                "--jwks",
                keys,
                "--issuer",
                "https://i.test",
                "--client-id",
                "a",
            ],
            "x.y.z",
        );
        assert_eq!(said.status, Some(2), "{}{}", said.out, said.err);
        assert!(said.err.contains("--jwks cannot be used: "), "{}", said.err);
    }
    // What the provider says in them is judged.
    let rows = [(
        "over",
        response(),
        json!({"idp_metadata": "<x/>"}),
        "metadata_entity_missing",
    )];
    check_batch(&arguments(&metadata, &[]), &rows);
}

#[test]
fn a_hint_fits_the_fault_of_the_signature() {
    let metadata = metadata(&[&IDP_KEY]);
    let changed = response().replace("alice", "admin");
    let stranger = response_of("_a1", Sign::Assertion, &NEXT_KEY);
    for (message, expected, key) in [
        (changed, "digest_mismatch", false),
        (stranger, "key_mismatch", true),
    ] {
        let said = inspect(&arguments(&metadata, &["--json"]), message);
        assert_eq!(outcomes(&said)[0].1, expected);
        let detail = said.verdicts()[0]["detail"].to_string();
        assert_eq!(detail.contains("changed its key?"), key, "{detail}");
        assert_eq!(detail.contains("was the XML reformatted"), !key, "{detail}");
    }
    let said = inspect(&arguments(&metadata, &["--batch"]), "{oops}\n");
    assert_eq!(said.verdicts()[0]["detail"], "the line is not JSON");
}

#[test]
fn a_path_that_leads_nowhere_is_told() {
    let metadata = metadata(&[&IDP_KEY]);
    let said = inspect(&arguments("/absent/idp.xml", &[]), response());
    assert_eq!(said.status, Some(2));
    assert!(
        said.err
            .starts_with("error: --idp-metadata cannot be used: /absent/idp.xml: "),
        "{}",
        said.err
    );
    let line = line("1", &response(), json!({"acs": null}));
    let said = inspect(&arguments(&metadata, &["--batch"]), line);
    assert_eq!(said.verdicts()[0]["detail"], "`acs` is missing");
}
