//! FT-07: an upstream that hangs, drips, floods, fails or sends us elsewhere is its own people's trouble alone.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use tokio::time::{Instant, sleep};
use vestibule_testkit::browser::Page;

use crate::support::{Browser, Fault, Person, Provider, Served};

/// What a broker may grow by, in KiB, while all of it happens. Far below what is sent.
const MOST_GROWTH: u64 = 64 * 1024;
/// When the person must have been told: the broker's own limits, and a busy machine.
const MOST_WAIT: Duration = Duration::from_secs(20);

const FAULTS: [Fault; 5] = [
    Fault::Flood,
    Fault::Hang,
    Fault::Redirect,
    Fault::Trickle,
    Fault::Unavailable,
];

/// A broker with an upstream for each of these providers, and one that is well.
fn among(providers: &[Provider]) -> Served {
    let mut served = configured_with(providers);
    served.start("");
    served
}

/// The same, not started yet.
pub(crate) fn configured_with(providers: &[Provider]) -> Served {
    let served = Served::configured(|usual| {
        let mut added = String::new();
        let mut choice = "adfs".to_owned();
        for (number, provider) in providers.iter().enumerate() {
            let issuer = provider.issuer();
            added += &format!(
                "  bad{number}: {{ label: Bad {number}, oidc: {{ issuer: \"{issuer}\", client_id: us, client_secret_file: secret }} }}\n"
            );
            choice += &format!(", bad{number}");
        }
        let text = usual.replace("apps:\n", &format!("{added}apps:\n"));
        format!("{text}routing:\n  - {{ choose: [{choice}] }}\n")
    });
    let secret = served.path().join("secret");
    fs::write(&secret, "a secret of the two of us").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    served
}

/// The most memory that the process ever had, in KiB.
fn peak(served: &Served) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

pub(crate) fn says_what_to_do(page: &Page, number: usize) {
    assert_eq!(page.status, 502, "{}", page.unlike("no 502"));
    assert_eq!(page.texts("h1"), ["Signing in is not possible right now"]);
    let told = format!("Bad {number} cannot be reached.");
    assert!(page.body.contains(&told), "{}", page.body);
    assert!(page.text(".reference").is_some(), "{}", page.body);
    // There are several, so the button leads to the choice, and says so.
    assert_eq!(page.texts("a.primary"), ["Choose another account"]);
}

/// Begins a login at one of them.
pub(crate) async fn chooses(served: &Served, number: usize, name: &str) -> (Person, Page) {
    let mut person = Person::called(name, served.address());
    let page = person.asks().await;
    let form = page.form_to("/upstream").unwrap();
    let form = form.press(&format!("bad{number}")).unwrap();
    let page = person.browser.submit(&form).await.unwrap();
    (person, page)
}

/// It is asked again, without a restart, as soon as the failure is forgotten.
async fn recovers(served: &Served, number: usize, provider: &Provider) -> (Person, Page) {
    let deadline = Instant::now() + MOST_WAIT;
    loop {
        let (person, page) = chooses(served, number, &format!("later{number}")).await;
        if let Some(there) = page.redirect() {
            assert!(there.as_str().starts_with(&provider.issuer()), "{there}");
            return (person, page);
        }
        assert!(Instant::now() < deadline, "{}", page.unlike("no recovery"));
        sleep(Duration::from_millis(200)).await;
    }
}

/// As far as the provider and back; the address that brings its answer, not asked for yet.
async fn comes_back(served: &Served, number: usize, provider: &Provider) -> (Person, String) {
    let (person, page) = recovers(served, number, provider).await;
    let there = page.redirect().unwrap();
    let state = there.query_pairs().find(|(name, _)| name == "state");
    let back = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", "a code")
        .append_pair("state", &state.unwrap().1)
        .append_pair("iss", &provider.issuer())
        .finish();
    let address = format!("/upstream/bad{number}/oidc/callback?{back}");
    (person, address)
}

/// All of them, each with its fault at this address, while somebody else logs in.
async fn nobody_else_notices(at: &'static str) {
    let providers = FAULTS.map(|fault| Provider::with(fault, at));
    let served = among(&providers);
    // The control: and what a login costs.
    Person::called("before", served.address()).sets_up().await;
    let resident = peak(&served);
    let begun = Instant::now();
    let bad = futures_util::future::join_all((0..FAULTS.len()).map(|number| {
        let served = &served;
        async move { chooses(served, number, &format!("at{number}")).await.1 }
    }));
    let mut meanwhile = Person::called("meanwhile", served.address());
    let good = async {
        meanwhile.sets_up().await;
        begun.elapsed()
    };
    let (pages, good) = futures_util::future::join(bad, good).await;
    let all = begun.elapsed();
    for (number, page) in pages.iter().enumerate() {
        says_what_to_do(page, number);
    }
    assert!(all < MOST_WAIT, "{all:?}");
    // Some of the others wait for a limit; this one waits for none of them.
    assert!(good < all, "{good:?} of {all:?}");
    let grown = peak(&served) - resident;
    assert!(grown < MOST_GROWTH, "{grown} KiB");
    for (provider, fault) in providers.iter().zip(FAULTS) {
        assert!(!provider.was_followed(), "{fault:?}");
        assert!(provider.flooded() < 1 << 27, "{}", provider.flooded());
    }
    for (number, provider) in providers.iter().enumerate() {
        provider.mend();
        recovers(&served, number, provider).await;
    }
}

