//! Hostile values in each field (attack row WA-20).

use proptest::{
    prelude::{Strategy, any},
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use vestibule_testkit::browser::Page;

use crate::support::{House, PASSWORD, PUBLIC, idp_key, request};

/// Fields of our forms, and where they are sent.
const FIELDS: [(&str, &str, &str); 12] = [
    ("another-way", "factor", ""),
    ("code", "code", ""),
    ("confirm", "code", ""),
    ("enrol", "factor", ""),
    ("later", "x", ""),
    ("mail", "mail", ""),
    ("password", "password", "username=admin"),
    ("password", "username", "password=x"),
    ("return", "x", ""),
    ("upstream", "upstream", ""),
    ("webauthn", "credential", "name=x"),
    ("webauthn", "name", "credential=%7B%7D"),
];

fn hostile() -> Vec<String> {
    let known = [
        "' OR '1'='1",
        "'; DROP TABLE logins; --",
        "\" UNION SELECT secret FROM enrolments --",
        "{{7*7}}{% include \"/etc/passwd\" %}${7*7}<%= 7*7 %>",
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/passwd\0.png",
        "$(reboot)`reboot`|reboot;reboot&&reboot",
        "*)(uid=*))(|(uid=*",
        "\r\nSet-Cookie: vestibule=evil\r\n\r\n<canary>",
        "\"><canary onload=alert(1)>",
        "'-alert(1)-'<canary>",
        "\u{202e}\u{2066}\u{feff}\u{200b}\u{0}\u{1}\u{7f}\u{85}\u{fffe}",
        "-1",
        "99999999999999999999999999",
        "NaN",
        "__proto__",
        "admin@acme.example\u{0}@evil.example",
        "a@acme.example,b@evil.example",
        "",
    ];
    let mut values: Vec<String> = known.map(str::to_owned).into();
    // What backtracking patterns choke on, and more than anybody types.
    values.push(format!("{}!", "a".repeat(50_000)));
    values.push("@".repeat(50_000));
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..40 {
        let value = any::<String>().new_tree(&mut runner);
        values.push(value.unwrap().current());
    }
    values
}

fn check(page: &Page, named: &str) {
    assert!(page.status < 500, "{named}: {} {}", page.status, page.body);
    assert!(!page.body.contains("<canary"), "{named}: {}", page.body);
    assert!(!page.body.contains("49${7*7}"), "{named}: {}", page.body);
    assert!(!page.body.contains("root:"), "{named}: {}", page.body);
    let cookie = page.header("set-cookie").unwrap_or_default();
    assert!(!cookie.contains("evil"), "{named}: {cookie}");
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[actix_web::test]
async fn wa_20_no_field_is_more_than_text() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_1")).await;
    let form = page.form_to("/mail").unwrap();
    let address = form.action.path().strip_suffix("/mail").unwrap().to_owned();
    for value in hostile() {
        for (act, field, beside) in FIELDS {
            let step = form.value("step").unwrap();
            let mut body = encoded(&[("step", step), (field, &value)]);
            if !beside.is_empty() {
                body = format!("{body}&{beside}");
            }
            let path = format!("{address}/{act}");
            // A stranger's forms end before they act on anything; the owner's are judged.
            for visitor in [&mut house.browser(), &mut browser] {
                let page = visitor.post_raw(&path, PUBLIC, &body).await;
                check(&page, &format!("{act} {field} {value:?}"));
            }
        }
        let short: String = value.chars().take(2_000).collect();
        let query = encoded(&[("SAMLRequest", &short), ("RelayState", &short)]);
        let segment =
            percent_encoding::utf8_percent_encode(&short, percent_encoding::NON_ALPHANUMERIC);
        for path in [
            format!("/saml/sso?{query}"),
            format!("/login/{segment}"),
            format!("/login/{segment}/{segment}"),
            format!("/static/{segment}"),
            format!("/account/factors/{segment}"),
            format!("/upstream/{segment}/saml/metadata"),
            format!("/upstream/adfs/oidc/callback?{query}"),
        ] {
            check(&house.browser().get(&path).await, &path);
        }
    }
    // More than a body may have is not read.
    let path = format!("{address}/mail");
    let huge = encoded(&[("mail", &"a".repeat(1 << 20))]);
    assert_eq!(browser.post_raw(&path, PUBLIC, &huge).await.status, 413);
    control(&house).await;
}

/// What an identity provider that was taken over could say.
#[actix_web::test]
async fn wa_20_no_attribute_is_more_than_text() {
    let house = House::build().await;
    let mut runs = 0;
    for value in hostile() {
        // What XML cannot carry does not arrive.
        if value.trim().is_empty() || value.chars().any(|c| c.is_control() || c >= '\u{fffe}') {
            continue;
        }
        let mut browser = house.browser();
        browser.address = [198, 51, 100, runs].into();
        runs += 1;
        let asked = browser.is_sent("_1").await;
        let parked = browser
            .brings(asked.answered(&value, &value, idp_key()))
            .await;
        check(&parked, &format!("{value:?}"));
        if parked.status == 303 {
            check(&browser.follow(&parked).await, &format!("{value:?}"));
        }
    }
    assert!(runs > 15, "{runs}");
    control(&house).await;
}

/// The database, the accounts and the way of a login are what they were.
async fn control(house: &House) {
    let mut browser = house.browser();
    browser.address = [203, 0, 113, 200].into();
    let page = browser.get(&request("_ok")).await;
    let mail = page.form_to("/mail").unwrap();
    let page = browser
        .submit(&mail.with("mail", "x@elsewhere.example"))
        .await;
    let choice = page.form_to("/upstream").unwrap();
    let page = browser.submit(&choice.with("upstream", "local")).await;
    let form = page.form_to("/password").unwrap();
    let form = form.with("username", "admin").with("password", PASSWORD);
    let page = browser.submit(&form).await;
    assert!(page.text("#key").is_some(), "{}", page.body);
}
