//! Writing what was encrypted.
//!
//! Owns: the `saml:EncryptedAssertion` element, with the key inside the data, as most products expect it.
//! Does not own: what is encrypted.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::ELEMENT;
use crate::{
    crypto::{Encrypted, EncryptionKey, KeyTransport, sign::key_info},
    xml::write::{Element, Namespace},
};

/// An encrypted assertion for `recipient`, whose certificate is named so that it finds its key among several.
pub(crate) fn encrypted_assertion(
    encrypted: &Encrypted,
    key: &EncryptionKey,
    recipient: &str,
) -> Element {
    let wrapped = xenc("EncryptedKey")
        .attribute("Recipient", recipient)
        .child(transport(encrypted.transport))
        .child(key_info(key.certificate_der()))
        .child(cipher_data(&encrypted.wrapped_key));
    let data = xenc("EncryptedData")
        .attribute("Type", ELEMENT)
        .child(xenc("EncryptionMethod").attribute("Algorithm", encrypted.cipher.uri()))
        .child(Element::new(Namespace::Signature, "KeyInfo").child(wrapped))
        .child(cipher_data(&encrypted.ciphertext));
    Element::new(Namespace::Assertion, "EncryptedAssertion").child(data)
}

fn transport(transport: KeyTransport) -> Element {
    let mask = transport
        .mask_parameter()
        .map(|uri| Element::new(Namespace::Encryption11, "MGF").attribute("Algorithm", uri));
    xenc("EncryptionMethod")
        .attribute("Algorithm", transport.uri())
        .child(
            Element::new(Namespace::Signature, "DigestMethod")
                .attribute("Algorithm", transport.digest_uri()),
        )
        .optional_child(mask)
}

fn cipher_data(bytes: &[u8]) -> Element {
    xenc("CipherData").child(xenc("CipherValue").text(BASE64.encode(bytes)))
}

const fn xenc(name: &'static str) -> Element {
    Element::new(Namespace::Encryption, name)
}
