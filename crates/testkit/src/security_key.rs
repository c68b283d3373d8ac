//! A security key in software, with a browser in front of it (WebAuthn L3 section 6).
//!
//! Owns its private keys, and answers what a page asks of `navigator.credentials`: rightly, or bent in any way that a
//! test wants. Does not own a page or a connection: options come in and answers go out as JSON text. It asks nobody for
//! presence, and checks nothing that a test could want to be wrong.

mod credential;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ciborium::Value as Cbor;
use serde_json::{Map, Value, json};

pub use self::credential::Algorithm;
use self::credential::Credential;

/// The user is present (section 6.1).
pub const UP: u8 = 0x01;
/// The user was verified.
pub const UV: u8 = 0x04;
/// The credential may be copied to other devices.
pub const BE: u8 = 0x08;
/// The credential is copied to other devices.
pub const BS: u8 = 0x10;
/// Attested credential data follow.
pub const AT: u8 = 0x40;
/// Extension data follow.
pub const ED: u8 = 0x80;

/// What is about to be signed and handed over; a test may bend all of it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `clientDataJSON`, before it is serialised.
    pub client_data: Map<String, Value>,
    /// The RP ID that is hashed into the authenticator data.
    pub rp_id: String,
    /// The flags.
    pub flags: u8,
    /// The signature counter.
    pub counter: u32,
    /// The id of the credential, in the attested data and in the answer.
    pub credential_id: Vec<u8>,
    /// The public key, as the attested data show it. Empty where a key is used.
    pub public_key: Vec<u8>,
    /// What follows in the authenticator data: extensions, or what does not belong there.
    pub tail: Vec<u8>,
    /// The attestation statement: format and content.
    pub attestation: (String, Cbor),
    /// What is handed over as user handle.
    pub user_handle: Option<Vec<u8>>,
}

/// A key at one browser that shows pages of one origin.
#[derive(Debug)]
pub struct SecurityKey {
    origin: String,
    algorithm: Algorithm,
    flags: u8,
    credentials: Vec<Credential>,
}

impl SecurityKey {
    /// A new key of this algorithm, which verifies its holder.
    #[must_use]
    pub fn new(origin: &str, algorithm: Algorithm) -> Self {
        Self {
            origin: origin.to_owned(),
            algorithm,
            flags: UP | UV,
            credentials: Vec::new(),
        }
    }

    /// The same, with these flags in what it signs from now on.
    #[must_use]
    pub fn with_flags(self, flags: u8) -> Self {
        Self { flags, ..self }
    }

    /// The ids of the credentials that it holds, oldest first.
    #[must_use]
    pub fn credential_ids(&self) -> Vec<Vec<u8>> {
        self.credentials.iter().map(|one| one.id.clone()).collect()
    }

    /// `navigator.credentials.create()`: a new credential, as `PublicKeyCredential.toJSON()` gives it. `None`: it holds
    /// one that the page excludes, or the options make no sense.
    pub fn register(&mut self, options: &str) -> Option<String> {
        self.register_bent(options, |_| {})
    }

