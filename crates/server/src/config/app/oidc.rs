//! An OpenID Connect relying party: `apps.<id>.oidc`.
//!
//! Does not own what a preset stands for, nor which addresses may be registered: the adapter does.

mod address;
mod authentication;
mod claim;
mod lifetime;

use vestibule_core::id::AppId;
use vestibule_downstream::{
    oidc::{AcrClasses, Algorithm, Client, ClientKind, OFFLINE_ACCESS, OidcApp, SubjectType},
    preset::AppPreset,
    told::Source,
};

pub(super) use self::claim::SECTION as CLAIM;
use crate::config::{
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// Keys below `oidc`.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>.oidc",
    about: "An OpenID Connect relying party. What it needs of us is at `<public_url>/.well-known/openid-configuration`; the issuer is `<public_url>`, without a slash at its end. There is the code flow only.",
    keys: &[
        Key::optional(
            "client_id",
            "a text of at most 256 characters",
            "the application's id",
            "What the application calls itself; no two may call themselves the same.",
        ),
        address::BASE_URL,
        address::REDIRECT_URIS,
        address::LOCALHOST,
        authentication::CLIENT_AUTH,
        authentication::SECRET_FILE,
        authentication::SECRET_ENV,
        authentication::JWKS_FILE,
        authentication::ALGORITHMS,
        authentication::ENDPOINT_AUDIENCE,
        authentication::NATIVE,
        Key::optional(
            "danger_pkce_optional",
            "`true` or `false`",
            "by the preset; else `false`",
            "Take requests without PKCE. A public client needs it whatever stands here, and a request that begins with it must end with it.",
        )
        .danger("A code that somebody puts into another browser is taken there."),
        Key::optional(
            "require_pushed_requests",
            "`true` or `false`",
            "false",
            "Take only requests that the application's server sent to us before (RFC 9126), which needs a `client_auth` other than `none`.",
        ),
        Key::optional(
            "id_token_algorithm",
            "`RS256`, `ES256` or `EdDSA`",
            "RS256",
            "What ID tokens are signed with. For all but `RS256` a key must be made first: `vestibule key create --purpose openid-es256` (or `openid-eddsa`).",
        ),
        Key::optional(
            "subject",
            "`id`, `pairwise`, `username`, `mail`, `subject`, or `attribute:<name>`",
            "id",
            "What `sub` holds. `id` is an opaque id of 40 hexadecimal digits that never changes for a person; `pairwise` is another opaque name in each sector, so that applications cannot compare theirs.",
        )
        .danger("The application knows people by it. A value that people can set themselves at the upstream, that changes, or that two upstreams give to two people, is a way into somebody else's account."),
        Key::optional(
            "sector",
            "a text",
            "the host of its redirect URIs; for one that is reached on the person's own machine alone, the application itself",
            "For `subject: pairwise`: applications of one sector know people by the same names. Installed apps all listen on `127.0.0.1`, so that is nobody's sector.",
        ),
        Key::optional(
            "scopes",
            "one or more texts",
            "by the preset; else `profile` and `email`",
            "The scopes that it gets if it asks for them, besides `openid`: `profile` (name, given_name, family_name, preferred_username), `email` (email, email_verified), `groups`, and those that `claims` names. Others that it asks for are left out.",
        ),
        Key::optional(
            "offline_access",
            "`true` or `false`",
            "false",
            "It may have refresh tokens, which outlive the session (scope `offline_access`).",
        ),
        claim::KEY,
        Key::optional(
            "claims_in_id_token",
            "`true` or `false`",
            "by the preset; else `false`",
            "Claims of scopes come in the ID token too, for an application that does not ask the userinfo endpoint.",
        ),
        Key::optional(
            "acr",
            "a text",
            "`https://refeds.org/profile/mfa`",
            "`acr` of a login with a second factor. A request may ask for it (`acr_values`), or insist on it.",
        ),
        Key::optional(
            "password_acr",
            "a text",
            "`urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport`",
            "`acr` of a login by the word of the upstream alone.",
        ),
        lifetime::ID_TOKEN,
        lifetime::ACCESS_TOKEN,
        lifetime::REFRESH_IDLE,
        lifetime::REFRESH_ABSOLUTE,
        address::POST_LOGOUT,
        address::FRONT_CHANNEL,
        address::BACK_CHANNEL,
    ],
};

/// The longest client id, in bytes (as the token endpoint reads it).
const LONGEST_CLIENT_ID: usize = 256;

