//! The conformance suite of the OpenID Foundation, for providers: which of its modules is which test here.
//!
//! These are the modules of the certification plans for what this provider is: basic OP, form post basic OP, config OP, and
//! RP-initiated, front-channel and back-channel logout OP. The form post plan has the modules of the basic plan, with
//! answers as a form; what an authorization request is answered is asked in both modes, and what comes after it, at the
//! token and userinfo endpoints, cannot know in which mode a code came.
//!
//! Left out are the plans of what is refused here (implicit, hybrid) or cannot be had (dynamic registration, session
//! management by frames, logins that a third party begins), with all their modules. `oidcc-idtoken-unsigned` and the two
//! modules of request objects are of plans that are not left out: the suite runs them to see that who does not offer it
//! says so, and so do the tests.

use std::collections::BTreeSet;

/// What the tests stand in.
const SOURCES: [&str; 4] = [
    include_str!("authorize.rs"),
    include_str!("discovery.rs"),
    include_str!("logout.rs"),
    include_str!("tokens.rs"),
];

const BASIC: [&str; 38] = [
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-ensure-other-scope-order-succeeds",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
];
const CONFIG: [&str; 1] = ["oidcc-discovery-endpoint-verification"];
const RP_INITIATED_LOGOUT: [&str; 9] = [
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-only-state",
];
const FRONT_CHANNEL_LOGOUT: [&str; 2] = [
    "oidcc-frontchannel-logout-discovery-endpoint-verification",
    "oidcc-frontchannel-rp-initiated-logout",
];
const BACK_CHANNEL_LOGOUT: [&str; 2] = [
    "oidcc-backchannel-logout-discovery-endpoint-verification",
    "oidcc-backchannel-rp-initiated-logout",
];

/// The names that tests tell of themselves: by their own name, or in the first line above them.
fn told() -> BTreeSet<String> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    let words = lines.filter_map(|line| {
        let own = line
            .strip_prefix("async fn ")
            .map(|rest| rest.split('(').next());
        own.flatten().or_else(|| line.strip_prefix("/// "))
    });
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    words
        .flat_map(|text| text.split(move |c| !is_word(c)))
        .filter_map(|word| word.find("oidcc_").and_then(|at| word.get(at..)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_module_of_the_plans_has_a_test_of_its_name() {
    let told = told();
    let plans: [&[&str]; 5] = [
        &BASIC,
        &CONFIG,
        &RP_INITIATED_LOGOUT,
        &FRONT_CHANNEL_LOGOUT,
        &BACK_CHANNEL_LOGOUT,
    ];
    for module in plans.into_iter().flatten() {
        let name = module.replace('-', "_");
        assert!(told.contains(&name), "{module}: {told:?}");
    }
}
