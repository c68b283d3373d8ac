//! A signer that does what it is told, right or wrong.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{DS, EXC_C14N, TestKey};

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature to be made. All fields can be bent; what is not bent is right.
#[derive(Clone)]
pub(crate) struct Signing {
    template: String,
    mark: &'static str,
    pub(crate) uri: String,
    pub(crate) digested: Vec<u8>,
    pub(crate) canonicalization: String,
    pub(crate) signature_method: String,
    pub(crate) signature_method_content: String,
    pub(crate) digest_method: String,
    pub(crate) digest_value: Option<String>,
    pub(crate) transforms: String,
    /// Replaces all references.
    pub(crate) references: Option<String>,
    /// Replaces the signature value.
    pub(crate) value: Option<Vec<u8>>,
    /// After `SignatureValue`.
    pub(crate) tail: String,
}

impl Signing {
    /// The usual signature for a template in canonical form, to stand at `mark`.
    pub(crate) fn of(template: &str, mark: &'static str) -> Self {
        let canonical = template.replace(mark, "");
        assert_ne!(
            canonical, template,
            "the template has no place for the signature"
        );
        let id = canonical
            .split_once(" ID=\"")
            .unwrap()
            .1
            .split_once('"')
            .unwrap()
            .0;
        Self {
            template: template.to_owned(),
            mark,
            uri: format!("#{id}"),
            digested: canonical.into_bytes(),
            canonicalization: method("CanonicalizationMethod", EXC_C14N),
            signature_method: RSA_SHA256.to_owned(),
            signature_method_content: String::new(),
            digest_method: SHA256.to_owned(),
            digest_value: None,
            transforms: transforms(&[ENVELOPED, EXC_C14N]),
            references: None,
            value: None,
            tail: String::new(),
        }
    }

    /// The template with the signature in its place.
    pub(crate) fn sign(&self, key: &TestKey) -> String {
        self.template.replace(self.mark, &self.signature(key))
    }

    /// The `ds:Signature` alone.
    pub(crate) fn signature(&self, key: &TestKey) -> String {
        wrap(&self.signed_info(), &self.signature_value(key), &self.tail)
    }

    pub(crate) fn reference(&self) -> String {
        let digest_value = self.digest_value.clone().unwrap_or_else(|| {
            let algorithm = match self.digest_method.rsplit('#').next() {
                Some("sha1") => &digest::SHA1_FOR_LEGACY_USE_ONLY,
                Some("sha384") => &digest::SHA384,
                Some("sha512") => &digest::SHA512,
                _ => &digest::SHA256,
            };
            STANDARD.encode(digest::digest(algorithm, &self.digested))
        });
        format!(
            r#"<ds:Reference URI="{}">{}{}<ds:DigestValue>{digest_value}</ds:DigestValue></ds:Reference>"#,
            self.uri,
            self.transforms,
            method("DigestMethod", &self.digest_method)
        )
    }

    pub(crate) fn signed_info(&self) -> String {
        format!(
            r#"<ds:SignedInfo>{}<ds:SignatureMethod Algorithm="{}">{}</ds:SignatureMethod>{}</ds:SignedInfo>"#,
            self.canonicalization,
            self.signature_method,
            self.signature_method_content,
            self.references.clone().unwrap_or_else(|| self.reference())
        )
    }

    /// What the signature value is made of.
    pub(crate) fn canonical_signed_info(&self) -> String {
        self.signed_info().replacen(
            "<ds:SignedInfo>",
            &format!(r#"<ds:SignedInfo xmlns:ds="{DS}">"#),
            1,
        )
    }

    pub(crate) fn signature_value(&self, key: &TestKey) -> String {
        let value = self.value.clone().unwrap_or_else(|| {
            key.sign(
                &self.signature_method,
                self.canonical_signed_info().as_bytes(),
            )
        });
        format!(
            "<ds:SignatureValue>{}</ds:SignatureValue>",
            STANDARD.encode(value)
        )
    }
}

pub(crate) fn wrap(signed_info: &str, value: &str, tail: &str) -> String {
    format!(r#"<ds:Signature xmlns:ds="{DS}">{signed_info}{value}{tail}</ds:Signature>"#)
}

pub(crate) fn method(name: &str, algorithm: &str) -> String {
    format!(r#"<ds:{name} Algorithm="{algorithm}"></ds:{name}>"#)
}

pub(crate) fn transforms(algorithms: &[&str]) -> String {
    let list: String = algorithms
        .iter()
        .map(|it| method("Transform", it))
        .collect();
    format!("<ds:Transforms>{list}</ds:Transforms>")
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
