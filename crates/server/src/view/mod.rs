//! The pages, one file per screen: what each needs to know, and nothing of where it comes from.
//!
//! Owns the words and the form of what people see. Does not own addresses or decisions: where a form goes and what is
//! offered is given by the caller. It knows neither the web framework nor the other rooms.
//!
//! **Invariant:** templates escape everything; none uses the `safe` filter, an inline script, an inline style or an
//! event attribute, so that the strictest Content-Security-Policy holds (attack row WA-05). Every page works without
//! JavaScript.

mod account;
mod account_factor;
mod backup_codes;
mod choose_factor;
mod choose_upstream;
mod code;
mod done;
mod enrol_choose;
mod enrol_totp;
mod error;
mod identify;
mod layout;
mod logout;
mod password;
mod post_form;
mod qr;
mod start;
mod webauthn;

pub use account::{Account, FactorLine, SessionLine};
pub use account_factor::AccountFactor;
pub use askama::Template;
pub use backup_codes::BackupCodes;
pub use choose_factor::ChooseFactor;
pub use choose_upstream::ChooseUpstream;
pub use code::Code;
pub use done::Done;
pub use enrol_choose::EnrolChoose;
pub use enrol_totp::EnrolTotp;
pub use error::{ErrorPage, Retry};
pub use identify::Identify;
pub use layout::{Choice, Layout};
pub use logout::{LogoutFrames, LogoutOver, LogoutSignOut, LogoutWait, PartingLine, There};
pub use password::Password;
pub use post_form::PostForm;
pub use start::Start;
pub use webauthn::{EnrolWebAuthn, WebAuthn};
