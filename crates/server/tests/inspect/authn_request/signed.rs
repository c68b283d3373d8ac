//! Requests and metadata that must be signed.

use super::*;

#[test]
fn so_03_who_must_sign_signs() {
    let certificate_of = |key| json!({"certificate": certificate(key), "require_signature": true});
    let must_sign = Described {
        requests_signed: true,
        ..Described::with(&[&IDP_KEY])
    };
    let of =
        |metadata: String| json!({"sp_metadata": metadata, "sp_entity_id": null, "acs_url": null});
    let good = query_of(&request(), Some(&IDP_KEY));
    let other = query_of(
        &asked(|request| request.force_authn = true)
            .to_xml()
            .unwrap(),
        None,
    );
    let (other, _) = other.split_once('&').unwrap();
    let (_, rest) = good.split_once('&').unwrap();
    let rows: Vec<(&str, String, Value, &str)> = vec![
        ("nobody must", request(), none(), FINE),
        (
            "required",
            request(),
            json!({"require_signature": true}),
            "signature_missing",
        ),
        (
            "signed, no key",
            signed_by(&IDP_KEY),
            json!({"require_signature": true}),
            "signature_missing",
        ),
        (
            "signed",
            signed_by(&IDP_KEY),
            certificate_of(&IDP_KEY),
            FINE,
        ),
        (
            "unsigned",
            request(),
            certificate_of(&IDP_KEY),
            "signature_missing",
        ),
        (
            "wrong key",
            signed_by(&STRANGER),
            certificate_of(&IDP_KEY),
            "key_mismatch",
        ),
        (
            "two keys",
            signed_by(&STRANGER),
            json!({"certificate": [certificate(&IDP_KEY), certificate(&STRANGER)]}),
            FINE,
        ),
        (
            "changed",
            signed_by(&IDP_KEY).replace("_request-7", "_request-8"),
            certificate_of(&IDP_KEY),
            "signature_mismatch",
        ),
        ("by redirect", good.clone(), certificate_of(&IDP_KEY), FINE),
        (
            "another request under the signature",
            format!("{other}&{rest}"),
            certificate_of(&IDP_KEY),
            "signature_mismatch",
        ),
        (
            "SHA-1",
            good.replace(SHA256, SHA1),
            certificate_of(&IDP_KEY),
            "sha1_refused",
        ),
        (
            "SHA-1 accepted, and another digest signed",
            good.replace(SHA256, SHA1),
            json!({"certificate": certificate(&IDP_KEY), "danger_accept_sha1": true}),
            "signature_mismatch",
        ),
        (
            "inside, by redirect",
            query_of(&signed_by(&IDP_KEY), None),
            certificate_of(&IDP_KEY),
            "signature_misplaced",
        ),
        (
            "metadata",
            request(),
            of(Described::with(&[&IDP_KEY]).xml()),
            FINE,
        ),
        (
            "MD-02 metadata says that it signs",
            request(),
            of(must_sign.xml()),
            "signature_missing",
        ),
        (
            "MD-02 and so it does",
            signed_by(&IDP_KEY),
            of(must_sign.xml()),
            FINE,
        ),
    ];
    check_batch(&arguments(&[]), &rows);
}

#[test]
fn metadata_must_hold_and_be_signed_as_it_should() {
    let over = Described {
        valid_until: Some(at()),
        ..Described::with(&[&IDP_KEY])
    };
    let signed = Described {
        signer: Some(&NEXT_KEY),
        ..Described::with(&[&IDP_KEY])
    };
    let by = |key| json!({"sp_metadata": signed.xml(), "metadata_signed_by": certificate(key)});
    let unsigned = Described::with(&[]).xml();
    let rows: Vec<(&str, String, Value, &str)> = vec![
        (
            "MD-04 over",
            request(),
            json!({"sp_metadata": over.xml()}),
            "metadata_expired",
        ),
        (
            "not yet",
            request(),
            json!({"sp_metadata": over.xml(), "at": "2026-01-01T12:00:29Z"}),
            FINE,
        ),
        ("signed", request(), by(&NEXT_KEY), FINE),
        (
            "signed by another",
            request(),
            by(&STRANGER),
            "signature_mismatch",
        ),
        (
            "not signed",
            request(),
            json!({"metadata_signed_by": certificate(&NEXT_KEY)}),
            "signature_missing",
        ),
        (
            "of an identity provider",
            request(),
            json!({"sp_metadata": metadata(&[&IDP_KEY])}),
            "metadata_entity_missing",
        ),
        (
            "of another entity",
            request(),
            json!({"sp_entity_id": "https://x.test"}),
            "metadata_entity_missing",
        ),
        ("that entity", request(), json!({"sp_entity_id": APP}), FINE),
    ];
    check_batch(&described(&unsigned, &[]), &rows);
}
