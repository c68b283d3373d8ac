//! What a Response and its assertion say.

use super::{HOSTILE, Known, Section, known};

const CLOCKS: &str = "Compare the clocks of the provider and of this machine (NTP). If the message is old, the person took too long or used an old page: begin again at the application.";
const DELIVERY: &str = "Register the address of our assertion consumer service at the provider as it stands in our metadata (`vestibule metadata --upstream`); is `public_url` right?";
const BEGIN_ANEW: &str =
    "Logins begin at the application; a bookmark, an old page or the provider's portal leads here.";

pub(super) const SECTION: Section = Section {
    title: "SAML responses",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "assertion_count",
        "The Response holds not exactly one assertion.",
        "Let the provider send one assertion; two are a known attack.",
    ),
    known(
        "assertion_misplaced",
        "An assertion stands where none belongs.",
        HOSTILE,
    ),
    known(
        "attribute_ambiguous",
        "An attribute that must have one value has several.",
        "Let the provider send one value, or map another attribute.",
    ),
    known(
        "attribute_not_text",
        "An attribute that must be text holds something else.",
        "Let the provider send text, or map another attribute.",
    ),
    known(
        "audience_mismatch",
        "The assertion is for somebody else, or says not for whom.",
        "Register our entity ID at the provider as it stands in our metadata (`vestibule metadata --upstream`).",
    ),
    known(
        "authn_context_unmet",
        "The person was authenticated in another way than was asked for.",
        "Let the provider honour the requested authentication, or take `authn_context` out.",
    ),
    known(
        "authn_instant_in_future",
        "The person would have been authenticated in the future.",
        CLOCKS,
    ),
    known(
        "authn_not_anew",
        "The application wanted a new login, and the provider used an old one.",
        "Let the provider honour ForceAuthn for us.",
    ),
    known(
        "authn_statement_count",
        "The assertion says not exactly once how the person was authenticated.",
        "Let the provider send one authentication statement.",
    ),
    known(
        "condition_unknown",
        "The assertion has a condition that we do not know, and so cannot meet.",
        "Take the condition out for us at the provider.",
    ),
    known(
        "conditions_expired",
        "The assertion is no longer valid.",
        CLOCKS,
    ),
    known(
        "conditions_not_yet_valid",
        "The assertion is not valid yet.",
        CLOCKS,
    ),
    known(
        "confirmation_count",
        "The subject has more confirmations than we look at.",
        HOSTILE,
    ),
    known(
        "confirmation_expired",
        "The assertion came too late.",
        CLOCKS,
    ),
    known(
        "confirmation_lifetime",
        "The assertion could be delivered for more than a day.",
        "Shorten the lifetime of assertions for us at the provider to minutes.",
    ),
    known(
        "confirmation_missing",
        "The assertion is not meant to be delivered by a browser.",
        "Let the provider use the Web Browser SSO profile for us (bearer confirmation).",
    ),
    known(
        "confirmation_not_before",
        "The confirmation has a NotBefore, which SAML forbids there.",
        "Take it out at the provider.",
    ),
    known(
        "confirmation_unlimited",
        "The assertion could be delivered for ever.",
        "Let the provider say NotOnOrAfter in the subject confirmation.",
    ),
    known(
        "destination_mismatch",
        "The message was meant for another address.",
        "Register our address for messages of this kind at the sender, as it stands in our metadata; for a Response that is the assertion consumer service (`vestibule metadata --upstream`). Is `public_url` right?",
    ),
    known(
        "groups_elsewhere",
        "The provider sent a link instead of the groups, because there are too many.",
        "Let it send only the groups that are assigned to this application.",
    ),
    known(
        "in_response_to_mismatch",
        "The message answers another request than the one that is pending.",
        BEGIN_ANEW,
    ),
    known(
        "instant_invalid",
        "A time is not written as SAML wants it: in UTC, ending in Z.",
        "Mend it at the provider.",
    ),
    known(
        "issued_in_future",
        "The message was issued in the future.",
        CLOCKS,
    ),
    known(
        "issued_too_long_ago",
        "The message is more than five minutes old.",
        CLOCKS,
    ),
    known(
        "issuer_mismatch",
        "Somebody else issued the message than was asked.",
        "Is this the metadata of the provider that answers? Its entity ID must be the issuer, to the letter.",
    ),
    known(
        "message_expired",
        "The logout was meant until an earlier moment.",
        CLOCKS,
    ),
    known(
        "message_id_invalid",
        "The message has no usable ID.",
        HOSTILE,
    ),
    known(
        "message_kind_refused",
        "A message of this kind is not accepted there, or not by redirect.",
        "Let the provider send Responses by HTTP-POST; by redirect only AuthnRequest, LogoutRequest and LogoutResponse are read.",
    ),
    known(
        "name_id_missing",
        "The assertion names nobody.",
        "Let the provider issue a NameID for us (AD FS: a claim rule).",
    ),
    known(
        "not_a_response",
        "The message is no SAML 2.0 Response.",
        "Is this the right message? The provider must speak SAML 2.0, not WS-Federation or SAML 1.1.",
    ),
    known(
        "proxying_forbidden",
        "The provider forbids to build anything on its assertion.",
        "Lift the ProxyRestriction for us at the provider.",
    ),
    known(
        "recipient_mismatch",
        "The assertion was meant for another address.",
        DELIVERY,
    ),
    known(
        "response_signature_missing",
        "The Response itself must be signed, and is not.",
        "Let the provider sign Responses for us, not only assertions.",
    ),
    known(
        "session_expired",
        "The person's session at the provider is over.",
        CLOCKS,
    ),
    known(
        "status_not_success",
        "The provider refused.",
        "See the provider's own log.",
    ),
    known(
        "unsolicited_refused",
        "The Response answers no request of ours.",
        BEGIN_ANEW,
    ),
    known(
        "version_unsupported",
        "The message is not SAML 2.0.",
        "Let the provider speak SAML 2.0.",
    ),
];
