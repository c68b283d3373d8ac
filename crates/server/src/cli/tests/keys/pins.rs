//! Who can be moved to a key alone, and what is left of such choices when they have outlived their reason.

use vestibule_core::{
    id::{AppId, KeyId, UpstreamId},
    key::{KeyPurpose, KeyStep, Partner},
};

use super::*;

/// An application that is served over SAML, and two over OpenID Connect with different algorithms.
const THREE: &str = "\
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { mail_domains: [acme.example], saml: { metadata_url: 'https://adfs.acme.example/m.xml' } }
apps:
  shop: { oidc: { client_id: shop, client_auth: none, redirect_uris: ['https://shop.acme.example/cb'], id_token_algorithm: ES256 } }
  talk: { saml: { entity_id: 'https://talk.acme.example', acs_url: 'https://talk.acme.example/acs' } }
  wiki: { oidc: { client_id: wiki, client_auth: none, redirect_uris: ['https://wiki.acme.example/cb'] } }
policy:
  - { name: Everyone, require: { factors: [totp] } }
notify: { file: mail }
";

/// The active key of a purpose.
fn active(site: &Site, purpose: &str) -> String {
    let keys = site.keys(purpose);
    let active = keys.iter().find(|key| key["state"] == "active").unwrap();
    active["id"].as_str().unwrap().to_owned()
}

/// A choice as it may stand in a store from before it was asked whether it means anything.
fn choose(site: &Site, purpose: KeyPurpose, partner: &Partner, key: &str) {
    let (config, _) = Config::load(&site.config()).unwrap();
    let step = KeyStep::Choose {
        purpose,
        partner: partner.clone(),
        key: Some(KeyId::new(key).unwrap()),
    };
    let record = AuditRecord::new(
        Utc::now(),
        AuditEvent::Administration,
        vestibule_core::audit::AuditResult::Success,
    );
    wait(async {
        let store = open_store(&config).await?;
        let seen = store.key_revision().await?;
        Ok(store.change_keys(seen, vec![step], record).await?)
    })
    .unwrap();
}

#[test]
fn so_16_nobody_is_moved_to_a_key_that_would_never_sign_for_them() {
    let site = Site::new(THREE);
    site.prints("key create --purpose openid-es256");
    site.prints("metadata");
    let idp = active(&site, "saml-identity-provider");
    let rs256 = active(&site, "openid-rs256");
    let es256 = active(&site, "openid-es256");
    let sp = active(&site, "saml-service-provider");
    let next = site.create("");
    let before = site.reasons();
    let table = [
        (&next, "--app wiki", "openid-rs256"),
        (&next, "--app shop", "openid-es256"),
        (&next, "--except wiki", "openid-rs256"),
        (&next, "--except talk,wiki", "openid-rs256"),
        (&idp, "--app wiki", "openid-rs256"),
        (&rs256, "--app talk", "saml-identity-provider"),
        (&rs256, "--app shop", "openid-es256"),
        (&es256, "--app wiki", "openid-rs256"),
        (&sp, "--app talk", "saml-identity-provider"),
        (&next, "--upstream adfs", "saml-service-provider"),
    ];
    for (key, whom, served_with) in table {
        let said = site.refuses(&format!("key promote {key} {whom}"));
        let expect = format!("which is served with keys for {served_with}; `vestibule key list`");
        assert!(said.contains(&expect), "{key} {whom}: {said}");
    }
    assert_eq!(site.reasons(), before, "nothing was written down");
    // The control: each of them has a key that it can be moved to.
    site.prints(&format!("key promote {next} --app talk"));
    let other = site.create("--purpose openid-rs256");
    site.prints(&format!("key promote {other} --app wiki"));
    assert!(
        site.prints("key list")
            .contains("signs for application wiki (from our key set)")
    );
}

#[test]
fn a_choice_in_vain_is_shown_and_can_be_taken_back() {
    let site = Site::new(THREE);
    site.prints("key create --purpose openid-es256");
    site.prints("metadata");
    let next = site.create("");
    let app = |id: &str| Partner::App(AppId::new(id).unwrap());
    let adfs = Partner::Upstream(UpstreamId::new("adfs").unwrap());
    for partner in [app("wiki"), app("gone"), adfs] {
        choose(&site, KeyPurpose::SamlIdentityProvider, &partner, &next);
    }
    site.prints(&format!("key promote {next} --app talk"));
    let listed = site.prints("key list");
    for expect in [
        format!(
            "chosen for application wiki in vain, which is served with keys for openid-rs256: vestibule key unpin {next} --app wiki"
        ),
        format!(
            "chosen for application gone in vain, which is not in the configuration, or needs no key: vestibule key unpin {next} --app gone"
        ),
        format!("vestibule key unpin {next} --upstream adfs"),
    ] {
        assert!(listed.contains(&expect), "{expect}\n{listed}");
    }
    assert!(!listed.contains("chosen for application talk"), "{listed}");

    // What helps is named for each of them: a move of the one that is served with it, the way out for the others.
    let said = site.refuses(&format!("key retire {next}"));
    for expect in [
        "--app talk".to_owned(),
        format!("vestibule key unpin {next} --app wiki"),
        format!("vestibule key unpin {next} --app gone"),
        format!("vestibule key unpin {next} --upstream adfs"),
    ] {
        assert!(said.contains(&expect), "{expect}: {said}");
    }
    assert!(
        !said.contains(&format!("unpin {next} --app talk")),
        "{said}"
    );

    for whom in ["--app wiki", "--app gone", "--upstream adfs"] {
        let said = site.prints(&format!("key unpin {next} {whom}"));
        assert!(said.contains("was not served with it"), "{whom}: {said}");
        site.refuses(&format!("key unpin {next} {whom}"));
    }
    assert!(!site.prints("key list").contains("in vain"));
    let idp = active(&site, "saml-identity-provider");
    let said = site.prints(&format!("key unpin {next} --app talk"));
    assert!(said.contains(&format!("it is served with {idp}")), "{said}");
    let said = site.refuses(&format!("key retire {next}"));
    assert!(said.contains("may be under way"), "{said}");
    site.prints(&format!("key retire {next} --yes"));
    let unpinned = site.reasons();
    let unpinned = unpinned.iter().filter(|reason| *reason == "key_unpinned");
    assert_eq!(unpinned.count(), 4);
    for line in [
        "key unpin",
        "key unpin idp-1",
        "key unpin idp-1 --app a --upstream b",
    ] {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, Exit::Usage, "{line}: {}", terminal.err);
    }
}
