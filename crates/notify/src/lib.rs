//! Notices to people: by mail, or as files for development.
//!
//! Owns the words of a notice, the form of the mail and the way it leaves the house. Does not decide who is told what:
//! the engine does. There are no templates that could be edited or evaluated: a notice is put together here, and what
//! people or upstreams called themselves goes into it as text (attack row MF-30).

mod file;
mod letter;
mod nobody;
mod queue;
mod smtp;
mod words;

pub use file::Folder;
pub use letter::Letterhead;
pub use nobody::Nobody;
pub use queue::Queue;
pub use smtp::{Credentials, Settings, Smtp, Tls};
