use futures_util::future::{FutureExt, join_all};
use url::Url;

use super::*;
use crate::http::fake::FakeHttp;

const KEYS: &str = "https://idp.test/keys";
const TOKEN: &str = "https://idp.test/token";
const TIMEOUT: Duration = Duration::from_secs(3);

/// The connection broke.
fn gone() -> Outcome {
    Err(HttpError::Failed("gone".into()))
}

/// There was none.
fn refused() -> Outcome {
    Err(HttpError::Unreached("refused".into()))
}

/// What a visitor's words can bring about, at a provider that is well.
const LATER: [fn() -> Outcome; 5] = [
    gone,
    || Err(HttpError::TimedOut(TIMEOUT)),
    || status(502),
    || status(503),
    || status(504),
];

struct Scene {
    http: Arc<FakeHttp>,
    breaker: Breaker,
}

impl Scene {
    /// A provider that answers.
    fn new() -> Self {
        let http = Arc::new(FakeHttp::default());
        http.serve(KEYS, "keys");
        http.serve(TOKEN, "token");
        let upstream = UpstreamId::new("idp").unwrap();
        Self {
            breaker: Breaker::new(upstream, http.clone()),
            http,
        }
    }

    fn fails(&self, url: &str) {
        self.http.on(url, |_| gone());
    }

    async fn ask(&self, url: &str) -> Outcome {
        self.send(url, Words::Ours).await
    }

    /// With a visitor's code.
    async fn redeem(&self, url: &str) -> Outcome {
        self.send(url, Words::Visitors).await
    }

    async fn send(&self, url: &str, words: Words) -> Outcome {
        let url = Url::parse(url).unwrap();
        let request = Request::get(url, "*/*", 64, TIMEOUT, words);
        self.breaker.send(request).await
    }

    /// Until it is left alone.
    async fn gives_up(&self, url: &str) {
        for _ in 0..FAILURES {
            assert_eq!(self.ask(url).await, gone());
        }
        assert!(is_paused(&self.ask(url).await));
    }
}

#[tokio::test(start_paused = true)]
async fn ft_07_what_one_more_failure_makes_of_an_address() {
    let now = Instant::now();
    let failing = |times| Some(Circuit::Failing { times, last: now });
    let paused = |seconds| Some(Circuit::paused(Duration::from_secs(seconds), "gone", now));
    for (before, permit, after) in [
        (None, Permit::Usual, failing(1)),
        (failing(1), Permit::Usual, failing(2)),
        (failing(2), Permit::Usual, paused(5)),
        (failing(u32::MAX), Permit::Usual, paused(5)),
        (paused(5), Permit::Usual, None),
        (paused(5), Permit::Probe, paused(10)),
        (paused(40), Permit::Probe, paused(60)),
        (paused(60), Permit::Probe, paused(60)),
        // Another request was answered while the probe was under way.
        (None, Permit::Probe, failing(1)),
        (failing(1), Permit::Probe, failing(2)),
    ] {
        let found = Circuit::after_failure(before.as_ref(), permit, "gone", now);
        assert_eq!(found, after, "{before:?} {permit:?}");
    }
}

