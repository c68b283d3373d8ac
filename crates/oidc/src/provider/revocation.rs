//! Revocation (RFC 7009): a client gives a token back.
//!
//! Owns the request and the rule who may. A good request is answered with 200 and nothing, whether there was such a
//! token or not (section 2.2). Ending the token, and all that came of the same login if it is a refresh token, is the
//! caller's.

use super::{
    client_auth::AuthenticatedClient,
    endpoint::{ClientForm, FormRejection},
    shown_token::ShownToken,
};

/// Reads the request.
///
/// # Errors
/// [`FormRejection`].
pub fn read(form: &mut ClientForm) -> Result<ShownToken, FormRejection> {
    ShownToken::read(form)
}

/// Whether `client` may end a token that was given to the client `owner` (section 2.1). If not, nothing happens, and
/// the answer is that for a token that does not exist: the asker is not told that somebody else has it (OO-15).
#[must_use]
pub fn may_revoke(client: &AuthenticatedClient, owner: &str) -> bool {
    client.client_id() == owner
}
