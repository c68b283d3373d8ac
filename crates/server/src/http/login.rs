//! A person's steps: `/login/{handle}`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use secrecy::SecretString;
use vestibule_core::{
    id::{FactorKind, UpstreamId},
    port::CredentialJson,
};
use vestibule_engine::Act;

use super::{Site, body::Fields, browser::Browser, form::OurForm, respond};

/// Where the login stands.
pub(super) async fn show(
    site: Data<Site>,
    request: HttpRequest,
    handle: Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let outcome = site.engine.show(&handle, browser.visitor).await;
    respond::outcome(&site, browser, outcome)
}

/// Which other ways there are to prove it is you.
pub(super) async fn other_ways(
    site: Data<Site>,
    request: HttpRequest,
    handle: Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let outcome = site.engine.other_ways(&handle, browser.visitor).await;
    respond::outcome(&site, browser, outcome)
}

/// What a person did on a page.
pub(super) async fn act(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    OurForm(fields): OurForm,
) -> HttpResponse {
    let (handle, name) = path.into_inner();
    let Some(act) = parse(&name, &fields) else {
        return respond::bad_form(&site);
    };
    let step = fields.one("step").and_then(|step| step.parse().ok());
    let browser = Browser::known(&site, &request);
    let outcome = site.engine.act(&handle, step, act, browser.visitor).await;
    respond::outcome(&site, browser, respond::after_post(outcome))
}

/// The address of a form, visited: a page that was reloaded or bookmarked after a fault. Shows where the login stands.
pub(super) async fn back_to_page(path: Path<(String, String)>) -> HttpResponse {
    let (handle, _) = path.into_inner();
    respond::onward(&handle)
}

/// `None`: no such act, or a field that it needs is missing, doubled or malformed (attack row MF-02).
fn parse(name: &str, fields: &Fields) -> Option<Act> {
    let text = |field| fields.one(field).map(str::to_owned);
    let secret = |field| fields.one(field).map(SecretString::from);
    let kind = || FactorKind::new(fields.one("factor")?).ok();
    Some(match name {
        "another-way" => Act::AnotherWay(kind()?),
        "code" => Act::Code(secret("code")?),
        "confirm" => Act::Confirm,
        "enrol" => Act::Enrol(kind()?),
        "later" => Act::PutOff,
        "mail" => Act::Mail(text("mail")?),
        "password" => Act::Password {
            username: text("username")?,
            password: secret("password")?,
        },
        "return" => Act::Return,
        "upstream" => Act::Upstream(UpstreamId::new(fields.one("upstream")?).ok()?),
        "webauthn" => Act::WebAuthn {
            credential: CredentialJson::new(text("credential")?)?,
            name: text("name"),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_02_an_act_without_its_fields_is_no_act() {
        let table = [
            ("code", "code=123456", true),
            ("code", "", false),
            ("code", "code=1&code=2", false),
            ("code", "code[]=1", false),
            ("another-way", "factor=totp", true),
            ("another-way", "factor=TOTP", false),
            ("another-way", "factor=../x", false),
            ("password", "username=a&password=b", true),
            ("password", "username=a", false),
            ("upstream", "upstream=adfs", true),
            ("webauthn", "credential=%7B%7D", true),
            ("webauthn", "credential=%7B%7D&name=YubiKey", true),
            ("webauthn", "name=YubiKey", false),
            ("webauthn", "credential=1&credential=2", false),
            ("finish", "code=123456", false),
            ("", "", false),
        ];
        for (name, body, expect) in table {
            assert_eq!(
                parse(name, &Fields::parse(body)).is_some(),
                expect,
                "{name} {body}"
            );
        }
    }
}
