//! The addresses to which messages are posted, and what else may be sent there (attack rows SI-83, SI-85, SI-87).

use actix_web::{http::header::CONTENT_TYPE, test};
use url::form_urlencoded;
use vestibule_saml::crypto::{generate::CertificateProfile, sign::SigningKey};

use crate::support::{House, OUR_ACS, PUBLIC, idp_key, request};

const FORM: &str = "application/x-www-form-urlencoded";

/// One field of a form body.
fn field(body: &str, name: &str) -> String {
    form_urlencoded::parse(body.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .unwrap()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn post(content_type: &str, body: impl Into<Vec<u8>>) -> test::TestRequest {
    test::TestRequest::post()
        .uri(OUR_ACS)
        .insert_header((CONTENT_TYPE, content_type))
        .set_payload(body.into())
}

#[actix_web::test]
async fn si_83_one_message_in_one_place_in_one_encoding() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let profile = CertificateProfile::starting(chrono::Utc::now(), "mallory");
    let foreign = SigningKey::generate_ec_p256(&profile).unwrap();
    let good = asked.answered("alice", "staff", idp_key());
    let message = field(&good, "SAMLResponse");
    let relay_state = field(&good, "RelayState");
    let evil = field(&asked.answered("admin", "staff", &foreign), "SAMLResponse");
    let with = |fields: &[&str]| {
        let mut fields: Vec<_> = fields
            .iter()
            .map(|value| ("SAMLResponse", *value))
            .collect();
        fields.push(("RelayState", &relay_state));
        form(&fields)
    };
    let json = format!(r#"{{"SAMLResponse":"{message}","RelayState":"{relay_state}"}}"#);
    let multipart = format!(
        "--x\r\ncontent-disposition: form-data; name=\"SAMLResponse\"\r\n\r\n{message}\r\n--x\r\n\
         content-disposition: form-data; name=\"RelayState\"\r\n\r\n{relay_state}\r\n--x--\r\n"
    );
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let base64url = message.replace('+', "-").replace('/', "_").replace('=', "");
    let elsewhere = format!("{OUR_ACS}?{good}");
    let rows = [
        (
            "the good one last",
            post(FORM, with(&[&evil, &message])),
            404,
        ),
        (
            "the good one first",
            post(FORM, with(&[&message, &evil])),
            404,
        ),
        (
            "twice the same",
            post(FORM, with(&[&message, &message])),
            404,
        ),
        (
            "a name in escapes beside it",
            post(FORM, format!("{good}&%53AMLResponse=x")),
            404,
        ),
        (
            "a request beside it",
            post(FORM, format!("{good}&SAMLRequest={message}")),
            404,
        ),
        ("in the query", post(FORM, "").uri(&elsewhere), 404),
        (
            "in the query, a forgery in the body",
            post(FORM, with(&[&evil])).uri(&elsewhere),
            400,
        ),
        (
            "in the query of a GET",
            test::TestRequest::get().uri(&elsewhere),
            404,
        ),
        ("JSON", post("application/json", json), 400),
        (
            "multipart",
            post("multipart/form-data; boundary=x", multipart),
            400,
        ),
        (
            "another charset",
            post(&format!("{FORM}; charset=utf-16"), utf16),
            400,
        ),
        (
            "two content types",
            post(FORM, good.clone()).append_header((CONTENT_TYPE, FORM)),
            400,
        ),
        ("base64url", post(FORM, with(&[&base64url])), 400),
    ];
    for (name, request, status) in rows {
        let refused = house.browser().call(request).await;
        assert_eq!(refused.status, status, "{name}: {}", refused.body);
        assert!(!refused.body.contains("alice"), "{name}");
        assert_eq!(refused.redirect(), None, "{name}");
    }
    // Control: none of that used the answer up; line breaks, a charset that says the same, and a query that nobody
    // reads do no harm.
    let broken: Vec<&str> = message
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let request = post(
        &format!("{FORM}; charset=UTF-8"),
        with(&[&broken.join("\r\n")]),
    );
    let request = request.uri(&format!("{OUR_ACS}?SAMLResponse={evil}"));
    assert_eq!(house.browser().call(request).await.status, 303);
}

#[actix_web::test]
async fn si_85_a_relay_state_of_foreign_make_leads_nowhere() {
    let house = House::build().await;
    let mut browser = house.browser();
    let (asked, other) = (browser.is_sent("_1").await, browser.is_sent("_2").await);
    let good = asked.answered("alice", "staff", idp_key());
    let message = field(&good, "SAMLResponse");
    let too_long = "r".repeat(81);
    let ours = field(&good, "RelayState");
    let (cut, grown) = (&ours[..ours.len() - 1], format!("{ours}A"));
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://localhost:8080@evil.example/",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https%3A%2F%2Fevil.example",
        "https%253A%252F%252Fevil.example",
        "/\t/evil.example",
        "/\r\nlocation: https://evil.example",
        "\"><script>alert(1)</script>",
        "/login/x",
        "",
        cut,
        &grown,
        &too_long,
    ] {
        let page = browser
            .brings(form(&[("SAMLResponse", &message), ("RelayState", foreign)]))
            .await;
        assert_eq!(page.status, 404, "{foreign:?}: {}", page.body);
        assert_eq!(page.redirect(), None, "{foreign:?}");
        assert_eq!(page.header("location"), None, "{foreign:?}");
        assert!(!page.body.contains("evil.example"), "{foreign:?}");
        assert!(!page.body.contains("<script>alert"), "{foreign:?}");
    }
    let without = browser.brings(form(&[("SAMLResponse", &message)])).await;
    assert_eq!(without.status, 404);
    // The handle of another tab names that tab's login, whose request this answer does not answer.
    let swapped = field(&other.answered("alice", "staff", idp_key()), "RelayState");
    let page = browser
        .brings(form(&[
            ("SAMLResponse", &message),
            ("RelayState", &swapped),
        ]))
        .await;
    assert_eq!(page.status, 400, "{}", page.body);
    // Control: the handle that we gave leads to our own page.
    let page = browser.brings(good).await;
    let next = page.redirect().unwrap();
    assert!(
        next.as_str().starts_with(&format!("{PUBLIC}/login/")),
        "{next}"
    );
}

#[actix_web::test]
async fn si_87_artifacts_soap_and_ecp_are_not_spoken() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let good = asked.answered("alice", "staff", idp_key());
    let relay_state = field(&good, "RelayState");
    let artifact = form(&[
        (
            "SAMLart",
            "AAQAAMh48/1oXIM+sDo7Dh2qMp1HM4IF5DaRNmDj6RdUmllwn9jJHyEgIi8=",
        ),
        ("RelayState", &relay_state),
    ]);
    let envelope =
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body/></S:Envelope>";
    let sso = "/saml/sso";
    let get = |address: &str| test::TestRequest::get().uri(address);
    let rows = [
        (
            "artifact to the application's face",
            get(&format!("{sso}?{artifact}")),
            400,
        ),
        (
            "artifact posted there",
            post(FORM, artifact.clone()).uri(sso),
            400,
        ),
        (
            "artifact instead of an answer",
            post(FORM, artifact.clone()),
            404,
        ),
        (
            "artifact beside an answer",
            post(FORM, format!("{good}&SAMLart=AAQ")),
            404,
        ),
        (
            "artifact by redirect",
            get(&format!("{OUR_ACS}?{artifact}")),
            404,
        ),
        (
            "SOAP to us as provider",
            post("text/xml", envelope).uri(sso),
            400,
        ),
        ("SOAP as an answer", post("text/xml", envelope), 400),
        (
            "PAOS as an answer",
            post("application/vnd.paos+xml", envelope),
            400,
        ),
        (
            "a resolver",
            post("text/xml", envelope).uri("/saml/artifact"),
            404,
        ),
        ("ECP", post("text/xml", envelope).uri("/saml/ecp"), 404),
    ];
    for (name, request, status) in rows {
        let refused = house.browser().call(request).await;
        assert_eq!(refused.status, status, "{name}: {}", refused.body);
        assert_eq!(refused.redirect(), None, "{name}");
        assert!(!refused.body.contains("Envelope"), "{name}");
    }
    // An enhanced client is a browser like any other: it gets the page, and no envelope that would go round it.
    let enhanced = get(request("_2").trim_start_matches(PUBLIC))
        .insert_header(("accept", "text/html, application/vnd.paos+xml"))
        .insert_header((
            "paos",
            "ver=\"urn:liberty:paos:2003-08\";\"urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp\"",
        ));
    let page = house.browser().call(enhanced).await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(!page.body.contains("Envelope"));
    // Control: the answer was not used up.
    assert_eq!(browser.brings(good).await.status, 303);
}
