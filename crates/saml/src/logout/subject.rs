//! Whom a LogoutRequest is about (SAML core 3.7.1): a `NameID`, or one that is encrypted for us.
//!
//! Owns: reading the one name. Does not own: whom we know by it.
//!
//! Decrypting proves nothing about who wrote a name, since anybody can encrypt for us. So a name is decrypted only if
//! the partner's signature covers its ciphertext, and the answer to a wrong one tells nobody anything.

use super::{LogoutError, LogoutReceiver};
use crate::{
    crypto::ENGINE,
    encryption::{self, EncryptionError},
    response::NameId,
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// The longest name or qualifier, in bytes: as long as an entity ID (SAML core 8.3.6).
const LONGEST_NAME: usize = 1024;
/// The longest URI of a format, in bytes.
const LONGEST_FORMAT: usize = 256;

pub(super) fn read(
    request: Element<'_>,
    signed: bool,
    receiver: &LogoutReceiver<'_>,
) -> Result<NameId, LogoutError> {
    let mut subjects = request.children().filter(is_subject);
    let (subject, more) = (subjects.next(), subjects.count());
    let Some(subject) = subject.filter(|_| more == 0) else {
        return Err(LogoutError::SubjectCount(
            usize::from(subject.is_some()) + more,
        ));
    };
    match subject.local_name() {
        "NameID" => name_id(subject),
        "EncryptedID" if !signed => Err(LogoutError::SignatureMissing),
        "EncryptedID" => decrypt(subject, receiver),
        _ => Err(LogoutError::SubjectUnsupported("BaseID")),
    }
}

/// SAML core 3.7.1 lets one of three stand there.
fn is_subject(element: &Element<'_>) -> bool {
    ["BaseID", "EncryptedID", "NameID"]
        .iter()
        .any(|name| element.is(names::SAML, name))
}

fn name_id(element: Element<'_>) -> Result<NameId, LogoutError> {
    let name_id = NameId::read(element)?;
    if name_id.value.is_empty() {
        return Err(LogoutError::NameIdMissing);
    }
    bounded("NameID", &name_id.value, LONGEST_NAME)?;
    bounded("Format", &name_id.format, LONGEST_FORMAT)?;
    for qualifier in [&name_id.name_qualifier, &name_id.sp_name_qualifier]
        .into_iter()
        .flatten()
    {
        bounded("NameQualifier", qualifier, LONGEST_NAME)?;
    }
    Ok(name_id)
}

/// SAML core 2.2.4: an `EncryptedID` is built like an `EncryptedAssertion`.
fn decrypt(element: Element<'_>, receiver: &LogoutReceiver<'_>) -> Result<NameId, LogoutError> {
    let keys = receiver.decryption.keys;
    if keys.is_empty() {
        return Err(LogoutError::EncryptedNotConfigured);
    }
    let encrypted = encryption::read(element, receiver.entity_id, receiver.decryption)?;
    let plaintext = ENGINE
        .decrypt(&encrypted, keys)
        .map_err(EncryptionError::from)?;
    let text = encryption::in_context(element, &plaintext);
    let document = Document::parse(&text, &Limits::MESSAGE)?;
    let mut children = document.root().children();
    match (children.next(), children.next()) {
        (Some(name), None) if name.is(names::SAML, "NameID") => name_id(name),
        (first, _) => {
            let found = first.map_or("text", |it| it.local_name());
            Err(LogoutError::DecryptedElement(excerpt(found)))
        }
    }
}

/// A text that is kept, if it has at most `longest` bytes.
pub(super) fn bounded(
    name: &'static str,
    text: &str,
    longest: usize,
) -> Result<String, LogoutError> {
    if text.len() > longest {
        let received = text.len();
        return Err(LogoutError::ValueTooLong {
            name,
            received,
            longest,
        });
    }
    Ok(text.to_owned())
}
