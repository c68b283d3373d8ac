//! The two pipes to the browser: commands out, answers and events in, each a JSON object that ends in a zero byte.

use std::{
    collections::HashMap,
    fmt,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::complaint::Complaint;
use crate::Error;

/// No command takes longer, also on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Wire {
    commands: Mutex<ChildStdin>,
    desk: Arc<Desk>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// Where the reader lays down what came in.
#[derive(Default)]
struct Desk {
    trays: Mutex<Trays>,
    arrived: Condvar,
}

#[derive(Default)]
struct Trays {
    last_id: u64,
    answers: HashMap<u64, Value>,
    /// By session.
    complaints: HashMap<String, Vec<Complaint>>,
    gone: bool,
}

impl Desk {
    fn trays(&self) -> MutexGuard<'_, Trays> {
        // A test that panicked elsewhere left nothing half done here.
        self.trays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// Takes the pipes of a process that passes them on to the browser.
    pub(super) fn over(mut keeper: Child) -> Result<Self, Error> {
        let (Some(commands), Some(answers)) = (keeper.stdin.take(), keeper.stdout.take()) else {
            return Err(fault("start", "its pipes are missing"));
        };
        let desk = Arc::new(Desk::default());
        let reader = Arc::clone(&desk);
        thread::spawn(move || {
            read(answers, &reader);
            // It ends with its pipes; nobody is left to tell how.
            let _ = keeper.wait();
        });
        Ok(Self {
            commands: Mutex::new(commands),
            desk,
        })
    }

    /// Sends a command, to a tab or to the browser as a whole, and waits for its answer.
    pub(super) fn call(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value, Error> {
        let id = {
            let mut trays = self.desk.trays();
            trays.last_id += 1;
            trays.last_id
        };
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(fields)) = (session, command.as_object_mut()) {
            fields.insert("sessionId".to_owned(), session.into());
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&bytes)
            .map_err(|cause| fault(method, cause))?;
        self.answer(id, method)
    }

    fn answer(&self, id: u64, method: &str) -> Result<Value, Error> {
        let trays = self.desk.trays();
        let open = |trays: &mut Trays| !trays.answers.contains_key(&id) && !trays.gone;
        let waited = self.desk.arrived.wait_timeout_while(trays, PATIENCE, open);
        let (mut trays, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(mut answer) = trays.answers.remove(&id) else {
            let why = if trays.gone { "it ended" } else { "no answer" };
            return Err(fault(method, why));
        };
        match answer.get("error") {
            Some(error) => Err(fault(method, error)),
            None => Ok(take(&mut answer, "/result")),
        }
    }

    /// What a tab complained of since the last look.
    pub(super) fn complaints(&self, session: &str) -> Vec<Complaint> {
        self.desk
            .trays()
            .complaints
            .remove(session)
            .unwrap_or_default()
    }
}

fn read(answers: impl Read, desk: &Desk) {
    let mut answers = BufReader::new(answers);
    let mut message = Vec::new();
    while let Ok(1..) = answers.read_until(0, &mut message) {
        message.pop();
        // What is no JSON answers nothing, and whoever waits is told so by the time-out.
        if let Ok(message) = serde_json::from_slice(&message) {
            lay_down(message, &mut desk.trays());
            desk.arrived.notify_all();
        }
        message.clear();
    }
    desk.trays().gone = true;
    desk.arrived.notify_all();
}

fn lay_down(message: Value, trays: &mut Trays) {
    if let Some(id) = message.get("id").and_then(Value::as_u64) {
        trays.answers.insert(id, message);
    } else if let (Some(session), Some(complaint)) = (
        message.get("sessionId").and_then(Value::as_str),
        Complaint::from_event(&message),
    ) {
        let of_tab = trays.complaints.entry(session.to_owned()).or_default();
        of_tab.push(complaint);
    }
}

/// A field of an answer that the protocol says is there.
pub(super) fn text(answer: &Value, field: &str) -> Result<String, Error> {
    answer
        .get(field)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| fault(field, format!("missing in {answer}")))
}

/// What stands at a place (RFC 6901), or nothing.
pub(super) fn take(answer: &mut Value, place: &str) -> Value {
    answer
        .pointer_mut(place)
        .map(Value::take)
        .unwrap_or_default()
}

pub(super) fn fault(what: &str, said: impl fmt::Display) -> Error {
    Error::Chromium {
        what: what.to_owned(),
        said: said.to_string(),
    }
}
