//! Security keys that exist in the browser only (WebAuthn's virtual authenticators, WebAuthn Level 3 section 11).

use std::sync::Arc;

use serde_json::{Value, json};

use super::wire::{Wire, text};
use crate::Error;

/// What a security key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skill {
    /// Asks its owner for a PIN or a finger, and got it.
    UserVerified,
    /// Can ask for a PIN or a finger, and did not get it.
    UserNotVerified,
    /// A touch is all that it can ask for.
    TouchOnly,
}

/// A key in the socket of one tab. Its credentials stay with it.
#[derive(Debug)]
pub struct SecurityKey {
    wire: Arc<Wire>,
    session: String,
    id: String,
}

impl SecurityKey {
    pub(super) fn plug_in(wire: Arc<Wire>, session: &str, skill: Skill) -> Result<Self, Error> {
        let options = json!({ "options": {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "usb",
            "hasResidentKey": skill != Skill::TouchOnly,
            "hasUserVerification": skill != Skill::TouchOnly,
            "isUserVerified": skill == Skill::UserVerified,
            "automaticPresenceSimulation": true,
        } });
        let session = session.to_owned();
        let made = wire.call(Some(&session), "WebAuthn.addVirtualAuthenticator", &options)?;
        Ok(Self {
            id: text(&made, "authenticatorId")?,
            wire,
            session,
        })
    }

    /// Whether its owner touches it when it asks.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn is_touched(&self, touched: bool) -> Result<(), Error> {
        let params = json!({ "authenticatorId": self.id, "enabled": touched });
        self.call("WebAuthn.setAutomaticPresenceSimulation", &params)
    }

    /// How many credentials it holds.
    ///
    /// # Errors
    /// [`Error::Chromium`].
    pub fn credentials(&self) -> Result<usize, Error> {
        let params = json!({ "authenticatorId": self.id });
        let session = Some(self.session.as_str());
        let answer = self
            .wire
            .call(session, "WebAuthn.getCredentials", &params)?;
        Ok(answer
            .get("credentials")
            .and_then(Value::as_array)
            .map_or(0, Vec::len))
    }

    fn call(&self, method: &str, params: &Value) -> Result<(), Error> {
        self.wire
            .call(Some(&self.session), method, params)
            .map(drop)
    }
}
