//! An application gives a token back (RFC 7009).
//!
//! Owns what ends with it: an access token ends alone; with a refresh token, used or not, ends all that came of the same
//! login (section 2.1).

use vestibule_core::{
    port::{Commit, Conflict, StoreError},
    token::{TokenChange, TokenPurpose},
};
use vestibule_oidc::provider::revocation;

use super::{Call, Denied, TokenService, footing::read};

impl TokenService {
    /// Ends the token that is shown, if there is one and it is the asker's. Whoever asks is not told which (section 2.2).
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn revoke(&self, call: Call<'_>) -> Result<(), Denied> {
        let (mut form, caller) = self.caller(call).await?;
        let shown = revocation::read(&mut form).map_err(|no| Denied::of(no, caller.id))?;
        let told = |error: StoreError| Denied::of(error, caller.id);
        for purpose in [TokenPurpose::AccessToken, TokenPurpose::RefreshToken] {
            let Some((key, record)) = self.find(purpose, &shown.token).await.map_err(told)? else {
                continue;
            };
            let issued = read(&record)?;
            let is_theirs = record.app == *caller.id
                && revocation::may_revoke(&caller.client, &issued.client_id);
            if !is_theirs {
                break;
            }
            let change = if purpose == TokenPurpose::RefreshToken {
                TokenChange::Revoke(record.family)
            } else {
                let at = self.clock.now();
                TokenChange::Use { purpose, key, at }
            };
            let ended = self.shelf.commit(Commit {
                tokens: vec![change],
                ..Commit::default()
            });
            match ended.await {
                // It had ended before.
                Ok(()) | Err(StoreError::Conflict(Conflict::Token)) => {}
                Err(error) => return Err(told(error)),
            }
            tracing::info!(
                app = %caller.id,
                purpose = purpose.as_str(),
                reference = issued.reference.as_str(),
                "a token was given back"
            );
            break;
        }
        Ok(())
    }
}
