use futures_util::future::join_all;
use url::Url;

use super::*;
use crate::http::fake::FakeHttp;

const KEYS: &str = "https://idp.test/keys";
const TOKEN: &str = "https://idp.test/token";

type Outcome = Result<Response, HttpError>;

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
        self.http.on(url, |_| Err(HttpError::Failed("gone".into())));
    }

    async fn ask(&self, url: &str) -> Outcome {
        let url = Url::parse(url).unwrap();
        let request = Request::get(url, "*/*", 64, Duration::from_secs(3));
        self.breaker.send(request).await
    }

    /// Until it is left alone.
    async fn gives_up(&self, url: &str) {
        for _ in 0..FAILURES {
            assert_eq!(self.ask(url).await, Err(HttpError::Failed("gone".into())));
        }
        assert!(matches!(self.ask(url).await, Err(HttpError::Paused { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn ft_07_what_one_more_failure_makes_of_an_address() {
    let now = Instant::now();
    let failing = |times| Some(Circuit::Failing(times));
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
            assert_eq!(scene.ask(KEYS).await, Err(HttpError::Failed("gone".into())));
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
        assert!(matches!(
            scene.ask(KEYS).await,
            Err(HttpError::Paused { .. })
        ));
        passes(1).await;
        assert_eq!(scene.ask(KEYS).await, Err(HttpError::Failed("gone".into())));
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
    let (paused, tried): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .partition(|outcome| matches!(outcome, Err(HttpError::Paused { .. })));
    assert_eq!(tried, [Err(HttpError::Failed("gone".into()))]);
    assert_eq!(paused.len(), 19);
    assert_eq!(scene.http.count(KEYS), asked + 1);
}

#[tokio::test(start_paused = true)]
async fn ft_07_a_try_that_never_came_back_does_not_end_all_tries() {
    let scene = Scene::new();
    scene.fails(KEYS);
    scene.gives_up(KEYS).await;
    passes(5).await;
    // Whoever asked went away.
    assert_eq!(
        scene.breaker.permit(KEYS, Duration::from_secs(3)),
        Ok(Permit::Probe)
    );
    assert!(matches!(
        scene.ask(KEYS).await,
        Err(HttpError::Paused { .. })
    ));
    passes(3).await;
    scene.http.serve(KEYS, "keys");
    scene.ask(KEYS).await.unwrap();
}

/// What somebody can bring about with a login of their own: a code that breaks the provider, claims without end.
#[tokio::test(start_paused = true)]
async fn ft_07_nobody_switches_an_upstream_off_for_others() {
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
            assert!(!matches!(
                scene.ask(TOKEN).await,
                Err(HttpError::Paused { .. })
            ));
        }
    }
    // The control: these say that nobody is there.
    for answer in [502, 503, 504] {
        let scene = Scene::new();
        scene.http.on(TOKEN, move |_| status(answer));
        for _ in 0..FAILURES {
            scene.ask(TOKEN).await.unwrap();
        }
        assert!(matches!(
            scene.ask(TOKEN).await,
            Err(HttpError::Paused { .. })
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn wa_21_not_every_address_that_ever_failed_is_remembered() {
    let scene = Scene::new();
    for number in 0..100 {
        let _ = scene.ask(&format!("https://idp.test/{number}")).await;
    }
    assert_eq!(scene.breaker.circuits().len(), ADDRESSES);
}

fn status(status: u16) -> Outcome {
    Ok(Response {
        status,
        body: Vec::new(),
    })
}
