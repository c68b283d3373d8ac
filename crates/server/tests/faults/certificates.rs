//! FT-09, SI-68: the end of a certificate that comes near is told in time, and lets nobody in or out by itself.

use std::fs;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{CertificateParams, KeyPair};

use crate::support::{Browser, Person, Served};

/// A certificate that ends at the beginning of the day in so many days.
fn ending_in(days: i64) -> (String, DateTime<Utc>) {
    let end = (Utc::now() + TimeDelta::days(days)).date_naive();
    let mut params = CertificateParams::new(vec!["idp.acme.example".into()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    let (month, day) = (end.month(), end.day());
    params.not_after = rcgen::date_time_ymd(
        end.year(),
        u8::try_from(month).unwrap(),
        u8::try_from(day).unwrap(),
    );
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let end = end.and_hms_opt(0, 0, 0).unwrap().and_utc();
    (pem, end)
}

#[actix_web::test]
async fn ft_09_si_68_an_end_that_comes_near_is_told_in_log_figures_and_check() {
    let upstreams = [
        ("far", 90, None),
        ("near", 20, Some(("certificate_ends_soon", "WARN", 30))),
        ("nearer", 3, Some(("certificate_ends_soon", "ERROR", 7))),
        ("past", -3, Some(("certificate_expired", "ERROR", 0))),
    ];
    let mut served = Served::configured(|usual| {
        let mut added = String::new();
        for (id, _, _) in upstreams {
            added += &format!(
                "  {id}: {{ saml: {{ entity_id: \"https://{id}.example\", sso_url: \"https://{id}.example/sso\", certificate_file: {id}.pem }} }}\n"
            );
        }
        let text = usual.replace("apps:\n", &format!("{added}apps:\n"));
        let choice = upstreams.map(|(id, _, _)| id).join(", ");
        format!("{text}routing:\n  - {{ choose: [adfs, {choice}] }}\n")
    });
    let ends = upstreams.map(|(id, days, _)| {
        let (pem, end) = ending_in(days);
        fs::write(served.path().join(format!("{id}.pem")), pem).unwrap();
        end
    });
    served.start("");
    // Dates are told, not enforced: nobody's login is concerned.
    Person::called("alice", served.address()).sets_up().await;
    for (id, _, told) in upstreams {
        let Some((code, level, within)) = told else {
            continue;
        };
        let line = served.says(|line| line["upstream"] == id && line["code"] == code);
        assert_eq!(line["purpose"], "upstream_signing", "{line}");
        assert_eq!(line["level"], level, "{line}");
        assert_eq!(line["within_days"], within, "{line}");
    }
    let figures = Browser::new(served.address()).get_here("/metrics").await;
    for ((id, _, _), end) in upstreams.into_iter().zip(ends) {
        let line = figures.lines().find(|line| {
            let labels = format!(r#"{{use="upstream_signing",upstream="{id}","#);
            line.starts_with(&format!("vestibule_certificate_expires_seconds{labels}"))
        });
        let value: f64 = line.unwrap().rsplit_once(' ').unwrap().1.parse().unwrap();
        assert_eq!(value.to_string(), end.timestamp().to_string(), "{id}");
    }
    for ours in ["identity_provider_signing", "service_provider_signing"] {
        assert!(figures.contains(&format!(r#"use="{ours}""#)), "{figures}");
    }
    let checked = served.tell("check");
    for (id, _, told) in upstreams {
        let place = format!("upstreams.{id}.saml.certificate_file: the certificate");
        assert_eq!(checked.contains(&place), told.is_some(), "{checked}");
    }
    // The control: what is far is not told.
    served.says(|line| line["route"] == "/metrics");
    assert!(served.heard().iter().all(|line| line["upstream"] != "far"));
}
