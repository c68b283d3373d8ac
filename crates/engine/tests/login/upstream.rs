//! Messages of applications and answers of upstreams (attack rows SI-62, SI-66, SI-76, SI-86, SO-01).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    id::{AppId, UpstreamId},
    identity::VerifiedIdentity,
    port::*,
    request::Memo,
    routing::{RouteCondition, RouteRule, Routing, Target},
};
use vestibule_engine::{Act, Ask, Leads, ProblemKind, Shown, Visitor};

use crate::support::*;

#[tokio::test]
async fn si_62_an_assertion_counts_once_whatever_login_it_is_brought_to() {
    let house = House::build().await;
    let one = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let two = handle_of(&house.arrive("app=jira&id=r2", browser(2)).await.unwrap());
    assert!(
        house
            .come_back(&one, "subject=alice&id=_a1", browser(1))
            .await
            .is_ok()
    );
    let problem = house
        .come_back(&two, "subject=alice&id=_a1", browser(2))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "already_used");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:already_used".to_owned())
    );
    // The login was not moved on: a fresh answer still finishes it.
    assert!(
        house
            .come_back(&two, "subject=alice&id=_a2", browser(2))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_66_an_answer_counts_only_for_the_upstream_that_was_asked() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let callback = Callback {
        query: format!("handle={handle}&subject=alice"),
        form: None,
    };
    let problem = house
        .engine
        .callback(&upstream("other"), callback, browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ProblemKind::UnknownLogin);
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_86_a_victim_is_not_logged_in_by_a_forwarded_answer() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    // The attacker's answer, posted in the victim's browser.
    let callback = Callback {
        query: format!("handle={handle}&subject=mallory"),
        form: None,
    };
    let Ok(Shown::Onward(page)) = house
        .engine
        .callback(&upstream("adfs"), callback, browser(2))
        .await
    else {
        panic!()
    };
    assert_eq!(
        house.engine.show(&page, browser(2)).await.unwrap_err().kind,
        ProblemKind::OtherBrowser
    );
}

#[tokio::test]
async fn a_rejected_answer_leaves_the_login_open_and_is_written_down() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let problem = house
        .come_back(&handle, "forged=1", browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "signature_missing");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:signature_missing".to_owned())
    );
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn so_01_a_rejected_request_sends_nothing_anywhere() {
    let house = House::build().await;
    let problem = house.arrive("app=evil", browser(1)).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.way_on),
        (ProblemKind::RequestRejected, None)
    );
    assert!(
        house
            .reasons()
            .await
            .contains(&"Request:app_unknown".to_owned())
    );
}

/// A browser that is not behind the address of the others.
fn elsewhere(number: u8) -> Visitor {
    Visitor {
        address: Some("203.0.113.99".parse().unwrap()),
        ..browser(number)
    }
}

async fn opened(house: &House, visitor: Visitor) -> String {
    handle_of(&house.arrive("app=jira&id=r1", visitor).await.unwrap())
}

/// The browser brings an answer; where it is sent then is not asked for.
async fn brings(house: &House, handle: &str, answer: &str, visitor: Visitor) -> Outcome {
    let callback = Callback {
        query: format!("handle={handle}&{answer}"),
        form: None,
    };
    let carrier = Visitor {
        browser: None,
        ..visitor
    };
    let adfs = upstream("adfs");
    Box::pin(house.engine.callback(&adfs, callback, carrier)).await
}

fn code_of(outcome: Outcome) -> &'static str {
    outcome.unwrap_err().code
}

/// Of a flood, about sixty are written down; the time that the test takes allows some more.
async fn few_are_written(house: &House, reason: &str) {
    let reasons = house.reasons().await;
    let written = reasons.iter().filter(|written| *written == reason).count();
    assert!((60..120).contains(&written), "{written} of {reason}");
}

