//! Any query as an authorization request: what is answered goes to a registered redirect URI, and nowhere else.

use std::sync::LazyLock;

use vestibule_oidc::provider::{
    answer::{Answer, ReplyAddress},
    authorization::{AcceptedAuthorization, IncomingAuthorization, Refusal},
    client::{Client, ClientKind},
};

use crate::splice::splice;

/// How many genuine queries there are.
pub const STARTS: usize = 2;

const ISSUER: &str = "https://op.test";
const WEB: &str = "https://app.test/cb?x=1";
const LOOPBACK: &str = "http://127.0.0.1/cb";

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let pkce =
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let usual = "client_id=app&response_type=code&scope=openid+email&state=s&nonce=n";
    let genuine: [String; STARTS] = [
        format!(
            "{usual}&{pkce}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fx%3D1&prompt=login&max_age=60&acr_values=a+b\
             &claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22values%22%3A%5B%22a%22%5D%7D%7D%7D"
        ),
        format!(
            "{usual}&{pkce}&redirect_uri=http%3A%2F%2F127.0.0.1%3A51004%2Fcb&response_mode=form_post&ui_locales=de+en"
        ),
    ];
    genuine.map(String::into_bytes).into()
});

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let mut client = Client::new("app", ClientKind::Native);
    for uri in [WEB, LOOPBACK] {
        client.register_redirect_uri(uri).expect("it is in order");
    }
    client.scopes = ["email".to_owned()].into();
    client.acr_values = vec!["a".to_owned()];
    client
});

/// Reads, judges, and looks where the answer would go.
///
/// # Panics
/// If an answer would go elsewhere, or a request is accepted that asks for what there is not.
pub fn run(script: &[u8]) -> bool {
    let query = splice(&GENUINE, script);
    let Ok(query) = std::str::from_utf8(&query) else {
        return false;
    };
    let Ok(IncomingAuthorization::Direct(request)) = IncomingAuthorization::from_query(query)
    else {
        return false;
    };
    match request.judge(&CLIENT) {
        Ok(accepted) => {
            look_at(&accepted);
            true
        }
        Err(Refusal::OnPage(_)) => false,
        Err(Refusal::ToClient { reply, fault }) => {
            goes_home(&reply);
            let told = reply.with_error(fault.error(), &fault.to_string(), ISSUER);
            stays_whole(&reply, &told);
            false
        }
    }
}

fn look_at(accepted: &AcceptedAuthorization) {
    goes_home(&accepted.reply);
    stays_whole(&accepted.reply, &accepted.reply.with_code("code", ISSUER));
    assert!(accepted.challenge.is_some(), "a public client without PKCE");
    assert!(accepted.scopes.contains("openid"), "no scope openid");
    let granted = |scope: &String| ["openid", "email"].contains(&scope.as_str());
    assert!(accepted.scopes.iter().all(granted), "{:?}", accepted.scopes);
    let reachable = |acr: &String| acr == "a";
    assert!(
        accepted.essential_acr.iter().all(reachable),
        "{:?}",
        accepted.essential_acr
    );
    let stored = serde_json::to_vec(accepted).expect("it can be stored");
    let read: AcceptedAuthorization = serde_json::from_slice(&stored).expect("and read back");
    assert!(read == *accepted, "another request is read back");
}

/// Only what is registered, and the port of the loopback address.
fn goes_home(reply: &ReplyAddress) {
    let uri = reply.redirect_uri();
    let port = uri
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/cb"));
    let any_port = port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    assert!(
        uri == WEB || uri == LOOPBACK || any_port,
        "an answer goes to {uri:?}"
    );
}

/// Whatever `state` is, nothing of it gets out of its parameter.
fn stays_whole(reply: &ReplyAddress, answer: &Answer) {
    match answer {
        Answer::FormPost { action, .. } => assert_eq!(action, reply.redirect_uri()),
        Answer::Redirect(url) => {
            let rest = url.strip_prefix(reply.redirect_uri());
            let rest = rest.expect("the redirect begins with the redirect URI");
            let clean = |byte: u8| byte.is_ascii_alphanumeric() || b"?&=+%-._*".contains(&byte);
            assert!(rest.bytes().all(clean), "{url}");
            assert!(rest.ends_with("&iss=https%3A%2F%2Fop.test"), "{url}");
        }
    }
}
