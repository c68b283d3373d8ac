//! "Set up your authenticator app": the secret as QR code, link and text, and a first code.

use askama::Template;

use super::{Layout, qr::Qr};

/// Posts `code`.
#[derive(Debug, Template)]
#[template(path = "enrol_totp.html")]
pub struct EnrolTotp<'a> {
    layout: Layout<'a>,
    action: &'a str,
    uri: &'a str,
    qr: Option<Qr>,
    grouped: String,
    digits: Option<u8>,
    error: Option<&'a str>,
}

impl<'a> EnrolTotp<'a> {
    /// `uri` is the `otpauth` address, `secret` the same secret in base 32, `digits` how many the app will show.
    ///
    /// An address that does not fit into a QR code is shown as link and text only.
    #[must_use]
    pub fn new(
        layout: Layout<'a>,
        action: &'a str,
        uri: &'a str,
        secret: &str,
        digits: u8,
        error: Option<&'a str>,
    ) -> Self {
        Self {
            layout,
            action,
            uri,
            qr: Qr::of(uri),
            grouped: grouped(secret),
            digits: Some(digits),
            error,
        }
    }
}

/// Groups of four, so that it can be read and typed.
fn grouped(secret: &str) -> String {
    let mut groups = String::with_capacity(secret.len() * 5 / 4);
    for (place, letter) in secret.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            groups.push(' ');
        }
        groups.push(letter);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_in_groups_of_four() {
        for (secret, expected) in [("", ""), ("ABCD", "ABCD"), ("ABCDEFGHI", "ABCD EFGH I")] {
            assert_eq!(grouped(secret), expected);
        }
    }
}
