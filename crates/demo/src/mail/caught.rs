//! Mails that were caught.
//!
//! Owns how many are kept and how one is read for people. Does not own the protocol that they came by.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use serde::Serialize;

/// The most mails that are kept; the oldest goes first.
const MOST: usize = 100;

/// One mail, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    pub(crate) received: DateTime<Utc>,
    /// `MAIL FROM`.
    pub(crate) from: String,
    /// `RCPT TO`.
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    /// The first part that is plain text, decoded.
    pub(crate) text: String,
    /// Everything, as it came.
    pub(crate) source: String,
}

impl Mail {
    pub(crate) fn read(
        from: String,
        to: Vec<String>,
        source: &[u8],
        received: DateTime<Utc>,
    ) -> Self {
        let message = MessageParser::default().parse(source);
        let subject = message
            .as_ref()
            .and_then(|message| message.subject())
            .unwrap_or("(no subject)");
        let text = message.as_ref().and_then(|message| message.body_text(0));
        Self {
            received,
            from,
            to,
            subject: subject.to_owned(),
            text: text.map(|text| text.into_owned()).unwrap_or_default(),
            source: String::from_utf8_lossy(source).into_owned(),
        }
    }
}

/// The last mails.
#[derive(Debug, Default)]
pub(crate) struct Caught(Mutex<VecDeque<Mail>>);

impl Caught {
    pub(crate) fn keep(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if mails.len() >= MOST {
            mails.pop_front();
        }
        mails.push_back(mail);
    }

    /// The newest first.
    pub(crate) fn all(&self) -> Vec<Mail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_text_is_shown_decoded_and_the_oldest_mail_goes_first() {
        let source =
            b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n";
        let caught = Caught::default();
        for number in 0..=MOST {
            caught.keep(Mail::read(
                format!("{number}@x.example"),
                vec![],
                source,
                Utc::now(),
            ));
        }
        let mails = caught.all();
        assert_eq!(mails.len(), MOST);
        assert_eq!(mails[0].from, format!("{MOST}@x.example"));
        assert_eq!(mails[MOST - 1].from, "1@x.example");
        assert_eq!(
            (mails[0].subject.as_str(), mails[0].text.trim()),
            ("Grüße", "Grüße")
        );
    }
}