#[actix_web::test]
async fn ft_07_an_upstream_whose_metadata_fails_is_told_of_and_concerns_nobody_else() {
    nobody_else_notices("/openid-configuration").await;
}

#[actix_web::test]
async fn ft_07_an_upstream_whose_keys_fail_is_told_of_and_concerns_nobody_else() {
    nobody_else_notices("/keys").await;
}

#[actix_web::test]
async fn ft_07_an_upstream_whose_tokens_fail_is_told_of_and_concerns_nobody_else() {
    let providers = FAULTS.map(|fault| Provider::with(fault, "/token"));
    let served = among(&providers);
    Person::called("before", served.address()).sets_up().await;
    let resident = peak(&served);
    let mut waiting = Vec::new();
    for (number, provider) in providers.iter().enumerate() {
        waiting.push(comes_back(&served, number, provider).await);
    }
    let begun = Instant::now();
    let bad = futures_util::future::join_all(
        waiting
            .iter_mut()
            .map(|(person, back)| async move { person.browser.get(back).await.unwrap() }),
    );
    let mut meanwhile = Person::called("meanwhile", served.address());
    let good = async {
        meanwhile.sets_up().await;
        begun.elapsed()
    };
    let (pages, good) = futures_util::future::join(bad, good).await;
    for (number, page) in pages.iter().enumerate() {
        if FAULTS[number] == Fault::Redirect {
            // Here it is an answer, and a wrong one: RFC 6749 5.1 and 5.2 know no other than 200, 400 and 401.
            assert_eq!(page.texts("h1"), ["The answer was not accepted"]);
        } else {
            says_what_to_do(page, number);
        }
    }
    let all = begun.elapsed();
    assert!(good < all && all < MOST_WAIT, "{good:?} of {all:?}");
    assert!(peak(&served) - resident < MOST_GROWTH);
    assert!(providers.iter().all(|provider| !provider.was_followed()));
}

/// What `/metrics` says of how many addresses of this upstream are left alone.
async fn paused(served: &Served, number: usize) -> Option<String> {
    let figures = Browser::new(served.address()).get_here("/metrics").await;
    let name = format!("vestibule_upstream_paused{{upstream=\"bad{number}\"}} ");
    let mut lines = figures.lines();
    lines.find_map(|line| line.strip_prefix(&name).map(str::to_owned))
}

async fn until_paused(served: &Served, number: usize, expected: &str) {
    let deadline = Instant::now() + MOST_WAIT;
    while paused(served, number).await.as_deref() != Some(expected) {
        assert!(Instant::now() < deadline, "never {expected}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[actix_web::test]
async fn ft_07_where_nobody_is_nobody_is_asked_for_a_while() {
    // The others are asked each time: what they say may be said because of the code.
    let providers = [
        Provider::refusing(),
        Provider::with(Fault::Unavailable, "/token"),
        Provider::with(Fault::None, "/token"),
    ];
    let mut served = among(&providers);
    for _ in 0..5 {
        for (number, provider) in providers.iter().enumerate() {
            let (mut person, back) = comes_back(&served, number, provider).await;
            let page = person.browser.get(&back).await.unwrap();
            if number < 2 {
                says_what_to_do(&page, number);
            }
        }
    }
    assert_eq!(providers.each_ref().map(Provider::asked), [0, 5, 5]);
    let line = served.says(|line| line["code"] == "upstream_paused");
    assert_eq!(line["upstream"], "bad0", "{line}");
    let cause = line["cause"].as_str().unwrap().to_lowercase();
    assert!(cause.contains("refused"), "{line}");
    let line = served.says(|line| {
        let detail = line["detail"].as_str();
        detail.is_some_and(|detail| detail.contains("not asked"))
    });
    assert_eq!(line["code"], "upstream_unreachable", "{line}");
    for (number, expected) in ["1", "0", "0"].into_iter().enumerate() {
        until_paused(&served, number, expected).await;
    }
    providers[0].mend();
    // What it answers is nonsense, and no silence any more.
    let deadline = Instant::now() + MOST_WAIT;
    loop {
        let (mut person, back) = comes_back(&served, 0, &providers[0]).await;
        let page = person.browser.get(&back).await.unwrap();
        if page.texts("h1") == ["The answer was not accepted"] {
            break;
        }
        assert!(Instant::now() < deadline, "{}", page.unlike("not asked"));
        sleep(Duration::from_millis(200)).await;
    }
    served.says(|line| line["code"] == "upstream_resumed");
    until_paused(&served, 0, "0").await;
}

#[actix_web::test]
async fn wa_21_a_question_to_the_provider_counts_also_if_who_caused_it_hangs_up() {
    let providers = [Provider::with(Fault::Hang, "/token")];
    let mut served = among(&providers);
    let (mut person, back) = comes_back(&served, 0, &providers[0]).await;
    let asked = || providers[0].asked() == 1;
    person.browser.hangs_up_on(&back, asked).await;
    let line = served.says(|line| line["code"] == "upstream_unreachable");
    assert!(
        line["detail"].as_str().unwrap().contains("`bad0`"),
        "{line}"
    );
    // What the person was sent with is used up, so the same answer asks nothing more.
    let page = person.browser.get(&back).await.unwrap();
    assert!(page.form_to("/upstream").is_ok(), "{}", page.body);
    assert_eq!(providers[0].asked(), 1);
}
