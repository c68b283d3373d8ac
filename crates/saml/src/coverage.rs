//! What a partner's signature covers of a message that came over either binding.
//!
//! Owns: where a signature stands on each binding (SAML bindings 3.4.4.1 and 3.5.4), and that it stands nowhere else.
//! Does not own: whether a message must be signed, or by whom.

use crate::{
    binding::{BindingError, Received},
    crypto::SignedBytes,
    signature::{self, SignatureError, Trust},
    xml::Document,
};

/// What a signature of the partner covers.
pub(crate) enum Coverage {
    /// The query, and so all of the message.
    Detached,
    /// These bytes.
    Enveloped(SignedBytes),
    /// Nothing.
    Unsigned,
}

impl Coverage {
    /// Checks the signature of `received`, of which `document` was parsed, if there is one and there are keys. Without
    /// keys it proves nothing, present or not.
    ///
    /// # Errors
    /// A signature that is present must be good, and must stand where the binding has it.
    pub(crate) fn of<E>(
        received: &Received,
        document: &Document<'_>,
        trust: Trust<'_>,
    ) -> Result<Self, E>
    where
        E: From<BindingError> + From<SignatureError>,
    {
        let has_keys = !trust.keys.is_empty();
        match received {
            Received::Redirect(message) => {
                // SAML bindings 3.4.4.1: no signature stays inside the XML.
                signature::refuse_elsewhere(document, &[])?;
                if !has_keys || !message.carries_signature() {
                    return Ok(Self::Unsigned);
                }
                message.verify(trust.keys, trust.danger_accept_sha1)?;
                Ok(Self::Detached)
            }
            Received::Post(_) => {
                signature::refuse_elsewhere(document, &[document.root()])?;
                if !has_keys {
                    return Ok(Self::Unsigned);
                }
                let signed = signature::verify(document.root(), trust)?;
                Ok(signed.map_or(Self::Unsigned, Self::Enveloped))
            }
        }
    }
}
