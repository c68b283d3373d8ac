//! The bytes that an authenticator signs, and the object that carries them at registration (WebAuthn L3 sections 6.1,
//! 6.5).
//!
//! Owns their shape: nothing missing, nothing left over, flags that agree with what follows. Does not own what the
//! library checks in them afterwards: relying party, presence, backup flags, key, signature.

use ciborium::Value;

use super::{cbor, rejected::Rejected};

/// SHA-256 of the RP ID, flags, counter.
const FIXED: usize = 32 + 1 + 4;
const AAGUID: usize = 16;
/// Section 4, credential id: at most 1023 bytes.
const LONGEST_ID: usize = 1023;

const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// The object of a registration, without what we do not ask for.
pub(super) struct Attested {
    /// The id of the new credential.
    pub(super) credential_id: Vec<u8>,
    /// The authenticator verified its holder.
    pub(super) user_verified: bool,
    /// The same object with attestation `none`.
    pub(super) object: Vec<u8>,
}

/// Reads the object of a registration. We ask for no attestation, so none is looked at: whatever the statement holds,
/// nothing of it reaches a parser of certificates (attack row MF-66).
///
/// # Errors
/// [`Rejected::Malformed`].
pub(super) fn attested(object: &[u8]) -> Result<Attested, Rejected> {
    read_object(object).ok_or(Rejected::Malformed)
}

/// Checks the shape of what was signed when a key is used.
///
/// # Errors
/// [`Rejected::Malformed`].
pub(super) fn check_asserted(data: &[u8]) -> Result<(), Rejected> {
    read_asserted(data).ok_or(Rejected::Malformed)
}

fn read_object(object: &[u8]) -> Option<Attested> {
    let Value::Map(entries) = cbor::only(object)? else {
        return None;
    };
    let member = |name: &str| {
        let named =
            |(key, value): &(Value, Value)| (key.as_text() == Some(name)).then(|| value.clone());
        entries.iter().find_map(named)
    };
    let (Value::Text(_), Value::Map(_), Value::Bytes(data)) =
        (member("fmt")?, member("attStmt")?, member("authData")?)
    else {
        return None;
    };
    let (flags, rest) = fixed(&data)?;
    if flags & ATTESTED == 0 {
        return None;
    }
    let (_, rest) = rest.split_at_checked(AAGUID)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (credential_id, rest) = rest.split_at_checked(length)?;
    let (Value::Map(_), rest) = cbor::first(rest)? else {
        return None;
    };
    ends(flags, rest)?;
    if credential_id.is_empty() || length > LONGEST_ID {
        return None;
    }
    let none = Value::Map(vec![
        (Value::from("fmt"), Value::from("none")),
        (Value::from("attStmt"), Value::Map(Vec::new())),
        (Value::from("authData"), Value::Bytes(data.clone())),
    ]);
    Some(Attested {
        credential_id: credential_id.to_vec(),
        user_verified: flags & USER_VERIFIED != 0,
        object: cbor::written(&none)?,
    })
}

fn read_asserted(data: &[u8]) -> Option<()> {
    let (flags, rest) = fixed(data)?;
    if flags & ATTESTED != 0 {
        return None;
    }
    ends(flags, rest)
}

fn fixed(data: &[u8]) -> Option<(u8, &[u8])> {
    let (fixed, rest) = data.split_at_checked(FIXED)?;
    Some((*fixed.get(32)?, rest))
}

/// Extensions if the flags say so, and then the end.
fn ends(flags: u8, rest: &[u8]) -> Option<()> {
    if flags & EXTENSIONS == 0 {
        return rest.is_empty().then_some(());
    }
    cbor::only(rest)?.is_map().then_some(())
}
