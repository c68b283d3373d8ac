//! For operators.

use crate::support::*;

#[actix_web::test]
async fn health_readiness_and_figures_answer() {
    let house = House::build().await;
    let app = house.open().await;
    for address in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            Browser::default().get(&app, address).await.status,
            200,
            "{address}"
        );
    }
}

#[actix_web::test]
async fn metadata_is_served_for_both_sides() {
    let house = House::build().await;
    let app = house.open().await;
    let idp = Browser::default().get(&app, "/saml/metadata").await;
    assert_eq!(idp.header("content-type"), "application/samlmetadata+xml");
    assert!(idp.body.contains("IDPSSODescriptor"));
    let sp = Browser::default()
        .get(&app, "/upstream/adfs/saml/metadata")
        .await;
    assert!(
        sp.body
            .contains("http://localhost:8080/upstream/adfs/saml/acs")
    );
    assert_eq!(
        Browser::default()
            .get(&app, "/upstream/local/saml/metadata")
            .await
            .status,
        404
    );
}
