//! What a relying party sends, and what others might.

use serde_json::json;
use url::Url;

use super::*;
use crate::{
    pkce::Verifier,
    provider::{
        client_auth::PresentedClient,
        endpoint::OAuthError,
        fixture::{confidential, form, post, public},
    },
    token::{self, ClientAuth},
};

const REDIRECT_URI: &str = "https://a.example/cb";

fn verifier() -> Verifier {
    Verifier::from_entropy([9; 32])
}

fn terms<'a>(challenge: Option<&'a Challenge>) -> CodeTerms<'a> {
    CodeTerms {
        client_id: "a",
        redirect_uri: REDIRECT_URI,
        challenge,
    }
}

fn read(body: &str) -> Result<TokenRequest, EndpointRejection> {
    TokenRequest::read(&mut form(body))
}

fn code_request(redirect_uri: &str, verifier: Option<&str>) -> CodeRequest {
    CodeRequest {
        code: AuthorizationCode::new("c".to_owned()),
        redirect_uri: redirect_uri.to_owned(),
        verifier: verifier.map(str::to_owned),
    }
}

/// The reason code, or `ok`.
fn outcome(result: Result<(), GrantRejection>) -> &'static str {
    result.map_or_else(GrantRejection::code, |()| "ok")
}

#[test]
fn what_our_relying_party_sends_is_read() {
    let sent = token::exchange(
        "a",
        &ClientAuth::None,
        &AuthorizationCode::new("c+1".to_owned()),
        &Url::parse(REDIRECT_URI).unwrap(),
        &verifier(),
    );
    let mut form = ClientForm::read(&post(&sent.body, None)).unwrap();
    assert_eq!(PresentedClient::read(&mut form).unwrap().client_id(), "a");
    let TokenRequest::Code(request) = TokenRequest::read(&mut form).unwrap() else {
        panic!("it redeems a code");
    };
    assert_eq!(request.code.secret(), "c+1");
    let challenge = verifier().challenge();
    assert_eq!(
        request.check(&public("a"), &terms(Some(&challenge))),
        Ok(())
    );
    assert_eq!(format!("{request:?}"), "CodeRequest(..)");
}

#[test]
fn oo_11_grant_types_that_do_not_exist() {
    let code = "grant_type=authorization_code&code=c&redirect_uri=https://a.example/cb";
    assert_eq!(
        read(code).unwrap().grant_type(),
        GrantType::AuthorizationCode
    );
    let refresh = "grant_type=refresh_token&refresh_token=r";
    assert_eq!(read(refresh).unwrap().grant_type(), GrantType::RefreshToken);
    for name in [
        "password",
        "implicit",
        "token",
        "id_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
        "Authorization_Code",
        "authorization_code ",
        "authorization_code refresh_token",
    ] {
        let more = "username=alice&password=p&code=c&refresh_token=r&assertion=x";
        let refused = read(&format!("grant_type={name}&{more}")).unwrap_err();
        assert_eq!(
            refused.code(),
            "token_request_unsupported_grant_type",
            "{name}"
        );
        assert_eq!(refused.error(), OAuthError::UnsupportedGrantType, "{name}");
    }
}

#[test]
fn oo_12_parameters_that_are_missing() {
    for body in [
        "",
        "grant_type=",
        "grant_type=authorization_code",
        "grant_type=authorization_code&redirect_uri=https://a.example/cb",
        "grant_type=authorization_code&code=&redirect_uri=https://a.example/cb",
        "grant_type=authorization_code&code=c",
        "grant_type=refresh_token",
        "grant_type=refresh_token&refresh_token=",
    ] {
        let refused = read(body).unwrap_err();
        assert_eq!(refused.code(), "client_form_missing_parameter", "{body}");
        assert_eq!(refused.error(), OAuthError::InvalidRequest, "{body}");
    }
}

