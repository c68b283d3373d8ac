//! What the page is told to ask for (WebAuthn L3 sections 5.4 and 5.5).
//!
//! Owns how our options differ from the library's: which keys are named and how they are reached, whether the holder
//! must be verified; no hint that would keep phones and laptops out, no extension, since none is evaluated.

use serde::Serialize;
use serde_json::{Map, Value, json};
use vestibule_core::port::FactorError;

use super::{answer::text, key::Key, settings::UserVerification};

/// Options for a new key, as JSON. `known` are those that the person has.
///
/// # Errors
/// [`FactorError::Corrupt`], should the library's options not be what they are.
pub(super) fn creation(
    library: &impl Serialize,
    known: &[Key],
    verification: UserVerification,
) -> Result<String, FactorError> {
    let mut options = plain(library)?;
    options.insert("excludeCredentials".into(), descriptors(known));
    if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
        selection.insert("userVerification".into(), json!(verification.as_str()));
    }
    Ok(Value::Object(options).to_string())
}

/// Options for using one of these keys, as JSON.
///
/// # Errors
/// [`FactorError::Corrupt`], should the library's options not be what they are.
pub(super) fn request(
    library: &impl Serialize,
    allowed: &[Key],
    verification: UserVerification,
) -> Result<String, FactorError> {
    let mut options = plain(library)?;
    options.insert("allowCredentials".into(), descriptors(allowed));
    options.insert("userVerification".into(), json!(verification.as_str()));
    Ok(Value::Object(options).to_string())
}

fn plain(library: &impl Serialize) -> Result<Map<String, Value>, FactorError> {
    let corrupt = |cause: &str| FactorError::Corrupt(format!("the options of WebAuthn: {cause}"));
    let options = serde_json::to_value(library).map_err(|error| corrupt(&error.to_string()))?;
    let Value::Object(mut options) = options else {
        return Err(corrupt("not an object"));
    };
    options.remove("extensions");
    options.remove("hints");
    Ok(options)
}

/// Section 5.8.3. A key that did not say how it is reached is named without a word about that.
fn descriptors(keys: &[Key]) -> Value {
    let descriptor = |key: &Key| {
        let mut descriptor = json!({ "type": "public-key", "id": text(key.id()) });
        if let (Value::Object(members), false) = (&mut descriptor, key.transports.is_empty()) {
            members.insert("transports".into(), json!(key.transports));
        }
        descriptor
    };
    keys.iter().map(descriptor).collect()
}