#[tokio::test]
async fn si_76_a_source_has_twenty_refused_answers_a_minute_and_good_ones_cost_nothing() {
    let house = House::build().await;
    // benign control: an office at nine o'clock, none of whom is counted
    for number in 10..40 {
        let answer = format!("subject=person{number}");
        assert!(house.log_in(&answer, browser(number)).await.is_ok());
    }
    for _ in 0..2 {
        let handle = opened(&house, browser(1)).await;
        for _ in 0..10 {
            let told = brings(&house, &handle, "forged=1", browser(1)).await;
            assert_eq!(code_of(told), "signature_missing");
        }
    }
    // From now on nothing can be told of an answer, whether it is good or bad, and from wherever it is brought.
    let handle = opened(&house, browser(1)).await;
    for answer in ["forged=1", "subject=alice"] {
        for carrier in [browser(1), elsewhere(1)] {
            let problem = brings(&house, &handle, answer, carrier).await.unwrap_err();
            assert_eq!(problem.code, "answers_wait", "{answer}");
            let kind = ProblemKind::TooManyRefused {
                upstream: "ADFS".to_owned(),
            };
            assert_eq!(problem.kind, kind);
            assert!(problem.way_on.is_some(), "the login can go on later");
        }
    }
    assert!(house.log_in("subject=bob", elsewhere(2)).await.is_ok());
    house.clock.forward(60);
    let answer = "subject=alice";
    assert!(house.come_back(&handle, answer, browser(1)).await.is_ok());
}

/// Any page can have a browser post an answer, and knows the handle of a login that its own author opened. Nobody behind
/// that browser's address waits for it.
#[tokio::test]
async fn mf_25_si_76_a_foreign_page_does_not_make_a_visitors_office_wait() {
    let house = House::build().await;
    for _ in 0..3 {
        let attackers = opened(&house, elsewhere(66)).await;
        for _ in 0..20 {
            let told = brings(&house, &attackers, "forged=1", browser(1)).await;
            assert!(told.is_err());
        }
    }
    let answer = "subject=alice";
    assert!(house.log_in(answer, browser(1)).await.is_ok());
    // control: it is not for nothing that the office does not wait; who opened those logins does
    let handle = opened(&house, elsewhere(2)).await;
    let told = brings(&house, &handle, answer, elsewhere(2)).await;
    assert_eq!(code_of(told), "answers_wait");
}

/// From wherever they are brought, and however slowly: a login has twenty.
#[tokio::test]
async fn si_76_a_login_ends_with_its_twentieth_refused_answer() {
    for (bad, ends) in [(19, false), (20, true)] {
        let house = House::build().await;
        let handle = opened(&house, browser(1)).await;
        for number in 1..=bad {
            let carrier = Visitor {
                address: format!("2001:db8:0:{number:x}::1").parse().ok(),
                ..browser(1)
            };
            let problem = brings(&house, &handle, "forged=1", carrier)
                .await
                .unwrap_err();
            assert_eq!(problem.code, "signature_missing");
            assert_eq!(problem.way_on.is_none(), number == 20, "{number}");
            house.clock.forward(30);
        }
        let outcome = house.come_back(&handle, "subject=alice", browser(1)).await;
        if ends {
            assert_eq!(outcome.unwrap_err().kind, ProblemKind::Finished);
        } else {
            assert!(outcome.is_ok(), "{outcome:?}");
        }
    }
}

/// Answers of many logins that are all judged before the first of them is counted tell no more than those that come one
/// by one.
#[tokio::test]
async fn si_76_fifty_at_once_learn_of_twenty() {
    let house = Arc::new(House::build().await);
    let mut handles = Vec::new();
    for _ in 0..50 {
        handles.push(opened(&house, browser(1)).await);
    }
    let mut brought = tokio::task::JoinSet::new();
    for handle in handles {
        let house = Arc::clone(&house);
        brought.spawn(async move { brings(&house, &handle, "forged=1", browser(1)).await });
    }
    let told = brought.join_all().await.into_iter();
    let judged = told.filter(|outcome| {
        outcome
            .as_ref()
            .is_err_and(|problem| problem.code == "signature_missing")
    });
    let judged = judged.count();
    assert_eq!(judged, 20);
}

