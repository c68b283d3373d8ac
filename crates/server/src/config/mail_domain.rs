//! Mail domains, as several topics name them.

use super::reader::Reader;

/// One domain, in lower case: what stands behind `@`.
pub(super) fn read(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    let fits = text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    if !fits {
        reader.mistake(
            "bad_domain",
            format!("`{text}` is not a mail domain"),
            "write what stands behind `@`, for example `acme.example`; there are no wildcards",
        );
        return None;
    }
    if !text.is_ascii() {
        reader.mistake(
            "bad_domain",
            format!("`{text}` is not in the form that mail programs send"),
            "write its ASCII form, which begins with `xn--`",
        );
        return None;
    }
    // The core compares with the address in lower case.
    Some(text.to_ascii_lowercase())
}
