//! Mail domains, and addresses in them, as several topics name them.

use super::reader::Reader;

/// One domain, in lower case: what stands behind `@`.
pub(super) fn read(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if !is_domain(&text) {
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

/// Is this a mail address, such as `alice@acme.example`? Quoted local parts and domains without a dot are not taken.
pub(crate) fn is_mail_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let is_one_word = !local.contains(|c: char| c.is_whitespace() || c.is_control());
        !local.is_empty() && is_one_word && is_domain(domain)
    })
}

fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_has_a_name_and_a_domain_with_a_dot() {
        for good in [
            "alice@acme.example",
            "a.b+c@mail.acme.example",
            "o'neil@x.y",
        ] {
            assert!(is_mail_address(good), "{good}");
        }
        for bad in [
            "notamail",
            "@acme.example",
            "alice@",
            "alice@acme",
            "alice@acme.",
            "alice@acme example.com",
            "al ice@acme.example",
            "alice\n@acme.example",
            "alice@bob@acme.example",
        ] {
            assert!(!is_mail_address(bad), "{bad}");
        }
    }
}
