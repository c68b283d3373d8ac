use metrics_exporter_prometheus::PrometheusBuilder;
use vestibule_core::id::KeyId;
use vestibule_saml::crypto::generate::CertificateProfile;
use vestibule_upstream::saml::{Certificate, SigningKey};

use super::*;
use crate::certificates::Purpose;

const NOBODY: [i64; 0] = [];

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A certificate that ends so many days after the start.
fn ending_in(days: i64) -> InUse {
    let profile = CertificateProfile {
        common_name: format!("ends in {days}"),
        not_before: start() - TimeDelta::days(3650),
        not_after: start() + TimeDelta::days(days),
    };
    let key = SigningKey::generate_ec_p256(&profile).unwrap();
    let id = KeyId::new(format!("ends-in-{days}")).unwrap();
    let certificate = Certificate::from_der(key.certificate_der()).unwrap();
    InUse::of_key(Purpose::IdentityProviderSigning, id, certificate)
}

/// Who is told at this time: in how many days each ends.
fn told(certificates: &Certificates, after: TimeDelta) -> Vec<i64> {
    let due = certificates.due(&certificates.lasting, start() + after);
    due.into_iter().map(|(_, end)| end.days).collect()
}

#[test]
fn ft_09_si_68_an_end_that_is_near_is_told_at_the_start_and_each_day() {
    let (day, hour) = (TimeDelta::days(1), TimeDelta::hours(1));
    let certificates = Certificates::new(vec![ending_in(3), ending_in(61)], None, BTreeMap::new());
    assert_eq!(told(&certificates, TimeDelta::zero()), [3]);
    for hours in 1..24 {
        assert_eq!(told(&certificates, hour * hours), NOBODY, "{hours}");
    }
    assert_eq!(told(&certificates, day), [2]);
    // The other one came near.
    assert_eq!(told(&certificates, day + hour * 2), [59]);
    assert_eq!(told(&certificates, day * 3), [0, 58]);
    assert_eq!(told(&certificates, day * 4), [-1, 57]);
    // A clock that was a year ahead, and is right again.
    assert_eq!(told(&certificates, day * 369), [-366, -308]);
    assert_eq!(told(&certificates, day * 5), [-2, 56]);
    assert_eq!(told(&certificates, day * 5 + hour), NOBODY);
}

/// The control.
#[test]
fn ft_09_an_end_that_is_far_is_not_told() {
    let certificates = Certificates::new(vec![ending_in(3650)], None, BTreeMap::new());
    for days in 0..3590 {
        assert_eq!(told(&certificates, TimeDelta::days(days)), NOBODY, "{days}");
    }
    assert_eq!(told(&certificates, TimeDelta::days(3591)), [59]);
}

#[test]
fn ft_09_the_end_of_each_certificate_is_a_figure() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let (near, far) = (ending_in(3), ending_in(3650));
    let expected = [near.clone(), far.clone()].map(|one| {
        format!(
            r#"vestibule_certificate_expires_seconds{{use="identity_provider_signing",upstream="",fingerprint="{}"}} {}"#,
            one.certificate.fingerprint,
            one.certificate.not_after.timestamp()
        )
    });
    let _guard = metrics::set_default_local_recorder(&recorder);
    Certificates::new(vec![near, far], None, BTreeMap::new()).look(start());
    let figures = figures.render();
    for line in expected {
        assert!(figures.contains(&line), "{line}\n{figures}");
    }
}
