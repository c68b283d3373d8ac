//! One conversation by SMTP (RFC 5321): bytes in, replies out.
//!
//! Owns the order of the commands and what one conversation may cost. Does no input or output itself.

use std::sync::Arc;

use chrono::Utc;
use smtp_proto::Request;
use smtp_proto::request::receiver::{DataReceiver, RequestReceiver};

use super::caught::{Caught, Mail};

/// The largest mail, in bytes.
pub(super) const MAX_MAIL_BYTES: usize = 256 * 1024;
/// The most recipients of one mail.
const MOST_RECIPIENTS: usize = 20;
/// Commands that are not understood, after which nobody listens.
const MOST_ERRORS: u8 = 10;

/// Who connected last says this first.
pub(super) const GREETING: &str = "220 vestibule.demo stand-in, delivers to nobody\r\n";

/// One conversation.
pub(super) struct Session {
    commands: RequestReceiver,
    state: State,
    errors: u8,
    caught: Arc<Caught>,
}

/// Where it stands.
enum State {
    /// Nobody said hello.
    New,
    /// A mail may begin.
    Ready,
    /// Somebody sends; recipients are collected.
    Envelope { from: String, to: Vec<String> },
    /// The mail itself comes.
    Content {
        from: String,
        to: Vec<String>,
        receiver: DataReceiver,
        bytes: Vec<u8>,
    },
}

/// What to say to some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) reply: String,
    /// The conversation is over.
    pub(super) over: bool,
}

impl Said {
    fn line(&mut self, line: &str) {
        self.reply.push_str(line);
        self.reply.push_str("\r\n");
    }

    fn last(&mut self, line: &str) {
        self.line(line);
        self.over = true;
    }
}

impl Session {
    pub(super) fn new(caught: Arc<Caught>) -> Self {
        Self {
            commands: RequestReceiver::default(),
            state: State::New,
            errors: 0,
            caught,
        }
    }