/// Whoever goes on during the wait does not fill the log: of what is not judged, no more is written down than of other
/// refused messages.
#[tokio::test]
async fn si_76_what_is_not_judged_does_not_fill_the_log() {
    let house = House::build().await;
    for (number, code) in [
        (10, "signature_missing"),
        (10, "signature_missing"),
        (280, "answers_wait"),
    ] {
        let handle = opened(&house, browser(1)).await;
        for _ in 0..number {
            let told = brings(&house, &handle, "forged=1", browser(1)).await;
            assert_eq!(code_of(told), code);
        }
    }
    let reasons = house.reasons().await;
    let judged = |reason: &&String| *reason == "Upstream:signature_missing";
    assert_eq!(reasons.iter().filter(judged).count(), 20);
    few_are_written(&house, "Upstream:answers_wait").await;
}

/// An upstream that counts what it is asked, and takes its time.
struct Counted {
    of: Arc<dyn Upstream>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Upstream for Counted {
    fn id(&self) -> &UpstreamId {
        self.of.id()
    }

    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        self.of.begin(begin).await
    }

    fn handle_in(&self, callback: &Callback) -> Option<String> {
        self.of.handle_in(callback)
    }

    async fn finish(
        &self,
        memo: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        // Whoever comes now finds the first one at it.
        tokio::task::yield_now().await;
        self.of.finish(memo, answer, now).await
    }
}

