//! Second opinions on SAML: `xmlsec1` verifies signatures, `xmllint` validates against the schemas of OASIS.
//!
//! Owns calling these programs so that they say no more and no less than asked: one signature at a named place, one
//! certificate, no network. Does not own rules of SAML beyond signature and schema; both programs know none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{Error, tool};

/// A kind of document, and the element that a signature is expected on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The assertion inside a response, or an assertion by itself.
    Assertion,
    /// The root: a response, a request, metadata.
    Root,
}

/// A schema of SAML 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `saml-schema-metadata-2.0.xsd`.
    Metadata,
    /// `saml-schema-protocol-2.0.xsd`: requests and responses.
    Protocol,
}

/// Has `xmlsec1` verify the signature on `signed` of `document` with the key of a certificate (PEM), and with no other:
/// what the document itself says of keys is not read.
///
/// # Errors
/// [`Error::Missing`] without `xmlsec1`; [`Error::Tool`] with what it said, when the signature is absent or wrong.
pub fn verify(document: &str, certificate: &str, signed: Signed) -> Result<(), Error> {
    let folder = Papers::new(document)?;
    let certificate = folder.add("certificate.pem", certificate)?;
    let mut xmlsec1 = Command::new("xmlsec1");
    xmlsec1
        .arg("--verify")
        .arg("--pubkey-cert-pem")
        .arg(certificate);
    // Without this the certificate in KeyInfo would be looked at, and its chain asked for.
    xmlsec1.args(["--enabled-key-data", "key-name"]);
    for element in IDENTIFIED {
        xmlsec1.args(["--id-attr:ID", element]);
    }
    xmlsec1
        .args(["--node-xpath", signed.signature()])
        .arg(folder.document());
    tool::succeed(&mut xmlsec1, "xmlsec1").map(drop)
}

/// Validates `document` against a schema, without the network.
///
/// # Errors
/// [`Error::Missing`] without `xmllint` or the schemas; [`Error::Tool`] with every violation.
pub fn validate(document: &str, schema: Schema) -> Result<(), Error> {
    let schema = Path::new(SAML_SCHEMAS).join(schema.file());
    present(&schema, "opensaml-schemas")?;
    present(
        &Path::new(XML_SCHEMAS).join("xmldsig-core-schema.xsd"),
        "xmltooling-schemas",
    )?;
    let folder = Papers::new(document)?;
    let catalog = folder.add("catalog.xml", &catalog())?;
    let mut xmllint = Command::new("xmllint");
    xmllint.env("XML_CATALOG_FILES", catalog);
    xmllint
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .arg(folder.document());
    tool::succeed(&mut xmllint, "libxml2-utils").map(drop)
}

const SAML_SCHEMAS: &str = "/usr/share/xml/opensaml";
const XML_SCHEMAS: &str = "/usr/share/xml/xmltooling";

/// What the SAML schemas import by address, and the file of `xmltooling-schemas` that is the same.
const IMPORTS: &[(&str, &str)] = &[
    ("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
    (
        "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
        "xmldsig-core-schema.xsd",
    ),
    (
        "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd",
        "xenc-schema.xsd",
    ),
];

/// The elements whose attribute `ID` a reference may name.
const IDENTIFIED: &[&str] = &[
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
    "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
    "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
];

impl Signed {
    /// The place of the signature: a direct child of the element that it signs (SAML core 5.4.2).
    fn signature(self) -> &'static str {
        match self {
            Self::Assertion => "//*[local-name()='Assertion']/*[local-name()='Signature']",
            Self::Root => "/*/*[local-name()='Signature']",
        }
    }
}

impl Schema {
    fn file(self) -> &'static str {
        match self {
            Self::Metadata => "saml-schema-metadata-2.0.xsd",
            Self::Protocol => "saml-schema-protocol-2.0.xsd",
        }
    }
}

/// The files of one question, gone with its answer.
struct Papers {
    folder: TempDir,
}

impl Papers {
    fn new(document: &str) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::io("cannot create a folder"))?;
        let papers = Self { folder };
        papers.add("document.xml", document)?;
        Ok(papers)
    }

    fn document(&self) -> PathBuf {
        self.folder.path().join("document.xml")
    }

    fn add(&self, name: &str, content: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(name);
        fs::write(&path, content).map_err(Error::io(format!("cannot write {name}")))?;
        Ok(path)
    }
}

fn catalog() -> String {
    let entries: String = IMPORTS
        .iter()
        .map(|(address, file)| {
            format!("<system systemId=\"{address}\" uri=\"file://{XML_SCHEMAS}/{file}\"/>\n")
        })
        .collect();
    format!(
        "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">\n{entries}</catalog>\n"
    )
}

fn present(file: &Path, package: &'static str) -> Result<(), Error> {
    if file.is_file() {
        Ok(())
    } else {
        Err(Error::Missing {
            program: file.display().to_string(),
            package,
        })
    }
}
