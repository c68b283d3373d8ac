//! FT-06: the broker's clock jumps, and comes back.

use chrono::TimeDelta;

use crate::support::{ByClock, Person, Served, granted};

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
