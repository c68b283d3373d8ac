//! FT-06: the broker's clock jumps, and comes back.

use chrono::TimeDelta;

use crate::support::{ByClock, Person, Served, granted, typed};

#[actix_web::test]
async fn ft_06_a_clock_that_jumps_lets_nobody_in_and_revives_no_code_and_needs_no_restart() {
    let mut served = Served::prepared();
    // The master key and the store's own files, as the program makes them.
    served.start("");
    served.kill();
    let broker = ByClock::of(&served);
    let mut alice = Person::called("alice", broker.address);
    alice.sets_up().await;
    let code = alice.app.as_ref().unwrap().used_code();
    let answer = alice.is_vouched_for().await;
    for (number, off) in [
        TimeDelta::hours(1),
        TimeDelta::hours(-1),
        TimeDelta::minutes(-10),
        TimeDelta::days(3653),
    ]
    .into_iter()
    .enumerate()
    {
        broker.is_off_by(off);
        // The identity provider's clock is right: its answers are old, or of the future.
        let page = alice.browser.brings(answer.clone()).await.unwrap();
        assert!(
            (400..500).contains(&page.status),
            "{off}: {}",
            page.unlike("let in")
        );
        assert!(!page.texts("h1").is_empty(), "{off}");
        let mut bob = Person::called(&format!("bob{number}"), broker.address);
        // And so is the application's: its requests are.
        let page = bob.asks().await;
        assert!(
            (400..500).contains(&page.status),
            "{off}: {}",
            page.unlike("let in")
        );
        assert!(page.redirect().is_none() && !page.texts("h1").is_empty());
        broker.is_off_by(TimeDelta::zero());
        // The control: right again, without a restart; and a code that was used stays used.
        bob.sets_up().await;
        let page = alice.logs_in_with_app(&code).await;
        assert_eq!(
            page.status,
            422,
            "{off}: {}",
            page.unlike("a used code counts")
        );
        served.tell("audit verify");
    }
    let backup = alice.codes[0].clone();
    let page = alice.logs_in_with(&backup).await;
    assert!(granted(&page), "{}", page.unlike("no way in"));
}

#[actix_web::test]
async fn ft_06_of_two_nodes_whose_clocks_differ_none_takes_what_the_other_used() {
    let mut served = Served::prepared();
    served.start("");
    served.kill();
    let (right, wrong) = (ByClock::of(&served), ByClock::of(&served));
    let mut alice = Person::called("alice", right.address);
    alice.sets_up().await;
    // Codes of her app do not fit a clock that is 90 s off. What does not fit is not used up.
    wrong.is_off_by(TimeDelta::seconds(90));
    let page = alice.arrives().await;
    let code = alice.app.as_mut().unwrap().code().await;
    alice.browser.at = wrong.address;
    let refused = alice.browser.submit(&typed(&page, &code)).await.unwrap();
    assert_eq!(refused.status, 422, "{}", refused.unlike("let in"));
    alice.browser.at = right.address;
    let page = alice.browser.submit(&typed(&refused, &code)).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    let page = alice.logs_in_with_app(&code).await;
    assert_eq!(page.status, 422, "{}", page.unlike("let in"));
    for (number, off) in [90, -90].into_iter().enumerate() {
        wrong.is_off_by(TimeDelta::seconds(off));
        // A login that one node began ends at the other; what was used there is used here.
        let backup = alice.codes[number].clone();
        let page = alice.arrives().await;
        alice.browser.at = wrong.address;
        let page = alice.takes_backup_way(&page).await;
        let page = alice.browser.submit(&typed(&page, &backup)).await.unwrap();
        assert!(granted(&page), "{off}: {}", page.unlike("no answer"));
        alice.browser.at = right.address;
        let page = alice.logs_in_with(&backup).await;
        assert_eq!(page.status, 422, "{off}: {}", page.unlike("let in"));
        served.tell("audit verify");
    }
}