#[test]
fn oo_03_verifier_and_challenge_belong_together() {
    let (verifier, other) = (verifier(), Verifier::from_entropy([8; 32]));
    let challenge = verifier.challenge();
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    let at_the_edge = ["a".repeat(43), "a".repeat(128)].map(|text| Verifier::parse(&text).unwrap());
    let with = Some(&challenge);
    let cases = [
        (with, Some(verifier.secret()), "ok"),
        (None, None, "ok"),
        (with, None, "pkce_verifier_missing"),
        (None, Some(verifier.secret()), "pkce_verifier_unexpected"),
        (with, Some(other.secret()), "pkce_mismatch"),
        (with, Some(challenge.as_str()), "pkce_mismatch"),
        (with, Some(short.as_str()), "pkce_bad_verifier"),
        (with, Some(long.as_str()), "pkce_bad_verifier"),
    ];
    for (challenge, verifier, code) in cases {
        let found =
            code_request(REDIRECT_URI, verifier).check(&confidential("a"), &terms(challenge));
        assert_eq!(outcome(found), code, "{challenge:?} {verifier:?}");
    }
    for verifier in &at_the_edge {
        let challenge = verifier.challenge();
        let request = code_request(REDIRECT_URI, Some(verifier.secret()));
        let found = request.check(&confidential("a"), &terms(Some(&challenge)));
        assert_eq!(
            outcome(found),
            "ok",
            "{} characters",
            verifier.secret().len()
        );
    }
}

#[test]
fn oo_03_a_public_client_never_redeems_without_a_verifier() {
    let verifier = verifier();
    let challenge = verifier.challenge();
    for (challenge, shown, code) in [
        (Some(&challenge), Some(verifier.secret()), "ok"),
        (Some(&challenge), None, "pkce_verifier_missing"),
        (None, None, "pkce_verifier_missing"),
        (None, Some(verifier.secret()), "pkce_verifier_unexpected"),
    ] {
        let found = code_request(REDIRECT_URI, shown).check(&public("a"), &terms(challenge));
        assert_eq!(outcome(found), code, "{challenge:?} {shown:?}");
    }
}

#[test]
fn oo_05_a_code_of_another_client_or_address() {
    let verifier = verifier();
    let challenge = verifier.challenge();
    let judge = |client: &AuthenticatedClient, redirect_uri: &str| {
        let request = code_request(redirect_uri, Some(verifier.secret()));
        outcome(request.check(client, &terms(Some(&challenge))))
    };
    assert_eq!(judge(&confidential("a"), REDIRECT_URI), "ok");
    assert_eq!(
        judge(&confidential("b"), REDIRECT_URI),
        "grant_of_another_client"
    );
    assert_eq!(judge(&public("A"), REDIRECT_URI), "grant_of_another_client");
    for redirect_uri in [
        "https://a.example/cb/",
        "https://a.example/cb?x=1",
        "https://a.example/CB",
        "https://A.example/cb",
        "https://a.example:443/cb",
        "https://a.example/%63b",
        "https://a.example/other",
        "https://evil.example/cb",
    ] {
        let found = judge(&confidential("a"), redirect_uri);
        assert_eq!(found, "grant_redirect_uri_differs", "{redirect_uri}");
    }
}

#[test]
fn a_refresh_names_its_token_and_narrows() {
    let body = "grant_type=refresh_token&refresh_token=r%2B1&scope=openid";
    let TokenRequest::Refresh(request) = read(body).unwrap() else {
        panic!("it renews");
    };
    let granted = BTreeSet::from(["email".to_owned(), "openid".to_owned()]);
    assert_eq!(request.token.secret(), "r+1");
    assert_eq!(
        request.scopes(&granted),
        Ok(BTreeSet::from(["openid".to_owned()]))
    );
    assert_eq!(
        request.scopes(&BTreeSet::new()),
        Err(ScopeRejection::Widened)
    );
    assert_eq!(format!("{request:?}"), "RefreshRequest(..)");
}

#[test]
fn answers_are_those_of_the_specification() {
    let scopes = BTreeSet::from(["email".to_owned(), "openid".to_owned()]);
    let answer = TokenAnswer {
        access_token: "at",
        lifetime: Duration::from_secs(300),
        id_token: Some("x.y.z"),
        refresh_token: Some("rt"),
        scopes: &scopes,
    };
    let expected = json!({
        "access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": "x.y.z",
        "refresh_token": "rt", "scope": "email openid",
    });
    assert_eq!(answer.body(), expected);
    assert!(token::parse_response(200, answer.body().to_string().as_bytes()).is_ok());
    let bare = TokenAnswer {
        id_token: None,
        refresh_token: None,
        ..answer
    };
    let body = bare.body();
    assert_eq!(body.get("id_token").or(body.get("refresh_token")), None);
    assert_eq!(format!("{bare:?}"), "TokenAnswer(..)");
    let refused = EndpointRejection::from(GrantRejection::Used)
        .body()
        .to_string();
    let rejection = token::parse_response(400, refused.as_bytes()).unwrap_err();
    assert_eq!(rejection.code(), "token_refused");
}
