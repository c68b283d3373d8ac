//! Many messages in one run.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use vestibule_saml::issue::Sign;

use super::support::*;

#[test]
fn two_thousand_lines_are_judged_in_order_and_soon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.xml");
    std::fs::write(&path, metadata(&[&IDP_KEY])).unwrap();
    let good = response();
    let forged = good.replace("alice", "admin");
    let input: String = (0..2_000)
        .map(|number| {
            let message = if number % 2 == 0 { &good } else { &forged };
            line(&number.to_string(), message, none())
        })
        .collect();
    let began = Instant::now();
    let said = inspect(&arguments(path.to_str().unwrap(), &["--batch"]), input);
    assert_eq!(said.status, Some(0), "{}", said.err);
    // A build without optimisation takes milliseconds for each; a process for each would take minutes.
    assert!(began.elapsed() < Duration::from_secs(60));
    let outcomes = outcomes(&said);
    assert_eq!(outcomes.len(), 2_000);
    for (number, (id, outcome)) in outcomes.iter().enumerate() {
        let expected = ["accepted alice@acme.test", "digest_mismatch"][number % 2];
        assert_eq!((id, outcome.as_str()), (&number.to_string(), expected));
    }
}

#[test]
fn si_62_a_replay_is_one_only_where_it_is_asked_for() {
    let metadata = metadata(&[&IDP_KEY]);
    let by = |id, sign| response_of(id, sign, &IDP_KEY);
    let rows = [
        ("first", by("_a1", Sign::Assertion), none()),
        ("again", by("_a1", Sign::Assertion), none()),
        (
            "other signature, same assertion",
            by("_a1", Sign::Both),
            none(),
        ),
        ("other assertion", by("_a2", Sign::Assertion), none()),
        (
            "not asked for here",
            by("_a1", Sign::Assertion),
            json!({"replay": false}),
        ),
        (
            "refused, and so not used",
            by("_a3", Sign::Assertion),
            json!({"acs": "https://x.test"}),
        ),
        ("used now", by("_a3", Sign::Assertion), none()),
        (
            "and again",
            by("_a3", Sign::Assertion),
            json!({"replay": true}),
        ),
    ];
    let input: String = rows
        .iter()
        .map(|(id, message, overrides)| line(id, message, overrides.clone()))
        .collect();
    const YES: &str = "accepted alice@acme.test";
    const USED: &str = "already_used";
    for (arguments, expected) in [
        (
            arguments(&metadata, &["--batch", "--replay"]),
            [YES, USED, USED, YES, YES, "destination_mismatch", YES, USED],
        ),
        (
            arguments(&metadata, &["--batch"]),
            [YES, YES, YES, YES, YES, "destination_mismatch", YES, USED],
        ),
    ] {
        let said = inspect(&arguments, &input);
        let outcomes: Vec<_> = outcomes(&said).into_iter().map(|(_, it)| it).collect();
        assert_eq!(outcomes, expected);
        assert_eq!(said.status, Some(0));
    }
}

