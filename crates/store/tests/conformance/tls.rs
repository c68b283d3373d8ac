//! PostgreSQL over TLS: the certificate is verified, whatever libpq would do.

use std::{
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::Path,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use vestibule_core::port::Health;
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};
use vestibule_testkit::postgres::Postgres;

/// A certificate authority of our own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Certificate and key of a server of this name.
    fn certify(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Writes a file that belongs to whoever the folder belongs to: PostgreSQL does not take another's key.
fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    let owner = folder.metadata().unwrap();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// A cluster that takes TLS, with a certificate for 127.0.0.1.
async fn cluster_with_tls(authority: &Authority) -> (Postgres, String) {
    let cluster = Postgres::start().unwrap_or_else(|e| panic!("these tests need PostgreSQL: {e}"));
    let url = cluster.create_database().unwrap();
    let (certificate, key) = authority.certify("127.0.0.1");
    let data = cluster.socket_folder().join("data");
    write(&data, "server.crt", &certificate);
    write(&data, "server.key", &key);
    cluster.sql(&url, "ALTER SYSTEM SET ssl = on").unwrap();
    cluster.sql(&url, "SELECT pg_reload_conf()").unwrap();
    for _ in 0..100 {
        if cluster.sql(&url, "SHOW ssl").unwrap() == "on" {
            return (cluster, url);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("PostgreSQL did not take the certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_certificate_is_spoken_to() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (cluster, url) = cluster_with_tls(&ours).await;
    let folder = tempfile::tempdir().unwrap();
    for (name, pem) in [
        ("ours", &ours.pem),
        ("other", &other.pem),
        ("none", &String::new()),
    ] {
        std::fs::write(folder.path().join(name), pem).unwrap();
    }
    let open = async |url: &str, mode: &str, roots: &str| {
        let roots = folder.path().join(roots);
        let text = format!("{url}?sslmode={mode}&sslrootcert={}", roots.display());
        let config = StoreConfig::new(
            StoreUrl::parse(&text).unwrap(),
            MasterKey::from_bytes([7; 32]),
        );
        Store::open(&config).await
    };

    for mode in ["prefer", "require", "verify-full"] {
        let store = open(&url, mode, "ours").await.unwrap();
        store.ping().await.unwrap();
        let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE application_name = 'vestibule' AND NOT ssl";
        assert_eq!(cluster.sql(&url, plain).unwrap(), "0", "{mode}");
        let error = open(&url, mode, "other").await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{mode}: {error}");
        let misnamed = url.replace("127.0.0.1", "localhost");
        let error = open(&misnamed, mode, "ours").await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{mode}: {error}");
    }
    assert_eq!(
        open(&url, "require", "none").await.unwrap_err().code(),
        "store_url"
    );
    assert_eq!(
        open(&url, "require", "absent").await.unwrap_err().code(),
        "store_url"
    );
}
