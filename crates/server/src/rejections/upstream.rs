//! What providers say no to, and what a login makes of their answers.

use super::{Known, Section, known};

const OWN_STATE: &str =
    "Begin again at the application. If it goes on, this is a fault of ours: report it.";

pub(super) const SECTION: Section = Section {
    title: "Refusals of providers, and logins",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "answer_unexpected",
        "The answer is of another kind than was asked for.",
        OWN_STATE,
    ),
    known(
        "identity_ambiguous",
        "An attribute that must have one value has several.",
        "Let the provider send one value, or map another attribute in `mapping`.",
    ),
    known(
        "identity_confusable",
        "The name of the person, or its scope, holds `@@` or `!` in a place where it could be read as another person's.",
        "Map another lasting attribute to `id` in `mapping`, or mend the account at the provider.",
    ),
    known(
        "identity_illegible",
        "The name of the person holds a control character.",
        "Mend the account at the provider, or map another attribute in `mapping`.",
    ),
    known(
        "identity_missing_id",
        "The attribute that names the person did not come.",
        "Let the provider send it, or map another attribute in `mapping`.",
    ),
    known(
        "identity_too_large",
        "An attribute is too long, or has too many values.",
        "Let the provider send only what is needed, such as the groups that are assigned to this application.",
    ),
    known(
        "identity_transient",
        "The person has another name at each login.",
        "Map `mapping.id` to a lasting attribute.",
    ),
    known(
        "mail_domain_foreign",
        "The person's mail address is in none of the domains that this provider may name.",
        "Add the domain to `mail_domains` of this upstream, if the provider may vouch for it.",
    ),
    known(
        "memo_unreadable",
        "What was kept with the login cannot be read.",
        OWN_STATE,
    ),
    known(
        "memo_unwritable",
        "What must be kept with the login cannot be written.",
        OWN_STATE,
    ),
    known(
        "pkce_verifier",
        "The secret of the login cannot be made.",
        OWN_STATE,
    ),
    known(
        "upstream_authn_failed",
        "The person could not be authenticated there, or gave up.",
        "Let the person try again; see the provider's log.",
    ),
    known(
        "upstream_client_misconfigured",
        "The provider does not like our request.",
        "Compare client id, redirect URI and flow with the client at the provider.",
    ),
    known(
        "upstream_denied",
        "The provider does not let this person in, or the person cancelled.",
        "Look whether the person may use this application there, and whether requests must be signed.",
    ),
    known(
        "upstream_failed",
        "The provider has a fault of its own.",
        "See the provider's log (AD FS: event 364).",
    ),
    known(
        "upstream_interaction_required",
        "The provider would have to ask the person, and the application allowed no questions.",
        "Begin again at the application, without asking for a silent login.",
    ),
    known(
        "upstream_name_id_policy",
        "The provider cannot name the person in the wanted format.",
        "Take `name_id_format` out; AD FS needs a rule that issues a Name ID.",
    ),
    known(
        "upstream_no_authn_context",
        "The provider cannot authenticate in the requested way.",
        "Take `authn_context` out, or ask for one that it knows.",
    ),
    known(
        "upstream_refused",
        "The provider refused.",
        "See the provider's log.",
    ),
    known(
        "upstream_request_rejected",
        "The provider does not like our request.",
        "Compare entity ID, address and signature (`sign_requests`) with what it has stored of us.",
    ),
    known(
        "upstream_request_unsupported",
        "The provider cannot do what is asked.",
        "Compare our metadata with what it has stored of us; it must answer by HTTP-POST.",
    ),
    known(
        "upstream_scope_refused",
        "The provider does not give us what we ask for.",
        "Allow the scopes for this client at the provider, or take them out of `scopes`.",
    ),
    known(
        "upstream_unknown_principal",
        "The provider does not know the person.",
        "Does the person have an account there?",
    ),
    known(
        "upstream_unreachable",
        "The provider could not be reached, or did not answer in time.",
        "Try its address from this machine: name, firewall, proxy, certificate.",
    ),
];
