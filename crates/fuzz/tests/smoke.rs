//! All targets for a moment: genuine messages are accepted, and random scripts find nothing.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use vestibule_fuzz::{TARGETS, Target};

/// A script of a few cuts in one of the genuine messages, in what XML, JSON and YAML are made of.
fn scripts(starts: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        "[<>/&;\"'=:,.\\[\\]{}#!?a-zA-Z0-9 \\n-]{0,12}".prop_map(String::into_bytes),
        prop::sample::select(
            &[
                "<!---->",
                "<![CDATA[x]]>",
                "<!DOCTYPE a>",
                "&#x20;",
                "%2f",
                "xmlns:a=\"b\""
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let cut = (any::<u16>(), 0_u8..6, piece).prop_map(|(at, out, piece)| {
        let mut cut = at.to_be_bytes().to_vec();
        cut.push(out);
        cut.push(u8::try_from(piece.len()).unwrap());
        cut.extend(piece);
        cut
    });
    // One choice beyond the starts spells raw bytes.
    let choice = 0..=u8::try_from(starts).unwrap();
    (choice, prop::collection::vec(cut, 0..4)).prop_map(|(choice, cuts)| {
        let mut script = vec![choice];
        script.extend(cuts.concat());
        script
    })
}

#[test]
fn genuine_messages_are_accepted() {
    for Target { name, run, starts } in TARGETS {
        assert!(run(&[]), "{name}: the first genuine message");
        for start in 0..*starts {
            let script = [u8::try_from(start).unwrap()];
            assert!(run(&script), "{name}: genuine message {start}");
        }
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the number of cases comes from the environment, as proptest has it"
)]
fn si_82_random_scripts_find_nothing() {
    let usual = ProptestConfig::default();
    let config = ProptestConfig {
        // Quick in the usual run; `make fuzz` asks for more.
        cases: std::env::var_os("PROPTEST_CASES").map_or(1_500, |_| usual.cases),
        failure_persistence: None,
        ..usual
    };
    for Target { name, run, starts } in TARGETS {
        let mut runner = proptest::test_runner::TestRunner::new(config.clone());
        let outcome = runner.run(&scripts(*starts), |script| {
            run(&script);
            Ok(())
        });
        if let Err(found) = outcome {
            panic!("{name}: {found}");
        }
        assert!(!run(b"\xff\xff"), "{name} takes what cannot be text");
    }
}
