//! A logout: the end of a session, as the applications that took part in it are told of it.
//!
//! Owns who asked for it ([`Asker`]), which applications are still to be told in the browser and what each of them made
//! of it ([`Parting`]), whether the upstream hears of it ([`FirstDoor`]), and when all of that is over ([`Logout`]). Does
//! not own the messages (each protocol's adapter does), nor the end of the session itself: that is committed with the
//! beginning of the telling. Whom we tell without a browser is a matter of its own ([`call`]).
//!
//! Who asks is a person on a page of ours, an application, or the upstream that the session began with. What else ends
//! sessions (an administrator, time, somebody else in the same browser) has no browser to lead from one application to
//! the next, and begins no such telling.
//!
//! **Invariant:** no application is told before the session is over; each is visited once at most, the upstream after all
//! of them; whoever asked is answered last, and once, for an answer takes a [`Farewell`]. A telling ends: each step settles
//! one application, and time ends the rest.

mod asker;
pub mod call;
mod farewell;
mod first_door;
mod parting;
mod run;

use chrono::TimeDelta;

pub use self::{
    asker::{Asker, LogoutRequest, Shows, Standing, Unmet},
    farewell::Farewell,
    first_door::{FirstDoor, FirstDoorState, Onward},
    parting::{Heard, Parting, PartingState, Way},
    run::{Ended, Logout, LogoutFault, Name, Next},
};

/// So long after its beginning a logout is over, whoever was told.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// So long an application, or the upstream, has for its answer; then it goes on without.
pub const PATIENCE: TimeDelta = TimeDelta::seconds(30);

#[cfg(test)]
mod tests;
