//! Addresses of a relying party: where answers go, and where it is told of the end.

use url::Url;
use vestibule_downstream::{
    oidc::{Client, ClientKind, FrontChannelFault, RedirectUri, UriFault},
    preset::AppPreset,
};

use crate::config::{
    reader::{Fields, Reader},
    setting::Key,
};

pub(super) const BASE_URL: Key = Key::optional(
    "base_url",
    "an https address",
    "none",
    "For the presets of Data Center: the base URL as the application itself shows it. The redirect URI follows from it.",
)
.danger("Whoever controls this address receives people's identities.");

pub(super) const REDIRECT_URIS: Key = Key::optional(
    "redirect_uris",
    "one or more addresses",
    "from `base_url`",
    "Where answers go, compared character by character; there are no patterns. `https`; or `http` on `127.0.0.1` or `[::1]`; or, for a public client, a scheme of its own such as `com.example.app:/callback`.",
)
.danger("Whoever controls such an address receives people's identities.");

pub(super) const LOCALHOST: Key = Key::optional(
    "danger_allow_localhost",
    "`true` or `false`",
    "false",
    "Redirect URIs may be on `http://localhost`, for trials.",
)
.danger(
    "What that name leads to is for each machine to say (RFC 8252 section 8.3); write `127.0.0.1`.",
);

pub(super) const POST_LOGOUT: Key = Key::optional(
    "post_logout_redirect_uris",
    "one or more addresses",
    "none",
    "Where a browser may be sent after a logout, compared character by character.",
)
.danger("Whoever can put a page there can show it to people who were just signed out.");

pub(super) const FRONT_CHANNEL: Key = Key::optional(
    "front_channel_logout_uri",
    "an address on the host of a redirect URI",
    "none",
    "What is loaded in a frame of the browser when a session ends.",
)
.danger("Browsers that keep foreign frames from their cookies sign nobody out by it. Prefer `back_channel_logout_uri`.");

pub(super) const BACK_CHANNEL: Key = Key::optional(
    "back_channel_logout_uri",
    "an https address",
    "none",
    "Where our server tells the application's server that a session has ended.",
)
.danger("Our server connects to whatever is written here, also within your own network; only this machine itself is never called.");

/// Registers the addresses that browsers are sent to; `false` if there is no good redirect URI.
pub(super) fn register(preset: AppPreset, fields: &Fields<'_>, client: &mut Client) -> bool {
    let localhost = fields.get(LOCALHOST.name);
    let localhost = localhost.and_then(|reader| reader.flag());
    let localhost = localhost.unwrap_or_default();
    let found = fields.exactly_one(&[REDIRECT_URIS.name, BASE_URL.name], true);
    let texts = match &found {
        Some((key, reader)) if *key == BASE_URL.name => at_base(preset, reader)
            .map(|text| (reader.clone(), text))
            .into_iter()
            .collect(),
        Some((_, reader)) => each_text(reader),
        None => {
            let remedy = if preset.knows_base_urls() {
                "add `base_url` with the base URL that the application shows"
            } else {
                "add `redirect_uris` with the address that the application shows, often called callback or redirect URL"
            };
            fields
                .whole()
                .mistake("missing", "nothing says where answers go", remedy);
            Vec::new()
        }
    };
    for (reader, text) in texts {
        let registered = if localhost {
            client.danger_register_localhost_uri(&text)
        } else {
            client.register_redirect_uri(&text)
        };
        if let Err(fault) = registered {
            refuse(&reader, &text, fault);
        }
    }
    for (reader, text) in fields
        .get(POST_LOGOUT.name)
        .map(|reader| each_text(&reader))
        .unwrap_or_default()
    {
        if let Err(fault) = client.register_post_logout_redirect_uri(&text) {
            refuse(&reader, &text, fault);
        }
    }
    if let Some(reader) = fields.get(FRONT_CHANNEL.name) {
        front_channel(&reader, client);
    }
    !client.redirect_uris().is_empty()
}

/// Where our server tells theirs. It is reached through the guard against inner addresses when it is used (OO-16).
pub(super) fn back_channel(fields: &Fields<'_>) -> Option<Url> {
    let reader = fields.get(BACK_CHANNEL.name)?;
    let url = reader.url()?;
    let text = reader.text()?;
    if let Err(fault) = RedirectUri::register(&text, ClientKind::Confidential) {
        // An answer of ours never goes there, so it may have parameters of any name.
        if fault != UriFault::ReservedParameter {
            refuse(&reader, &text, fault);
            return None;
        }
    }
    Some(url)
}

fn front_channel(reader: &Reader<'_>, client: &mut Client) {
    let Some(text) = reader.text() else { return };
    match client.register_front_channel_logout_uri(&text) {
        Ok(()) => {}
        Err(FrontChannelFault::Uri(fault)) => refuse(reader, &text, fault),
        Err(fault @ FrontChannelFault::ForeignOrigin) => reader.mistake(
            fault.code(),
            format!("`{text}`: {fault}"),
            "write an address with the scheme, host and port of a redirect URI",
        ),
    }
}

/// Notes that this address cannot be registered.
fn refuse(reader: &Reader<'_>, text: &str, fault: UriFault) {
    reader.mistake(fault.code(), format!("`{text}`: {fault}"), remedy(fault));
}

/// The texts, each once, with the places where they stand.
fn each_text<'a>(reader: &Reader<'a>) -> Vec<(Reader<'a>, String)> {
    let mut found: Vec<(Reader<'a>, String)> = Vec::new();
    for item in reader.one_or_many() {
        let Some(text) = item.text() else { continue };
        if found.iter().any(|(_, known)| *known == text) {
            item.mistake("repeated", "this item stands here twice", "remove one");
        } else {
            found.push((item, text));
        }
    }
    found
}

fn at_base(preset: AppPreset, reader: &Reader<'_>) -> Option<String> {
    let url = reader.url()?;
    if url.query().is_some() || url.fragment().is_some() {
        reader.mistake(
            "bad_url",
            "a base URL has neither a query nor a fragment",
            "write it as the application shows it below its general settings",
        );
        return None;
    }
    let redirect_uri = preset.redirect_uri_at(&reader.text()?);
    if redirect_uri.is_none() {
        reader.mistake(
            "not_together",
            format!("the preset `{preset}` does not say what belongs to a base URL"),
            "use one of the presets of Data Center, or write `redirect_uris`",
        );
    }
    redirect_uri
}

/// What to do about an address that cannot be registered.
fn remedy(fault: UriFault) -> &'static str {
    match fault {
        UriFault::Backslash | UriFault::ControlCharacter | UriFault::NotAbsolute => {
            "copy the address from the application once more"
        }
        UriFault::DotSegment => "write the path without `.` and `..`",
        UriFault::ForeignCharacter => {
            "write other characters in percent-encoding, and names of other scripts in Punycode"
        }
        UriFault::Fragment => "remove what begins with `#`",
        UriFault::Host => "write the host as a browser shows it, without a dot at its end",
        UriFault::Ipv6Zone => "write the address without what stands behind `%`",
        UriFault::LocalhostName => {
            "write `127.0.0.1` or `[::1]`; for a trial, `danger_allow_localhost: true`"
        }
        UriFault::PlainHttp => "use https",
        UriFault::PrivateScheme => {
            "use https, or say that it is a public client: `client_auth: none` and `native: true`"
        }
        UriFault::ReservedParameter => "remove that parameter from the query",
        UriFault::Scheme => "use https",
        UriFault::TooLong => "use a shorter address",
        UriFault::UserInfo => "remove what stands before `@`",
        UriFault::Wildcard => "write out each address",
    }
}
