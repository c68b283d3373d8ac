use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use vestibule_core::{
    assurance::Demand,
    audit::AuditRecord,
    id::AppId,
    port::{AccountChange, Accounts},
    request::{AuthnRequest, Protocol},
};

use super::{password::Compute, *};

/// Accepts the password that is the hash, and counts.
#[derive(Default)]
pub(super) struct Counting(AtomicUsize);

impl Compute for Counting {
    fn verify(&self, password: &[u8], hash: &str) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        hash.as_bytes() == password
    }
}

struct Stored(Vec<LocalAccount>);

#[async_trait]
impl Accounts for Stored {
    async fn account(
        &self,
        upstream: &UpstreamId,
        username: &str,
    ) -> Result<Option<LocalAccount>, StoreError> {
        if username == "down" {
            return Err(StoreError::Unavailable("connection refused".into()));
        }
        let wanted = |account: &&LocalAccount| {
            account.upstream == *upstream && account.username.to_lowercase() == username
        };
        Ok(self.0.iter().find(wanted).cloned())
    }

    async fn accounts(&self, _: &UpstreamId) -> Result<Vec<LocalAccount>, StoreError> {
        Ok(self.0.clone())
    }

    async fn add_account(&self, _: LocalAccount, _: AuditRecord) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn change_account(
        &self,
        _: &UpstreamId,
        _: &str,
        _: AccountChange,
        _: AuditRecord,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn remove_account(
        &self,
        _: &UpstreamId,
        _: &str,
        _: AuditRecord,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
}

fn id() -> UpstreamId {
    UpstreamId::new("staff").unwrap()
}

fn account(username: &str, password_hash: &str, disabled: bool) -> LocalAccount {
    LocalAccount {
        upstream: id(),
        username: username.into(),
        password_hash: password_hash.into(),
        mail: Some(format!("{}@acme.test", username.to_lowercase())),
        display_name: None,
        given_name: Some("Alice".into()),
        family_name: None,
        groups: vec!["staff".into(), "admins".into()],
        disabled,
    }
}

pub(super) fn upstream() -> (LocalUpstream, Arc<Counting>) {
    let counting = Arc::new(Counting::default());
    let stored = Stored(vec![
        account("Alice", "right", false),
        account("bob", "right", true),
    ]);
    let directory = Directory::new(Vec::new(), Some(Arc::new(stored))).unwrap();
    let passwords = Passwords::with(2, counting.clone());
    (LocalUpstream::new(id(), directory, passwords), counting)
}

pub(super) fn typed(username: &str, password: &str) -> Answer {
    Answer::Password {
        username: username.into(),
        password: password.into(),
    }
}

async fn finish(
    upstream: &LocalUpstream,
    answer: &Answer,
) -> Result<VerifiedIdentity, UpstreamError> {
    upstream
        .finish(&Memo::default(), answer, DateTime::UNIX_EPOCH)
        .await
}

#[tokio::test]
async fn the_right_password_gives_the_account() {
    let (upstream, _) = upstream();
    let identity = finish(&upstream, &typed(" ALICE ", "right")).await.unwrap();
    assert_eq!(identity.upstream, id());
    assert_eq!(identity.subject, Subject::plain("alice"));
    assert_eq!(identity.attributes["mail"], ["alice@acme.test"]);
    assert_eq!(identity.attributes["groups"], ["staff", "admins"]);
    assert!(!identity.attributes.contains_key("display_name"));
    assert_eq!(identity.methods, ["pwd"]);
    let person = vestibule_core::identity::normalise(&identity, &crate::preset::local()).unwrap();
    assert_eq!(person.id.to_string(), "staff/alice");
    assert_eq!(person.given_name.as_deref(), Some("Alice"));
}

/// MF-51 by construction: one hash per attempt, whatever is known of the account.
#[tokio::test]
async fn mf_51_every_attempt_costs_one_hash() {
    let cases = [
        ("alice", "right", None),
        ("alice", "wrong", Some("password_wrong")),
        ("bob", "right", Some("account_disabled")),
        ("bob", "wrong", Some("password_wrong")),
        ("mallory", "right", Some("account_unknown")),
    ];
    for (username, password, code) in cases {
        let (upstream, counting) = upstream();
        let outcome = finish(&upstream, &typed(username, password)).await;
        assert_eq!(
            outcome.as_ref().err().map(UpstreamError::code),
            code,
            "{username}"
        );
        assert_eq!(counting.0.load(Ordering::SeqCst), 1, "{username}");
        if let Err(error) = outcome {
            assert!(error.to_string().contains("`staff`"), "{error}");
            let UpstreamError::WrongCredentials { person, .. } = error else {
                panic!("{error:?}")
            };
            // The attempt is found under the name of whoever has the account.
            let person = person.map(|person| person.to_string());
            let expect = (username != "mallory").then(|| format!("staff/{username}"));
            assert_eq!(person, expect);
        }
    }
}

/// The rest takes too little time to tell accounts apart by: medians of real hashes, taken in turns so that a busy
/// machine slows all alike.
#[tokio::test]
async fn mf_51_known_unknown_and_disabled_accounts_take_about_the_same_time() {
    struct Fixed;
    impl vestibule_core::port::Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }
    let hash = hash_password(&"right".into(), &Fixed).unwrap();
    let accounts = vec![account("alice", &hash, false), account("bob", &hash, true)];
    let directory = Directory::new(Vec::new(), Some(Arc::new(Stored(accounts)))).unwrap();
    let upstream = LocalUpstream::new(id(), directory, Passwords::new(1));
    let attempts = [
        ("alice", "wrong"),
        ("bob", "right"),
        ("bob", "wrong"),
        ("mallory", "wrong"),
    ];
    let mut times = attempts.map(|_| Vec::new());
    for _ in 0..15 {
        for ((username, password), times) in attempts.iter().zip(&mut times) {
            let begun = std::time::Instant::now();
            let outcome = finish(&upstream, &typed(username, password)).await;
            times.push(begun.elapsed());
            assert!(outcome.is_err(), "{username}");
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
    assert!(*most < *least * 2, "{medians:?}");
    // benign control: the right password is no slower to be taken
    assert!(finish(&upstream, &typed("alice", "right")).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_right_costs_no_hash() {
    let (upstream, counting) = upstream();
    for (username, password, code) in [
        ("", "right", "account_unknown"),
        (&*"a".repeat(257), "right", "account_unknown"),
        ("alice", &*"a".repeat(1025), "password_wrong"),
    ] {
        let error = finish(&upstream, &typed(username, password))
            .await
            .unwrap_err();
        assert_eq!(error.code(), code);
    }
    assert_eq!(counting.0.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_store_that_is_down_is_not_a_wrong_password() {
    let (upstream, _) = upstream();
    let error = finish(&upstream, &typed("down", "right"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "upstream_unreachable");
    let error = finish(&upstream, &Answer::Confirmed).await.unwrap_err();
    assert_eq!(error.code(), "answer_unexpected");
}

/// WA-21: hashing is bounded; the second login waits for the first and is told that we are busy.
#[tokio::test(start_paused = true)]
async fn wa_21_hashing_waits_for_its_turn() {
    struct Stuck(std::sync::Mutex<std::sync::mpsc::Receiver<()>>);
    impl Compute for Stuck {
        fn verify(&self, _: &[u8], _: &str) -> bool {
            self.0.lock().unwrap().recv().is_ok()
        }
    }
    let (release, stuck) = std::sync::mpsc::channel();
    let passwords = Passwords::with(1, Arc::new(Stuck(stuck.into())));
    let login = || {
        let passwords = passwords.clone();
        tokio::spawn(async move { passwords.verify(&"x".into(), Some("x")).await })
    };
    let first = login();
    tokio::task::yield_now().await;
    let second = login();
    tokio::task::yield_now().await;
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    assert!(second.await.unwrap().is_err());
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(true));
}

#[test]
fn configured_accounts_are_checked_all_at_once() {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let faults = Directory::new(
        vec![
            account("alice", hash, false),
            account("ALICE", hash, false),
            account("bob", "md5", false),
            account(" ", hash, false),
        ],
        None,
    )
    .err()
    .unwrap();
    assert_eq!(faults.len(), 3);
    assert!(matches!(&faults[0], AccountFault::Twice { username } if username == "alice"));
    assert!(matches!(&faults[1], AccountFault::Hash { username, .. } if username == "bob"));
    assert!(matches!(&faults[2], AccountFault::Username { .. }));
    assert!(Directory::new(vec![account("alice", hash, false)], None).is_ok());
}

#[tokio::test]
async fn begin_asks_for_a_password_with_the_hinted_name() {
    let (upstream, _) = upstream();
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
        handle: "handle",
        request: &request,
        wishes_anew: false,
        login_hint: Some("alice"),
        now: DateTime::UNIX_EPOCH,
    };
    let (prompt, _) = upstream.begin(begin).await.unwrap();
    let username = Some("alice".to_owned());
    assert_eq!(prompt, Prompt::Password { username });
    assert_eq!(upstream.handle_in(&Callback::default()), None);
}
