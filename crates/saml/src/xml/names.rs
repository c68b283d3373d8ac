//! Namespace names. Elements are matched by these and the local name, never by prefix.

/// SAML 2.0 assertions (SAML core 1.2).
pub const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML 2.0 protocol messages (SAML core 1.2).
pub const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML 2.0 metadata (SAML metadata 1.1).
pub const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML signatures (XML-DSig 1.3).
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalization, also the namespace of `InclusiveNamespaces` (exc-c14n 4).
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// XML encryption.
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// What XML encryption 1.1 adds.
pub const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// The namespace bound to the prefix `xml` (XML names 3).
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// XML Schema instance: `xsi:type`, `xsi:nil`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
