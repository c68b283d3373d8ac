//! Any bytes as metadata of an identity provider or a service provider: what is accepted has what we rely on.

use std::sync::LazyLock;

use vestibule_saml::metadata::{IdpMetadata, SingleLogoutService, Source, SpMetadata};

use crate::{genuine, splice::splice};

/// How many genuine files there are.
pub const STARTS: usize = 2;

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        genuine::idp_metadata().into_bytes(),
        genuine::sp_metadata().into_bytes(),
    ]
});

/// Reads both roles.
///
/// # Panics
/// If an identity provider without name, key or address is accepted, or an application without a place to answer to.
pub fn run(script: &[u8]) -> bool {
    let xml = splice(&GENUINE, script);
    let idp = IdpMetadata::parse(&Source::trusted(&xml));
    let sp = SpMetadata::parse(&Source::trusted(&xml));
    if let Ok(idp) = &idp {
        assert!(!idp.entity_id.is_empty(), "no name");
        assert!(!idp.signing_keys.is_empty(), "no key");
        let addresses = [&idp.sso_redirect, &idp.sso_post];
        assert!(addresses.iter().any(|it| it.is_some()), "no address");
        addresses.into_iter().flatten().for_each(|it| web(it));
        logout(&idp.single_logout);
    }
    if let Ok(sp) = &sp {
        assert!(!sp.entity_id.is_empty(), "no name");
        assert!(
            !sp.assertion_consumer_services.is_empty(),
            "no place to answer to"
        );
        let places = sp.assertion_consumer_services.iter();
        places.for_each(|it| web(&it.location));
        logout(&sp.single_logout);
    }
    idp.is_ok() || sp.is_ok()
}

fn logout(services: &[SingleLogoutService]) {
    for service in services {
        web(&service.location);
        web(service.response_location());
    }
}

/// Attack row MD-07: no address that runs or reads something.
fn web(address: &str) {
    let scheme = address.split(':').next().unwrap_or_default();
    assert!(
        matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https"),
        "an address that is not of the web: {address:?}"
    );
}
