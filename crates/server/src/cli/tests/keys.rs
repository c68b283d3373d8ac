//! Our own keys at the command line.

use std::{fs, os::unix::fs::PermissionsExt as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use secrecy::ExposeSecret;
use serde_json::Value;
use vestibule_core::port::Keys;

use super::*;

mod pins;

/// Two applications: one reads metadata, the other's administrator pastes certificates.
const TWO: &str = "\
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { mail_domains: [acme.example], saml: { metadata_url: 'https://adfs.acme.example/m.xml' } }
apps:
  atlassian: { preset: atlassian-cloud, saml: { entity_id: 'https://auth.atlassian.com/saml/1', acs_url: 'https://auth.atlassian.com/login/callback?connection=saml-1' } }
  wiki: { saml: { entity_id: 'https://wiki.acme.example', acs_url: 'https://wiki.acme.example/acs' } }
policy:
  - { name: Everyone, require: { factors: [totp] } }
notify: { file: mail }
";

/// A site that was started once.
fn started() -> Site {
    let site = Site::new(TWO);
    site.prints("metadata");
    site
}

impl Site {
    fn keys(&self, purpose: &str) -> Vec<Value> {
        let listed = self.prints(&format!("key list --json --purpose {purpose}"));
        serde_json::from_str(&listed).unwrap()
    }

    /// Ids and states of the keys that sign for applications.
    fn idp(&self) -> Vec<(String, String)> {
        let keys = self.keys("saml-identity-provider");
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        keys.iter()
            .map(|key| (text(key, "id"), text(key, "state")))
            .collect()
    }

    /// With which key each application is served.
    fn served(&self, app: &str) -> String {
        let keys = self.keys("saml-identity-provider");
        let serves = |key: &&Value| {
            let mut served = key["serves"].as_array().unwrap().iter();
            served.any(|one| one["application"] == app)
        };
        let key = keys.iter().find(serves).unwrap();
        key["id"].as_str().unwrap().to_owned()
    }

    fn create(&self, arguments: &str) -> String {
        let made = self.prints(&format!("key create --json {arguments}"));
        let made: Value = serde_json::from_str(&made).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// What a command says that must end badly.
    fn refuses(&self, line: &str) -> String {
        let (exit, terminal) = self.run(line);
        assert_eq!(exit, Exit::No, "{line}: {}", terminal.out);
        terminal.err
    }

    fn reasons(&self) -> Vec<String> {
        let log: Value = serde_json::from_str(&self.prints("audit list --json")).unwrap();
        let entries = log.as_array().unwrap().iter();
        let of_keys = entries.filter_map(|entry| {
            let reason = entry["reason"].as_str()?;
            reason.starts_with("key_").then(|| reason.to_owned())
        });
        of_keys.collect()
    }

    fn certificates_in_metadata(&self) -> usize {
        self.prints("metadata --idp")
            .matches("<ds:X509Certificate>")
            .count()
    }
}

#[test]
fn keys_are_listed_with_those_whom_they_serve() {
    let site = Site::new(TWO);
    let (exit, terminal) = site.run("key list");
    assert_eq!(exit, Exit::Unable, "{}", terminal.out);
    site.prints("migrate");
    let (exit, terminal) = site.run("key list");
    assert_eq!((exit, terminal.out.as_str()), (Exit::Yes, ""));
    assert!(terminal.err.contains("no keys"), "{}", terminal.err);
    site.prints("metadata");
    let listed = site.prints("key list");
    for expect in [
        "saml-identity-provider\n",
        "saml-service-provider\n",
        "openid-rs256\n",
        "rsa-2048  active since 20",
        "SHA-256 ",
        "SHA-1   ",
        "certificate ends 20",
        "signs for application atlassian (certificate pasted by hand)",
        "signs for application wiki (from our metadata)",
        "signs for upstream adfs (from our metadata)",
        "kid ",
    ] {
        assert!(listed.contains(expect), "{expect}\n{listed}");
    }
}

#[test]
fn so_16_a_key_is_replaced_step_by_step_and_nobody_is_locked_out() {
    let site = started();
    let old = site.idp()[0].0.clone();
    let new = site.create("");
    assert_eq!(
        site.idp(),
        [
            (old.clone(), "active".to_owned()),
            (new.clone(), "published".to_owned())
        ]
    );
    assert_eq!(site.certificates_in_metadata(), 2);
    let pasted = site.prints(&format!("key show {new} --certificate"));
    assert!(
        pasted.starts_with("-----BEGIN CERTIFICATE-----\n"),
        "{pasted}"
    );

    // Not for everybody while there is somebody who cannot follow.
    let said = site.refuses(&format!("key promote {new}"));
    assert!(said.contains("application `atlassian`"), "{said}");
    assert!(!said.contains("wiki"), "{said}");
    assert_eq!(site.served("wiki"), old);

    let said = site.prints(&format!("key promote {new} --app atlassian"));
    let back = format!("key promote {old} --app atlassian");
    assert!(said.contains(&back), "{said}");
    assert_eq!(site.served("atlassian"), new);
    assert_eq!(site.served("wiki"), old);
    let said = site.refuses(&format!("key retire {new}"));
    assert!(said.contains("application `atlassian`"), "{said}");

    // It moved ahead, so nothing is left to be asked.
    site.prints(&format!("key promote {new}"));
    assert_eq!(site.served("wiki"), new);
    assert_eq!(
        site.idp(),
        [
            (new.clone(), "active".to_owned()),
            (old.clone(), "retiring".to_owned())
        ]
    );
    assert_eq!(site.certificates_in_metadata(), 2);
    let listed = site.prints("key list");
    for (key, state) in [(&new, "active since 20"), (&old, "retiring, last left 20")] {
        let expect = format!("{key}  rsa-2048  {state}");
        assert!(
            listed.contains(&expect),
            "{expect}
{listed}"
        );
    }
    site.refuses(&format!("key retire {new}"));
    let said = site.refuses(&format!("key retire {old}"));
    assert!(said.contains("--yes"), "it signed a moment ago: {said}");
    site.prints(&format!("key retire {old} --yes"));
    assert_eq!(site.idp(), [(new, "active".to_owned())]);
    assert_eq!(site.certificates_in_metadata(), 1);
    let mut reasons = site.reasons();
    reasons.retain(|reason| reason != "key_created");
    reasons.sort();
    assert_eq!(reasons, ["key_chosen", "key_promoted", "key_retired"]);
    site.prints("audit verify");
}

#[test]
fn an_application_may_stay_behind_until_its_certificate_is_pasted() {
    let site = started();
    let old = site.idp()[0].0.clone();
    let new = site.create("--algorithm p-256");
    site.prints(&format!("key promote {new} --except atlassian"));
    assert_eq!(site.served("atlassian"), old);
    assert_eq!(site.served("wiki"), new);
    let said = site.refuses(&format!("key retire {old}"));
    let way = format!("vestibule key promote {new} --app atlassian");
    assert!(said.contains(&way), "{said}");
    site.prints(&format!("key promote {new} --app atlassian"));
    assert_eq!(site.served("atlassian"), new);
    site.prints(&format!("key retire {old} --yes"));
}

/// Who is forgotten with `--except` and added in a second try would be served with the new key, unheard.
#[test]
fn so_16_nobody_stays_behind_a_key_that_is_active_already() {
    let site = started();
    let old = site.idp()[0].0.clone();
    let said = site.refuses(&format!("key promote {old} --except atlassian"));
    assert!(said.contains("no key that they could stay with"), "{said}");
    let new = site.create("");
    site.prints(&format!("key promote {new} --yes"));
    let before = site.reasons();
    let again = format!("key promote {new} --except atlassian");
    let said = site.refuses(&again);
    let way = format!("key promote {old} --app atlassian");
    assert!(said.contains(&format!("vestibule {way}")), "{said}");
    assert!(!said.contains("wiki"), "{said}");
    assert_eq!(site.reasons(), before, "nothing was written down");
    // The control: once it is where it should have stayed, there is nothing to say no to.
    site.prints(&way);
    assert_eq!(site.served("atlassian"), old);
    assert!(site.prints(&again).contains("is active already"));
    assert_eq!(site.served("atlassian"), old);
    site.refuses(&format!("{again},wiki"));
}

#[test]
fn who_says_yes_is_believed_and_what_is_so_already_is_no_change() {
    let site = started();
    let new = site.create("");
    site.prints(&format!("key promote {new} --yes"));
    let before = site.reasons();
    for line in [
        format!("key promote {new}"),
        format!("key promote {new} --app atlassian"),
    ] {
        assert!(site.prints(&line).contains("already"), "{line}");
    }
    assert_eq!(site.reasons(), before);
}

#[test]
fn what_does_not_exist_is_told() {
    let site = started();
    let active = site.idp()[0].0.clone();
    let table = [
        (
            "key show idp-20200101-abcd".to_owned(),
            "vestibule key list",
        ),
        ("key retire idp-20200101-abcd".into(), "vestibule key list"),
        ("key promote idp-20200101-abcd".into(), "vestibule key list"),
        (format!("key retire {active}"), "promote another one first"),
        (
            format!("key promote {active} --upstream adfs"),
            "is not used for the upstream `adfs`",
        ),
    ];
    for (line, expect) in table {
        let said = site.refuses(&line);
        assert!(said.contains(expect), "{line}: {said}");
    }
    for line in ["--app wikki", "--except wikki"] {
        let (exit, terminal) = site.run(&format!("key promote {active} {line}"));
        assert_eq!(exit, Exit::Usage, "{line}");
        let expect = "no application `wikki`";
        assert!(terminal.err.contains(expect), "{line}: {}", terminal.err);
    }
    for line in [
        "key create --purpose saml",
        "key create --algorithm rsa-1024",
        "key create --algorithm ed25519",
        "key create --purpose openid-es256 --algorithm rsa-2048",
        "key promote",
        "key promote Ä",
        "key list --purpose x",
    ] {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, Exit::Usage, "{line}: {}", terminal.err);
    }
}

#[test]
fn each_purpose_gets_keys_of_its_kinds() {
    let site = started();
    for (purpose, algorithm, state, has_certificate) in [
        ("saml-identity-provider", "rsa-3072", "published", true),
        ("saml-service-provider", "p-256", "published", true),
        (
            "saml-service-provider-decryption",
            "rsa-2048",
            "published",
            true,
        ),
        ("openid-rs256", "rsa-3072", "published", false),
        ("openid-es256", "p-256", "active", false),
        ("openid-eddsa", "ed25519", "active", false),
    ] {
        let id = site.create(&format!("--purpose {purpose} --algorithm {algorithm}"));
        let key: Value =
            serde_json::from_str(&site.prints(&format!("key show {id} --json"))).unwrap();
        assert_eq!(key["algorithm"], algorithm);
        assert_eq!(key["state"], state, "{purpose}");
        assert_eq!(key["certificate"].is_object(), has_certificate, "{purpose}");
        assert_eq!(key["kid"].is_string(), !has_certificate, "{purpose}");
    }
    let bare = site.keys("openid-eddsa")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = site.refuses(&format!("key show {bare} --certificate"));
    assert!(said.contains("has no certificate"), "{said}");
}

/// What encrypts for us learns of a key when it is active, so that to wait for it before would be in vain.
#[test]
fn what_comes_after_a_new_key_is_what_the_purpose_needs() {
    let site = started();
    for (purpose, expect, unwanted) in [
        (
            "saml-service-provider-decryption --algorithm rsa-2048",
            "At once: vestibule key promote decryption-",
            "When everybody has it",
        ),
        (
            "saml-identity-provider",
            "When everybody has it: vestibule key promote idp-",
            "At once",
        ),
    ] {
        let line = format!("key create --purpose {purpose}");
        let mut said = site.prints(&line);
        if said.contains(" active since ") {
            // The first of its purpose; the next one has to be promoted.
            said = site.prints(&line);
        }
        assert!(said.contains(expect), "{said}");
        assert!(!said.contains(unwanted), "{said}");
    }
}

/// A private key and its certificate, PEM.
fn brought(key: &KeyPair) -> (String, String) {
    let certificate = CertificateParams::default().self_signed(key).unwrap();
    (key.serialize_pem(), certificate.pem())
}

#[test]
fn a_key_is_brought_along_in_a_file() {
    let site = started();
    let write = |content: &str, mode: u32| {
        let file = site.folder.path().join("key.pem");
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let p256 = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let (key, certificate) = brought(&p256);
    let another = brought(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()).1;
    let ed25519 = brought(&KeyPair::generate_for(&PKCS_ED25519).unwrap());
    let both = format!("{certificate}{key}");
    let sealed = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let table = [
        (both.clone(), 0o640, "others on this machine"),
        (key.clone(), 0o600, "no `CERTIFICATE` block"),
        (certificate.clone(), 0o600, "no `PRIVATE KEY` block"),
        (format!("{another}{key}"), 0o600, "another key"),
        (
            format!("{}{}", ed25519.0, ed25519.1),
            0o600,
            "does not serve that purpose",
        ),
        (
            format!("{certificate}{sealed}"),
            0o600,
            "protected by a password",
        ),
        (
            format!("{certificate}{}", key.replace('M', "N")),
            0o600,
            "key.pem",
        ),
        ("nothing".into(), 0o600, "no `PRIVATE KEY` block"),
    ];
    for (content, mode, expect) in table {
        let file = write(&content, mode);
        let said = site.refuses(&format!("key create --import {file}"));
        assert!(said.contains(expect), "{expect}: {said}");
        assert_eq!(site.idp().len(), 1, "{expect}");
    }
    let file = write(&both, 0o600);
    let id = site.create(&format!("--import {file}"));
    let shown = site.prints(&format!("key show {id} --certificate"));
    let der = |pem: &str| -> Vec<u8> {
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        STANDARD.decode(lines.collect::<String>()).unwrap()
    };
    assert_eq!(der(&shown), der(&certificate));
    // Where no certificate goes with it, none is needed.
    let file = write(&ed25519.0, 0o600);
    site.create(&format!("--purpose openid-eddsa --import {file}"));
    assert!(site.reasons().contains(&"key_imported".to_owned()));
}

/// A file of a key whose certificate ends in so many days.
fn ending_in(days: i64, folder: &std::path::Path) -> String {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::default();
    let end = Utc::now() + chrono::TimeDelta::days(days);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1)
        + std::time::Duration::from_secs(end.timestamp().try_into().unwrap());
    let certificate = params.self_signed(&key).unwrap();
    let file = folder.join("ending.pem");
    fs::write(&file, key.serialize_pem() + &certificate.pem()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn ft_09_check_tells_the_end_of_each_key_that_is_in_use() {
    let site = started();
    let old = site.idp()[0].0.clone();
    let file = ending_in(20, site.folder.path());
    let id = site.create(&format!("--import {file}"));
    let told = |site: &Site| {
        let checked: Value = serde_json::from_str(&site.prints("check --json --keys")).unwrap();
        let keys = checked["keys"].as_array().unwrap().clone();
        let of = |key: &Value| {
            let text = |name: &str| key[name].as_str().unwrap().to_owned();
            (text("key"), text("code"))
        };
        keys.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(told(&site), [], "nobody is served with it yet");
    let none = "no certificate of a key in use ends within 60 days\n";
    assert!(site.prints("check --keys").contains(none));
    assert!(!site.prints("check").contains(none), "it was not asked for");
    site.prints(&format!("key promote {id} --app atlassian"));
    let soon = (id.clone(), "certificate_ends_soon".to_owned());
    assert_eq!(told(&site), [soon]);
    let said = site.prints("check --keys");
    let expect = format!("risk: key `{id}`: its certificate ends in ");
    assert!(said.contains(&expect) && !said.contains(none), "{said}");
    // Without being asked it opens no store.
    assert!(!site.prints("check").contains(&id));
    assert!(site.prints("key list").contains("  certificate ends in "));
    site.prints(&format!("key promote {old} --app atlassian"));
    assert_eq!(told(&site), []);
}

#[test]
fn so_19_no_command_prints_a_private_key() {
    let site = started();
    let id = site.create("");
    let bare = site.create("--purpose openid-eddsa");
    let mut printed = String::new();
    for line in [
        "key list".to_owned(),
        "key list --json".into(),
        format!("key show {id}"),
        format!("key show {id} --json"),
        format!("key show {id} --certificate"),
        format!("key show {bare} --json"),
        "key create".into(),
        "key create --json --purpose openid-es256".into(),
        format!("key promote {id} --yes"),
        "metadata".into(),
        "metadata --idp".into(),
        "audit list --json".into(),
        "check --json".into(),
    ] {
        let (_, terminal) = site.run(&line);
        printed.push_str(&terminal.out);
        printed.push_str(&terminal.err);
    }
    let (config, _) = Config::load(&site.config()).unwrap();
    let shelf = wait(async { Ok(open_store(&config).await?.keys().await?) }).unwrap();
    assert!(shelf.keys.len() >= 6);
    let printed: String = printed.split_whitespace().collect();
    assert!(!printed.contains("PRIVATEKEY"), "{printed}");
    for key in &shelf.keys {
        // What stands at the beginning is alike in all keys, and what is public stands near it.
        let secret = key.pkcs8.expose_secret();
        let private = match key.record.algorithm.name() {
            "ed25519" => &secret[16..48],
            "p-256" => &secret[36..68],
            _ => &secret[secret.len() - 200..],
        };
        for skip in 0..3 {
            let text = STANDARD.encode(&private[skip..]);
            let part = &text[..30];
            assert!(!printed.contains(part), "{}", key.record.id);
        }
        let hex: String = private.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(
            !printed.to_lowercase().contains(&hex[..40]),
            "{}",
            key.record.id
        );
    }
    // The control: what is public is found in what was printed.
    let public = shelf
        .keys
        .iter()
        .find(|key| key.record.id.as_str() == id)
        .unwrap();
    let certificate = STANDARD.encode(public.certificate.as_deref().unwrap());
    assert!(printed.contains(&certificate));
}
