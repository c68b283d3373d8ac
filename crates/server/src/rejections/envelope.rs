//! How a message travelled, and requests of applications.

use super::{HOSTILE, Known, Section, known};

const FORM: &str = "Was the whole value of `SAMLResponse`, or the whole query, copied? In a login, something between the browser and us changes forms or queries; look at proxies and filters. Else it is an attack.";
const REGISTER: &str = "Compare the application's metadata with `apps` in `broker.yaml`; only addresses that are registered there get answers.";

pub(super) const SECTION: Section = Section {
    title: "Bindings and requests",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "account_page_unknown",
        "The account has no page of this address.",
        "Begin at `/account`; an old link or a mistyped address leads here.",
    ),
    known(
        "acs_ambiguous",
        "The request names its reply address twice, as address and as number.",
        "Let the application name it once.",
    ),
    known(
        "acs_index_unregistered",
        "The request wants its answer at a number that is not registered.",
        REGISTER,
    ),
    known(
        "acs_missing",
        "The request names no reply address, and there is no default.",
        REGISTER,
    ),
    known(
        "acs_url_unregistered",
        "The request wants its answer at an address that is not registered.",
        REGISTER,
    ),
    known(
        "already_used",
        "The message was accepted before, and counts once.",
        "The person went back, or sent the form twice: begin again at the application. If nobody did, somebody has captured a message.",
    ),
    known(
        "app_disabled",
        "The application is disabled or was removed.",
        "Take `disabled` out of its section in `apps`, if it may be used.",
    ),
    known(
        "app_unknown",
        "No application of this entity ID is registered, or it is disabled.",
        REGISTER,
    ),
    known(
        "binding_address",
        "An address is no http or https address without fragment.",
        "Correct it in the metadata or the configuration.",
    ),
    known(
        "binding_artifact_unsupported",
        "An artifact came instead of a message.",
        "Let the other side use HTTP-POST.",
    ),
    known("binding_base64", "The message is not base64.", FORM),
    known(
        "binding_encoding_unsupported",
        "The message is packed in another way than DEFLATE.",
        "Let the other side use the usual encoding.",
    ),
    known(
        "binding_inflate",
        "The message cannot be unpacked: it is not one raw DEFLATE stream.",
        FORM,
    ),
    known("binding_message_missing", "There is no message.", FORM),
    known(
        "binding_parameter_name_encoded",
        "The name of a parameter is disguised.",
        HOSTILE,
    ),
    known(
        "binding_parameter_repeated",
        "A parameter came twice.",
        HOSTILE,
    ),
    known(
        "binding_percent_encoding",
        "A parameter is not percent-encoded UTF-8.",
        FORM,
    ),
    known(
        "binding_post_required",
        "The answer came in the address, not in a form.",
        "Let the provider answer by HTTP-POST.",
    ),
    known(
        "binding_relay_state_too_long",
        "RelayState is longer than it may be.",
        "Shorten it at the side that makes it.",
    ),
    known(
        "binding_request_and_response",
        "A request and a response came at once.",
        HOSTILE,
    ),
    known(
        "binding_signature_incomplete",
        "Signature and SigAlg did not come together.",
        HOSTILE,
    ),
    known(
        "binding_signing",
        "Our own message cannot be signed.",
        "See the log of this machine.",
    ),
    known(
        "binding_too_large",
        "The message is larger than 256 KiB, or its form or query than what may carry one.",
        "Let the provider send fewer attributes, such as only the groups that are assigned to this application.",
    ),
    known(
        "logout_sessions_too_many",
        "The logout request names more than 64 sessions.",
        HOSTILE,
    ),
    known(
        "logout_subject_count",
        "The logout request names nobody, or more than one person.",
        "Let the other side send exactly one NameID, the one that it was told.",
    ),
    known(
        "logout_subject_unsupported",
        "The logout request names the person by an identifier of another kind (`BaseID`).",
        "Let the other side send a NameID.",
    ),
    known(
        "logout_value_too_long",
        "A name, session or reason in the logout request has more than 1024 bytes, or the URI of a format more than 256.",
        HOSTILE,
    ),
    known(
        "name_id_format_unavailable",
        "The request wants the person named in a format, or for a partner, that is not configured.",
        "Add the format to `name_id_format` of the application, or let it ask for none.",
    ),
    known(
        "not_a_logout_message",
        "The message is no request for a logout, and no answer to one.",
        "Is the other side's address for single logout the right one?",
    ),
    known(
        "not_an_authn_request",
        "The message is no request for a login.",
        "Is the application's address for single sign-on the right one?",
    ),
    known(
        "protocol_binding_unsupported",
        "The request wants its answer by another way than HTTP-POST.",
        "Set the application to HTTP-POST.",
    ),
    known(
        "relay_state_foreign",
        "The request has a RelayState that leads to a site that is not the application's, and no signature covers it.",
        "Add the site to `relay_state_sites` of the application, if it is the application's. Else ask where the link came from.",
    ),
    known(
        "relay_state_hostile",
        "The request has a RelayState that a browser would run or show (`javascript:`, `data:`), and no signature covers it.",
        HOSTILE,
    ),
    known(
        "relay_state_mismatch",
        "The answer belongs to another login.",
        "Begin again at the application, in one tab.",
    ),
    known(
        "relay_state_unregistered",
        "A link to `/saml/start` has a RelayState that the application has no use for.",
        "Add it to `relay_states` below `idp_initiated` of the application, if it leads to an address of the application.",
    ),
    known(
        "request_classes_too_many",
        "The request names more than 16 authentication contexts.",
        "Let the application ask for those that it needs (`RequestedAuthnContext`).",
    ),
    known(
        "request_id_invalid",
        "The request has no usable ID.",
        HOSTILE,
    ),
    known(
        "request_value_invalid",
        "A value in the request is not what its type asks for.",
        "Mend it at the application.",
    ),
    known(
        "request_value_too_long",
        "A name in the request has more than 1024 bytes, or the URI of a format or authentication context more than 256.",
        HOSTILE,
    ),
    known(
        "start_not_offered",
        "A link to `/saml/start` wants a login to begin here, and the application has no such logins.",
        "Set `idp_initiated` of the application, if they may begin here.",
    ),
    known(
        "subject_mismatch",
        "The application asked for another person than the one who logged in.",
        "Log in with the same account there and here.",
    ),
];
