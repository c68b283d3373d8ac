//! "Save your backup codes": shown once, to be printed, copied or downloaded.

use askama::Template;

use super::Layout;

/// Posts nothing but that they were saved.
#[derive(Debug, Template)]
#[template(path = "backup_codes.html")]
pub struct BackupCodes<'a> {
    layout: Layout<'a>,
    action: &'a str,
    codes: &'a [String],
    download: String,
    replaces: bool,
    put_off: &'static str,
    later: Option<&'a str>,
}

impl<'a> BackupCodes<'a> {
    /// `action` takes "I have saved these codes"; `later` takes "Not now", if it may be put off, or "Keep my old codes"
    /// if these come in the place of others.
    #[must_use]
    pub fn new(
        layout: Layout<'a>,
        action: &'a str,
        codes: &'a [String],
        replaces: bool,
        later: Option<&'a str>,
    ) -> Self {
        Self {
            layout,
            action,
            codes,
            download: file_of(codes),
            replaces,
            put_off: if replaces {
                "Keep my old codes"
            } else {
                "Not now"
            },
            later,
        }
    }
}

/// A text file as a `data:` address (RFC 2397): the codes are downloaded from the page itself, not asked for again.
fn file_of(codes: &[String]) -> String {
    let mut address = "data:text/plain;charset=utf-8,".to_owned();
    for code in codes {
        for byte in code.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        address.push_str("%0D%0A");
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_one_code_per_line_and_nothing_leaves_the_address() {
        let codes = ["AB-12".to_owned(), "\"><é\n".to_owned()];
        assert_eq!(
            file_of(&codes),
            "data:text/plain;charset=utf-8,AB-12%0D%0A%22%3E%3C%C3%A9%0A%0D%0A"
        );
    }
}
