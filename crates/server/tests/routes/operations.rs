//! For operators.

use crate::support::House;

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
