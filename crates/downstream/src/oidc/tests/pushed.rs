//! Requests that were pushed before: taken up once, by whoever pushed them.

use chrono::TimeDelta;
use vestibule_core::{
    id::FamilyId,
    request::Memo,
    token::{TokenChange, TokenPurpose, TokenRecord},
};
use vestibule_oidc::provider::pushed;

use super::{super::*, house::*};
use crate::conformance::now;

const SECRET: &str = "vsp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Jira pushed this.
fn push(house: &House, change: impl FnOnce(&mut TokenRecord)) {
    let app = house.registry.app(&app_id(JIRA)).unwrap();
    let accepted = pushed::judge(&query(JIRA, "one", ""), &app.client).unwrap();
    let key = opaque::key_of(TokenPurpose::PushedRequest, SECRET).unwrap();
    let mut record = TokenRecord {
        key,
        purpose: TokenPurpose::PushedRequest,
        app: app_id(JIRA),
        person: None,
        session: None,
        family: FamilyId::from_bytes([1; 16]),
        body: Memo::of(&accepted).unwrap(),
        issued_at: now(),
        expires_at: now() + TimeDelta::seconds(60),
        keep_until: now() + TimeDelta::seconds(60),
        used_at: None,
    };
    change(&mut record);
    house.kept.0.lock().unwrap().insert(key, record);
}

fn brought(client_id: &str, secret: &str) -> Incoming {
    let uri = format!("urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A{secret}");
    by_get(format!(
        "client_id={client_id}&request_uri={uri}&state=forged"
    ))
}

#[tokio::test]
async fn a_pushed_request_is_taken_up_and_used_up_by_its_answer() {
    let house = house(|settings| {
        let app = settings.apps.get_mut(&app_id(JIRA)).unwrap();
        app.client.require_pushed = true;
    });
    push(&house, |_| {});
    let request = house
        .provider
        .receive(&brought(JIRA, SECRET), now())
        .await
        .unwrap();
    let answered = house.answer(request).await.unwrap();
    assert_eq!(sent(&answered.reply).1["state"], "one");
    let used = answered.tokens.iter().any(|change| {
        matches!(
            change,
            TokenChange::Use {
                purpose: TokenPurpose::PushedRequest,
                ..
            }
        )
    });
    assert!(used);
    // Without, this application is not heard.
    let rejection = house.request(JIRA, "one", "").await.unwrap_err();
    assert_eq!(rejection.code, "authorization_push_required");
}

#[tokio::test]
async fn a_pushed_request_of_another_or_past_its_time_is_nothing() {
    type Change = fn(&mut TokenRecord);
    let cases: [(Change, &str, &str, &str); 6] = [
        (
            |record| record.used_at = Some(now()),
            JIRA,
            SECRET,
            "authorization_pushed_unknown",
        ),
        (
            |record| record.expires_at = now(),
            JIRA,
            SECRET,
            "authorization_pushed_unknown",
        ),
        (|_| {}, WIKI, SECRET, "authorization_pushed_by_another"),
        (
            |record| record.app = app_id(WIKI),
            WIKI,
            SECRET,
            "authorization_pushed_by_another",
        ),
        (
            |_| {},
            JIRA,
            "vsp_BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "authorization_pushed_unknown",
        ),
        (|_| {}, JIRA, "AAAA", "authorization_pushed_unknown"),
    ];
    for (change, client_id, secret, code) in cases {
        let house = house(|_| {});
        push(&house, change);
        let rejection = house
            .provider
            .receive(&brought(client_id, secret), now())
            .await;
        let rejection = rejection.unwrap_err();
        assert_eq!(
            (rejection.code, rejection.tell),
            (code, vestibule_core::port::Tell::Nobody)
        );
    }
}
