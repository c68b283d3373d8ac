//! Reading a `saml:EncryptedAssertion` into an [`Encrypted`], and refusing every shape but two.
//!
//! The key of the data stands in the data's own `KeyInfo`, or beside the data, where a `RetrievalMethod` may point to
//! it (SAML core 2.3.4, errata E43). There is nothing else to follow, so nothing can be followed wrongly: no
//! `CipherReference`, no key by name, no second key, nothing encrypted twice.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ELEMENT, EncryptionError};
use crate::{
    crypto::{DataCipher, Encrypted, KeyTransport},
    xml::{Element, names, read::excerpt},
};

/// `Type` of a reference to a key (XML-Enc 3.5.1).
const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";

pub(super) fn read(
    encrypted: Element<'_>,
    recipient: &str,
    danger_accept_cbc: bool,
) -> Result<Encrypted, EncryptionError> {
    refuse_excess(encrypted)?;
    let mut children = encrypted.children();
    let data = children
        .next()
        .filter(|it| it.is(names::XENC, "EncryptedData"))
        .ok_or_else(|| shape("it does not begin with EncryptedData"))?;
    let beside = children.next();
    if children.next().is_some() || beside.is_some_and(|it| !it.is(names::XENC, "EncryptedKey")) {
        return Err(shape("it holds more than data and a key"));
    }
    if data.attribute("Type").is_some_and(|it| it != ELEMENT) {
        return Err(shape("what is encrypted is not one element"));
    }

    let method = data.required_child(names::XENC, "EncryptionMethod")?;
    refuse_children(method, &["KeySize"])?;
    let cipher = DataCipher::accepted(method.required_attribute("Algorithm")?, danger_accept_cbc)?;
    let key = key_of(data, beside)?;
    check_recipient(key, recipient)?;
    check_references(key, data)?;
    Ok(Encrypted {
        cipher,
        ciphertext: cipher_value(data)?,
        transport: transport(key.required_child(names::XENC, "EncryptionMethod")?)?,
        wrapped_key: cipher_value(key)?,
    })
}

/// Counted over everything inside, wherever it stands: exactly one of each, and no reference to ciphertext elsewhere.
fn refuse_excess(encrypted: Element<'_>) -> Result<(), EncryptionError> {
    let count = |name: &'static str| {
        encrypted
            .with_descendants()
            .filter(|it| it.is(names::XENC, name))
            .count()
    };
    if count("CipherReference") > 0 {
        return Err(EncryptionError::CipherReference);
    }
    match count("EncryptedKey") {
        1 => {}
        keys => return Err(EncryptionError::KeyCount(keys)),
    }
    if count("EncryptedData") != 1 {
        return Err(shape("EncryptedData does not stand there once"));
    }
    Ok(())
}

/// The only key, from the data's `KeyInfo` or from beside the data.
fn key_of<'d>(
    data: Element<'d>,
    beside: Option<Element<'d>>,
) -> Result<Element<'d>, EncryptionError> {
    let info = data.child(names::DS, "KeyInfo")?;
    let inside = match info {
        Some(info) => info.child(names::XENC, "EncryptedKey")?,
        None => None,
    };
    let pointer = match info {
        Some(info) => info.child(names::DS, "RetrievalMethod")?,
        None => None,
    };
    match (inside, beside, pointer) {
        (Some(key), None, None) => Ok(key),
        (None, Some(key), None) => Ok(key),
        (None, Some(key), Some(pointer)) if points_to(pointer, key) => Ok(key),
        (_, _, Some(_)) => Err(shape(
            "RetrievalMethod does not point to the key beside the data",
        )),
        _ => Err(shape("the key does not stand where keys stand")),
    }
}

/// XML-Enc 3.5.1: the same document, by the `Id` of the key, without transforms.
fn points_to(pointer: Element<'_>, key: Element<'_>) -> bool {
    let uri = pointer.attribute("URI").and_then(|it| it.strip_prefix('#'));
    uri.is_some()
        && uri == key.attribute("Id")
        && pointer
            .attribute("Type")
            .is_none_or(|it| it == ENCRYPTED_KEY)
        && !pointer.has_children()
}

/// XML-Enc 3.5.1: a key may say whom it is for. Then it must be for us.
fn check_recipient(key: Element<'_>, recipient: &str) -> Result<(), EncryptionError> {
    match key.attribute("Recipient") {
        Some(found) if found != recipient => Err(EncryptionError::Recipient {
            expected: recipient.to_owned(),
            found: excerpt(found),
        }),
        _ => Ok(()),
    }
}

/// XML-Enc 3.6: a key may list the data that it is for. Then it must list this data and nothing else.
fn check_references(key: Element<'_>, data: Element<'_>) -> Result<(), EncryptionError> {
    let Some(list) = key.child(names::XENC, "ReferenceList")? else {
        return Ok(());
    };
    let mut references = list.children();
    let (Some(reference), None) = (references.next(), references.next()) else {
        return Err(shape("the key is not for one piece of data"));
    };
    let uri = reference
        .attribute("URI")
        .and_then(|it| it.strip_prefix('#'));
    if reference.is(names::XENC, "DataReference") && uri.is_some() && uri == data.attribute("Id") {
        Ok(())
    } else {
        Err(shape("the key is for other data"))
    }
}

fn transport(method: Element<'_>) -> Result<KeyTransport, EncryptionError> {
    let digest = parameter(method.child(names::DS, "DigestMethod")?)?;
    let mask = parameter(method.child(names::XENC11, "MGF")?)?;
    // `OAEPparams` would have to be known to both sides beforehand; SAML has no place to agree on it.
    refuse_children(method, &["DigestMethod", "KeySize", "MGF"])?;
    let algorithm = method.required_attribute("Algorithm")?;
    Ok(KeyTransport::accepted(algorithm, digest, mask)?)
}

fn parameter(method: Option<Element<'_>>) -> Result<Option<&str>, EncryptionError> {
    let algorithm = method.map(|it| it.required_attribute("Algorithm"));
    Ok(algorithm.transpose()?)
}

fn refuse_children(element: Element<'_>, known: &[&str]) -> Result<(), EncryptionError> {
    match element
        .children()
        .find(|it| !known.contains(&it.local_name()))
    {
        Some(child) => Err(shape(&format!(
            "{} has the parameter {}",
            element.local_name(),
            child.local_name()
        ))),
        None => Ok(()),
    }
}

/// The bytes of `CipherData/CipherValue`, beside which nothing may stand (XML-Enc 3.3).
fn cipher_value(element: Element<'_>) -> Result<Vec<u8>, EncryptionError> {
    let data = element.required_child(names::XENC, "CipherData")?;
    let value = data.required_child(names::XENC, "CipherValue")?;
    if data.children().count() > 1 {
        return Err(shape("CipherData holds more than a value"));
    }
    let mut text = value.text()?.into_owned();
    text.retain(|it| !it.is_ascii_whitespace());
    STANDARD
        .decode(text)
        .map_err(|_| shape("CipherValue is not base64"))
}

fn shape(what: &str) -> EncryptionError {
    EncryptionError::Shape(what.to_owned())
}
