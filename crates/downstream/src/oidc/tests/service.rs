//! What the servers of applications ask of us, over a real store.

mod caller;
mod exchange;
mod house;
mod introspect;
mod push;
mod refresh;
mod revoke;
mod userinfo;
