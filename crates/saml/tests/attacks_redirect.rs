//! The attacks of the catalogue on HTTP-Redirect queries, beside benign controls.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;

use std::io::Write as _;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::{
    Compression,
    write::{DeflateEncoder, ZlibEncoder},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use vestibule_saml::{
    binding::{
        BindingError,
        MessageKind::{Request, Response},
        redirect,
    },
    crypto::{VerifyingKey, sign::SigningKey},
};

use self::keys::{ATTACKER, EC, RSA, verifying};

const XML: &str =
    "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\"/>";
const EVIL: &str =
    "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_2\"/>";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// Encodes everything, so that lower case shows wherever it can.
fn percent(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

fn deflated(xml: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    percent(&BASE64.encode(encoder.finish().unwrap()))
}

fn signature(key: &SigningKey, octets: &str) -> String {
    percent(&BASE64.encode(key.sign(octets.as_bytes()).unwrap()))
}

/// `SAMLRequest=…&RelayState=…&SigAlg=…`, what a signature covers.
fn octets() -> String {
    format!(
        "SAMLRequest={}&RelayState=a%2Fb&SigAlg={}",
        deflated(XML),
        percent(RSA_SHA256)
    )
}

fn signed(octets: &str) -> String {
    format!("{octets}&Signature={}", signature(&RSA, octets))
}

/// What a receiver that wants a signature of `RSA` makes of `query`.
fn receive(query: &str) -> Result<(String, Option<String>), BindingError> {
    let message = redirect::decode(query)?;
    let keys = [verifying(&EC), verifying(&RSA)];
    let verified = message.verify(&keys, false)?;
    let xml = String::from_utf8(verified.xml().to_vec()).unwrap();
    Ok((xml, verified.relay_state().map(str::to_owned)))
}

fn refused(query: &str) -> &'static str {
    receive(query).expect_err("must be refused").code()
}

#[test]
fn sr_b1_a_signed_query_is_accepted() {
    assert_eq!(
        receive(&signed(&octets())),
        Ok((XML.to_owned(), Some("a/b".to_owned())))
    );
}

#[test]
fn sr_b1_our_own_queries_are_accepted_with_both_kinds_of_key() {
    for key in [&*RSA, &*EC] {
        let url = redirect::encode(
            "https://idp.example/sso?x=1",
            Request,
            XML,
            Some("h-1"),
            Some(key),
        );
        let url = url.unwrap();
        let query = url.strip_prefix("https://idp.example/sso?x=1&").unwrap();
        assert_eq!(receive(query), Ok((XML.to_owned(), Some("h-1".to_owned()))));
    }
}

#[test]
fn sr_b1_the_address_keeps_its_own_query() {
    for (endpoint, begin) in [
        (
            "https://idp.example/sso",
            "https://idp.example/sso?SAMLRequest=",
        ),
        (
            "https://idp.example/sso?",
            "https://idp.example/sso?SAMLRequest=",
        ),
        (
            "https://idp.example/sso?a=b",
            "https://idp.example/sso?a=b&SAMLRequest=",
        ),
        (
            "https://idp.example/sso?a=b&",
            "https://idp.example/sso?a=b&SAMLRequest=",
        ),
    ] {
        let url = redirect::encode(endpoint, Request, XML, None, None).unwrap();
        assert!(url.starts_with(begin), "{url}");
    }
    let refused = redirect::encode("javascript:alert(1)", Request, XML, None, None);
    assert_eq!(refused.unwrap_err().code(), "binding_address");
}

#[test]
fn sr_b2_sr_12_lower_case_escapes_verify_over_the_raw_bytes() {
    let lower = octets()
        .replace("%2F", "%2f")
        .replace("%3A", "%3a")
        .replace("%3D", "%3d")
        .replace("%2B", "%2b");
    assert_ne!(lower, octets());
    assert_eq!(
        receive(&signed(&lower)),
        Ok((XML.to_owned(), Some("a/b".to_owned())))
    );
    // The same signature does not cover the other spelling.
    let mixed = signed(&lower).replace("a%2fb", "a%2Fb");
    assert_eq!(refused(&mixed), "signature_mismatch");
}

#[test]
fn sr_01_signature_removed() {
    assert_eq!(refused(&octets()), "binding_signature_incomplete");
}

#[test]
fn sr_02_signature_and_algorithm_removed() {
    let query = format!("SAMLRequest={}&RelayState=a%2Fb", deflated(XML));
    assert_eq!(refused(&query), "signature_missing");
}

#[test]
fn sr_03_relay_state_changed() {
    assert_eq!(
        refused(&signed(&octets()).replace("a%2Fb", "a%2Fc")),
        "signature_mismatch"
    );
}

#[test]
fn sr_04_relay_state_removed() {
    assert_eq!(
        refused(&signed(&octets()).replace("&RelayState=a%2Fb", "")),
        "signature_mismatch"
    );
}

#[test]
fn sr_05_second_request_appended() {
    let query = format!("{}&SAMLRequest={}", signed(&octets()), deflated(EVIL));
    assert_eq!(refused(&query), "binding_parameter_repeated");
}

#[test]
fn sr_06_second_request_prepended() {
    let query = format!("SAMLRequest={}&{}", deflated(EVIL), signed(&octets()));
    assert_eq!(refused(&query), "binding_parameter_repeated");
}

#[test]
fn sr_05_sr_06_no_parameter_of_saml_may_be_repeated() {
    for parameter in ["RelayState", "SigAlg", "Signature", "SAMLEncoding"] {
        let query = format!("{parameter}=x&{}&{parameter}=x", signed(&octets()));
        assert_eq!(refused(&query), "binding_parameter_repeated", "{parameter}");
    }
}

#[test]
fn sr_07_signed_request_with_an_unsigned_response() {
    let query = format!("{}&SAMLResponse={}", signed(&octets()), deflated(EVIL));
    assert_eq!(refused(&query), "binding_request_and_response");
}

#[test]
fn sr_08_the_order_of_arrival_does_not_matter_and_the_order_of_signing_does() {
    let in_order = octets();
    let signature_value = signature(&RSA, &in_order);
    let mut parts: Vec<&str> = in_order.split('&').collect();
    parts.reverse();
    let reordered = parts.join("&");
    // Control: the octets are put into the order of the standard, so this is the same message.
    assert!(receive(&format!("Signature={signature_value}&{reordered}")).is_ok());
    assert_eq!(refused(&signed(&reordered)), "signature_mismatch");
}

#[test]
fn sr_09_algorithm_swapped() {
    for algorithm in [
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    ] {
        let query = signed(&octets()).replace(&percent(RSA_SHA256), &percent(algorithm));
        assert_eq!(refused(&query), "signature_mismatch", "{algorithm}");
    }
}

#[test]
fn sr_10_sha1_is_refused_unless_somebody_asked_for_the_danger() {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let octets = octets().replace(&percent(RSA_SHA256), &percent(sha1));
    let query = signed(&octets);
    assert_eq!(refused(&query), "sha1_refused");
    // Control: a true SHA-1 signature is accepted where the danger is, and only there.
    let old = VerifyingKey::from_certificate_pem(SHA1_CERTIFICATE.as_bytes()).unwrap();
    let message = redirect::decode(SHA1_QUERY).unwrap();
    let verify = |danger| {
        message
            .verify(std::slice::from_ref(&old), danger)
            .map(|it| it.xml())
    };
    assert_eq!(verify(true), Ok(XML.as_bytes()));
    assert_eq!(verify(false).unwrap_err().code(), "sha1_refused");
}

#[test]
fn sr_11_hmac_with_the_public_key() {
    let algorithm = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let octets = octets().replace(&percent(RSA_SHA256), &percent(algorithm));
    let key = hmac::Key::new(hmac::HMAC_SHA256, RSA.certificate_der());
    let value = BASE64.encode(hmac::sign(&key, octets.as_bytes()));
    assert_eq!(
        refused(&format!("{octets}&Signature={}", percent(&value))),
        "algorithm_refused"
    );
}

#[test]
fn sr_11_a_key_of_another_family_is_not_tried() {
    let message = redirect::decode(&signed(&octets())).unwrap();
    let refused = message.verify(&[verifying(&EC)], false).map(|_| ());
    assert_eq!(refused.unwrap_err().code(), "key_mismatch");
}

#[test]
fn sr_13_key_of_the_attacker() {
    let octets = octets();
    let query = format!("{octets}&Signature={}", signature(&ATTACKER, &octets));
    assert_eq!(refused(&query), "signature_mismatch");
    let message = redirect::decode(&signed(&octets)).unwrap();
    assert_eq!(
        message.verify(&[], false).map(|_| ()).unwrap_err().code(),
        "key_mismatch"
    );
}

#[test]
fn sr_14_names_of_parameters_are_literal() {
    for (plain, disguised) in [
        ("SAMLRequest=", "%53AMLRequest="),
        ("RelayState=", "Relay%53tate="),
        ("SigAlg=", "%53igAlg="),
        ("Signature=", "Signatur%65="),
    ] {
        let query = signed(&octets()).replacen(plain, disguised, 1);
        assert_eq!(
            refused(&query),
            "binding_parameter_name_encoded",
            "{disguised}"
        );
    }
    // Beside the literal one, too.
    let query = format!("{}&%53AMLRequest={}", signed(&octets()), deflated(EVIL));
    assert_eq!(refused(&query), "binding_parameter_name_encoded");
}

#[test]
fn sr_14_other_parameters_are_tolerated_and_not_covered() {
    let query = format!("utm=1&{}&ForceAuthn=true&samlrequest=x", signed(&octets()));
    assert_eq!(
        receive(&query),
        Ok((XML.to_owned(), Some("a/b".to_owned())))
    );
}

#[test]
fn sr_15_a_bomb_is_stopped_while_inflating() {
    let bomb = " ".repeat(20 * 1024 * 1024);
    let query = format!("SAMLRequest={}", deflated(&bomb));
    assert!(query.len() < redirect::MAX_QUERY_BYTES);
    assert_eq!(refused(&query), "binding_too_large");
    let query = format!("SAMLRequest={}", "A".repeat(redirect::MAX_QUERY_BYTES));
    assert_eq!(refused(&query), "binding_too_large");
}

#[test]
fn sr_15_the_limit_itself_is_accepted() {
    for (length, accepted) in [(256 * 1024, true), (256 * 1024 + 1, false)] {
        let query = format!("SAMLRequest={}", deflated(&" ".repeat(length)));
        assert_eq!(redirect::decode(&query).is_ok(), accepted, "{length}");
    }
}

#[test]
fn messages_of_any_length_come_whole_also_after_a_broken_one() {
    // Around the sizes at which the room for a message grows.
    let lengths = [1, 4095, 4096, 4097, 16_383, 16_384, 16_385, 65_536, 65_537];
    for length in lengths {
        for period in [1, 7, 1009] {
            let text: String = (0..length)
                .map(|at| char::from(b'!' + (at % period * 31 % 90) as u8))
                .collect();
            let broken = format!("SAMLRequest={}", percent(&BASE64.encode([0xff; 9])));
            assert_eq!(refused(&broken), "binding_inflate");
            let query = format!("SAMLRequest={}", deflated(&text));
            let message = redirect::decode(&query).unwrap();
            assert!(message.xml() == text.as_bytes(), "{length}, {period}");
        }
    }
}

#[test]
fn sr_15_broken_streams_are_refused() {
    let whole = BASE64.decode(
        percent_encoding::percent_decode_str(&deflated(XML))
            .decode_utf8()
            .unwrap()
            .as_ref(),
    );
    let whole = whole.unwrap();
    for length in 0..whole.len() {
        let query = format!("SAMLRequest={}", percent(&BASE64.encode(&whole[..length])));
        let code = redirect::decode(&query).expect_err("cut off").code();
        assert!(
            matches!(code, "binding_inflate" | "binding_message_missing"),
            "{length}: {code}"
        );
    }
    let mut trailing = whole;
    trailing.push(0);
    assert_eq!(
        refused(&format!(
            "SAMLRequest={}",
            percent(&BASE64.encode(trailing))
        )),
        "binding_inflate"
    );
}

#[test]
fn sr_16_only_deflate_is_an_encoding() {
    let deflate = percent("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE");
    assert!(receive(&format!("{}&SAMLEncoding={deflate}", signed(&octets()))).is_ok());
    for encoding in ["", "identity", "urn%3Aexample%3Araw"] {
        let query = format!("{}&SAMLEncoding={encoding}", signed(&octets()));
        assert_eq!(
            refused(&query),
            "binding_encoding_unsupported",
            "{encoding:?}"
        );
    }
}

#[test]
fn sr_17_a_zlib_header_is_not_raw_deflate() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(XML.as_bytes()).unwrap();
    let message = percent(&BASE64.encode(encoder.finish().unwrap()));
    assert_eq!(
        refused(&format!("SAMLRequest={message}")),
        "binding_inflate"
    );
}

