//! An upstream that is believed about a second factor: by which words, for how long, and for whom (attack rows AC-02 to
//! AC-06).

use chrono::TimeDelta;
use vestibule_core::{
    audit::AuditEvent,
    id::AppId,
    policy::{Belief, Condition, FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::*,
    request::Refusal,
    routing::{RouteCondition, RouteRule, Routing, Target},
    session::SingleSignOn,
};
use vestibule_engine::{Act, Ask, Parts, Shown, Visitor};

use crate::support::*;

const REFEDS: &str = "https://refeds.org/profile/mfa";
const MULTIPLE: &str = "http://schemas.microsoft.com/claims/multipleauthn";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const WIKI: &str = "app=wiki&id=r9";

/// Everybody passes a factor here, or, if the rule accepts that, at the upstream.
fn ruled(parts: &mut Parts, accepts_upstream: bool, first_enrolment: FirstEnrolment) {
    let kinds = Kinds::new(parts.factors.values().map(|one| one.traits().clone()));
    let rule = Rule {
        name: "Everyone".into(),
        when: None,
        then: Verdict::Require {
            factors: vec![kind("totp"), kind("backup_code")],
            first_enrolment,
            max_age: None,
            accepts_upstream,
        },
    };
    parts.policy = Policy::new(vec![rule], &kinds).unwrap();
}

/// Each value where it belongs, for ten minutes.
fn believing(parts: &mut Parts) {
    let belief = Belief {
        contexts: [REFEDS.to_owned()].into(),
        methods: [MULTIPLE.to_owned(), "mfa".to_owned()].into(),
        max_age: TimeDelta::minutes(10),
    };
    parts.upstreams.get_mut(&upstream("adfs")).unwrap().belief = Some(belief);
    ruled(parts, true, FirstEnrolment::Inline);
}

/// The same rules, and nobody is believed.
fn doubting(parts: &mut Parts) {
    ruled(parts, true, FirstEnrolment::Inline);
}

fn with_context() -> String {
    format!("subject=alice&context={REFEDS}")
}

/// Into Jira by the upstream's word.
async fn comes_in(house: &House, visitor: Visitor) -> SignedIn {
    let token = token_of(house.log_in(&with_context(), visitor).await);
    SignedIn::with(token, visitor)
}

#[tokio::test]
async fn ac_02_ac_03_ac_04_ac_05_only_exact_and_fresh_words_open_the_second_door() {
    let believed = [
        format!("context={PASSWORD}&methods={PASSWORD},{MULTIPLE}"),
        format!("context={REFEDS}&ago=600"),
    ];
    let not_believed = [
        format!("context={PASSWORD}&methods={PASSWORD},pwd"),
        format!("context=%20{REFEDS}&methods={MULTIPLE}%0A"),
        format!("groups={REFEDS},mfa"),
        format!("context={REFEDS}&undated=1"),
        format!("context={REFEDS}&ago=-121"),
    ];
    let house = House::with(believing).await;
    let answers = believed.iter().chain(&not_believed).zip(1..);
    for (said, number) in answers {
        let outcome = house
            .log_in(&format!("subject=alice&{said}"), browser(number))
            .await;
        if believed.contains(said) {
            assert_eq!(answer(outcome, "amr").as_deref(), Some("mfa pwd"), "{said}");
        } else {
            assert_eq!(met(outcome), Met::SetUp, "{said}");
        }
    }
    let all = AuditFilter {
        most: 100,
        ..AuditFilter::default()
    };
    let logins = house.store.entries(&all).await.unwrap().into_iter();
    let logins = logins.map(|entry| entry.record);
    let logins = logins.filter(|record| record.event == AuditEvent::Login);
    let factors: Vec<_> = logins.map(|record| record.factor).collect();
    assert_eq!(factors, vec![Some(kind("upstream")); believed.len()]);
}

/// The upstream may be believed, and still no rule need accept that.
#[tokio::test]
async fn ac_02_a_rule_that_does_not_accept_it_takes_no_word() {
    let house = House::with(|parts| {
        believing(parts);
        ruled(parts, false, FirstEnrolment::Inline);
    })
    .await;
    let outcome = house.log_in(&with_context(), browser(1)).await;
    assert_eq!(met(outcome), Met::SetUp);
}

/// Another upstream is another matter.
#[tokio::test]
async fn ac_02_an_upstream_is_believed_for_itself_alone() {
    let house = House::with(|parts| {
        believing(parts);
        let [adfs, other] = ["adfs", "other"].map(upstream);
        let belief = parts.upstreams.get_mut(&adfs).unwrap().belief.take();
        parts.upstreams.get_mut(&other).unwrap().belief = belief;
    })
    .await;
    let outcome = house.log_in(&with_context(), browser(1)).await;
    assert_eq!(met(outcome), Met::SetUp);
}

/// The answer is there, and nobody has looked at it, when the setting changes: what holds at the decision counts.
#[tokio::test]
async fn ac_06_what_is_believed_at_the_decision_counts() {
    let table = [
        (true, true, Met::In),
        (true, false, Met::SetUp),
        (false, true, Met::In),
        (false, false, Met::SetUp),
    ];
    for (before, after, meets) in table {
        let set = |believes| if believes { believing } else { doubting };
        let first = House::with(set(before)).await;
        let handle = handle_of(&first.arrive("app=jira&id=r1", browser(1)).await.unwrap());
        let callback = Callback {
            query: format!("handle={handle}&{}", with_context()),
            form: None,
        };
        let unknown = Visitor {
            browser: None,
            ..browser(1)
        };
        let adfs = upstream("adfs");
        let sent = first.engine.callback(&adfs, callback, unknown).await;
        let Ok(Shown::Onward(page)) = sent else {
            panic!("{sent:?}")
        };
        let second = first.restarted(set(after));
        let met = met(second.engine.show(&page, browser(1)).await);
        assert_eq!(met, meets, "{before} then {after}");
    }
}

/// A session does not keep what is not believed any more.
#[tokio::test]
async fn ac_06_what_was_believed_in_a_session_is_weighed_again() {
    let house = House::with(believing).await;
    let alice = comes_in(&house, browser(1)).await;
    assert_eq!(house.meets(WIKI, &alice).await, Met::In);
    let doubting = house.restarted(doubting);
    assert_eq!(doubting.meets(WIKI, &alice).await, Met::SetUp);
}

#[tokio::test]
async fn ac_03_who_was_believed_too_long_ago_passes_the_factor_where_they_did() {
    let house = House::with(believing).await;
    let alice = comes_in(&house, browser(1)).await;
    house.clock.forward(600);
    assert_eq!(house.meets(WIKI, &alice).await, Met::In);
    house.clock.forward(1);
    let passive = format!("{WIKI}&passive=1");
    let refused = Met::Refused("interaction".into());
    assert_eq!(house.meets(&passive, &alice).await, refused);
    let sent = house.arrive("app=jira&id=r1", alice.visitor).await;
    let handle = handle_of(sent.as_ref().unwrap());
    assert_eq!(met(sent), Met::Anew);
    let back = house
        .come_back(&handle, &with_context(), alice.visitor)
        .await;
    let token = token_of(back);
    let alice = SignedIn::with(token, browser(1));
    assert_eq!(house.meets(WIKI, &alice).await, Met::In);
}

/// The upstream has a session of its own, which outlasts ours: what was passed in it before does not count after a
/// revocation.
#[tokio::test]
async fn ac_03_what_was_passed_before_a_revocation_is_passed_again() {
    let house = House::with(believing).await;
    comes_in(&house, browser(1)).await;
    house.clock.forward(60);
    house.revoke("alice", vec![]).await;
    house.clock.forward(30);
    let answers = [("&ago=91", Met::Anew), ("&ago=30", Met::In)];
    for ((ago, meets), number) in answers.into_iter().zip(2..) {
        let said = format!("{}{ago}", with_context());
        let outcome = house.log_in(&said, browser(number)).await;
        assert_eq!(met(outcome), meets, "{ago}");
    }
}

/// Nor before a sign-out in this browser, which is remembered as long as a word can count, and for whoever comes from a
/// session that a rule without a factor began since.
#[tokio::test]
async fn ac_03_what_was_passed_before_a_sign_out_is_passed_again() {
    let house = House::with(|parts| {
        believing(parts);
        let adfs = parts.upstreams.get_mut(&upstream("adfs")).unwrap();
        adfs.belief.as_mut().unwrap().max_age = TimeDelta::hours(24);
        let kinds = Kinds::new(parts.factors.values().map(|one| one.traits().clone()));
        let wiki = Rule {
            name: "Wiki".into(),
            when: Some(Condition {
                apps: [AppId::new("wiki").unwrap()].into(),
                ..Condition::default()
            }),
            then: Verdict::Skip,
        };
        let rules = [wiki].into_iter().chain(parts.policy.rules().to_vec());
        parts.policy = Policy::new(rules.collect(), &kinds).unwrap();
        parts.routing = Routing::new(vec![RouteRule {
            when: RouteCondition::default(),
            to: Target::Upstream(upstream("adfs")),
        }]);
    })
    .await;
    let alice = comes_in(&house, browser(1)).await;
    let ids = vec![house.session_of(&alice).await.unwrap().id()];
    house.clock.forward(60);
    let at = house.clock.now();
    let commit = Commit {
        session: Some(SessionChange::End { ids, at }),
        ..Commit::default()
    };
    house.store.commit(commit).await.unwrap();
    for minutes in [1, 20, 23 * 60] {
        house.clock.forward(minutes * 60);
        house.store.clear_expired(house.clock.now()).await.unwrap();
        let since = (house.clock.now() - at).num_seconds();
        let before = format!("{}&ago={}", with_context(), since + 60);
        let outcome = house.log_in(&before, browser(1)).await;
        assert_eq!(met(outcome), Met::Anew, "{minutes}");
        // The wiki wants no factor, and what it begins is good for no more.
        let handle = handle_of(&house.arrive(WIKI, browser(1)).await.unwrap());
        let token = token_of(house.come_back(&handle, &before, browser(1)).await);
        let alice = SignedIn::with(token, browser(1));
        assert_eq!(
            house.meets("app=jira&id=r2", &alice).await,
            Met::Anew,
            "{minutes}"
        );
        // The control: what is said since counts.
        let after = format!("{}&ago={}", with_context(), since - 1);
        let outcome = house.log_in(&after, browser(1)).await;
        assert_eq!(met(outcome), Met::In, "{minutes}");
    }
}

/// Who is sent again goes no way round by the session that was not enough: not by the page where they choose or type, not
/// after they turned back at the upstream.
#[tokio::test]
async fn ac_03_who_is_sent_again_does_not_come_by_the_session() {
    for with_mail in [false, true] {
        let house = House::with(|parts| {
            believing(parts);
            if with_mail {
                parts.routing = Routing::new(vec![
                    RouteRule {
                        when: RouteCondition {
                            email_domains: ["elsewhere.example".to_owned()].into(),
                            ..RouteCondition::default()
                        },
                        to: Target::Upstream(upstream("other")),
                    },
                    RouteRule {
                        when: RouteCondition::default(),
                        to: Target::Upstream(upstream("adfs")),
                    },
                ]);
            }
        })
        .await;
        let alice = match with_mail {
            false => comes_in(&house, browser(1)).await,
            true => {
                let page = screen(house.arrive("app=jira&id=r1", browser(1)).await);
                let typed = Act::Mail("alice@acme.example".into());
                let sent = house.act(&page, typed, browser(1)).await;
                let handle = handle_of(&sent.unwrap());
                let back = house.come_back(&handle, &with_context(), browser(1)).await;
                SignedIn::with(token_of(back), browser(1))
            }
        };
        house.clock.forward(601);
        let sent = house.arrive("app=jira&id=r2", alice.visitor).await;
        let met_again = if with_mail {
            let page = screen(sent);
            assert!(matches!(page.ask, Ask::Mail { .. }), "{page:?}");
            let typed = Act::Mail("alice@acme.example".into());
            met(house.act(&page, typed, alice.visitor).await)
        } else {
            let handle = handle_of(sent.as_ref().unwrap());
            assert_eq!(met(sent), Met::Anew);
            // They turn back there, and go on here.
            let back = house.come_back(&handle, "refused=1", alice.visitor).await;
            let problem = back.expect_err("the upstream said no");
            let page = &problem.way_on.as_ref().unwrap().handle;
            met(house.engine.show(page, alice.visitor).await)
        };
        assert_eq!(met_again, Met::Anew, "{with_mail}");
    }
}

/// Nobody is sent in circles: an upstream that will not say it anew leads to a factor of ours.
#[tokio::test]
async fn ac_03_who_is_sent_again_is_sent_once() {
    for enrolment in [FirstEnrolment::Inline, FirstEnrolment::Refuse] {
        let house = House::with(|parts| {
            believing(parts);
            ruled(parts, true, enrolment);
        })
        .await;
        // The upstream has a session of its own, from long before.
        let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
        let old = format!("{}&ago=601", with_context());
        let sent = house.come_back(&handle, &old, browser(1)).await;
        let handle = handle_of(sent.as_ref().unwrap());
        assert_eq!(met(sent), Met::Anew);
        let page = screen(house.come_back(&handle, &old, browser(1)).await);
        let is_right = match enrolment {
            FirstEnrolment::Inline => matches!(page.ask, Ask::ScanSecret { .. }),
            FirstEnrolment::Refuse => page.ask == Ask::Refused(Refusal::NoFactor),
        };
        assert!(is_right, "{page:?}");
    }
}

/// Who has a factor of ours passes that one.
#[tokio::test]
async fn a_factor_of_ours_is_asked_for_before_anybody_is_sent_again() {
    let house = House::with(believing).await;
    house.enrolled("alice", browser(1)).await;
    let alice = comes_in(&house, browser(2)).await;
    assert_eq!(house.meets(WIKI, &alice).await, Met::In);
    house.clock.forward(601);
    assert_eq!(house.meets(WIKI, &alice).await, Met::Code);
}

/// `own_factor`: what was said in another login does not count, whether a session of ours tells of it or one of the
/// upstream's, and is said anew.
#[tokio::test]
async fn ac_03_an_application_that_wants_its_own_factor_wants_its_own_word() {
    let house = House::with(|parts| {
        believing(parts);
        let jira = AppId::new("jira").unwrap();
        parts.apps.get_mut(&jira).unwrap().single_sign_on = SingleSignOn::OwnFactor;
    })
    .await;
    let jira = "app=jira&id=r1";
    let alice = comes_in(&house, browser(1)).await;
    assert_eq!(house.meets(jira, &alice).await, Met::Anew);
    // Without the session: the upstream lets them pass by its own.
    for (ago, meets) in [("120", Met::In), ("121", Met::Anew)] {
        let said = format!("{}&ago={ago}", with_context());
        let outcome = house.log_in(&said, browser(2)).await;
        assert_eq!(met(outcome), meets, "{ago}");
    }
    // And who has a factor of ours passes that one.
    house.enrolled("bob", browser(4)).await;
    let said = format!("subject=bob&context={REFEDS}&ago=121");
    assert_eq!(met(house.log_in(&said, browser(4)).await), Met::Code);
}

/// MF-40, MF-44: the page where factors are set up opens by those alone.
#[tokio::test]
async fn ac_02_the_account_page_takes_no_word() {
    let house = House::with(believing).await;
    let page = house.towards_account(&with_context(), browser(1)).await;
    assert_eq!(met(page), Met::SetUp);
}

/// An application that insists on a second factor is told of the upstream's.
#[tokio::test]
async fn an_application_that_asks_for_a_second_factor_takes_the_upstreams() {
    let house = House::with(believing).await;
    for (said, meets) in [("methods=mfa", Met::In), ("methods=pwd", Met::SetUp)] {
        let sent = house.arrive("app=jira&id=r1&demand=second_factor", browser(1));
        let handle = handle_of(&sent.await.unwrap());
        let answer = format!("subject=alice&{said}");
        let outcome = house.come_back(&handle, &answer, browser(1)).await;
        assert_eq!(met(outcome), meets, "{said}");
    }
}