async fn passes(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn ft_07_who_fails_three_times_in_a_row_is_not_asked_for_a_while() {
    let scene = Scene::new();
    // The control: whoever answers is asked as often as anybody likes.
    for _ in 0..10 {
        scene.ask(KEYS).await.unwrap();
    }
    assert_eq!(scene.breaker.paused(), 0);
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    assert_eq!(scene.breaker.paused(), 1);
    let error = scene.ask(KEYS).await.unwrap_err().to_string();
    assert!(error.contains("5 s") && error.contains("gone"), "{error}");
    // Not one request more, whatever the query; and the other address is asked as ever.
    let asked = scene.http.count(KEYS);
    assert!(scene.ask(&format!("{KEYS}?again")).await.is_err());
    assert_eq!(scene.http.count(KEYS), asked);
    scene.ask(TOKEN).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ft_07_an_answer_in_between_begins_the_count_anew() {
    let scene = Scene::new();
    for _ in 0..5 {
        scene.fails(KEYS);
        for _ in 1..FAILURES {
            assert_eq!(scene.ask(KEYS).await, gone());
        }
        scene.http.serve(KEYS, "keys");
        scene.ask(KEYS).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn ft_07_the_pause_doubles_with_each_failed_try_and_has_an_end() {
    let scene = Scene::new();
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    for seconds in [5, 10, 20, 40, 60, 60] {
        passes(seconds - 1).await;
        assert!(is_paused(&scene.ask(KEYS).await));
        passes(1).await;
        assert_eq!(scene.ask(KEYS).await, gone());
    }
    // One answer ends it.
    passes(60).await;
    scene.http.serve(KEYS, "keys");
    scene.ask(KEYS).await.unwrap();
    assert_eq!(scene.breaker.paused(), 0);
    scene.ask(KEYS).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ft_07_after_a_pause_one_of_many_asks() {
    let scene = Scene::new();
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    passes(5).await;
    let asked = scene.http.count(KEYS);
    let outcomes = join_all((0..20).map(|_| scene.ask(KEYS))).await;
    let (paused, tried): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(is_paused);
    assert_eq!(tried, [gone()]);
    assert_eq!(paused.len(), 19);
    assert_eq!(scene.http.count(KEYS), asked + 1);
}

#[tokio::test(start_paused = true)]
async fn ft_07_a_try_that_never_came_back_does_not_end_all_tries() {
    let scene = Scene::new();
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    passes(5).await;
    // Its task ended without a word.
    assert_eq!(scene.breaker.permit(KEYS, TIMEOUT), Ok(Permit::Probe));
    assert!(is_paused(&scene.ask(KEYS).await));
    passes(3).await;
    scene.http.serve(KEYS, "keys");
    scene.ask(KEYS).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ft_07_what_a_visitor_sends_pauses_nobody() {
    for later in LATER {
        let scene = Scene::new();
        scene.http.on(TOKEN, move |_| later());
        for _ in 0..10 {
            assert_eq!(scene.redeem(TOKEN).await, later());
        }
        assert_eq!(scene.breaker.paused(), 0);
        // The control: the same counts when the words are ours.
        for _ in 0..FAILURES {
            assert_eq!(scene.ask(TOKEN).await, later());
        }
        assert!(is_paused(&scene.redeem(TOKEN).await), "{:?}", later());
    }
    // And no connection counts whoever asks, since nothing was sent.
    let scene = Scene::new();
    scene.http.on(TOKEN, |_| refused());
    for _ in 0..FAILURES {
        assert_eq!(scene.redeem(TOKEN).await, refused());
    }
    assert!(is_paused(&scene.redeem(TOKEN).await));
}

#[tokio::test(start_paused = true)]
async fn ft_07_a_visitors_words_do_not_decide_whether_a_pause_ends() {
    for later in LATER {
        let scene = Scene::new();
        scene.fails(TOKEN);
        scene.gives_up(TOKEN).await;
        passes(5).await;
        scene.http.on(TOKEN, move |_| later());
        assert_eq!(scene.redeem(TOKEN).await, later());
        assert_eq!(scene.breaker.paused(), 0, "{:?}", later());
    }
    // The control: the connection decides.
    let scene = Scene::new();
    scene.http.on(TOKEN, |_| refused());
    for _ in 0..FAILURES {
        assert_eq!(scene.redeem(TOKEN).await, refused());
    }
    for seconds in [5, 10, 20] {
        passes(seconds - 1).await;
        assert!(is_paused(&scene.redeem(TOKEN).await));
        passes(1).await;
        assert_eq!(scene.redeem(TOKEN).await, refused());
    }
}

/// Lets go of a request that is under way, and gives what goes on without it its turn.
async fn hangs_up(scene: &Scene) {
    assert_eq!(scene.redeem(TOKEN).now_or_never(), None);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn wa_21_who_hangs_up_after_a_pause_does_not_hold_the_others() {
    let scene = Scene::new();
    scene.fails(TOKEN);
    scene.gives_up(TOKEN).await;
    // The control: what comes of such a try counts, and the next pause is the longer one.
    passes(5).await;
    scene.http.on(TOKEN, |_| refused());
    hangs_up(&scene).await;
    passes(9).await;
    assert!(is_paused(&scene.redeem(TOKEN).await));
    // The provider is well again; the first to notice does not wait for it.
    passes(1).await;
    scene.http.serve(TOKEN, "token");
    hangs_up(&scene).await;
    assert_eq!(scene.breaker.paused(), 0);
    scene.redeem(TOKEN).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ft_07_failures_of_last_week_are_forgotten() {
    for (since_the_last, pauses) in [(59, true), (60, false), (7 * 24 * 3600, false)] {
        let scene = Scene::new();
        scene.fails(KEYS);
        for _ in 1..FAILURES {
            assert_eq!(scene.ask(KEYS).await, gone());
            passes(59).await;
        }
        passes(since_the_last - 59).await;
        assert_eq!(scene.ask(KEYS).await, gone());
        assert_eq!(scene.breaker.paused() == 1, pauses, "{since_the_last}");
    }
}

/// Whoever says something is there, however wrong it is.
#[tokio::test(start_paused = true)]
async fn ft_07_a_wrong_answer_is_an_answer() {
    let answers: [fn(&Request) -> Outcome; 4] = [
        |_| Err(HttpError::TooLarge(64)),
        |_| Err(HttpError::Insecure),
        |_| status(400),
        |_| status(500),
    ];
    for answer in answers {
        let scene = Scene::new();
        scene.http.on(TOKEN, answer);
        for _ in 0..10 {
            assert!(!is_paused(&scene.ask(TOKEN).await));
        }
    }
    // The control: these say that nobody is there.
    for answer in [502, 503, 504] {
        let scene = Scene::new();
        scene.http.on(TOKEN, move |_| status(answer));
        for _ in 0..FAILURES {
            scene.ask(TOKEN).await.unwrap();
        }
        assert!(is_paused(&scene.ask(TOKEN).await));
    }
}

#[tokio::test(start_paused = true)]
async fn wa_21_not_every_address_that_ever_failed_is_remembered() {
    let scene = Scene::new();
    for number in 0..100 {
        let _ = scene.ask(&format!("https://idp.test/{number}")).await;
    }
    assert_eq!(scene.breaker.circuits().len(), ADDRESSES);
    // And who failed long ago gives way.
    passes(60).await;
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    assert_eq!(scene.breaker.circuits().len(), 1);
}

fn is_paused(outcome: &Outcome) -> bool {
    matches!(outcome, Err(HttpError::Paused { .. }))
}

fn status(status: u16) -> Outcome {
    Ok(Response {
        status,
        body: Vec::new(),
    })
}
