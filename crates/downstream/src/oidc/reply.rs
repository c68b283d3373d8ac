//! From the wire's answer to the port's reply.

use url::Url;
use vestibule_core::request::Reply;
use vestibule_oidc::provider::answer::Answer;

/// The reply that carries this answer. Registered addresses are addresses, so this does not fail; if one did, nothing
/// would leave.
pub(super) fn of(answer: Answer) -> Result<Reply, url::ParseError> {
    match answer {
        Answer::FormPost { action, fields } => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            Ok(Reply::PostForm {
                action: Url::parse(&action)?,
                fields: fields.collect(),
            })
        }
        Answer::Redirect(url) => Ok(Reply::Redirect(Url::parse(&url)?)),
    }
}