#[test]
fn values_that_two_readers_could_read_in_two_ways_are_refused() {
    for (query, code) in [
        (String::new(), "binding_message_missing"),
        ("SAMLRequest".to_owned(), "binding_message_missing"),
        ("SAMLRequest=%4".to_owned(), "binding_percent_encoding"),
        ("SAMLRequest=%zz".to_owned(), "binding_percent_encoding"),
        ("SAMLRequest=%ff%fe".to_owned(), "binding_percent_encoding"),
        ("SAMLRequest=a!b".to_owned(), "binding_base64"),
        ("SAMLRequest=YQ".to_owned(), "binding_base64"),
        ("SAMLart=AAQAAA".to_owned(), "binding_artifact_unsupported"),
        (
            format!(
                "SAMLRequest={}&RelayState={}",
                deflated(XML),
                "r".repeat(1025)
            ),
            "binding_relay_state_too_long",
        ),
        (
            format!(
                "SAMLResponse={}&RelayState={}",
                deflated(XML),
                "r".repeat(81)
            ),
            "binding_relay_state_too_long",
        ),
    ] {
        assert_eq!(
            redirect::decode(&query).expect_err(&query).code(),
            code,
            "{query}"
        );
    }
}

#[test]
fn relay_states_are_bounded_on_the_way_out() {
    let encode = |kind, length| {
        redirect::encode(
            "https://a.example/",
            kind,
            XML,
            Some(&"r".repeat(length)),
            None,
        )
    };
    assert!(encode(Request, 80).is_ok());
    assert_eq!(
        encode(Request, 81).unwrap_err().code(),
        "binding_relay_state_too_long"
    );
    assert!(encode(Response, 1024).is_ok());
    assert_eq!(
        encode(Response, 1025).unwrap_err().code(),
        "binding_relay_state_too_long"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_query_is_answered(query in ".{0,200}") {
        prop_assert!(receive(&query).is_err());
    }

    /// A changed byte is refused, or it changes nothing, such as the case of an escape in the signature's own value.
    #[test]
    fn sr_03_any_changed_byte_is_refused_or_means_the_same(at in any::<proptest::sample::Index>(), byte in 0x20_u8..0x7f) {
        let original = signed(&octets());
        let mut bytes = original.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = receive(std::str::from_utf8(&bytes).unwrap()) {
            prop_assert_eq!(read, receive(&original).unwrap());
        }
    }
}

/// AWS-LC makes no SHA-1 signatures, so this query was signed once and its key thrown away.
const SHA1_QUERY: &str = "SAMLRequest=sylOzM0psHIsLcnIC0otLE0tLlGoyM3JK7YCS9gqlRblWeUnFmcWW%2BUl5qYWW5UkWwU7%2BvpYGekZWBUU5ZfkJ%2BfnKCl4utgqxRsq6dsBAA%3D%3D&SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1&Signature=LnbI2lGTAfJARWlKLOpABj5C%2BFKCyEwAVT8NqNuJJTsRfIrUKM5rjyORopRfr%2BEC6kkCgSle%2BA8jnSZopaXu5pLQ0O2JYP1efPJMPTtdom7ed0DL55W971ttAxt1lzPv96ZaHev05zhOp2Www6wUHTERNKnsLLSOcaXs%2BvulNAwH9A9Shu%2F3FzBhgc0Cafp0ENDsc9xqAuGnUhViU9BnnfKtOfvGdK0NWrdxYqAKRyb8mQZHJX%2FEh8%2Byk7kakV7y6zyJWFz%2BL4OoxZUKqsbKlSp22%2Fy5d2S6XvEjmPsQzFLAVNTYPk3KHIYoKcZUXI2xdCMT5LLvdgAZQnmVmhD2Pw%3D%3D";

/// The certificate of that key.
const SHA1_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIDDzCCAfegAwIBAgIUXK5Wp9GOElgrpxog/Czv6PIz1XIwDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMc2hhMSBjb250cm9sMB4XDTI2MTEyMTIzMTI1N1oXDTM2
MTExODIzMTI1N1owFzEVMBMGA1UEAwwMc2hhMSBjb250cm9sMIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1Ww+NZbgR11prYm8v4SOvj6Xq6+7sNTX+2ij
G/WLdzcZyU2SUJCtUMaP6t7V6vM6noSP0cGOb0Oa5oB0INmSoNF7t2cTcIvpOQuu
iwUQTLXWypakjYimWChe1E3jpcuVVmXdrRF6sjqPt/pR8hEOAzLzEpaFtV5nrrfP
tZvvtbYpOxYh+LJNfIvgL+uxqTmxStlIx0vMP4TsgdeF6o6sChF8acktOBqnwtYx
gZu0skCJnNEpT4aPdTN7TpPLVy0rtk+44TLnJPm9s0sywl1OkkZqtjkvpGYRh7S6
DFGTwTyLoBayIqzeNmbQ6zB4i11CF2ssNKrJb74YikTrkJ/VvQIDAQABo1MwUTAd
BgNVHQ4EFgQULDStpsExZreL/JEgXTlO/0sOjpgwHwYDVR0jBBgwFoAULDStpsEx
ZreL/JEgXTlO/0sOjpgwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
AQEA1LobEYYfWsZizfWDPJ67Fcf8atIUbm81bKrSh55hNT1psMom5gadnkNqAYXo
mdem6oohV+4CHKMKzsU5tc24J3z2xlBydgSaSX9U/wOotJBHswJA1nVO4TOZFQuE
XqWmw/HJvfQHeL67QkTO6LDr+/xE05pJ/XsKGkA7gVEqeNdwaEcJVOpLuTirg+r1
gpcEL713mdZ1TK6HLZJqpvYEt2h+VocBmxgcaooSZ4LPFVkl1iLqQEV/SDFKMkJz
kLEbkmOEG7USadVY4vBUh5SAwgPOaX5e2GHAORda5RJ9x/rK/RpErcAiuXM9tcAs
xr7usvj4zptwNrDu7CCUH/9ktA==
-----END CERTIFICATE-----
";