/// What was asked with is used up, as a code is: whoever brings the same news again, alone or a hundred times at once,
/// costs the provider no further question. The person can try again.
#[tokio::test]
async fn wa_21_a_login_that_the_upstream_said_no_to_is_used_up() {
    let asked = Arc::new(AtomicUsize::new(0));
    let house = House::with(|parts| {
        let adfs = parts.upstreams.get_mut(&upstream("adfs")).unwrap();
        adfs.adapter = Arc::new(Counted {
            of: Arc::clone(&adfs.adapter),
            asked: Arc::clone(&asked),
        });
    });
    let house = Arc::new(house.await);
    let handle = opened(&house, browser(1)).await;
    let mut brought = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (house, handle) = (Arc::clone(&house), handle.clone());
        brought.spawn(async move { brings(&house, &handle, "refused=1", browser(1)).await });
    }
    let mut told = brought.join_all().await;
    for _ in 0..100 {
        told.push(brings(&house, &handle, "refused=1", browser(1)).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let (onward, refused): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    assert!(matches!(onward[0], Ok(Shown::Onward(_))));
    let [Err(problem)] = &refused[..] else {
        panic!("{refused:?}")
    };
    assert_eq!(problem.code, "upstream_denied");
    let reasons = house.reasons().await;
    assert_eq!(reasons, ["Upstream:upstream_denied"]);
    let page = &problem.way_on.as_ref().unwrap().handle;
    let again = handle_of(&house.engine.show(page, browser(1)).await.unwrap());
    let answer = "subject=alice";
    assert!(house.come_back(&again, answer, browser(1)).await.is_ok());
}

/// That an upstream says no, or is down, is not held against others who come from the same address.
#[tokio::test]
async fn si_76_a_refusal_of_the_upstream_itself_makes_nobody_wait() {
    let house = House::build().await;
    for _ in 0..100 {
        let told = house.log_in("refused=1", browser(1)).await;
        assert_eq!(code_of(told), "upstream_denied");
    }
    assert!(house.log_in("subject=alice", browser(1)).await.is_ok());
}

/// To be sent to the upstream anew counts as a login that is opened: those that may be had at once are had with this one,
/// and then it is over. Of what the upstream said, little is written down.
#[tokio::test]
async fn wa_21_to_try_again_and_again_is_no_way_round_the_brake() {
    let house = House::build().await;
    let handle = opened(&house, browser(1)).await;
    let mut denied = 0;
    let ended = loop {
        let problem = brings(&house, &handle, "refused=1", browser(1))
            .await
            .unwrap_err();
        let Some(way_on) = &problem.way_on else {
            break problem;
        };
        denied += 1;
        assert!(denied < 2000, "without end");
        let page = &way_on.handle;
        assert!(house.engine.show(page, browser(1)).await.is_ok());
    };
    assert_eq!(ended.code, "upstream_denied");
    assert!(denied >= 599, "{denied}");
    few_are_written(&house, "Upstream:upstream_denied").await;
    let told = brings(&house, &handle, "subject=alice", browser(1)).await;
    assert_eq!(told.unwrap_err().kind, ProblemKind::Finished);
    let answer = "subject=bob";
    assert!(house.log_in(answer, elsewhere(2)).await.is_ok());
}

/// The way on is named for what it is: another try is another choice, where there is one.
#[tokio::test]
async fn whose_upstream_is_down_may_choose_another_one() {
    let house = House::with(|parts| {
        parts.upstreams.insert(upstream("down"), part("down"));
        parts.routing = Routing::new(vec![RouteRule {
            when: RouteCondition::default(),
            to: Target::Choice(vec![upstream("adfs"), upstream("down")]),
        }]);
    })
    .await;
    let page = screen(house.arrive("app=jira&id=r1", browser(1)).await);
    let chosen = Act::Upstream(upstream("down"));
    let problem = house.act(&page, chosen, browser(1)).await.unwrap_err();
    assert_eq!(problem.code, "upstream_unreachable");
    let way_on = problem.way_on.unwrap();
    assert_eq!(way_on.leads, Leads::ToChoice);
    let again = screen(house.engine.show(&way_on.handle, browser(1)).await);
    assert!(matches!(again.ask, Ask::ChooseUpstream(_)), "{again:?}");
}

/// What comes to nothing again each time that a page is asked for, is written down a few times.
#[tokio::test]
async fn wa_21_what_fails_at_every_request_does_not_fill_the_log() {
    let house = House::with(|parts| {
        parts.upstreams.insert(upstream("down"), part("down"));
        let jira = RouteCondition {
            apps: [AppId::new("jira").unwrap()].into(),
            ..RouteCondition::default()
        };
        parts.routing = Routing::new(vec![
            RouteRule {
                when: jira,
                to: Target::Upstream(upstream("down")),
            },
            RouteRule {
                when: RouteCondition::default(),
                to: Target::Upstream(upstream("adfs")),
            },
        ]);
        let adfs = parts.upstreams.get_mut(&upstream("adfs")).unwrap();
        adfs.mapping.id = Some("nobody-has-this".to_owned());
    })
    .await;
    let problem = house
        .arrive("app=jira&id=r1", browser(1))
        .await
        .unwrap_err();
    let way_on = problem.way_on.unwrap();
    // One upstream alone is asked here.
    assert_eq!(way_on.leads, Leads::Onward);
    let page = &way_on.handle;
    for _ in 0..299 {
        let told = house.engine.show(page, browser(1)).await;
        assert_eq!(code_of(told), "upstream_unreachable");
    }
    few_are_written(&house, "Upstream:upstream_unreachable").await;

    let other = elsewhere(2);
    let handle = handle_of(&house.arrive("app=wiki&id=r1", other).await.unwrap());
    let Ok(Shown::Onward(page)) = brings(&house, &handle, "subject=alice", other).await else {
        panic!()
    };
    for _ in 0..300 {
        let told = house.engine.show(&page, other).await;
        assert_eq!(code_of(told), "identity_missing_id");
    }
    few_are_written(&house, "Upstream:identity_missing_id").await;
}