    /// The same, after the draft went through `bend`.
    pub fn register_bent(
        &mut self,
        options: &str,
        bend: impl FnOnce(&mut Draft),
    ) -> Option<String> {
        let options: Value = serde_json::from_str(options).ok()?;
        let excluded = ids(&options, "excludeCredentials");
        if self
            .credentials
            .iter()
            .any(|one| excluded.contains(&one.id))
        {
            return None;
        }
        let handle = decoded(options.pointer("/user/id")?)?;
        let mut credential = Credential::generate(self.algorithm, handle)?;
        let mut draft = Draft {
            client_data: self.client_data("webauthn.create", &options)?,
            rp_id: options.pointer("/rp/id")?.as_str()?.to_owned(),
            flags: self.flags | AT,
            counter: 0,
            credential_id: credential.id.clone(),
            public_key: credential.cose(),
            tail: Vec::new(),
            attestation: ("none".to_owned(), Cbor::Map(Vec::new())),
            user_handle: None,
        };
        bend(&mut draft);
        let mut data = draft.authenticator_data();
        if draft.flags & AT != 0 {
            let length = u16::try_from(draft.credential_id.len()).ok()?;
            data.extend([0; 16]);
            data.extend(length.to_be_bytes());
            data.extend(&draft.credential_id);
            data.extend(&draft.public_key);
        }
        data.extend(&draft.tail);
        let (format, statement) = draft.attestation.clone();
        let object = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(format)),
            (Cbor::from("attStmt"), statement),
            (Cbor::from("authData"), Cbor::Bytes(data)),
        ]);
        credential.id = draft.credential_id.clone();
        self.credentials.push(credential);
        Some(draft.answer(json!({
            "clientDataJSON": BASE64.encode(draft.client_data_json()),
            "attestationObject": BASE64.encode(encoded(&object)),
            "transports": ["usb", "nfc"],
        })))
    }

    /// `navigator.credentials.get()`: the first credential that the page allows signs, as
    /// `PublicKeyCredential.toJSON()` gives it. `None`: it holds none of them, or the options make no sense.
    pub fn sign(&mut self, options: &str) -> Option<String> {
        self.sign_bent(options, |_| {})
    }

    /// The same, after the draft went through `bend`.
    pub fn sign_bent(&mut self, options: &str, bend: impl FnOnce(&mut Draft)) -> Option<String> {
        let options: Value = serde_json::from_str(options).ok()?;
        let allowed = ids(&options, "allowCredentials");
        let client_data = self.client_data("webauthn.get", &options)?;
        let flags = self.flags;
        let credential = self
            .credentials
            .iter_mut()
            .find(|one| allowed.contains(&one.id))?;
        credential.counter += 1;
        let mut draft = Draft {
            client_data,
            rp_id: options.get("rpId")?.as_str()?.to_owned(),
            flags,
            counter: credential.counter,
            credential_id: credential.id.clone(),
            public_key: Vec::new(),
            tail: Vec::new(),
            attestation: (String::new(), Cbor::Null),
            user_handle: Some(credential.handle.clone()),
        };
        bend(&mut draft);
        let mut data = draft.authenticator_data();
        data.extend(&draft.tail);
        let client_data = draft.client_data_json();
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client_data.as_bytes()).as_ref());
        let signature = credential.sign(&signed)?;
        Some(draft.answer(json!({
            "clientDataJSON": BASE64.encode(&client_data),
            "authenticatorData": BASE64.encode(&data),
            "signature": BASE64.encode(signature),
            "userHandle": draft.user_handle.as_ref().map(|handle| BASE64.encode(handle)),
        })))
    }

    /// What the browser says of the page (section 5.8.1).
    fn client_data(&self, ceremony: &str, options: &Value) -> Option<Map<String, Value>> {
        let said = json!({
            "type": ceremony,
            "challenge": options.get("challenge")?.as_str()?,
            "origin": self.origin,
            "crossOrigin": false,
        });
        said.as_object().cloned()
    }
}

impl Draft {
    fn client_data_json(&self) -> String {
        Value::Object(self.client_data.clone()).to_string()
    }

    /// The fixed part of the authenticator data (section 6.1).
    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn answer(&self, response: Value) -> String {
        let id = BASE64.encode(&self.credential_id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {},
            "response": response,
        })
        .to_string()
    }
}

fn ids(options: &Value, list: &str) -> Vec<Vec<u8>> {
    let descriptors = options.get(list).and_then(Value::as_array);
    descriptors
        .into_iter()
        .flatten()
        .filter_map(|one| decoded(one.get("id")?))
        .collect()
}

fn decoded(text: &Value) -> Option<Vec<u8>> {
    BASE64.decode(text.as_str()?).ok()
}

fn encoded(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = ciborium::into_writer(value, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
