//! The mail that carries a notice: headers, plain text, and the same as simple HTML.
//!
//! Owns the form of the mail. Does not send it.
//!
//! **Invariant:** nothing that comes from outside can add a header or a recipient (attack row MF-30). Addresses are
//! parsed; names lose every control character before the mail library sees them; headers are written by that library
//! only.

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use vestibule_core::port::{Notice, NotifyError};

use crate::words::{Words, one_line};

/// Whom notices come from.
#[derive(Debug, Clone)]
pub struct Letterhead {
    from: Mailbox,
    product: String,
}

impl Letterhead {
    /// The sender, such as `sso@acme.example` or `Acme sign-in <sso@acme.example>`, and what the product is called in
    /// its words. A sender without a name of its own is called as the product.
    ///
    /// # Errors
    /// [`NotifyError::Invalid`] if the sender is not a mail address.
    pub fn new(sender: &str, product: &str) -> Result<Self, NotifyError> {
        let product = one_line(product);
        let refused = |cause: &dyn std::fmt::Display| {
            NotifyError::Invalid(format!("{sender:?} is not a mail address: {cause}"))
        };
        if sender.chars().any(char::is_control) {
            return Err(refused(&"it holds a control character"));
        }
        let given: Mailbox = sender.parse().map_err(|cause| refused(&cause))?;
        let name = given
            .name
            .map_or_else(|| product.clone(), |name| one_line(&name));
        Ok(Self {
            from: Mailbox::new(Some(name), given.email),
            product,
        })
    }

    /// Writes the letter.
    pub(crate) fn write(&self, notice: &Notice) -> Result<Message, NotifyError> {
        let to = Mailbox::new(Some(one_line(&notice.name)), address(&notice.to)?);
        let words = Words::of(notice, &self.product);
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(words.subject.as_str())
            .date(notice.at.into())
            .message_id(None)
            // RFC 3834 section 5: nobody's absence notice should answer.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(
                plain(&words),
                html(&words),
            ))
            .map_err(|cause| NotifyError::Invalid(format!("the mail cannot be written: {cause}")))
    }
}

/// Parses a mail address.
///
/// RFC 5321 allows a quoted local part to hold nearly anything; no address that holds a control character is taken.
fn address(text: &str) -> Result<Address, NotifyError> {
    let refused =
        |why: &str| NotifyError::Invalid(format!("{text:?} is not a mail address: {why}"));
    if text.chars().any(char::is_control) {
        return Err(refused("it holds control characters"));
    }
    text.parse::<Address>()
        .map_err(|cause| refused(&cause.to_string()))
}

fn plain(words: &Words) -> String {
    let facts: String = words
        .facts
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let advice = words.advice.join("\n\n");
    format!(
        "{}\n\n{}\n\n{facts}\n{advice}\n\n-- \n{}\n",
        words.greeting, words.happened, words.closing
    )
}

fn html(words: &Words) -> String {
    let facts: String = words
        .facts
        .iter()
        .map(|(name, value)| {
            format!(
                "<tr><th align=\"left\">{name}</th><td>{}</td></tr>\n",
                escaped(value)
            )
        })
        .collect();
    let advice: String = words
        .advice
        .iter()
        .map(|sentence| format!("<p>{}</p>\n", escaped(sentence)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n\
         <p>{}</p>\n<p>{}</p>\n<table cellpadding=\"4\">\n{facts}</table>\n{advice}<p><small>{}</small></p>\n\
         </body>\n</html>\n",
        escaped(&words.subject),
        escaped(&words.greeting),
        escaped(&words.happened),
        escaped(&words.closing),
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
