//! The certificate of our own listener, as it was at the start.

use std::path::Path;

use vestibule_upstream::saml::Certificate;
use x509_parser::pem::Pem;

use super::InUse;

/// The certificates in this file. A file that cannot be used is told by the listener, which reads it next.
#[allow(
    clippy::disallowed_methods,
    reason = "the start reads the files that the configuration names"
)]
pub(crate) fn tls(file: &Path) -> Vec<InUse> {
    let content = std::fs::read(file).unwrap_or_default();
    Pem::iter_from_buffer(&content)
        .filter_map(Result::ok)
        .filter_map(|pem| Certificate::from_der(&pem.contents).ok())
        .map(|certificate| InUse {
            purpose: "tls",
            upstream: None,
            certificate,
        })
        .collect()
}