/// Reads the section of the application of this id.
pub(super) fn read(preset: AppPreset, id: &AppId, reader: &Reader<'_>) -> Option<OidcApp> {
    let fields = reader.section(&SECTION)?;
    let client_id = fields.get("client_id");
    let client_id = match client_id {
        Some(reader) => client_id_text(&reader),
        None => Some(id.to_string()),
    };
    let authentication = authentication::read(preset, &fields);
    let kind = authentication
        .as_ref()
        .map_or(ClientKind::Confidential, |read| read.kind);
    let mut client = Client::new(client_id.as_deref().unwrap_or(id.as_str()), kind);
    let has_addresses = address::register(preset, &fields, &mut client);
    let back_channel_logout = address::back_channel(&fields);
    let flag = |key| {
        let reader: Option<Reader<'_>> = fields.get(key);
        reader.and_then(|reader| reader.flag())
    };
    let pkce_optional = flag("danger_pkce_optional");
    let require_pushed = flag("require_pushed_requests");
    let offline_access = flag("offline_access");
    let claims_in_id_token = flag("claims_in_id_token");
    let algorithm = fields.get("id_token_algorithm");
    let algorithm = algorithm.and_then(|reader| reader.one_of(&ID_TOKEN_ALGORITHMS));
    let subject = fields.get("subject").and_then(|reader| subject(&reader));
    let sector = sector(&fields, subject.as_ref());
    let scopes = fields.get("scopes");
    let scopes = scopes.map(|reader| reader.each_once(scope));
    let claims = fields.get(claim::KEY.name);
    let claims = claims.map(|reader| claim::read(&reader));
    let text = |key| {
        let reader: Option<Reader<'_>> = fields.get(key);
        reader.and_then(|reader| reader.text())
    };
    let (second_factor, plain) = (text("acr"), text("password_acr"));
    let lifetimes = lifetime::read(&fields);

    let (true, Some(_)) = (has_addresses, client_id) else {
        return None;
    };
    let mut usual = preset.oidc_app(client, authentication?.auth);
    let client = &mut usual.client;
    client.require_pushed = require_pushed.unwrap_or_default();
    client.danger_pkce_optional = pkce_optional.unwrap_or(client.danger_pkce_optional);
    if let Some(scopes) = scopes {
        client.scopes = scopes.into_iter().collect();
    }
    if offline_access.unwrap_or_default() {
        client.scopes.insert(OFFLINE_ACCESS.to_owned());
    }
    if matches!(subject, Some(Subject::Pairwise)) {
        client.subject_type = SubjectType::Pairwise { sector };
    }
    let subject = match subject {
        Some(Subject::From(source)) => source,
        Some(Subject::Pairwise) | None => usual.subject,
    };
    let claims: Vec<_> = claims.into_iter().flatten().collect();
    // Only the mail address that the upstream vouches for is called verified.
    if claims.iter().any(|rule| rule.name == "email") {
        usual.claims.retain(|known| known.name != "email_verified");
    }
    for rule in claims {
        usual.claims.retain(|known| known.name != rule.name);
        usual.claims.push(rule);
    }
    Some(OidcApp {
        id_token_algorithm: algorithm.unwrap_or(usual.id_token_algorithm),
        subject,
        claims_in_id_token: claims_in_id_token.unwrap_or(usual.claims_in_id_token),
        acr: AcrClasses {
            plain: plain.unwrap_or(usual.acr.plain),
            second_factor: second_factor.unwrap_or(usual.acr.second_factor),
        },
        lifetimes,
        back_channel_logout,
        ..usual
    })
}

const ID_TOKEN_ALGORITHMS: [(&str, Algorithm); 3] = [
    ("RS256", Algorithm::Rs256),
    ("ES256", Algorithm::Es256),
    ("EdDSA", Algorithm::EdDsa),
];

fn client_id_text(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if text.len() > LONGEST_CLIENT_ID {
        reader.mistake(
            "not_in_range",
            format!("a client id has at most {LONGEST_CLIENT_ID} characters"),
            "choose a shorter one",
        );
        return None;
    }
    Some(text)
}

/// What `sub` holds.
enum Subject {
    From(Source),
    Pairwise,
}

fn subject(reader: &Reader<'_>) -> Option<Subject> {
    let text = reader.text()?;
    if text == "pairwise" {
        return Some(Subject::Pairwise);
    }
    match Source::parse(&text) {
        Some(
            found @ (Source::Attribute(_)
            | Source::Id
            | Source::Mail
            | Source::Subject
            | Source::Username),
        ) => Some(Subject::From(found)),
        _ => {
            reader.mistake(
                "unknown_word",
                "people cannot be known by this",
                "write `id`, `pairwise`, `username`, `mail`, `subject`, or `attribute:<name>`",
            );
            None
        }
    }
}

fn sector(fields: &Fields<'_>, subject: Option<&Subject>) -> Option<String> {
    let reader = fields.get("sector")?;
    if !matches!(subject, Some(Subject::Pairwise)) {
        reader.mistake(
            "not_together",
            "a sector is for pairwise subjects",
            "add `subject: pairwise`, or remove this",
        );
    }
    reader.text()
}

/// RFC 6749 appendix A.4; `openid` is always there, and refresh tokens have a key of their own.
fn scope(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    let remedy = match text.as_str() {
        "openid" => "remove it: every application has it",
        OFFLINE_ACCESS => "write `offline_access: true`",
        _ if text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') =>
        {
            return Some(text);
        }
        _ => "use ASCII letters, digits and signs without spaces, quotes and backslashes",
    };
    let reason = format!("`{text}` cannot stand here");
    reader.mistake("bad_scope", reason, remedy);
    None
}
