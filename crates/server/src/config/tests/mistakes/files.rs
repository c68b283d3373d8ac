//! Mistakes about what the configuration names and does not hold: files, certificates, keys and secrets.

use super::*;

#[test]
fn wa_17_secrets_are_not_written_here_and_not_open() {
    check(
        "client_secret_env: KEYCLOAK_SECRET",
        "client_secret: hunter2",
        &[
            "upstreams.keycloak.oidc missing",
            "upstreams.keycloak.oidc.client_secret inline_secret",
        ],
    );
    check(
        "password_file: secret",
        "password: hunter2",
        &["notify.smtp missing", "notify.smtp.password inline_secret"],
    );
    check(
        "sqlite:data/vestibule.db",
        "postgres://v:hunter2@db.example/v",
        &["store inline_secret"],
    );
    check(
        "sqlite:data/vestibule.db",
        "postgres://db.example/v?user=v&password=hunter2",
        &["store inline_secret"],
    );
    check("sqlite:data/vestibule.db", "postgres://v@db.example/v", &[]);
    check(
        "client_secret_env: KEYCLOAK_SECRET",
        "client_secret_env: ABSENT",
        &["upstreams.keycloak.oidc.client_secret_env secret_unreadable"],
    );
    check(
        "client_secret_env: KEYCLOAK_SECRET",
        "client_secret_file: absent",
        &["upstreams.keycloak.oidc.client_secret_file file_unreadable"],
    );
    check(
        "master_key_env: MASTER_KEY",
        "master_key_env: ABSENT",
        &["secrets.master_key_env secret_unreadable"],
    );
    check("key: secret", "key: idp.pem", &["tls.key not_private"]);
    check(
        "sqlite:data/vestibule.db",
        "postgres://v@db.example/v?sslmode=perhaps",
        &["store bad_store"],
    );
    // Told without repeating what was written.
    for address in [
        "mysql://v:hunter2@db.example/v",
        "postgres://v:hunter2@db.example/v",
        "postgres://v:hunter2@db.example:hunter2/v?sslmode=hunter2",
    ] {
        let text = EVERYTHING.replace("sqlite:data/vestibule.db", "{ url_file: url }");
        let machine = machine().with_file("etc/url", 0o600, address);
        let told = match load(&text, machine) {
            Ok((config, _)) => format!("{config:?}"),
            Err(refused) => refused.to_string(),
        };
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn files_and_certificates() {
    check(
        "certificate: idp.pem",
        "certificate: absent.pem",
        &["tls.certificate file_unreadable"],
    );
    check(
        "certificate: idp.pem",
        "certificate: app.xml",
        &["tls.certificate not_a_certificate"],
    );
    check(
        "metadata_file: app.xml",
        "metadata_file: absent.xml",
        &["apps.wiki.saml.metadata_file file_unreadable"],
    );
    check(
        "password_hash_file: hash",
        "password_hash_file: secret",
        &["upstreams.local.local.people.Alice.password_hash_file bad_hash"],
    );
}

#[test]
fn encryption() {
    let upstream = |key: &str, code: &str| format!("upstreams.adfs.saml.{key} {code}");
    check(
        "[new.key]",
        "[idp.pem]",
        &[&upstream("decryption_key_files[0]", "not_private")],
    );
    check(
        "[new.key]",
        "[secret]",
        &[&upstream("decryption_key_files[0]", "unusable_key")],
    );
    check(
        "[new.key]",
        "[none.key]",
        &[&upstream("decryption_key_files[0]", "file_unreadable")],
    );
    check(
        "[new.key]",
        "[new.key, new.key]",
        &[&upstream("decryption_key_files[1]", "repeated")],
    );
    check(
        "decryption_key_files: [new.key], ",
        "",
        &[&upstream("offer_encryption", "missing")],
    );
    check(
        "danger_accept_cbc: true",
        "danger_accept_cbc: 1",
        &[&upstream("danger_accept_cbc", "wrong_type")],
    );

    let app = |key: &str, code: &str| format!("apps.atlassian.saml.{key} {code}");
    check(
        "encryption_certificate_file: rsa.pem, ",
        "",
        &[&app("encrypt_assertions", "missing")],
    );
    // On an elliptic curve, which signs and does not encrypt.
    check(
        "encryption_certificate_file: rsa.pem",
        "encryption_certificate_file: idp.pem",
        &[&app("encryption_certificate_file", "unusable_key")],
    );
    check(
        "aes128-gcm",
        "aes128-cbc",
        &[&app("encryption_cipher", "unknown_word")],
    );
    check(
        "rsa-oaep-sha256",
        "rsa-1_5",
        &[&app("encryption_key_transport", "unknown_word")],
    );
    check(
        "encrypt_assertions: true",
        "encrypt_assertions: false",
        &[
            &app("encryption_certificate_file", "not_together"),
            &app("encryption_cipher", "not_together"),
            &app("encryption_key_transport", "not_together"),
        ],
    );
}
