//! A logout message, checked against the partner that sent it.
//!
//! Owns: the signature, and the checks that both messages have in common.
//! Does not own: what each of them says (`request`, `response`).

use chrono::{DateTime, Utc};

use super::{
    AcceptedLogoutRequest, AcceptedLogoutResponse, LogoutError, LogoutKind, LogoutPeer,
    LogoutReceiver, ParsedLogout,
};
use crate::{
    coverage::Coverage,
    header,
    xml::{Document, Element, Limits, read::excerpt},
};

/// A logout message that passed every check. It can only come from [`ParsedLogout::accept`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptedLogout {
    /// The partner wants a session ended, and waits for our answer.
    Request(AcceptedLogoutRequest),
    /// The partner answers us.
    Response(AcceptedLogoutResponse),
}

impl ParsedLogout {
    /// Checks the message against the partner that it claims to come from.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn accept(
        &self,
        peer: &LogoutPeer<'_>,
        receiver: &LogoutReceiver<'_>,
    ) -> Result<AcceptedLogout, LogoutError> {
        let received = Document::parse(self.received.xml(), &Limits::MESSAGE)?;
        // The canonical form has no comments, so that text around one would join; nobody who means well writes them.
        received.refuse_comments_in_text()?;
        match Coverage::of::<LogoutError>(&self.received, &received, peer.trust())? {
            Coverage::Enveloped(signed) => self.check(signed.parse()?.root(), true, peer, receiver),
            Coverage::Detached => self.check(received.root(), true, peer, receiver),
            Coverage::Unsigned if peer.danger_accept_unsigned => {
                self.check(received.root(), false, peer, receiver)
            }
            Coverage::Unsigned => Err(LogoutError::SignatureMissing),
        }
    }

    fn check(
        &self,
        root: Element<'_>,
        signed: bool,
        peer: &LogoutPeer<'_>,
        receiver: &LogoutReceiver<'_>,
    ) -> Result<AcceptedLogout, LogoutError> {
        self.kind().check(root)?;
        header::check_version(root)?;
        let id = header::id(root)?;
        header::check_issuer(root, peer.entity_id)?;
        check_destination(root, signed, receiver)?;
        let issue_instant = header::issue_instant(root, receiver.skew, receiver.now)?;
        let envelope = Envelope {
            id,
            issuer: peer.entity_id.to_owned(),
            issue_instant,
            relay_state: self.received.relay_state().map(str::to_owned),
            signed,
        };
        match self.kind() {
            LogoutKind::Request => {
                AcceptedLogoutRequest::read(root, envelope, receiver).map(AcceptedLogout::Request)
            }
            LogoutKind::Response => {
                AcceptedLogoutResponse::read(root, envelope).map(AcceptedLogout::Response)
            }
        }
    }
}

/// What both messages say of themselves, checked.
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) issuer: String,
    pub(super) issue_instant: DateTime<Utc>,
    pub(super) relay_state: Option<String>,
    pub(super) signed: bool,
}

/// SAML bindings 3.4.5.2 and 3.5.5.2: a signed message must say where it goes. Compared as text.
fn check_destination(
    message: Element<'_>,
    signed: bool,
    receiver: &LogoutReceiver<'_>,
) -> Result<(), LogoutError> {
    let found = message.attribute("Destination");
    if found == Some(receiver.slo_url) || (found.is_none() && !signed) {
        return Ok(());
    }
    Err(LogoutError::DestinationMismatch {
        expected: receiver.slo_url.to_owned(),
        found: found.map(excerpt),
    })
}