#[test]
fn a_line_that_cannot_be_judged_is_told_and_the_batch_goes_on() {
    let metadata = metadata(&[&IDP_KEY]);
    let good = line("good", &response(), none());
    let bad = [
        ("{", Value::Null),
        ("[]", Value::Null),
        ("null", Value::Null),
        (r#"{"id":"a"}"#, json!("a")),
        (r#"{"id":7,"message":1}"#, json!(7)),
        (r#"{"id":"a","message":null}"#, json!("a")),
        (r#"{"id":{"x":1},"message":"x"}"#, Value::Null),
        (r#"{"id":"a","message":"x","message":"y"}"#, json!("a")),
        (
            r#"{"id":"a","message":"x","in_reponse_to":"y"}"#,
            json!("a"),
        ),
        (
            r#"{"id":"a","message":"x","in_reponse_to":null}"#,
            json!("a"),
        ),
        (r#"{"id":"a","message":"x","at":"yesterday"}"#, json!("a")),
        (r#"{"id":"a","message":"x","at":1767268830}"#, json!("a")),
        (r#"{"id":"a","message":"x","clock_skew":121}"#, json!("a")),
        (
            r#"{"id":"a","message":"x","danger_accept_sha1":"no"}"#,
            json!("a"),
        ),
        (
            r#"{"id":"a","message":"x","idp_metadata":null}"#,
            json!("a"),
        ),
        (
            r#"{"id":"a","message":"x","idp_metadata":"/absent/idp.xml"}"#,
            json!("a"),
        ),
        (r#"{"id":"a","message":"x","replay":1}"#, json!("a")),
        (r#"{"id":"a","message":"x"} {}"#, json!("a")),
    ];
    for (text, id) in bad {
        let said = inspect(
            &arguments(&metadata, &["--batch"]),
            format!("{text}\n{good}"),
        );
        let verdicts = said.verdicts();
        assert_eq!(verdicts.len(), 2, "{text}: {said:?}");
        assert_eq!(verdicts[0]["id"], id, "{text}");
        assert_eq!(verdicts[0]["accepted"], false, "{text}");
        assert_eq!(verdicts[0]["rejection"], "bad_line", "{text}");
        assert!(
            !verdicts[0]["detail"].as_str().unwrap().is_empty(),
            "{text}"
        );
        assert_eq!(verdicts[1]["accepted"], true, "{text}");
        assert_eq!(said.status, Some(2), "{text}");
    }
    // Too long: a verdict where it is known on what.
    let long = "a".repeat(9 << 20);
    for (text, id, code) in [
        (
            format!(r#"{{"id":"a","message":"{long}"}}"#),
            json!("a"),
            "binding_too_large",
        ),
        (
            format!(r#"{{"message":"{long}","id":"a"}}"#),
            Value::Null,
            "bad_line",
        ),
        (long, Value::Null, "bad_line"),
    ] {
        let said = inspect(
            &arguments(&metadata, &["--batch"]),
            format!("{text}\n{good}"),
        );
        let verdicts = said.verdicts();
        assert_eq!(
            (&verdicts[0]["id"], &verdicts[0]["rejection"]),
            (&id, &json!(code))
        );
        assert_eq!(verdicts[1]["accepted"], true);
        assert_eq!(said.status, Some(if id.is_null() { 2 } else { 0 }));
    }
    let mut bytes = br#"{"id":"a","message":"x","acs":""#.to_vec();
    bytes.extend(b"\xff\"}\n");
    bytes.extend(good.as_bytes());
    let said = inspect(&arguments(&metadata, &["--batch"]), bytes);
    assert_eq!(outcomes(&said)[0], ("a".to_owned(), "bad_line".to_owned()));
    assert_eq!(outcomes(&said)[1].1, "accepted alice@acme.test");
}

#[test]
fn lines_end_as_they_like() {
    let metadata = metadata(&[&IDP_KEY]);
    let one = line("1", &response(), none());
    let two = line("2", &response(), none());
    let input = format!("\u{feff}{}\r\n\n   \n{}", one.trim_end(), two.trim_end());
    let said = inspect(&arguments(&metadata, &["--batch"]), input);
    assert_eq!(said.status, Some(0), "{said:?}");
    assert_eq!(outcomes(&said).len(), 2);
    let said = inspect(&arguments(&metadata, &["--batch"]), "");
    assert_eq!((said.status, said.out.as_str()), (Some(0), ""));
}

#[test]
fn an_argument_that_every_line_brings_need_not_be_given() {
    let metadata = metadata(&[&IDP_KEY]);
    let all =
        json!({"idp_metadata": metadata, "sp_entity_id": SP, "acs": ACS, "at": AT, "sp_key": []});
    let rows = [("brought", response(), all, "accepted alice@acme.test")];
    check_batch(&["saml-response"], &rows);
    let said = inspect(
        &["saml-response", "--batch"],
        line("a", &response(), none()),
    );
    assert_eq!(outcomes(&said)[0].1, "bad_line");
    assert_eq!(said.status, Some(2));
}

/// A line that was read whole is answered before the next one comes, so that the program can be asked line by line.
#[test]
fn each_line_is_answered_at_once() {
    let metadata = metadata(&[&IDP_KEY]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("inspect")
        .args(arguments(&metadata, &["--batch"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["1", "2", "3"] {
        stdin
            .write_all(line(id, &response(), none()).as_bytes())
            .unwrap();
        stdin.flush().unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], id);
        assert_eq!(answer["accepted"], true);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_batch_is_read_from_a_file_too() {
    let metadata = metadata(&[&IDP_KEY]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.jsonl");
    std::fs::write(&path, line("1", &response(), none())).unwrap();
    let path = path.to_str().unwrap();
    let said = inspect(&arguments(&metadata, &["--batch", path]), "");
    assert_eq!(said.status, Some(0), "{said:?}");
    assert_eq!(outcomes(&said)[0].1, "accepted alice@acme.test");
}
