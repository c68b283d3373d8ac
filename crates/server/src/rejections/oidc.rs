//! OpenID Connect: tokens, keys, callbacks, userinfo.

use super::{HOSTILE, Known, Section, known};

const CLOCKS: &str = "Compare the clocks of the provider and of this machine (NTP). If the token is old, begin again at the application.";
const BROKEN: &str = "Something between the provider and us answers in its place, or the provider has a fault; look at the answer.";
const CLIENT: &str = "Compare `client_id` with the client at the provider.";
const OTHER_LOGIN: &str = "The answer belongs to another login: begin again at the application. If it repeats, somebody injects answers.";
const ISSUER: &str = "Write `issuer` in the configuration as the provider writes it in its discovery document, to the letter.";

pub(super) const SECTION: Section = Section {
    title: "OpenID Connect",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "callback_code_and_error",
        "The answer says yes and no at once.",
        HOSTILE,
    ),
    known(
        "callback_issuer_mismatch",
        "The answer comes from another provider than was asked.",
        OTHER_LOGIN,
    ),
    known(
        "callback_issuer_missing",
        "The answer does not say which provider it comes from, though this one promises to.",
        OTHER_LOGIN,
    ),
    known("callback_malformed", "The answer cannot be read.", BROKEN),
    known(
        "callback_neither_code_nor_error",
        "The answer says neither yes nor no.",
        BROKEN,
    ),
    known(
        "callback_state_mismatch",
        "The answer belongs to another login.",
        OTHER_LOGIN,
    ),
    known(
        "callback_state_missing",
        "The answer does not say which login it belongs to.",
        OTHER_LOGIN,
    ),
    known(
        "callback_token_in_browser",
        "A token came through the browser.",
        "Set the client at the provider to the authorization code flow.",
    ),
    known(
        "claim_elsewhere",
        "A claim that is needed must be fetched elsewhere, because it is too large.",
        "Let the provider send only the groups that are assigned to this client.",
    ),
    known(
        "claim_unreadable",
        "A claim that is needed is neither text nor a list of texts.",
        "Name a claim below it in `mapping`, such as `realm_access.roles`.",
    ),
    known(
        "discovery_foreign_host",
        "An address of the provider is on a host that is not its own.",
        "If that is right, add the host to `other_hosts`.",
    ),
    known(
        "discovery_insecure_endpoint",
        "An address of the provider is not https.",
        "Let the provider publish https addresses.",
    ),
    known(
        "discovery_issuer_mismatch",
        "The provider calls itself otherwise than it was asked for.",
        ISSUER,
    ),
    known(
        "discovery_malformed",
        "The discovery document cannot be read.",
        BROKEN,
    ),
    known(
        "discovery_no_token_endpoint",
        "The provider names no address for tokens.",
        "Use a provider that has the authorization code flow.",
    ),
    known(
        "discovery_too_large",
        "The discovery document is too large.",
        BROKEN,
    ),
    known(
        "id_token_acr_not_met",
        "The provider did not reach the level of authentication that was asked for.",
        "Let the provider offer it to this person, or do not ask for it.",
    ),
    known(
        "id_token_auth_time_in_future",
        "The person would have been authenticated in the future.",
        CLOCKS,
    ),
    known(
        "id_token_authentication_too_old",
        "The person was authenticated too long ago for this request.",
        "Let the provider honour `max_age` and `prompt=login`.",
    ),
    known(
        "id_token_bad_subject",
        "The token names nobody, or by a name that cannot be one.",
        "Mend `sub` at the provider.",
    ),
    known(
        "id_token_duplicate_claim",
        "A claim stands twice in the token.",
        HOSTILE,
    ),
    known("id_token_expired", "The token is no longer valid.", CLOCKS),
    known(
        "id_token_is_logout_token",
        "It is a logout token, not an ID token.",
        "Is this the right token?",
    ),
    known(
        "id_token_issued_in_future",
        "The token was issued in the future.",
        CLOCKS,
    ),
    known(
        "id_token_issued_too_long_ago",
        "The token was issued long before this login.",
        CLOCKS,
    ),
    known(
        "id_token_malformed_payload",
        "The content of the token is no JSON object.",
        HOSTILE,
    ),
    known(
        "id_token_missing_claim",
        "A claim that must be there is not.",
        "Let the provider put the claim that is named into the token.",
    ),
    known(
        "id_token_not_yet_valid",
        "The token is not valid yet.",
        CLOCKS,
    ),
    known(
        "id_token_untrusted_audience",
        "The token is also for somebody whom we do not trust with it.",
        "If that is right, add them to `trusted_audiences`.",
    ),
    known(
        "id_token_wrong_audience",
        "The token is not for us.",
        CLIENT,
    ),
    known(
        "id_token_wrong_authorized_party",
        "The token was issued to another client.",
        CLIENT,
    ),
    known(
        "id_token_wrong_hash",
        "The token does not belong to the access token or the code that came with it.",
        OTHER_LOGIN,
    ),
    known(
        "id_token_wrong_issuer",
        "Another provider issued the token.",
        ISSUER,
    ),
    known(
        "id_token_wrong_nonce",
        "The token belongs to another login.",
        OTHER_LOGIN,
    ),
    known(
        "id_token_wrong_type",
        "A claim is not of the type that it must have.",
        "Mend it at the provider; times are numbers, not texts.",
    ),
    known(
        "jwks_malformed",
        "The provider's keys cannot be read.",
        BROKEN,
    ),
    known(
        "jwks_no_usable_key",
        "The provider publishes no key that we can use.",
        "Let it publish a public RSA key of 2048 bit or more, or one on P-256, P-384 or Ed25519, for signatures.",
    ),
    known(
        "jwks_too_large",
        "The provider publishes too many keys.",
        BROKEN,
    ),
    known(
        "jws_algorithm_missing",
        "The token does not say how it is signed.",
        HOSTILE,
    ),
    known("jws_algorithm_none", "The token is not signed.", HOSTILE),
    known(
        "jws_algorithm_not_allowed",
        "The token is signed with an algorithm that is not allowed for this provider.",
        "Set the algorithm at the provider, or allow it: `algorithms` in the configuration, `--algorithm` here.",
    ),
    known(
        "jws_algorithm_symmetric",
        "The token is signed with a shared secret, which proves nothing about the sender.",
        "Set RS256 or ES256 for this client at the provider.",
    ),
    known(
        "jws_ambiguous_key",
        "Several keys of the provider fit the token.",
        "Let the provider give each key its own `kid`.",
    ),
    known(
        "jws_bad_signature",
        "The provider's key did not make this signature.",
        "The token was changed or forged, or the provider published another key under the same `kid`.",
    ),
    known(
        "jws_encoding",
        "A part of the token is not base64url.",
        "Was the whole token copied, and nothing else?",
    ),
    known(
        "jws_forbidden_header",
        "The header would change what the token means.",
        "Take the member out at the provider; encrypted and compressed tokens are not supported.",
    ),
    known(
        "jws_malformed_header",
        "The header of the token cannot be read.",
        HOSTILE,
    ),
    known(
        "jws_not_three_parts",
        "It is no signed token in compact form.",
        "Was the whole token copied? Encrypted tokens are not supported.",
    ),
    known("jws_signature_missing", "The signature is empty.", HOSTILE),
    known(
        "jws_too_large",
        "The token is larger than 128 KiB.",
        "Let the provider send fewer claims.",
    ),
    known(
        "jws_unexpected_type",
        "The token says that it is of another kind.",
        "Is this the ID token, and not the access token?",
    ),
    known(
        "jws_unknown_key",
        "The provider publishes no key that fits the token.",
        "Has the provider changed its keys? Fetch its JWK set anew; is it the right issuer?",
    ),
    known(
        "jwt_bad_subject",
        "`sub` is empty, too long, or has control characters.",
        HOSTILE,
    ),
    known("jwt_duplicate_claim", "A claim occurs twice.", HOSTILE),
    known("jwt_expired", "The token is no longer valid.", CLOCKS),
    known(
        "jwt_issued_in_future",
        "The token was issued in the future.",
        CLOCKS,
    ),
    known(
        "jwt_issued_too_long_ago",
        "The token was issued too long ago for one of its kind.",
        CLOCKS,
    ),
    known(
        "jwt_malformed_payload",
        "The token's claims cannot be read.",
        HOSTILE,
    ),
    known(
        "jwt_missing_claim",
        "A claim that must be there is not.",
        "Let the one who signs put the claim that is named into the token.",
    ),
    known("jwt_not_yet_valid", "The token is not valid yet.", CLOCKS),
    known(
        "jwt_untrusted_audience",
        "The token is for somebody else, too.",
        "Let it be for us alone.",
    ),
    known("jwt_wrong_audience", "The token is not for us.", CLIENT),
    known(
        "jwt_wrong_issuer",
        "The token is of another issuer than was expected.",
        ISSUER,
    ),
    known(
        "jwt_wrong_type",
        "A claim is not of the type that it must have.",
        "Mend it where the token is made; times are numbers, not texts.",
    ),
    known(
        "logout_token_bad_id",
        "`sid` or `jti` is empty, too long, or has control characters.",
        HOSTILE,
    ),
    known(
        "logout_token_has_nonce",
        "The logout token has a nonce, as only ID tokens have.",
        HOSTILE,
    ),
    known(
        "logout_token_malformed_request",
        "The request is no form with one `logout_token`.",
        BROKEN,
    ),
    known(
        "logout_token_no_event",
        "The token does not tell the end of a session.",
        "Is this the right token?",
    ),
    known(
        "logout_token_no_target",
        "The logout token does not say whose session ended.",
        "Let the provider send `sid`, `sub` or both.",
    ),
    known(
        "token_malformed",
        "The answer of the token endpoint cannot be read.",
        BROKEN,
    ),
    known(
        "token_no_id_token",
        "The token endpoint gave no ID token.",
        "Allow the scope `openid` for this client at the provider.",
    ),
    known(
        "token_refused",
        "The token endpoint refused.",
        "Check client id, client secret and redirect URI at the provider.",
    ),
    known(
        "token_too_large",
        "The answer of the token endpoint is too large.",
        "Let the provider send fewer claims.",
    ),
    known(
        "token_unsupported_token_type",
        "The access token is of a kind that is not supported.",
        "Let the provider issue Bearer tokens.",
    ),
    known(
        "userinfo_malformed",
        "The answer of the userinfo endpoint cannot be read.",
        BROKEN,
    ),
    known(
        "userinfo_not_plain_json",
        "Userinfo is signed or encrypted, which is not supported.",
        "Let the provider send plain JSON, or set `userinfo: false`.",
    ),
    known(
        "userinfo_status",
        "The userinfo endpoint refused.",
        "Allow userinfo for this client, or set `userinfo: false`.",
    ),
    known(
        "userinfo_subject_mismatch",
        "Userinfo speaks of another person than the token.",
        HOSTILE,
    ),
    known(
        "userinfo_too_large",
        "The answer of the userinfo endpoint is too large.",
        "Let the provider send fewer claims, or set `userinfo: false`.",
    ),
];
