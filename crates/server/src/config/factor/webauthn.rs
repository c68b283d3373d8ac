//! Security keys and passkeys: `factors.webauthn`.

use url::Url;
use vestibule_factor::webauthn::{Settings, SettingsError, UserVerification};

use super::{Key, Reader, Section};

/// Keys below `webauthn`.
pub(super) const SECTION: Section = Section {
    path: "factors.webauthn",
    about: "Security keys and passkeys. They are made for the name in `public_url`: if that name changes, all of them are \
            orphaned, and everybody needs another way in.",
    keys: &[
        Key::optional(
            "user_verification",
            "`preferred` or `required`",
            "preferred",
            "Whether a key must check its holder by PIN or biometrics. `preferred`: where it can, and each time if it did when \
             it was registered.",
        ),
        Key::optional(
            "rp_id",
            "a domain: the host of `public_url`, or one above it",
            "the host of `public_url`",
            "The name that keys are made for (RP ID). Set it before anybody registers a key.",
        )
        .danger(
            "Every site under this domain may ask for the keys, so whoever takes over one of them can use them; and a change \
             orphans all keys.",
        ),
    ],
};

/// Reads the section. Where it is not there, the factor is on if the public address allows it.
pub(super) fn read(
    reader: Option<Reader<'_>>,
    product: &str,
    public_url: &Url,
) -> Option<Settings> {
    let settings =
        |rp_id, verification| Settings::new(public_url, rp_id, product.to_owned(), verification);
    let Some(reader) = reader else {
        return settings(None, UserVerification::default()).ok();
    };
    let fields = match reader.switch() {
        Some(false) => return None,
        Some(true) => None,
        None => Some(reader.section(&SECTION)?),
    };
    let get = |key| fields.as_ref().and_then(|fields| fields.get(key));
    let verification = get("user_verification").and_then(|reader| {
        reader.one_of(&[
            ("preferred", UserVerification::Preferred),
            ("required", UserVerification::Required),
        ])
    });
    let rp_id = get("rp_id");
    let name = rp_id.as_ref().and_then(Reader::text);
    match settings(name.clone(), verification.unwrap_or_default()) {
        Ok(settings) => {
            if let (Some(reader), true) = (&rp_id, name.as_deref() != public_url.host_str()) {
                reader.warn(
                    "rp_id_above_host",
                    "every site under this domain may ask for people's security keys",
                    "leave `rp_id` out, so that the keys answer for this address only",
                );
            }
            Some(settings)
        }
        Err(error) => {
            let at = rp_id.as_ref().unwrap_or(&reader);
            at.mistake("webauthn_impossible", error.to_string(), remedy(&error));
            None
        }
    }
}

/// Why browsers would not let keys be used at this address.
pub(in crate::config) fn impossible(public_url: &Url) -> Option<SettingsError> {
    let verification = UserVerification::default();
    Settings::new(public_url, None, String::new(), verification).err()
}

fn remedy(error: &SettingsError) -> &'static str {
    match error {
        SettingsError::NoName(_) => {
            "give `public_url` a name, or switch the factor off with `webauthn: false`"
        }
        SettingsError::NotASuffix { .. } => "leave `rp_id` out",
        SettingsError::NotSecure => {
            "use https in `public_url`, or switch the factor off with `webauthn: false`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_it_is_on_where_browsers_allow_it() {
        for (url, on) in [
            ("https://sso.acme.example/", true),
            ("http://localhost:8080/", true),
            ("http://sso.acme.example/", false),
            ("https://192.0.2.1/", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(read(None, "Acme", &url).is_some(), on, "{url}");
        }
    }
}