    /// Takes what came over the wire.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Said {
        let mut rest = bytes.iter();
        let mut said = Said::default();
        while rest.len() > 0 && !said.over {
            match &mut self.state {
                State::Content {
                    receiver, bytes, ..
                } => {
                    let ended = receiver.ingest(&mut rest, bytes);
                    if bytes.len() > MAX_MAIL_BYTES {
                        said.last("552 5.3.4 the mail is too large");
                    } else if ended {
                        self.finish(&mut said);
                    }
                }
                _ => match self.commands.ingest(&mut rest).map(Request::into_owned) {
                    Ok(request) => self.obey(request, &mut said),
                    Err(smtp_proto::Error::NeedsMoreData { .. }) => break,
                    Err(_) => self.misunderstood("500 5.5.2 this is not understood", &mut said),
                },
            }
        }
        said
    }

    fn obey(&mut self, request: Request<String>, said: &mut Said) {
        match (request, std::mem::replace(&mut self.state, State::Ready)) {
            (Request::Ehlo { .. }, _) => {
                said.line("250-vestibule.demo");
                said.line("250-8BITMIME");
                said.line("250-SMTPUTF8");
                said.line(&format!("250 SIZE {MAX_MAIL_BYTES}"));
            }
            (Request::Helo { .. }, _) => said.line("250 vestibule.demo"),
            (Request::Quit, _) => said.last("221 2.0.0 goodbye"),
            (Request::Noop { .. }, state) => {
                self.state = state;
                said.line("250 2.0.0 nothing done");
            }
            (Request::Rset, State::New) => {
                self.state = State::New;
                said.line("250 2.0.0 forgotten");
            }
            (Request::Rset, _) => said.line("250 2.0.0 forgotten"),
            (Request::Mail { from }, State::Ready) if from.size <= MAX_MAIL_BYTES => {
                self.state = State::Envelope {
                    from: from.address,
                    to: Vec::new(),
                };
                said.line("250 2.1.0 go on");
            }
            (Request::Mail { .. }, State::Ready) => said.line("552 5.3.4 the mail is too large"),
            (Request::Rcpt { to: recipient }, State::Envelope { from, mut to }) => {
                if to.len() < MOST_RECIPIENTS {
                    to.push(recipient.address);
                    said.line("250 2.1.5 go on");
                } else {
                    said.line("452 4.5.3 too many recipients");
                }
                self.state = State::Envelope { from, to };
            }
            (Request::Data, State::Envelope { from, to }) if !to.is_empty() => {
                self.state = State::Content {
                    from,
                    to,
                    receiver: DataReceiver::new(),
                    bytes: Vec::new(),
                };
                said.line("354 end with a dot on a line");
            }
            (Request::Mail { .. } | Request::Rcpt { .. } | Request::Data, state) => {
                self.state = state;
                self.misunderstood("503 5.5.1 not in this order", said);
            }
            (_, state) => {
                self.state = state;
                self.misunderstood("502 5.5.1 this is not done here", said);
            }
        }
    }

    /// The dot came.
    fn finish(&mut self, said: &mut Said) {
        if let State::Content {
            from, to, bytes, ..
        } = std::mem::replace(&mut self.state, State::Ready)
        {
            self.caught.keep(Mail::read(from, to, &bytes, Utc::now()));
            said.line("250 2.0.0 caught");
        }
    }

    fn misunderstood(&mut self, line: &str, said: &mut Said) {
        self.errors += 1;
        if self.errors >= MOST_ERRORS {
            said.last("421 4.7.0 too many errors");
        } else {
            said.line(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(lines: &[&str]) -> (String, Vec<Mail>, bool) {
        let caught = Arc::new(Caught::default());
        let mut session = Session::new(Arc::clone(&caught));
        let (mut replies, mut over) = (String::new(), false);
        for line in lines {
            let said = session.take(line.as_bytes());
            replies.push_str(&said.reply);
            over |= said.over;
        }
        (replies, caught.all(), over)
    }

    #[test]
    fn a_mail_is_caught_however_it_is_cut() {
        let whole = "EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nSubject: s\r\n\r\none\r\n..two\r\n.\r\nQUIT\r\n";
        let pieces: Vec<String> = whole.chars().map(String::from).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        for lines in [&[whole][..], &pieces] {
            let (replies, mails, over) = talk(lines);
            assert!(
                over && replies.contains("354") && replies.ends_with("221 2.0.0 goodbye\r\n"),
                "{replies}"
            );
            assert_eq!(mails.len(), 1);
            assert_eq!(
                (mails[0].from.as_str(), mails[0].to.join(",").as_str()),
                ("a@x.example", "b@y.example")
            );
            assert_eq!(
                mails[0].text.replace("\r\n", "|").trim_end_matches('|'),
                "one|.two"
            );
        }
    }

    #[test]
    fn what_comes_out_of_order_or_too_often_is_refused() {
        for (lines, reply) in [
            (&["MAIL FROM:<a@x.example>\r\n"][..], "503"),
            (&["EHLO me\r\n", "RCPT TO:<a@x.example>\r\n"], "503"),
            (
                &["EHLO me\r\n", "MAIL FROM:<a@x.example>\r\n", "DATA\r\n"],
                "503",
            ),
            (&["EHLO me\r\n", "STARTTLS\r\n"], "502"),
            (&["NONSENSE\r\n"], "500"),
            (
                &["EHLO me\r\n", "MAIL FROM:<a@x.example> SIZE=99999999\r\n"],
                "552",
            ),
        ] {
            let (replies, mails, over) = talk(lines);
            assert!(
                replies.lines().last().unwrap().starts_with(reply),
                "{lines:?}: {replies}"
            );
            assert!(mails.is_empty() && !over);
        }
        let (replies, _, over) = talk(&["NONSENSE\r\n"; 10]);
        assert!(over && replies.ends_with("421 4.7.0 too many errors\r\n"));
    }

    #[test]
    fn a_mail_without_end_is_cut_off() {
        let long = "x".repeat(MAX_MAIL_BYTES + 1);
        let begin = "EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n";
        let (replies, mails, over) = talk(&[begin, &long]);
        assert!(over && replies.contains("552") && mails.is_empty());
        let (_, _, over) = talk(&["EHLO me\r\n", &"x".repeat(5000)]);
        assert!(!over, "a line that is too long is an error, not the end");
    }
}
