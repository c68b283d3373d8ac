//! OpenID Connect, the answering side: what applications post to us, and the tokens that they show.

use super::{Known, Section, known};

const FORM: &str = "Let the application send what RFC 6749 section 4.1.3 says: a POST of a form, each parameter once, nothing in the address.";
const METHOD: &str =
    "Compare how the application authenticates with what is configured for it here.";
const SECRET: &str = "Compare the secret at the application with the one that is configured here; after a change both are good until the old one is taken out.";
const ASSERTION: &str = "Let the application make the assertion anew for each request: its client id as `iss` and `sub`, our issuer alone as `aud`, a `jti`, good for at most an hour.";
const AGAIN: &str =
    "Begin again at the application. If it repeats, look who else has its codes and tokens.";
const PKCE: &str = "The application's own doing: a code can only be redeemed by whoever began the login. If it repeats, ask its maker.";
const BEARER: &str = "Let the application send the token in the header `Authorization: Bearer`.";

pub(super) const SECTION: Section = Section {
    title: "OpenID Connect: requests of applications",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "bearer_in_address",
        "The access token stands in the address.",
        BEARER,
    ),
    known(
        "bearer_insufficient_authentication",
        "The access token stands for a login that is too old or too weak for what is asked.",
        "The application is told which login to ask for; it sends the person to us again.",
    ),
    known(
        "bearer_insufficient_scope",
        "The access token was not given for what is asked.",
        "Let the application ask for the scope that is named.",
    ),
    known(
        "bearer_malformed",
        "What stands where an access token belongs cannot be one.",
        BEARER,
    ),
    known("bearer_missing", "There is no access token.", BEARER),
    known("bearer_several", "There are several access tokens.", BEARER),
    known(
        "bearer_unknown",
        "There is no such access token, or it has ended.",
        "Tokens end with their time, with the session, and when a person is disabled: begin again at the application.",
    ),
    known(
        "client_assertion_audience",
        "The application's assertion is not for our issuer alone.",
        ASSERTION,
    ),
    known(
        "client_assertion_bad_id",
        "The application's assertion has no usable `jti`.",
        ASSERTION,
    ),
    known(
        "client_assertion_lives_too_long",
        "The application's assertion is good for longer than an hour.",
        ASSERTION,
    ),
    known(
        "client_assertion_replayed",
        "The application's assertion was used before.",
        ASSERTION,
    ),
    known(
        "client_assertion_subject",
        "The application's assertion is about another.",
        ASSERTION,
    ),
    known(
        "client_assertion_type",
        "The assertion or its type is missing, or of a type that we do not know.",
        ASSERTION,
    ),
    known(
        "client_auth_empty_secret",
        "The application's secret is empty.",
        SECRET,
    ),
    known(
        "client_auth_ids_differ",
        "The request names two applications.",
        METHOD,
    ),
    known(
        "client_auth_malformed_header",
        "The header Authorization cannot be read.",
        "Let the application send client id and secret form-encoded, joined by a colon, in base64 (RFC 6749 section 2.3.1).",
    ),
    known(
        "client_auth_missing",
        "The request does not say which application it is of.",
        METHOD,
    ),
    known(
        "client_auth_several_methods",
        "The application authenticates in several ways at once.",
        METHOD,
    ),
    known(
        "client_auth_too_often",
        "Too many wrong secrets of the application came from one address; for up to a minute further wrong ones from there are only told to wait. The right one is taken at any time.",
        SECRET,
    ),
    known(
        "client_auth_unknown_client",
        "There is no such application, or it is disabled.",
        "Compare `client_id` at the application with the configuration.",
    ),
    known(
        "client_auth_unknown_scheme",
        "The header Authorization is not of the scheme Basic.",
        METHOD,
    ),
    known(
        "client_auth_wrong_method",
        "The application authenticates otherwise than it is configured to.",
        METHOD,
    ),
    known(
        "client_auth_wrong_secret",
        "The application's secret is wrong.",
        SECRET,
    ),
    known(
        "client_form_encoding",
        "The request is not text in form encoding.",
        FORM,
    ),
    known(
        "client_form_missing_parameter",
        "A parameter is missing.",
        FORM,
    ),
    known("client_form_not_form", "The request is no form.", FORM),
    known("client_form_not_post", "The request is no POST.", FORM),
    known(
        "client_form_query",
        "The request has parameters in its address.",
        FORM,
    ),
    known(
        "client_form_repeated_parameter",
        "A parameter occurs twice.",
        FORM,
    ),
    known(
        "client_form_too_large",
        "The request is larger than 32 KiB.",
        FORM,
    ),
    known(
        "endpoint_confidential_clients_only",
        "The application has no secret or key, and this needs one.",
        "Configure a way to authenticate for it, if it can keep a secret.",
    ),
    known(
        "grant_ended",
        "The session, the person or the application that the code or refresh token stands for is no more.",
        "Begin again at the application.",
    ),
    known(
        "grant_of_another_client",
        "The code or refresh token was given to another application.",
        AGAIN,
    ),
    known(
        "grant_redirect_uri_differs",
        "The redirect URI is not the one that the login began with.",
        "Let the application send the same redirect URI both times, to the letter.",
    ),
    known(
        "grant_unknown",
        "There is no such code or refresh token, or it is too old.",
        AGAIN,
    ),
    known(
        "grant_used",
        "The code or refresh token was used before; what came of it was ended.",
        AGAIN,
    ),
    known(
        "grant_used_just_now",
        "The refresh token was used a few seconds ago; nothing was ended.",
        "Two requests of the application crossed, or it did not get the answer: it begins again. If it repeats, let it renew its tokens in one place.",
    ),
    known(
        "pkce_verifier_missing",
        "The code verifier is missing.",
        PKCE,
    ),
    known(
        "pkce_verifier_unexpected",
        "There is a code verifier, and the login began without a challenge.",
        PKCE,
    ),
    known(
        "scope_malformed",
        "The scope is no list of scope names.",
        FORM,
    ),
    known("scope_too_many", "The request names too many scopes.", FORM),
    known(
        "scope_widened",
        "The request names a scope that was not granted.",
        "Let the application ask for it when a login begins.",
    ),
    known(
        "token_request_grant_type_not_allowed",
        "The application may not ask for tokens in this way.",
        "For refresh tokens, allow `offline_access` for it.",
    ),
    known(
        "token_request_unsupported_grant_type",
        "The application asks for tokens in a way that does not exist here.",
        "Set it to the authorization code flow; passwords of people, and tokens without a login, are not supported.",
    ),
];
