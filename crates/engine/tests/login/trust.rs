//! How far an upstream is believed (attack rows SI-57, SI-68b, OI-161, AC-02, AC-04, AC-05).

use vestibule_core::port::*;
use vestibule_engine::{Act, Ask, ProblemKind, Shown, Visitor};

use crate::support::*;

const CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const SECOND_FACTOR: &str = "http://schemas.microsoft.com/claims/multipleauthn";
const REFEDS: &str = "https://refeds.org/profile/mfa";

/// Nobody said that this upstream is to be believed: whatever it says, the second door stays shut.
#[tokio::test]
async fn ac_02_ac_04_ac_05_no_word_of_an_upstream_passes_the_second_door() {
    let house = House::build().await;
    let claims = [
        format!("context={SECOND_FACTOR}"),
        format!("context={REFEDS}"),
        format!("methods={SECOND_FACTOR}"),
        "methods=mfa,otp,hwk,pwd".to_owned(),
        // A password beside a second factor, in both orders.
        format!("methods={CONTEXT},{SECOND_FACTOR}"),
        format!("methods={SECOND_FACTOR},{CONTEXT}&context={SECOND_FACTOR}"),
        // As a value that a comment or white space might have come out of.
        format!("context=%20{REFEDS}%20&methods=%0A{SECOND_FACTOR}"),
        format!("context={REFEDS}%3C!----%3E"),
        // As a group or a name that a person could choose.
        format!("groups={SECOND_FACTOR},mfa,multipleauthn"),
    ];
    for (number, claim) in (1..).zip(&claims) {
        let person = browser(number);
        let page = screen(
            house
                .log_in(&format!("subject=alice&{claim}"), person)
                .await,
        );
        assert!(
            matches!(page.ask, Ask::ScanSecret { .. }),
            "{claim}: {page:?}"
        );
    }
    // Control: a rule with a name lets the same person pass without a factor, and the application is told of a
    // password.
    let office = Visitor {
        address: Some("203.0.113.9".parse().unwrap()),
        ..browser(99)
    };
    let claim = format!("subject=alice&groups=staff&methods={SECOND_FACTOR}&context={REFEDS}");
    let granted = house.log_in(&claim, office).await;
    assert!(is_granted(&granted));
    assert_eq!(answer(granted, "amr").as_deref(), Some("pwd"));
}

/// Another answer to a request that was answered: it is not even judged, and leads to where the login stands.
#[tokio::test]
async fn si_57_a_second_answer_to_the_same_request_changes_nobody() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let staff = "subject=alice&groups=staff&id=_a1";
    let page = screen(house.come_back(&handle, staff, browser(1)).await);
    let again = screen(
        house
            .come_back(&handle, "subject=mallory&id=_a2", browser(1))
            .await,
    );
    assert_eq!(again, page);
    let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
        panic!("{page:?}")
    };
    let code = Act::Code(house.code(&secret));
    let saved = screen(house.act(&page, code, browser(1)).await);
    let granted = house.act(&saved, Act::Confirm, browser(1)).await;
    let person = answer(granted, "person").unwrap();
    assert!(person.contains("alice"), "{person}");
    // And after the login has ended it finds no way in.
    let over = house
        .come_back(&handle, "subject=mallory&id=_a3", browser(1))
        .await;
    assert!(!is_granted(&over), "{over:?}");
}

/// The configuration is read anew at a restart; what began before it is held against what is there now.
#[tokio::test]
async fn si_68b_oi_161_an_upstream_that_was_taken_away_is_not_believed_any_more() {
    let house = House::build().await;
    let visitor = browser(1);
    let asked = handle_of(&house.arrive("app=jira&id=r1", visitor).await.unwrap());
    let parked = handle_of(&house.arrive("app=jira&id=r2", visitor).await.unwrap());
    let callback = |handle: &str, id: &str| Callback {
        query: format!("handle={handle}&subject=alice&groups=staff&id={id}"),
        form: None,
    };
    let brought = house
        .engine
        .callback(&upstream("adfs"), callback(&parked, "_a1"), visitor)
        .await;
    let Ok(Shown::Onward(page)) = brought else {
        panic!("{brought:?}")
    };

    let without = House::on(house.store.clone(), |parts| {
        parts.upstreams.remove(&upstream("adfs"));
    });
    // It was asked, and its answer comes too late.
    let problem = without
        .engine
        .callback(&upstream("adfs"), callback(&asked, "_a2"), visitor)
        .await
        .unwrap_err();
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::UnknownLogin, "upstream_unknown")
    );
    // Its answer was judged before, and nobody has acted on it yet.
    let problem = without.engine.show(&page, visitor).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::NoWay, "not_configured")
    );

    // Control: with it, both go on.
    assert!(house.engine.show(&page, visitor).await.is_ok());
    assert!(
        house
            .come_back(&asked, "subject=alice&id=_a2", visitor)
            .await
            .is_ok()
    );
}
