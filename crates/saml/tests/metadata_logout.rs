//! Where metadata says that logout messages go: read from partners, and written into ours.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;

use vestibule_saml::{
    binding::{
        Binding::{self, Post, Redirect},
        uri,
    },
    metadata::{
        IdpDescription, IdpMetadata, MetadataError, SingleLogoutService, Source, SpDescription,
        SpMetadata,
    },
};

use self::keys::{EC, RSA, verifying};

const SLO: &str = "https://sso.example/saml/slo";
const DONE: &str = "https://sso.example/saml/slo/done?a=1&b=2";

fn service(binding: Binding, location: &str, response: Option<&str>) -> SingleLogoutService {
    SingleLogoutService {
        binding,
        location: location.to_owned(),
        response_location: response.map(str::to_owned),
    }
}

fn idp(services: &[SingleLogoutService]) -> String {
    let description = IdpDescription {
        entity_id: "https://sso.example/saml/metadata",
        sso_url: "https://sso.example/saml/sso",
        certificates: vec![RSA.certificate_der(), EC.certificate_der()],
        want_authn_requests_signed: false,
        single_logout: services.to_vec(),
        name_id_formats: vec!["urn:a", "urn:b"],
        valid_until: None,
    };
    description.to_xml(None).unwrap()
}

fn sp(services: &[SingleLogoutService]) -> String {
    let description = SpDescription {
        entity_id: "https://sso.example/upstream/a/saml/metadata",
        acs_urls: vec!["https://sso.example/upstream/a/saml/acs"],
        certificates: vec![RSA.certificate_der(), EC.certificate_der()],
        decryption: Default::default(),
        authn_requests_signed: true,
        single_logout: services.to_vec(),
        name_id_formats: vec!["urn:a"],
        valid_until: None,
    };
    description.to_xml(None).unwrap()
}

/// What is read of the same services in either role.
fn read(idp: &str, sp: &str) -> [Result<Vec<SingleLogoutService>, MetadataError>; 2] {
    let idp = IdpMetadata::parse(&Source::trusted(idp.as_bytes()));
    let sp = SpMetadata::parse(&Source::trusted(sp.as_bytes()));
    [
        idp.map(|it| it.single_logout),
        sp.map(|it| it.single_logout),
    ]
}

#[test]
fn control_what_we_write_reads_back_in_both_roles() {
    for services in [
        vec![],
        SingleLogoutService::everywhere(SLO),
        vec![service(Post, SLO, Some(DONE))],
        vec![service(Post, SLO, None), service(Redirect, DONE, Some(SLO))],
    ] {
        for found in read(&idp(&services), &sp(&services)) {
            assert_eq!(found.unwrap(), services);
        }
    }
}

#[test]
fn so_16_all_signing_keys_and_formats_are_written_beside_them() {
    let services = SingleLogoutService::everywhere(SLO);
    let xml = idp(&services);
    let read = IdpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap();
    assert_eq!(read.signing_keys, [verifying(&RSA), verifying(&EC)]);
    assert_eq!(read.name_id_formats, ["urn:a", "urn:b"]);
    let xml = sp(&services);
    let read = SpMetadata::parse(&Source::trusted(xml.as_bytes())).unwrap();
    assert_eq!(read.signing_keys, [verifying(&RSA), verifying(&EC)]);
    assert_eq!(read.name_id_formats, ["urn:a"]);
}

#[test]
fn other_bindings_are_skipped() {
    let services = [service(Post, SLO, None), service(Redirect, SLO, None)];
    for other in [
        "bindings:SOAP",
        "bindings:HTTP-Artifact",
        "bindings:http-redirect",
    ] {
        let only_for_logout = |xml: String| {
            let from = format!("SingleLogoutService Binding=\"{}", uri::REDIRECT);
            let to = from.replace("bindings:HTTP-Redirect", other);
            assert!(xml.contains(&from), "{xml}");
            xml.replace(&from, &to)
        };
        let found = read(
            &only_for_logout(idp(&services)),
            &only_for_logout(sp(&services)),
        );
        for found in found {
            assert_eq!(found.unwrap(), [service(Post, SLO, None)], "{other}");
        }
    }
}

#[test]
fn md_07_logout_goes_only_where_a_browser_may_be_sent() {
    for evil in [
        "http://sso.example/saml/slo",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a@evil.example/",
        "https://sso.example/saml/slo#f",
        "/saml/slo",
        "",
    ] {
        for service in [
            service(Redirect, evil, None),
            service(Redirect, SLO, Some(evil)),
        ] {
            let services = [service];
            for found in read(&idp(&services), &sp(&services)) {
                assert_eq!(found.unwrap_err().code(), "metadata_location", "{evil}");
            }
        }
    }
    let local = [service(Post, "http://localhost:8080/slo", None)];
    for found in read(&idp(&local), &sp(&local)) {
        assert_eq!(found.unwrap(), local);
    }
}

#[test]
fn redirects_come_first_and_answers_go_where_they_are_wanted() {
    for (services, expected) in [
        (vec![], None),
        (vec![service(Post, SLO, None)], Some((Post, SLO))),
        (
            vec![service(Post, SLO, None), service(Redirect, SLO, Some(DONE))],
            Some((Redirect, DONE)),
        ),
        (
            vec![service(Redirect, SLO, None), service(Redirect, DONE, None)],
            Some((Redirect, SLO)),
        ),
    ] {
        let chosen = SingleLogoutService::preferred(&services);
        let chosen = chosen.map(|it| (it.binding, it.response_location()));
        assert_eq!(chosen, expected);
    }
}
