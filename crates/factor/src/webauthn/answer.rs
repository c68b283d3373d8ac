//! What the browser hands over: `PublicKeyCredential.toJSON()` (WebAuthn L3 section 5.1).
//!
//! Owns reading it into the library's types, by way of the strict readers. Its length was bounded before.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::{Value, json};
use vestibule_core::port::CredentialJson;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::{
    authenticator_data::{self, Attested},
    client_data::Expected,
    rejected::Rejected,
};

/// How a browser may say that a key can be reached (section 5.8.4). Others are not kept.
const TRANSPORTS: &[&str] = &["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// The only type of credential that there is (section 5.8.2).
const PUBLIC_KEY: &str = "public-key";

/// Bytes in base64url without padding.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<R> {
    raw_id: Bytes,
    #[serde(rename = "type")]
    kind: String,
    response: R,
}

#[derive(Deserialize)]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    #[serde(rename = "attestationObject")]
    object: Bytes,
    #[serde(default)]
    transports: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    #[serde(default)]
    user_handle: Option<Bytes>,
}

/// A registration whose shape is right.
pub(super) struct Registration {
    pub(super) credential_id: Vec<u8>,
    pub(super) user_verified: bool,
    pub(super) transports: Vec<String>,
    /// For the library.
    pub(super) credential: RegisterPublicKeyCredential,
}

/// A use whose shape is right.
pub(super) struct Assertion {
    pub(super) credential_id: Vec<u8>,
    pub(super) user_handle: Option<Vec<u8>>,
    /// For the library.
    pub(super) credential: PublicKeyCredential,
}

impl Registration {
    /// Reads what `navigator.credentials.create()` gave.
    ///
    /// # Errors
    /// [`Rejected`].
    pub(super) fn read(json: &CredentialJson, expected: &Expected<'_>) -> Result<Self, Rejected> {
        let Credential {
            raw_id, response, ..
        } = credential::<AttestationResponse>(json)?;
        expected.check(&response.client_data.0)?;
        let Attested {
            credential_id,
            user_verified,
            object,
        } = authenticator_data::attested(&response.object.0)?;
        if credential_id != raw_id.0 {
            return Err(Rejected::Malformed);
        }
        let mut transports = response.transports;
        transports.retain(|transport| TRANSPORTS.contains(&transport.as_str()));
        transports.sort();
        transports.dedup();
        let credential = for_the_library(
            &credential_id,
            json!({
                "clientDataJSON": text(&response.client_data.0),
                "attestationObject": text(&object),
            }),
        )?;
        Ok(Self {
            credential_id,
            user_verified,
            transports,
            credential,
        })
    }
}

impl Assertion {
    /// Reads what `navigator.credentials.get()` gave.
    ///
    /// # Errors
    /// [`Rejected`].
    pub(super) fn read(json: &CredentialJson, expected: &Expected<'_>) -> Result<Self, Rejected> {
        let Credential {
            raw_id, response, ..
        } = credential::<AssertionResponse>(json)?;
        expected.check(&response.client_data.0)?;
        authenticator_data::check_asserted(&response.authenticator_data.0)?;
        let credential = for_the_library(
            &raw_id.0,
            json!({
                "clientDataJSON": text(&response.client_data.0),
                "authenticatorData": text(&response.authenticator_data.0),
                "signature": text(&response.signature.0),
                "userHandle": null,
            }),
        )?;
        Ok(Self {
            credential_id: raw_id.0,
            user_handle: response.user_handle.map(|handle| handle.0),
            credential,
        })
    }
}

fn credential<R: DeserializeOwned>(json: &CredentialJson) -> Result<Credential<R>, Rejected> {
    let credential: Credential<R> =
        serde_json::from_str(json.as_str()).map_err(|_| Rejected::Malformed)?;
    if credential.kind == PUBLIC_KEY {
        Ok(credential)
    } else {
        Err(Rejected::Malformed)
    }
}

/// The library gets what was read, written anew, and nothing else.
fn for_the_library<C: DeserializeOwned>(id: &[u8], response: Value) -> Result<C, Rejected> {
    let credential = json!({
        "id": text(id),
        "rawId": text(id),
        "type": PUBLIC_KEY,
        "response": response,
        "extensions": {},
    });
    serde_json::from_value(credential).map_err(|_| Rejected::Malformed)
}

/// Bytes as browsers write them.
pub(super) fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
