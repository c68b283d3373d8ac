//! What people see of the organisation: `branding`.

use super::{
    reader::Reader,
    setting::{Key, Section},
};

/// What people see of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branding {
    /// What the service is called, on pages, in mail and in authenticator apps.
    pub product: String,
    /// How the helpdesk is reached, as people read it on every page.
    pub support: Option<String>,
}

impl Default for Branding {
    fn default() -> Self {
        Self {
            product: "Vestibule".into(),
            support: None,
        }
    }
}

/// The longest product name, in characters: it stands in authenticator apps and in the subject of mails.
const LONGEST_PRODUCT: usize = 64;

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "branding",
    "a map",
    "see below",
    "What people see of the organisation.",
);

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "branding",
    about: "What people see of the organisation.",
    keys: &[
        Key::optional(
            "product",
            "a text of at most 64 characters, without a colon",
            "Vestibule",
            "What the service is called, on pages, in mail and in authenticator apps.",
        ),
        Key::optional(
            "support",
            "a text",
            "none",
            "How the helpdesk is reached, as people read it on every page: a telephone number, an address.",
        ),
    ],
};

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>) -> Branding {
    let usual = Branding::default();
    let Some(fields) = reader.and_then(|reader| reader.section(&SECTION)) else {
        return usual;
    };
    let product = fields.get("product").and_then(|reader| product(&reader));
    Branding {
        product: product.unwrap_or(usual.product),
        support: fields.get("support").and_then(|reader| reader.text()),
    }
}

fn product(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if text.chars().count() > LONGEST_PRODUCT || text.contains(':') {
        reader.mistake(
            "bad_text",
            "the name is longer than 64 characters or holds a colon, at which authenticator apps would cut it",
            "shorten it",
        );
        return None;
    }
    Some(text)
}
