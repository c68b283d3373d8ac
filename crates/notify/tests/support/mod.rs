//! A mail server on loopback that speaks SMTP (RFC 5321) and keeps what it is given.
//!
//! Owns a thread per connection. It is as simple as a test can bear: one mail at a time, commands one by one.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How the server behaves.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Encrypts on STARTTLS, then asks for a login.
    Encrypts(Arc<ServerConfig>),
    /// Takes the connection and never says a word.
    Hangs,
    /// Takes everything, in the clear.
    Obliging,
    /// Knows no recipient.
    RefusesRecipients,
    /// Does not believe the login.
    RefusesLogin,
    /// Takes the mail and never says so.
    HangsAfterData,
}

/// A mail as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
    pub(crate) encrypted: bool,
    pub(crate) logged_in: bool,
}

/// The server; its thread ends with the test.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (mails, commands) = <(Arc<Mutex<Vec<Mail>>>, Arc<Mutex<Vec<String>>>)>::default();
        let (kept, heard) = (Arc::clone(&mails), Arc::clone(&commands));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, kept, heard) = (manner.clone(), Arc::clone(&kept), Arc::clone(&heard));
                // A peer that hangs up ends the conversation; that is no failure of the server.
                thread::spawn(move || Conversation::new(manner, kept, heard).hold(stream));
            }
        });
        Self {
            address,
            mails,
            commands,
        }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// Every line that was said to the server outside of mails.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

struct Conversation {
    manner: Manner,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
    mail: Mail,
}

/// Whether the client wants to go on encrypted.
enum End {
    Over,
    Encrypt,
}

impl Conversation {
    fn new(
        manner: Manner,
        mails: Arc<Mutex<Vec<Mail>>>,
        commands: Arc<Mutex<Vec<String>>>,
    ) -> Self {
        Self {
            manner,
            mails,
            commands,
            mail: Mail::default(),
        }
    }

    fn hold(mut self, mut stream: TcpStream) -> io::Result<()> {
        if matches!(self.manner, Manner::Hangs) {
            thread::sleep(Duration::from_secs(60));
            return Ok(());
        }
        stream.write_all(b"220 sink.example ESMTP\r\n")?;
        let End::Encrypt = self.speak(&mut stream)? else {
            return Ok(());
        };
        let Manner::Encrypts(config) = &self.manner else {
            return Ok(());
        };
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        self.mail.encrypted = true;
        self.speak(&mut StreamOwned::new(session, stream))?;
        Ok(())
    }

    fn speak(&mut self, stream: &mut (impl Read + Write)) -> io::Result<End> {
        loop {
            let line = line(stream)?;
            self.commands.lock().unwrap().push(line.clone());
            let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
            let reply = match (verb.as_str(), &self.manner) {
                ("EHLO", Manner::Encrypts(_)) if !self.mail.encrypted => {
                    "250-sink.example\r\n250 STARTTLS"
                }
                ("EHLO", Manner::Encrypts(_) | Manner::RefusesLogin) => {
                    "250-sink.example\r\n250 AUTH PLAIN"
                }
                ("EHLO", _) => "250 sink.example",
                ("STARTTLS", Manner::Encrypts(_)) => {
                    stream.write_all(b"220 go ahead\r\n")?;
                    return Ok(End::Encrypt);
                }
                ("AUTH", Manner::RefusesLogin) => "535 5.7.8 no",
                ("AUTH", _) => {
                    self.mail.logged_in = true;
                    "235 welcome"
                }
                ("MAIL", Manner::Encrypts(_)) if !self.mail.logged_in => "530 log in first",
                ("MAIL", _) => {
                    self.mail.from = line;
                    "250 ok"
                }
                ("RCPT", Manner::RefusesRecipients) => "550 5.1.1 nobody here by that name",
                ("RCPT", _) => {
                    self.mail.to.push(line);
                    "250 ok"
                }
                ("DATA", _) => {
                    stream.write_all(b"354 go on\r\n")?;
                    self.mail.data = data(stream)?;
                    if matches!(self.manner, Manner::HangsAfterData) {
                        thread::sleep(Duration::from_secs(60));
                    }
                    self.mails.lock().unwrap().push(self.mail.clone());
                    self.mail.to.clear();
                    "250 taken"
                }
                ("RSET" | "NOOP", _) => "250 ok",
                ("QUIT", _) => {
                    stream.write_all(b"221 bye\r\n")?;
                    return Ok(End::Over);
                }
                _ => "502 what?",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes())?;
        }
    }
}

/// One line without its end. Byte by byte, so that nothing of an encrypted continuation is swallowed.
fn line(stream: &mut impl Read) -> io::Result<String> {
    let mut bytes = vec![];
    while !bytes.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    Ok(String::from_utf8_lossy(&bytes[..bytes.len() - 2]).into_owned())
}

fn data(stream: &mut impl Read) -> io::Result<String> {
    let mut lines = String::new();
    loop {
        match line(stream)? {
            end if end == "." => return Ok(lines),
            text => {
                lines.push_str(&text);
                lines.push_str("\r\n");
            }
        }
    }
}
