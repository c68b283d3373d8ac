//! Messages that cost more than they weigh, SI-77, SI-78, SI-80 and SR-15: memory and time are measured.
//!
//! The figures of the catalogue are for a release build: a refusal within 50 ms, and less than four times the message
//! in memory. Memory is the same in every build; for time the bound is ten times as wide here, since nothing of the
//! room is optimized in a test and other tests run beside it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking, and these read the clock"
)]

mod support;

use std::{
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::{Compression, write::DeflateEncoder};
use peak_alloc::PeakAlloc;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::binding::{post, redirect};

use self::support::{
    A_SIG, EXC_C14N, around_signed, assertion, before, edit, keys, outcome,
    signing::{ENVELOPED, Signing, method, transforms},
    verify,
    wrapping::unsigned_response,
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One measurement at a time: the allocator counts for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

const ACCEPTED: &str = "accepted alice@a.test";
/// What any refusal may take beside the message: the error, and what keys and libraries keep.
const OVERHEAD: usize = 64 * 1024;
const REFUSAL: Duration = Duration::from_millis(500);

/// What a call takes at most in memory, beside what was there, and in time, of three attempts.
fn cost<T>(call: impl Fn() -> T) -> (T, usize, Duration) {
    let mut attempts = (0..3).map(|_| {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let begun = Instant::now();
        let value = call();
        let took = begun.elapsed();
        (value, MEMORY.peak_usage().saturating_sub(before), took)
    });
    let first = attempts.next().unwrap();
    attempts.fold(
        first,
        |best, next| if next.2 < best.2 { next } else { best },
    )
}

fn alone() -> impl Drop {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // What is made once is made before anything is measured.
    assert_eq!(outcome(verify(&around_signed(&assertion("_a1")))), ACCEPTED);
    alone
}

#[track_caller]
fn check_refusal(name: &str, xml: &str, expected: &str) {
    let (outcome, memory, took) = cost(|| outcome(verify(xml)));
    assert_eq!(outcome, expected, "{name}");
    assert!(
        memory < 4 * xml.len() + OVERHEAD,
        "{name}: {memory} bytes for {}",
        xml.len()
    );
    assert!(took < REFUSAL, "{name}: {took:?}");
}

/// The benign message with `what` among its extensions, where anybody may write.
fn carrying(what: &str) -> String {
    let xml = around_signed(&assertion("_a1"));
    let extensions = format!("<samlp:Extensions>{what}</samlp:Extensions>");
    before(&xml, "<samlp:Status>", &extensions)
}

#[test]
fn si_77_a_refusal_costs_less_than_the_message() {
    let _alone = alone();
    let numbered =
        |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let attributes = numbered(100_000, &|n| format!(" a{n}=\"\""));
    let declarations = numbered(100_000, &|n| format!(" xmlns:n{n}=\"urn:{n}\""));
    let few_attributes = numbered(15_000, &|n| format!(" a{n}=\"\""));
    let few_declarations = numbered(8_000, &|n| format!(" xmlns:n{n}=\"urn:{n}\""));
    let nested = numbered(62, &|n| {
        format!("<x xmlns:n{n}=\"urn:{n}\" xmlns:m{n}=\"urn:{n}\">")
    });
    let rows = [
        ("nesting", "<x>".repeat(100_000), "xml_too_large"),
        (
            "nesting within the size",
            "<x>".repeat(80_000),
            "xml_too_many_nodes",
        ),
        (
            "nesting within the number",
            "<x>".repeat(4_000),
            "xml_too_deep",
        ),
        ("attributes", format!("<x{attributes}/>"), "xml_too_large"),
        (
            "attributes within the size",
            format!("<x{few_attributes}/>"),
            "xml_too_many_attributes",
        ),
        (
            "declarations",
            format!("<x{declarations}/>"),
            "xml_too_large",
        ),
        (
            "declarations within the size",
            format!("<x{few_declarations}/>"),
            "xml_too_many_attributes",
        ),
        ("declarations, nested", nested, "xml_too_many_namespaces"),
        ("text", "x".repeat(50 * 1024 * 1024), "xml_too_large"),
        ("elements", "<x/>".repeat(1_000_000), "xml_too_large"),
        (
            "elements within the size",
            "<x/>".repeat(50_000),
            "xml_too_many_nodes",
        ),
        (
            "one attribute",
            format!("<x a=\"{}\"/>", "x".repeat(1024 * 1024)),
            "xml_too_large",
        ),
        ("comments", "<!---->".repeat(30_000), "xml_too_many_nodes"),
        (
            "a comment without end",
            format!("<!--{}", "-".repeat(200_000)),
            "xml_malformed",
        ),
        (
            "a tag over the rest",
            format!("<x {}", "a=\"\" ".repeat(40_000)),
            "xml_too_many_attributes",
        ),
    ];
    for (name, what, expected) in rows {
        check_refusal(name, &carrying(&what), expected);
    }
}

#[test]
fn si_77_white_space_in_base64_does_not_hide_the_size() {
    let _alone = alone();
    let spaced = |bytes: usize| {
        let encoded = BASE64.encode(vec![b'x'; bytes]);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(1)
            .map(|it| std::str::from_utf8(it).unwrap())
            .collect();
        format!(
            "SAMLResponse={}",
            utf8_percent_encode(&lines.join("\n"), NON_ALPHANUMERIC)
        )
    };
    let large = spaced(256 * 1024);
    let (code, memory, took) = cost(|| {
        post::decode(large.as_bytes())
            .map(|_| ())
            .map_err(|error| error.code())
    });
    assert_eq!(code, Err("binding_too_large"));
    assert!(
        memory < 4 * large.len() && took < REFUSAL,
        "{memory} bytes, {took:?}"
    );
    // Control: line breaks alone are no fault.
    assert!(post::decode(spaced(16 * 1024).as_bytes()).is_ok());
}

/// What keeps to every limit and was made to be slow: it is refused or accepted like any other, for a bounded price.
#[test]
fn si_78_work_is_bounded_by_the_limits() {
    const MOST_MEMORY: usize = 32 * 1024 * 1024;
    const MOST_TIME: Duration = Duration::from_secs(5);
    let _alone = alone();
    let declared: String = (0..58)
        .map(|n| format!(" xmlns:n{n}=\"urn:{}{n:02}\"", "n".repeat(245)))
        .collect();
    // Every element uses another of the long names, which exclusive canonicalization writes each time anew.
    let used: String = (0..4_500).map(|n| format!("<n{}:x/>", n % 58)).collect();
    let template = edit(
        &assertion("_a1"),
        "<saml:AttributeValue>staff</saml:AttributeValue>",
        &format!("<saml:AttributeValue{declared}>{used}</saml:AttributeValue>"),
    );
    let signing = Signing::of(&assertion("_a1"), A_SIG);
    let slow = signing.signature(keys::idp());
    let long_names = unsigned_response(&edit(&template, A_SIG, &slow));
    // Whoever has no key is refused before any of that work is done.
    let keyless = unsigned_response(&edit(
        &template,
        A_SIG,
        &signing.signature(keys::attacker()),
    ));

    let prefixes: Vec<String> = (0..32).map(|n| format!("n{n}")).collect();
    let inclusive = format!(
        r#"<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="{}"></ec:InclusiveNamespaces>"#,
        prefixes.join(" ")
    );
    let mut listed = Signing::of(&assertion("_a1"), A_SIG);
    listed.transforms = edit(
        &transforms(&[ENVELOPED, EXC_C14N]),
        &format!("\"{EXC_C14N}\">"),
        &format!("\"{EXC_C14N}\">{inclusive}"),
    );
    let on_ancestor = edit(
        &unsigned_response(&edit(
            &template.replace(&declared, ""),
            A_SIG,
            &listed.signature(keys::idp()),
        )),
        "<samlp:Response ",
        &format!("<samlp:Response{declared} "),
    );

    let mut many_transforms = Signing::of(&assertion("_a1"), A_SIG);
    many_transforms.transforms = format!(
        "<ds:Transforms>{}</ds:Transforms>",
        method("Transform", EXC_C14N).repeat(2_000)
    );
    let mut many_references = Signing::of(&assertion("_a1"), A_SIG);
    many_references.references = Some(many_references.reference().repeat(400));

    let rows = [
        ("long names", long_names, "canonicalization_failed"),
        ("without a key", keyless, "signature_mismatch"),
        ("prefix list", on_ancestor, "canonicalization_failed"),
        (
            "transforms",
            unsigned_response(&many_transforms.sign(keys::idp())),
            "transforms_refused",
        ),
        (
            "references",
            unsigned_response(&many_references.sign(keys::idp())),
            "reference_count",
        ),
        ("elements", carrying(&"<x/>".repeat(4_500)), ACCEPTED),
        (
            "depth",
            carrying(&format!("{}{}", "<x>".repeat(61), "</x>".repeat(61)).repeat(38)),
            ACCEPTED,
        ),
    ];
    for (name, xml, expected) in rows {
        let (outcome, memory, took) = cost(|| outcome(verify(&xml)));
        assert_eq!(outcome, expected, "{name}");
        assert!(memory < MOST_MEMORY, "{name}: {memory} bytes");
        assert!(took < MOST_TIME, "{name}: {took:?}");
    }
}

fn query(deflated: &[u8]) -> String {
    format!(
        "SAMLRequest={}",
        utf8_percent_encode(&BASE64.encode(deflated), NON_ALPHANUMERIC)
    )
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn si_80_sr_15_a_bomb_inflates_to_its_limit_and_no_further() {
    let _alone = alone();
    let bomb = query(&deflate(&vec![b' '; 20 * 1024 * 1024]));
    let (code, memory, took) = cost(|| {
        redirect::decode(&bomb)
            .map(|_| ())
            .map_err(|error| error.code())
    });
    assert_eq!(code, Err("binding_too_large"));
    assert!(memory < 4 * 256 * 1024 + OVERHEAD, "{memory} bytes");
    assert!(took < REFUSAL, "{took:?}");
}

#[test]
fn si_80_sr_15_ten_thousand_broken_streams_leave_nothing_behind() {
    let _alone = alone();
    let whole = deflate(around_signed(&assertion("_a1")).as_bytes());
    let broken: Vec<String> = (1..100)
        .map(|part| query(whole.get(..whole.len() * part / 100).unwrap()))
        .collect();
    let before = MEMORY.current_usage();
    for query in broken.iter().cycle().take(10_000) {
        assert_eq!(
            redirect::decode(query).err().map(|error| error.code()),
            Some("binding_inflate")
        );
    }
    let left = MEMORY.current_usage().saturating_sub(before);
    assert!(left < OVERHEAD, "{left} bytes are left");
    assert!(redirect::decode(&query(&whole)).is_ok());
}
