//! For operators, and for probes and proxies that look without taking.

use crate::{support::House, wire};

#[actix_web::test]
async fn health_readiness_and_figures_answer() {
    let house = House::build().await;
    let mut operator = house.browser();
    operator.address = [127, 0, 0, 1].into();
    for address in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(operator.get(address).await.status, 200, "{address}");
    }
}

#[actix_web::test]
async fn metadata_is_served_for_both_sides() {
    let house = House::build().await;
    let idp = house.browser().get("/saml/metadata").await;
    assert_eq!(
        idp.header("content-type"),
        Some("application/samlmetadata+xml")
    );
    assert!(idp.body.contains("IDPSSODescriptor"));
    let sp = house.browser().get("/upstream/adfs/saml/metadata").await;
    assert!(
        sp.body
            .contains("http://localhost:8080/upstream/adfs/saml/acs")
    );
    assert_eq!(
        house
            .browser()
            .get("/upstream/local/saml/metadata")
            .await
            .status,
        404
    );
}

/// HEAD says what GET would, and sends no body. Where GET may begin or move a login, it does nothing.
#[actix_web::test]
async fn head_looks_where_nothing_can_change() {
    let house = House::build().await;
    let (address, server) = wire::listening(&house).await;
    let ask = async |method: &str, path: &str| {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = wire::exchange(address, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            wire::statuses(head)[0],
            head.to_ascii_lowercase(),
            body.to_owned(),
        )
    };
    for path in [
        "/",
        "/healthz",
        "/metrics",
        "/readyz",
        "/saml/metadata",
        "/static/logo.svg",
        "/upstream/adfs/saml/metadata",
    ] {
        let (status, ..) = ask("GET", path).await;
        let (looked, _, body) = ask("HEAD", path).await;
        assert_eq!((looked, body.as_str()), (status, ""), "{path}");
        assert_eq!(ask("POST", path).await.0, 405, "{path}");
    }
    for path in [
        "/account",
        "/account/add",
        "/account/back",
        "/login/x",
        "/login/x/another-way",
        "/login/x/code",
        "/saml/sso?SAMLRequest=x",
        "/upstream/adfs/oidc/callback?code=x",
    ] {
        let (status, head, body) = ask("HEAD", path).await;
        assert_eq!((status, body.as_str()), (405, ""), "{path}");
        assert!(head.contains("allow: get"), "{path}: {head}");
        assert!(!head.contains("set-cookie"), "{path}: {head}");
    }
    server.stop(false).await;
}
