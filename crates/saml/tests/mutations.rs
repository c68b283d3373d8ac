//! Random surgery on signed messages: whatever is accepted says exactly what the benign message said.

mod support;

use proptest::{prelude::*, sample::Index};
use vestibule_saml::response::VerifiedAssertion;

use self::support::{
    around_signed, assertion, judge, signed_around, signed_both,
    surgery::{apply, edits},
    tree::Node,
    wrapping,
};

/// Benign messages, and wrapping vectors that one more cut might disarm the defence against.
fn starts() -> Vec<String> {
    vec![
        around_signed(&assertion("_a1")),
        signed_around(&assertion("_a1")),
        signed_both(&assertion("_a1")),
        wrapping::si_01(),
        wrapping::si_02(),
        wrapping::si_03(),
        wrapping::si_04(),
        wrapping::si_05(),
        wrapping::si_06(),
        wrapping::si_07(),
        wrapping::si_08(),
        wrapping::si_09(""),
        wrapping::si_11(),
    ]
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the number of cases comes from the environment, as proptest has it"
)]
fn whatever_is_accepted_says_what_was_signed() {
    let starts = starts();
    let benign: VerifiedAssertion = judge(&starts[0]).unwrap();
    let accepted = std::cell::Cell::new(0_u32);
    let usual = ProptestConfig::default();
    let config = ProptestConfig {
        // 40 s; `make fuzz` runs any number.
        cases: std::env::var_os("PROPTEST_CASES").map_or(20_000, |_| usual.cases),
        max_shrink_iters: 1_000,
        failure_persistence: None,
        ..usual
    };
    proptest!(config, |(start in any::<Index>(), edits in prop::collection::vec(edits(), 1..=3))| {
        let mut tree = Node::parse(&starts[start.index(starts.len())]);
        for edit in &edits {
            apply(&mut tree, edit);
        }
        let mut xml = String::new();
        tree.write(&mut xml);
        if let Ok(read) = judge(&xml) {
            accepted.set(accepted.get() + 1);
            prop_assert!(read == benign, "another identity was read from {xml}");
        }
    });
    // Cuts that change nothing must be among them, or the oracle was never asked.
    assert!(accepted.get() > 0, "no mutation was accepted");
    println!(
        "{} mutations were accepted, all unchanged in meaning",
        accepted.get()
    );
}
