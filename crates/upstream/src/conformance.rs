//! What every upstream adapter promises, whatever it speaks.
//!
//! One suite over the port, run against each adapter with a counterpart that needs no network. An adapter that is added
//! gets a [`Counterpart`] and is listed in the tests at the end.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    assurance::Demand,
    id::AppId,
    identity::VerifiedIdentity,
    port::{Answer, Begin, Callback, Prompt, Upstream, UpstreamError},
    request::{AuthnRequest, Memo, Protocol},
};

/// The other side of an adapter, which says that the person is `alice`.
#[async_trait]
pub(crate) trait Counterpart: Send + Sync {
    /// The adapter under test.
    fn upstream(&self) -> &dyn Upstream;

    /// The moment at which it plays.
    fn now(&self) -> DateTime<Utc>;

    /// The right answer to a prompt.
    async fn answer(&self, prompt: &Prompt) -> Answer;

    /// A negative answer to a prompt.
    async fn refusal(&self, prompt: &Prompt) -> Answer;

    /// Whether answers come as callbacks from outside, and so belong to a login by their handle.
    fn calls_back(&self) -> bool;

    /// How its messages name the person.
    fn subject(&self) -> &'static str {
        "alice"
    }
}

const HANDLE: &str = "handle-1";

async fn begin(side: &dyn Counterpart, handle: &str) -> (Prompt, Memo) {
    let request = AuthnRequest {
        app: AppId::new("jira").unwrap(),
        protocol: Protocol::Saml,
        reply: Memo::default(),
        login_hint: None,
        force_authn: false,
        max_age: None,
        passive: false,
        demand: Demand::default(),
    };
    let begin = Begin {
        handle,
        request: &request,
        wishes_anew: false,
        login_hint: None,
        now: side.now(),
    };
    side.upstream().begin(begin).await.unwrap()
}

async fn finish(
    side: &dyn Counterpart,
    memo: &Memo,
    answer: &Answer,
) -> Result<VerifiedIdentity, UpstreamError> {
    side.upstream().finish(memo, answer, side.now()).await
}

/// Runs the suite.
pub(crate) async fn conforms(side: &dyn Counterpart) {
    says_who_it_is(side).await;
    memos_survive_the_store(side).await;
    answers_have_one_mark(side).await;
    handles_are_found(side).await;
    logins_are_kept_apart(side).await;
    refusals_are_told(side).await;
    other_answers_are_refused(side).await;
}

async fn says_who_it_is(side: &dyn Counterpart) {
    let (prompt, memo) = begin(side, HANDLE).await;
    let identity = finish(side, &memo, &side.answer(&prompt).await)
        .await
        .unwrap();
    assert_eq!(identity.upstream, *side.upstream().id());
    assert_eq!(identity.subject.value, side.subject());
    assert!(identity.attributes.contains_key("mail") || identity.attributes.contains_key("email"));
    assert!(identity.authenticated_at.is_none_or(|at| at <= side.now()));
}

/// A memo is sealed and stored between two requests, perhaps on two nodes.
async fn memos_survive_the_store(side: &dyn Counterpart) {
    let (prompt, memo) = begin(side, HANDLE).await;
    let stored = serde_json::to_string(&memo).unwrap();
    let read: Memo = serde_json::from_str(&stored).unwrap();
    finish(side, &read, &side.answer(&prompt).await)
        .await
        .unwrap();
}

/// SI-62: the engine consumes the mark, so the same answer must give the same one, and another login another.
async fn answers_have_one_mark(side: &dyn Counterpart) {
    let (prompt, memo) = begin(side, HANDLE).await;
    let answer = side.answer(&prompt).await;
    let marks = [
        finish(side, &memo, &answer).await.unwrap().once,
        finish(side, &memo, &answer).await.unwrap().once,
    ];
    assert_eq!(marks[0], marks[1]);
    assert_eq!(
        marks[0].is_some(),
        side.calls_back(),
        "what comes from outside counts once"
    );
    let (prompt, memo) = begin(side, HANDLE).await;
    let other = finish(side, &memo, &side.answer(&prompt).await)
        .await
        .unwrap()
        .once;
    if let (Some(mark), Some(other)) = (&marks[0], other) {
        assert!(mark.keep_until > side.now());
        assert_ne!(*mark, other);
    }
}

async fn handles_are_found(side: &dyn Counterpart) {
    let (prompt, _) = begin(side, HANDLE).await;
    match side.answer(&prompt).await {
        Answer::Callback(callback) => {
            let found = side.upstream().handle_in(&callback);
            assert_eq!(found.as_deref(), Some(HANDLE));
        }
        _ => assert!(!side.calls_back()),
    }
    assert_eq!(side.upstream().handle_in(&Callback::default()), None);
}

/// SI-57, OI-156: an answer counts for the login that it answers, and for no other.
async fn logins_are_kept_apart(side: &dyn Counterpart) {
    if !side.calls_back() {
        return;
    }
    let (first, _) = begin(side, HANDLE).await;
    let (_, memo) = begin(side, "handle-2").await;
    let error = finish(side, &memo, &side.answer(&first).await)
        .await
        .unwrap_err();
    told(side, &error);
    assert!(
        matches!(error, UpstreamError::Misbehaved { .. }),
        "{error:?}"
    );
    let nobodys = Memo::of(&"something else").unwrap();
    let error = finish(side, &nobodys, &side.answer(&first).await)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "memo_unreadable");
}

async fn refusals_are_told(side: &dyn Counterpart) {
    let (prompt, memo) = begin(side, HANDLE).await;
    let error = finish(side, &memo, &side.refusal(&prompt).await)
        .await
        .unwrap_err();
    told(side, &error);
    assert!(
        matches!(
            error,
            UpstreamError::Refused { .. } | UpstreamError::WrongCredentials { .. }
        ),
        "{error:?}"
    );
}

async fn other_answers_are_refused(side: &dyn Counterpart) {
    let (_, memo) = begin(side, HANDLE).await;
    for answer in [Answer::Confirmed, Answer::Code("123456".into())] {
        let error = finish(side, &memo, &answer).await.unwrap_err();
        told(side, &error);
        assert_eq!(error.code(), "answer_unexpected");
    }
}

/// An error names the guilty, and has a code that machines can count.
fn told(side: &dyn Counterpart, error: &UpstreamError) {
    let guilty = format!("`{}`", side.upstream().id());
    assert!(error.to_string().contains(&guilty), "{error}");
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    assert!(error.code().chars().all(plain), "{}", error.code());
}
