//! Changed ciphertext, SI-76: what fails is refused, and with CBC nobody learns from it how.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking too")]

mod support;

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use self::support::{
    SP, assertion, bare, edit, forged,
    sealing::{
        AES256_CBC, AES256_GCM, Sealing, check_cbc, check_sealed, decryption, verify_sealed,
    },
    signed_assertion,
    wrapping::unsigned_response,
};

const ACCEPTED: &str = "accepted alice@a.test";

/// The identity provider's assertion, signed.
fn genuine() -> String {
    signed_assertion(&assertion("_a1"))
}

/// Every byte of the ciphertext and of the wrapped key counts.
#[test]
fn si_76_a_changed_ciphertext_is_not_decrypted() {
    let sealing = Sealing::of(genuine());
    for at in [0, 11, 12, 100, 1_000] {
        let spoilt = sealing.clone().with(|it| it.spoil_data = Some(at)).seal();
        check_sealed(&unsigned_response(&spoilt), "decryption_failed");
        let spoilt = sealing
            .clone()
            .with(|it| it.spoil_key = Some(at % 256))
            .seal();
        check_sealed(&unsigned_response(&spoilt), "decryption_failed");
    }
    check_sealed(&unsigned_response(&sealing.seal()), ACCEPTED);
}

/// With CBC, whatever goes wrong up to the signature is one refusal: same code, same sentence.
#[test]
fn si_76_with_cbc_all_failures_look_alike() {
    let genuine = genuine();
    let sealing = |plaintext: &str| Sealing::of(plaintext).with(|it| it.cipher = AES256_CBC);
    check_cbc(&unsigned_response(&sealing(&genuine).seal()), ACCEPTED);
    let mut refusals = Vec::new();
    let mut causes = std::collections::BTreeSet::new();
    let mut refuse = |name: String, sealed: &str| {
        let error = verify_sealed(&unsigned_response(sealed), decryption(true)).unwrap_err();
        let cause = error
            .concealed()
            .unwrap_or_else(|| panic!("{name}: {error:?}"));
        causes.insert(cause.code());
        refusals.push((name, error.code(), error.to_string()));
    };
    // The last two blocks: padding, and the end of the text.
    let length = (genuine.len() / 16 + 2) * 16;
    for back in 1..=32 {
        let at = length - back;
        let spoilt = sealing(&genuine).with(|it| it.spoil_data = Some(at));
        refuse(format!("byte {at} of the data"), &spoilt.seal());
    }
    for at in 0..256 {
        let spoilt = sealing(&genuine).with(|it| it.spoil_key = Some(at));
        refuse(format!("byte {at} of the key"), &spoilt.seal());
    }
    // The text decrypts, and is no assertion; or one that nobody signed; or one that was changed.
    for plaintext in [
        "not XML",
        "<a",
        "<a/>",
        &bare(&assertion("_a1")),
        &forged("_a1"),
        &genuine.replace("alice@a.test", "admin@a.test"),
        &genuine.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1),
    ] {
        refuse(plaintext.to_owned(), &sealing(plaintext).seal());
    }
    for (name, code, sentence) in &refusals {
        assert_eq!(*code, "decryption_failed", "{name}");
        assert_eq!(sentence, "what is encrypted cannot be decrypted", "{name}");
    }
    // Armed: behind the one refusal lie different ones.
    for expected in [
        "decrypted_element",
        "decryption_failed",
        "digest_mismatch",
        "signature_mismatch",
        "signature_missing",
        "xml_malformed",
    ] {
        assert!(
            causes.contains(expected),
            "{expected} is not among {causes:?}"
        );
    }
}

/// Converting GCM ciphertext to CBC, to ask about it there, gets the same answer as garbage.
#[test]
fn si_76_gcm_read_as_cbc_tells_nothing() {
    let sealed = Sealing::of(genuine()).seal();
    let as_cbc = edit(&sealed, AES256_GCM, AES256_CBC);
    check_cbc(&unsigned_response(&as_cbc), "decryption_failed");
    check_sealed(&unsigned_response(&as_cbc), "cbc_refused");
}

/// Behind a good signature the reasons are told: whoever made it is the identity provider.
#[test]
fn si_76_what_a_good_signature_covers_is_explained() {
    let template = edit(&assertion("_a1"), SP, "https://b.test");
    let sealing = Sealing::of(signed_assertion(&template)).with(|it| it.cipher = AES256_CBC);
    check_cbc(&unsigned_response(&sealing.seal()), "audience_mismatch");
}

/// A coarse bound on what the clock tells: each kind of failure against the one that goes all the way, in the same few
/// milliseconds, in time of the processor, and the median of many such rounds; so other work on the machine does not
/// count, or hits both. Without the decoy the ratio is about a half.
#[test]
fn si_76_with_cbc_all_failures_take_about_the_same_time() {
    const ROUNDS: usize = 51;
    let genuine = genuine();
    let sealing = |plaintext: &str| Sealing::of(plaintext).with(|it| it.cipher = AES256_CBC);
    let changed = genuine.replace("alice@a.test", "admin@a.test");
    let other_value = genuine.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1);
    let filler = "x".repeat(genuine.len());
    let kinds = [
        ("key", sealing(&genuine).with(|it| it.spoil_key = Some(9))),
        ("not XML", sealing(&filler)),
        ("not signed", sealing(&format!("<a>{filler}</a>"))),
        ("signature", sealing(&other_value)),
        ("digest", sealing(&changed)),
    ]
    .map(|(name, sealing)| (name, unsigned_response(&sealing.seal())));
    let mut ratios = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let [times @ .., whole_way] = kinds.each_ref().map(|(_, xml)| {
            let begun = processor_time();
            let error = verify_sealed(xml, decryption(true)).unwrap_err();
            assert_eq!(error.code(), "decryption_failed");
            (processor_time() - begun).as_secs_f64()
        });
        for (time, ratios) in times.into_iter().zip(&mut ratios) {
            ratios.push(time / whole_way);
        }
    }
    for (ratios, (name, _)) in ratios.iter_mut().zip(&kinds) {
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ROUNDS / 2];
        eprintln!("{name}: {median:.2}");
        assert!((0.67..1.5).contains(&median), "{name}: {median}");
    }
}

/// What this thread has had of the processor.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .unwrap()
        .into()
}
