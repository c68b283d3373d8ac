//! Reading a `ds:Signature` into an [`Enveloped`], and refusing every shape but one.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ENVELOPED_SIGNATURE, SignatureError};
use crate::{
    crypto::{DigestAlgorithm, Enveloped, SignatureAlgorithm},
    xml::{Element, names, read::excerpt},
};

/// More prefixes than a real `PrefixList` has; each costs work at every element (SI-78).
const MAX_PREFIXES: usize = 32;

pub(super) fn read<'d>(
    element: Element<'d>,
    signature: Element<'d>,
    danger_accept_sha1: bool,
) -> Result<Enveloped<'d>, SignatureError> {
    // XML-DSig 4.1. `Object` is left out of the profile: it is where wrapped originals hide (SI-08).
    let [signed_info, value] = parts(signature, ["SignedInfo", "SignatureValue"], Some("KeyInfo"))?;
    // XML-DSig 4.3; the count of references gets an error of its own.
    let references = signed_info.children_named(names::DS, "Reference").count();
    if references != 1 {
        return Err(SignatureError::ReferenceCount(references));
    }
    let [canonicalization, method, reference] = parts(
        signed_info,
        ["CanonicalizationMethod", "SignatureMethod", "Reference"],
        None,
    )?;

    let algorithm = SignatureAlgorithm::accepted(algorithm_of(method)?, danger_accept_sha1)?;
    // `HMACOutputLength` and parameters of RSA-PSS would stand here (CVE-2009-0217).
    refuse_children(method)?;
    if algorithm_of(canonicalization)? != names::EXC_C14N {
        return Err(SignatureError::Shape(
            "SignedInfo is not canonicalized exclusively".to_owned(),
        ));
    }

    check_target(element, reference)?;
    let [transforms, digest_method, digest] = parts(
        reference,
        ["Transforms", "DigestMethod", "DigestValue"],
        None,
    )?;
    let digest_algorithm =
        DigestAlgorithm::accepted(algorithm_of(digest_method)?, danger_accept_sha1)?;
    refuse_children(digest_method)?;

    Ok(Enveloped {
        element,
        signature,
        signed_info,
        signed_info_prefixes: inclusive_prefixes(canonicalization)?,
        element_prefixes: element_prefixes(transforms)?,
        digest_algorithm,
        digest: base64_text(digest)?,
        algorithm,
        value: base64_text(value)?,
    })
}

/// The children of `parent`: exactly `required`, in this order, then perhaps `optional`.
fn parts<'d, const N: usize>(
    parent: Element<'d>,
    required: [&'static str; N],
    optional: Option<&'static str>,
) -> Result<[Element<'d>; N], SignatureError> {
    let wrong = || {
        SignatureError::Shape(format!(
            "the children of {} are not as expected",
            parent.local_name()
        ))
    };
    let mut children = parent.children();
    let mut found = Vec::with_capacity(N);
    for name in required {
        found.push(
            children
                .next()
                .filter(|it| it.is(names::DS, name))
                .ok_or_else(wrong)?,
        );
    }
    match (children.next(), optional) {
        (None, _) => {}
        (Some(child), Some(name)) if child.is(names::DS, name) && children.next().is_none() => {}
        _ => return Err(wrong()),
    }
    found.try_into().map_err(|_| wrong())
}

/// SAML core 5.4.2: the reference is `#` and the `ID` of the element around the signature. No empty reference, no
/// XPointer, no URL. The `ID` is held to the letters of an `NCName` so that it cannot itself be read as an XPointer.
fn check_target(element: Element<'_>, reference: Element<'_>) -> Result<(), SignatureError> {
    let id = element.attribute("ID").unwrap_or_default();
    let found = reference.attribute("URI").unwrap_or_default();
    let plain = !id.is_empty()
        && id
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
    if !plain || found.strip_prefix('#') != Some(id) {
        return Err(SignatureError::Reference {
            expected: excerpt(&format!("#{id}")),
            found: excerpt(found),
        });
    }
    Ok(())
}

/// SAML core 5.4.4. Both transforms are needed: without the first the signature would digest itself, without the second
/// the element would be canonicalized together with namespaces of whatever is around it.
fn element_prefixes(transforms: Element<'_>) -> Result<Vec<&str>, SignatureError> {
    let mut steps = transforms.children();
    let (Some(enveloped), Some(exclusive), None) = (steps.next(), steps.next(), steps.next())
    else {
        return Err(SignatureError::Transforms);
    };
    let named = [enveloped, exclusive]
        .iter()
        .all(|it| it.is(names::DS, "Transform"));
    if !named
        || enveloped.attribute("Algorithm") != Some(ENVELOPED_SIGNATURE)
        || enveloped.has_children()
        || exclusive.attribute("Algorithm") != Some(names::EXC_C14N)
    {
        return Err(SignatureError::Transforms);
    }
    inclusive_prefixes(exclusive)
}

/// `ec:InclusiveNamespaces/@PrefixList`, the only parameter of exclusive canonicalization (exc-c14n 4).
fn inclusive_prefixes(method: Element<'_>) -> Result<Vec<&str>, SignatureError> {
    let mut children = method.children();
    let Some(inclusive) = children.next() else {
        return Ok(Vec::new());
    };
    if children.next().is_some()
        || !inclusive.is(names::EXC_C14N, "InclusiveNamespaces")
        || inclusive.has_children()
    {
        return Err(SignatureError::Shape(
            "a canonicalization method has unknown parameters".to_owned(),
        ));
    }
    let list = inclusive.attribute("PrefixList").unwrap_or_default();
    let prefixes: Vec<_> = list
        .split_ascii_whitespace()
        .take(MAX_PREFIXES + 1)
        .collect();
    if prefixes.len() > MAX_PREFIXES {
        return Err(SignatureError::Shape("a PrefixList is too long".to_owned()));
    }
    Ok(prefixes)
}

fn algorithm_of(method: Element<'_>) -> Result<&str, SignatureError> {
    Ok(method.required_attribute("Algorithm")?)
}

fn refuse_children(element: Element<'_>) -> Result<(), SignatureError> {
    if element.has_children() {
        return Err(SignatureError::Shape(format!(
            "{} has parameters",
            element.local_name()
        )));
    }
    Ok(())
}

/// Base64 with line breaks, as signers write it. Comments inside are refused with the text (CVE-2025-29775).
fn base64_text(element: Element<'_>) -> Result<Vec<u8>, SignatureError> {
    let mut text = element.text()?.into_owned();
    text.retain(|it| !it.is_ascii_whitespace());
    STANDARD
        .decode(text)
        .map_err(|_| SignatureError::Shape(format!("{} is not base64", element.local_name())))
}
