//! FT-07: an upstream that hangs, drips, floods, fails or sends us elsewhere is its own people's trouble alone.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use tokio::time::{Instant, sleep};
use vestibule_testkit::browser::Page;

use crate::support::{Fault, Person, Provider, Served};

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
    let mut served = Served::configured(|usual| {
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
    served.start("");
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

fn says_what_to_do(page: &Page, number: usize) {
    assert_eq!(page.status, 502, "{}", page.unlike("no 502"));
    assert_eq!(page.texts("h1"), ["Signing in is not possible right now"]);
    let told = format!("Bad {number} cannot be reached.");
    assert!(page.body.contains(&told), "{}", page.body);
    assert!(page.text(".reference").is_some(), "{}", page.body);
}

/// Begins a login at one of them.
async fn chooses(served: &Served, number: usize, name: &str) -> (Person, Page) {
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
        let (person, page) = recovers(&served, number, provider).await;
        let there = page.redirect().unwrap();
        let state = there.query_pairs().find(|(name, _)| name == "state");
        let back = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", "a code")
            .append_pair("state", &state.unwrap().1)
            .append_pair("iss", &provider.issuer())
            .finish();
        waiting.push((
            person,
            format!("/upstream/bad{number}/oidc/callback?{back}"),
        ));
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
