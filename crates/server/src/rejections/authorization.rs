//! OpenID Connect: what applications ask of us, and which of their addresses we take.

use super::{HOSTILE, Known, Section, known};

const CLIENT: &str = "It is the application's mistake: compare its OpenID Connect settings with what its guide says.";
const AGAIN: &str = "Begin again at the application. If it repeats, its requests are kept too long before they are used.";
const REGISTER: &str = "Compare the address that the application sends with `redirect_uris` in its configuration, to the letter.";
const WRITE: &str = "Correct the address in the application's configuration.";
const NO_FEATURE: &str = "Switch this off in the application's OpenID Connect settings; discovery says that it is not offered.";
const LOGOUT: &str = "Compare the address with `post_logout_redirect_uris` in the application's configuration, to the letter.";

pub(super) const SECTION: Section = Section {
    title: "OpenID Connect: requests of applications",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "authorization_acr_unreachable",
        "The application demands a kind of login that its logins here cannot reach.",
        "Add the context to those of the application, or let the application ask for one that is there.",
    ),
    known(
        "authorization_acr_values_too_many",
        "The request names more contexts than a request may.",
        CLIENT,
    ),
    known(
        "authorization_claims_malformed",
        "The parameter `claims` is not the JSON that it has to be.",
        CLIENT,
    ),
    known(
        "authorization_claims_too_many",
        "The parameter `claims` asks for more claims or values than a request may.",
        CLIENT,
    ),
    known(
        "authorization_control_character",
        "A parameter of the request has a control character.",
        HOSTILE,
    ),
    known(
        "authorization_encoding",
        "The request is not text in the encoding of forms.",
        CLIENT,
    ),
    known(
        "authorization_max_age",
        "The parameter `max_age` is not a number of seconds, or beyond ten years.",
        CLIENT,
    ),
    known(
        "authorization_missing_parameter",
        "The request has no `client_id` or no `redirect_uri`.",
        CLIENT,
    ),
    known(
        "authorization_parameter_too_long",
        "A parameter of the request is longer than it may be.",
        CLIENT,
    ),
    known(
        "authorization_pkce_challenge",
        "The code challenge is not a SHA-256 in base64url.",
        CLIENT,
    ),
    known(
        "authorization_pkce_method",
        "The method of the code challenge is not S256.",
        "Let the application use PKCE with the method S256.",
    ),
    known(
        "authorization_pkce_missing",
        "The request has no code challenge, and this application needs one.",
        "Switch PKCE on in the application. If it cannot do PKCE and keeps a secret, say so in its configuration.",
    ),
    known(
        "authorization_prompt_none_combined",
        "The request forbids every page and asks for one at once (`prompt`).",
        CLIENT,
    ),
    known(
        "authorization_prompt_unknown",
        "The parameter `prompt` has a value that is not known here.",
        CLIENT,
    ),
    known(
        "authorization_push_required",
        "This application must push its requests, and this one came directly.",
        "Switch pushed authorization requests (PAR) on in the application, or off in its configuration here.",
    ),
    known(
        "authorization_pushed_by_another",
        "The pushed request belongs to another application.",
        HOSTILE,
    ),
    known(
        "authorization_pushed_unknown",
        "The pushed request was never made, was used, or is too old.",
        AGAIN,
    ),
    known(
        "authorization_query_and_body",
        "A request by POST has parameters in its address, too.",
        CLIENT,
    ),
    known(
        "authorization_registration",
        "The request describes an application that is not registered (`registration`).",
        NO_FEATURE,
    ),
    known(
        "authorization_repeated_parameter",
        "A parameter stands in the request twice.",
        CLIENT,
    ),
    known(
        "authorization_request_object",
        "The request carries a request object (`request`).",
        NO_FEATURE,
    ),
    known(
        "authorization_request_uri",
        "The request names a request object that we would have to fetch (`request_uri`).",
        NO_FEATURE,
    ),
    known(
        "authorization_resource",
        "The request asks for a token for another service (`resource`).",
        NO_FEATURE,
    ),
    known(
        "authorization_response_mode",
        "The application wants its answer in a way that is unknown here or not allowed for it (`response_mode`).",
        CLIENT,
    ),
    known(
        "authorization_response_type",
        "The application asks for something else than a code (`response_type`).",
        "Set the application to the authorization code flow.",
    ),
    known(
        "authorization_response_type_missing",
        "The request has no `response_type`.",
        CLIENT,
    ),
    known(
        "authorization_scope_malformed",
        "The parameter `scope` is not a list of names with single spaces between them.",
        CLIENT,
    ),
    known(
        "authorization_scope_openid",
        "The scope `openid` is not asked for.",
        "Add the scope `openid` in the application.",
    ),
    known(
        "authorization_scope_too_many",
        "The request names more scopes than a request may.",
        CLIENT,
    ),
    known(
        "authorization_too_large",
        "The request is larger than a request may be.",
        HOSTILE,
    ),
    known(
        "authorization_too_many_parameters",
        "The request has more parameters than a request may.",
        HOSTILE,
    ),
    known(
        "authorization_unknown_client",
        "No application of that client id is registered.",
        "Compare the client id in the application with the configuration.",
    ),
    known(
        "authorization_unknown_redirect_uri",
        "The answer would go to an address that is not registered for the application.",
        REGISTER,
    ),
    known(
        "front_channel_logout_foreign_origin",
        "The address for logout in a frame is not on the application's own host.",
        "Give an address of the same scheme, host and port as one of the redirect URIs.",
    ),
    known(
        "id_token_hint_invalid",
        "The request came with a hint who is meant (`id_token_hint`) that is no ID token of this provider for this application.",
        "Let the application send the ID token that it got here, or none.",
    ),
    known(
        "logout_request_client_mismatch",
        "The logout request names one application, and the ID token in it was issued to another.",
        HOSTILE,
    ),
    known(
        "logout_request_hint_invalid",
        "The ID token in the logout request was not issued here.",
        CLIENT,
    ),
    known(
        "logout_request_unknown_client",
        "The logout request names no application that is registered.",
        "Compare the client id in the application with the configuration.",
    ),
    known(
        "logout_request_unknown_redirect_uri",
        "After the logout the browser would go to an address that is not registered for the application.",
        LOGOUT,
    ),
    known(
        "logout_request_unreadable",
        "The logout request cannot be read.",
        CLIENT,
    ),
    known(
        "logout_request_whose_redirect_uri",
        "The logout request says where to go afterwards, but not which application it comes from.",
        "Let the application send `id_token_hint` or `client_id`.",
    ),
    known(
        "redirect_uri_backslash",
        "The address has a backslash.",
        WRITE,
    ),
    known(
        "redirect_uri_control_character",
        "The address has white space or a control character.",
        WRITE,
    ),
    known(
        "redirect_uri_dot_segment",
        "The path of the address has a segment of dots, so that another address is reached.",
        WRITE,
    ),
    known(
        "redirect_uri_foreign_character",
        "The address has a character that addresses do not have.",
        "Write it in percent-encoding, and host names of other scripts in Punycode.",
    ),
    known(
        "redirect_uri_fragment",
        "The address has a fragment (`#`).",
        WRITE,
    ),
    known(
        "redirect_uri_host",
        "The host of the address is not written as browsers read it.",
        WRITE,
    ),
    known(
        "redirect_uri_host_differs",
        "The host of the address is not that of a registered one.",
        REGISTER,
    ),
    known(
        "redirect_uri_ipv6_zone",
        "The address has an IPv6 zone, which means something on one machine only.",
        WRITE,
    ),
    known(
        "redirect_uri_localhost_name",
        "The address is on `localhost`.",
        "Write the loopback address itself: `127.0.0.1` or `[::1]`.",
    ),
    known(
        "redirect_uri_none_registered",
        "No address is registered for the application.",
        REGISTER,
    ),
    known(
        "redirect_uri_not_absolute",
        "This is not a whole address with scheme and host.",
        WRITE,
    ),
    known(
        "redirect_uri_path_differs",
        "The path of the address is not that of a registered one.",
        REGISTER,
    ),
    known(
        "redirect_uri_plain_http",
        "The address is http and not on this machine, so codes would cross the network in the open.",
        "Use https.",
    ),
    known(
        "redirect_uri_port_differs",
        "The port of the address is not that of a registered one.",
        REGISTER,
    ),
    known(
        "redirect_uri_private_scheme",
        "The address is of a scheme that any app can claim, and the application keeps a secret.",
        "Use https, or register the application as an installed one, without a secret.",
    ),
    known(
        "redirect_uri_query_differs",
        "The query of the address is not that of a registered one.",
        REGISTER,
    ),
    known(
        "redirect_uri_reserved_parameter",
        "The query of the address has a parameter that belongs to our answer.",
        WRITE,
    ),
    known(
        "redirect_uri_scheme",
        "The scheme of the address is neither https nor http nor a domain name turned round.",
        WRITE,
    ),
    known(
        "redirect_uri_scheme_differs",
        "The scheme of the address is not that of a registered one.",
        REGISTER,
    ),
    known(
        "redirect_uri_spelling_differs",
        "The address means a registered one, but is written in another way.",
        REGISTER,
    ),
    known("redirect_uri_too_long", "The address is too long.", WRITE),
    known(
        "redirect_uri_user_info",
        "The address has a user name before its host.",
        HOSTILE,
    ),
    known(
        "redirect_uri_wildcard",
        "The address has a wildcard.",
        "Register each address as it is; there are no patterns.",
    ),
    known(
        "sector_missing",
        "People are to be known to the application by names of a sector, and it has none.",
        "Add `sector` to the application in the configuration.",
    ),
    known(
        "subject_ambiguous",
        "The application knows people by something of which the identity provider gave several values for this person.",
        "Choose a `subject` with a single value for everybody, such as `id`.",
    ),
    known(
        "subject_missing",
        "The application knows people by something that this person does not have, or that does not fit into `sub`.",
        "Set `subject: id` of the application, which everybody has; or map the attribute.",
    ),
];
