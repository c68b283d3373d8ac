//! FT-07: an upstream whose name leads to somebody else, or to nobody, is not believed, and the log says why.

use std::{fs, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::{
    support::{Provider, Served},
    upstreams::{chooses, configured_with, says_what_to_do},
};

/// An authority that the broker's machine trusts.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn called(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// What a server speaks TLS with whose certificate has this name.
    fn server(&self, name: &str) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }
}

/// What the log has of why an upstream is not asked.
fn cause(served: &mut Served, number: usize) -> String {
    let upstream = format!("`bad{number}`");
    let line = served.says(|line| {
        let detail = line["detail"].as_str();
        line["code"] == "upstream_unreachable"
            && detail.is_some_and(|detail| detail.contains(&upstream))
    });
    line["detail"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn ft_07_a_name_that_leads_to_somebody_else_is_not_believed() {
    let (trusted, stranger) = (Authority::called("ours"), Authority::called("theirs"));
    let providers = [
        // The name of the issuer is `localhost`; here somebody else answers to it.
        Provider::over_tls(trusted.server("idp.elsewhere.example")),
        Provider::over_tls(stranger.server("localhost")),
        Provider::over_tls(trusted.server("localhost")),
        // RFC 6761 6.4: nobody ever has this name.
        Provider::nowhere("https://idp.invalid"),
    ];
    let mut served = configured_with(&providers);
    let roots = served.path().join("roots.pem");
    fs::write(&roots, trusted.0.pem()).unwrap();
    served.environment = vec![
        ("SSL_CERT_FILE", roots.display().to_string()),
        ("NO_PROXY", "*".to_owned()),
    ];
    served.start("");
    for (number, said) in [
        (0, "not valid for name"),
        (1, "UnknownIssuer"),
        (3, "lookup"),
    ] {
        let (_, page) = chooses(&served, number, &format!("at{number}")).await;
        says_what_to_do(&page, number);
        let cause = cause(&mut served, number);
        assert!(cause.contains(said), "{cause}");
    }
    // The control.
    let (_, page) = chooses(&served, 2, "at2").await;
    let there = page.redirect();
    let there = there.unwrap_or_else(|| panic!("{}", page.unlike("no redirect")));
    assert!(there.as_str().starts_with(&providers[2].issuer()));
}
