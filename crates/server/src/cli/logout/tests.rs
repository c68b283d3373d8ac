//! What is said of calls, by a queue that holds what the test puts there.

use async_trait::async_trait;
use vestibule_core::{
    id::SessionId,
    logout::call::{Call, Called, Room},
    port::StoreError,
};

use super::*;
use crate::cli::tests::Recorder;

struct Queue {
    undelivered: Vec<Undelivered>,
    waiting: u64,
}

#[async_trait]
impl Calls for Queue {
    async fn take_calls(&self, _: DateTime<Utc>, _: &Room) -> Result<Vec<Call>, StoreError> {
        unreachable!("a command makes no calls")
    }

    async fn settle_call(&self, _: &Call, _: Called) -> Result<(), StoreError> {
        unreachable!("a command makes no calls")
    }

    async fn undelivered(&self, _: u32) -> Result<Vec<Undelivered>, StoreError> {
        Ok(self.undelivered.clone())
    }

    async fn try_again(&self, app: Option<&AppId>, _: DateTime<Utc>) -> Result<u64, StoreError> {
        let all = self.undelivered.iter();
        let theirs = all.filter(|one| app.is_none_or(|app| *app == one.app));
        Ok(theirs.count() as u64)
    }

    async fn count_calls(&self) -> Result<(u64, u64), StoreError> {
        Ok((self.waiting, 0))
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn in_vain(app: &str, attempts: u32, prospect: Prospect) -> Undelivered {
    Undelivered {
        session: SessionId::from_bytes([7; 16]),
        app: AppId::new(app).unwrap(),
        person: (app == "jira").then(|| "adfs/alice".parse().unwrap()),
        attempts,
        prospect,
        why: "it is down".to_owned(),
    }
}

fn listed(queue: &Queue, json: bool) -> (Exit, Recorder) {
    let mut terminal = Recorder::default();
    let exit = wait(List { json }.run(queue, &mut terminal)).unwrap();
    (exit, terminal)
}

#[test]
fn only_what_has_arrived_is_said_to_have() {
    let given_up = in_vain("jira", 1, Prospect::GivenUp { at: at(1) });
    let waits = in_vain("wiki", 2, Prospect::Waits { until: at(3600) });
    let jira = "given up 2027-01-15T08:00:01Z  jira  adfs/alice  07070707070707070707070707070707  1 try  it is down\n";
    let wiki = "next try 2027-01-15T09:00:00Z  wiki  somebody  07070707070707070707070707070707  2 tries  it is down\n";
    let untried =
        "1 not tried yet: that takes a few seconds while `vestibule serve` runs\n".to_owned();
    let table = [
        (
            vec![],
            0,
            Exit::Yes,
            String::new(),
            "every application was told\n".to_owned(),
        ),
        (vec![], 1, Exit::Yes, String::new(), untried.clone()),
        (
            vec![waits.clone()],
            1,
            Exit::No,
            wiki.to_owned(),
            String::new(),
        ),
        (
            vec![given_up.clone(), waits],
            2,
            Exit::No,
            format!("{jira}{wiki}"),
            untried,
        ),
        (vec![given_up], 0, Exit::No, jira.to_owned(), String::new()),
    ];
    for (undelivered, waiting, exit, out, err) in table {
        let queue = Queue {
            undelivered,
            waiting,
        };
        let (ended, terminal) = listed(&queue, false);
        assert_eq!((ended, terminal.out, terminal.err), (exit, out, err));
        let (ended, terminal) = listed(&queue, true);
        assert_eq!((ended, terminal.err.as_str()), (exit, ""));
        let rows: serde_json::Value = serde_json::from_str(&terminal.out).unwrap();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), queue.undelivered.len());
        for row in rows {
            assert!(
                row["given_up_at"].is_string() != row["next_try_at"].is_string(),
                "{row}"
            );
        }
    }
}
