//! Every page, with usual words and with hostile ones.
//!
//! The test that checks the usual ones also writes them to `target/pages/`, with their style, to be looked at.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use scraper::{ElementRef, Html, Selector};
use vestibule_server::view::{
    Account, AccountFactor, BackupCodes, Choice, ChooseFactor, ChooseUpstream, Code, Done,
    EnrolChoose, EnrolTotp, EnrolWebAuthn, ErrorPage, FactorLine, Identify, Layout, Password,
    PostForm, Retry, Template, WebAuthn,
};

/// Says each text as it is, or something worse in its place.
type Say<'a> = &'a dyn Fn(&'static str) -> &'a str;

fn as_it_is(text: &'static str) -> &'static str {
    text
}

fn frame<'a>(say: Say<'a>) -> Layout<'a> {
    Layout {
        lang: "en",
        product: say("Acme Sign-in"),
        app: Some(say("Jira and Confluence")),
        person: None,
        reference: Some(say("7K3F9-QWD2X")),
        support: Some(say("Telephone 1234 or helpdesk@acme.example")),
        step: Some(say("3f9c1a7e")),
        cancel: Some(say("/login/cancel")),
        goes_back: true,
    }
}

/// All screens, in their shapes.
fn screens(say: Say<'_>) -> Vec<(&'static str, String)> {
    let layout = frame(say);
    let known = Layout {
        person: Some(say("Alice Liddell")),
        ..layout
    };
    let bare = Layout {
        app: None,
        reference: None,
        support: None,
        step: None,
        cancel: None,
        ..layout
    };
    let upstreams = [
        choice(say, "staff", "Acme staff", Some("Windows account")),
        choice(say, "partners", "Partners and suppliers", None),
        choice(
            say,
            "local",
            "Guests",
            Some("An account made by your host at Acme"),
        ),
    ];
    let factors = [
        choice(
            say,
            "totp",
            "Authenticator app",
            Some("A code from the app on your telephone"),
        ),
        choice(
            say,
            "backup_code",
            "Backup code",
            Some("One of the codes that you saved or printed"),
        ),
    ];
    let codes: Vec<String> = [
        "7K3F9-QWD2X",
        "M2V8T-0ZB4H",
        "C9WQ1-XK7RD",
        "5TYNE-3JGA6",
        "P8HB2-VC0MZ",
        "E4R6K-9DQWF",
        "0XTS7-N1YJG",
        "ZB5M3-H8KPC",
        "W2DQ9-4FVRE",
        "J6AN0-T7X1S",
    ]
    .map(|code| say(code).to_owned())
    .into();
    let fields = [
        (
            say("SAMLResponse").to_owned(),
            say("PHNhbWxwOlJlc3BvbnNl").to_owned(),
        ),
        (say("RelayState").to_owned(), say("a1b2c3").to_owned()),
    ];
    let uri = say(
        "otpauth://totp/Acme%20Sign-in:alice%40acme.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20Sign-in",
    );
    let secret = say("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let code = |digits, error, other_way| Code {
        layout: known,
        action: say("/login/code"),
        kind: say("Backup code"),
        name: Some(say("Work phone")),
        digits,
        error,
        other_way,
    };
    let signed_in = Layout {
        step: layout.step,
        ..bare
    };
    let line = |name: &'static str, kind: &'static str| FactorLine {
        name: say(name).to_owned(),
        kind: say(kind).to_owned(),
        facts: vec![
            say("Added on 2 November 2026").to_owned(),
            say("Last used on 21 November 2026, 14:03 UTC").to_owned(),
        ],
        page: say("/account/factors/abababababababababababababababab").to_owned(),
    };
    let lines = [
        line("Work phone", "Authenticator app"),
        line("Backup codes", "Backup code"),
    ];
    let one = |error, kept, remove| AccountFactor {
        layout: signed_in,
        factor: &lines[0],
        longest: 64,
        rename: Some(say("/rename")),
        remove,
        kept,
        back: say("/account"),
        error,
    };
    let failure = |retry| ErrorPage {
        layout: known,
        heading: say("This sign-in has expired"),
        happened: say(
            "It was not finished within 15 minutes, so we ended it to keep your account safe.",
        ),
        next: say("Start again from Jira and Confluence. Nothing was lost."),
        retry,
    };
    let identify = |error| Identify {
        layout,
        action: say("/login/identify"),
        value: say("alice@acme.example"),
        error,
    };
    let password = |username, error| Password {
        layout,
        action: say("/login/password"),
        upstream: say("Acme guests"),
        username,
        error,
    };
    let names = [
        say("YubiKey at work").to_owned(),
        say("Telephone").to_owned(),
    ];
    let key = |error, other_way| WebAuthn {
        layout: known,
        action: say("/login/webauthn"),
        options: say(r#"{"challenge":"AAAA"}"#),
        names: &names,
        error,
        other_way,
    };
    let new_key = |error| EnrolWebAuthn {
        layout: known,
        action: say("/login/webauthn"),
        options: say(r#"{"challenge":"AAAA"}"#),
        name: say("Security key"),
        longest: 64,
        error,
        other: say("/login/later"),
    };
    let totp = |error| EnrolTotp::new(known, say("/login/enrol"), uri, secret, 6, error);
    let pages: Vec<(&str, Box<dyn AnyPage + '_>)> = vec![
        ("identify", page(identify(None))),
        (
            "identify-error",
            page(identify(Some(say(
                "Type an e-mail address, such as name@example.com.",
            )))),
        ),
        (
            "choose-upstream",
            page(ChooseUpstream {
                layout,
                action: say("/login/upstream"),
                choices: &upstreams,
            }),
        ),
        ("password", page(password(say("alice"), None))),
        (
            "password-error",
            page(password(
                "",
                Some(say(
                    "User name or password is wrong. Check both and try again.",
                )),
            )),
        ),
        (
            "choose-factor",
            page(ChooseFactor {
                layout: known,
                action: say("/login/factor"),
                choices: &factors,
            }),
        ),
        (
            "code",
            page(code(Some(6), None, Some(say("/login/factor")))),
        ),
        (
            "code-error",
            page(code(
                Some(6),
                Some(say(
                    "That code is not right. Wait for the next one in the app and type it.",
                )),
                Some(say("/login/factor")),
            )),
        ),
        ("code-eight", page(code(Some(8), None, None))),
        (
            "code-backup",
            page(code(None, None, Some(say("/login/factor")))),
        ),
        (
            "code-backup-error",
            page(code(
                None,
                Some(say(
                    "That is none of your backup codes, or it was used before.",
                )),
                None,
            )),
        ),
        (
            "enrol-choose",
            page(EnrolChoose {
                layout: known,
                action: say("/login/enrol"),
                choices: &factors[..1],
                later: Some(say("/login/later")),
            }),
        ),
        ("enrol-totp", page(totp(None))),
        (
            "enrol-totp-error",
            page(totp(Some(say(
                "That code is not right. Type the one that the app shows now.",
            )))),
        ),
        ("webauthn", page(key(None, Some(say("/login/another-way"))))),
        (
            "webauthn-error",
            page(key(Some(say("Not accepted.")), None)),
        ),
        ("enrol-webauthn", page(new_key(None))),
        (
            "enrol-webauthn-error",
            page(new_key(Some(say("Not accepted.")))),
        ),
        (
            "backup-codes",
            page(BackupCodes::new(
                known,
                say("/login/enrol"),
                &codes,
                Some(say("/login/later")),
            )),
        ),
        (
            "backup-codes-must",
            page(BackupCodes::new(known, say("/login/enrol"), &codes, None)),
        ),
        ("error", page(failure(None))),
        (
            "error-get",
            page(failure(Some(Retry::Get(say("/login/again"))))),
        ),
        (
            "error-post",
            page(failure(Some(Retry::Post(say("/login/again"))))),
        ),
        (
            "done",
            page(Done {
                layout: bare,
                heading: say("You are signed out"),
                text: say(
                    "You can close this window. On a computer that others use, close the browser, too.",
                ),
                account: Some(("/account", "Sign in to your account")),
            }),
        ),
        (
            "account",
            page(Account {
                layout: signed_in,
                person: say("Alice Liddell"),
                factors: &lines,
                add: say("/account/add"),
                choices: &factors,
                sign_out: say("/account/sign-out"),
                error: None,
            }),
        ),
        (
            "account-error",
            page(Account {
                layout: signed_in,
                person: say("Alice Liddell"),
                factors: &lines[..1],
                add: say("/account/add"),
                choices: &[],
                sign_out: say("/account/sign-out"),
                error: Some(say("This cannot be added now.")),
            }),
        ),
        (
            "account-factor",
            page(one(None, None, Some(say("/remove")))),
        ),
        (
            "account-factor-error",
            page(one(
                Some(say("This name cannot be used.")),
                Some(say("You need this one to sign in.")),
                None,
            )),
        ),
        (
            "post-form",
            page(PostForm {
                layout: Layout {
                    cancel: None,
                    ..layout
                },
                action: say("https://auth.example/login/callback"),
                fields: &fields,
                destination: say("Jira and Confluence"),
            }),
        ),
        (
            "post-form-upstream",
            page(PostForm {
                layout: Layout {
                    app: Some("Jira"),
                    cancel: None,
                    ..layout
                },
                action: say("https://adfs.example/adfs/ls/"),
                fields: &fields,
                destination: say("Acme staff"),
            }),
        ),
    ];
    pages
        .into_iter()
        .map(|(name, page)| (name, page.text()))
        .collect()
}

fn choice<'a>(
    say: Say<'a>,
    value: &'static str,
    label: &'static str,
    description: Option<&'static str>,
) -> Choice<'a> {
    Choice {
        value: say(value),
        label: say(label),
        description: description.map(say),
    }
}

/// Any screen; `Template` itself cannot be boxed.
trait AnyPage {
    fn text(&self) -> String;
}

impl<T: Template> AnyPage for T {
    fn text(&self) -> String {
        self.render().unwrap()
    }
}

fn page<'a>(page: impl Template + 'a) -> Box<dyn AnyPage + 'a> {
    Box::new(page)
}

fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).collect()
}

/// What holds for every page, whatever words stand in it.
fn check(name: &str, page: &str) {
    let document = Html::parse_document(page);
    assert_eq!(all(&document, "h1").len(), 1, "{name}: one heading");
    assert_eq!(all(&document, "html[lang=en]").len(), 1, "{name}: language");
    assert_eq!(all(&document, "main").len(), 1, "{name}: main part");
    assert!(
        !text_of(&all(&document, "title")).is_empty(),
        "{name}: title"
    );

    let mut ids = BTreeSet::new();
    for element in all(&document, "*") {
        for (attribute, value) in element.value().attrs() {
            assert!(
                attribute != "style" && !attribute.starts_with("on"),
                "{name}: {attribute} on {}",
                element.value().name()
            );
            if attribute == "id" {
                assert!(ids.insert(value.to_owned()), "{name}: {value} twice");
            }
        }
    }
    let named = |list: &str| list.split(' ').all(|id| ids.contains(id));

    for input in all(&document, "input:not([type=hidden]), select, textarea") {
        let id = input.attr("id").unwrap();
        let label = all(&document, &format!("label[for={id}]"));
        assert_eq!(label.len(), 1, "{name}: label of {id}");
        assert!(!text_of(&label).is_empty(), "{name}: label of {id}");
        assert!(
            input.attr("aria-describedby").is_none_or(named),
            "{name}: {id}"
        );
        assert!(
            input.attr("pattern").is_none(),
            "{name}: {id} has a pattern"
        );
        // What was wrong with the answer of a key is not in its name.
        let invalid = input.attr("aria-invalid") == Some("true") || name == "enrol-webauthn-error";
        assert_eq!(invalid, ids.contains("error"), "{name}: {id} and its error");
    }
    for error in all(&document, "#error") {
        assert_eq!(error.attr("role"), Some("alert"), "{name}");
        assert!(!text_of(&[error]).is_empty(), "{name}");
    }
    // Where the field is not at the top, the page is read before it, unless something is to be mended.
    let fields = all(&document, "input:not([type=hidden])").len();
    let wanted = usize::from(fields > 0 && !["enrol-totp", "account-factor"].contains(&name));
    assert_eq!(all(&document, "[autofocus]").len(), wanted, "{name}: focus");

    for script in all(&document, "script") {
        let source = script.attr("src").unwrap();
        assert!(
            [
                "/static/page.js",
                "/static/submit.js",
                "/static/webauthn.js"
            ]
            .contains(&source),
            "{name}: {source}"
        );
        assert!(
            script.text().collect::<String>().is_empty(),
            "{name}: inline script"
        );
    }
    assert!(
        all(&document, "style, iframe, object, embed, base").is_empty(),
        "{name}"
    );
    for link in all(&document, "link, img") {
        let address = link.attr("href").or(link.attr("src")).unwrap();
        assert!(address.starts_with("/static/"), "{name}: {address}");
    }
    for form in all(&document, "form") {
        assert_eq!(
            form.attr("method"),
            Some("post"),
            "{name}: forms are posted"
        );
        assert!(!form.attr("action").unwrap().is_empty(), "{name}");
    }
}

fn text_of(elements: &[ElementRef<'_>]) -> String {
    let text: String = elements.iter().flat_map(ElementRef::text).collect();
    text.trim().to_owned()
}

#[test]
fn every_page_holds_the_rules_of_the_house() {
    let folder = gallery();
    for (name, page) in screens(&as_it_is) {
        check(name, &page);
        // Addresses that begin at the root mean the site; in a folder they mean that folder.
        let page = page.replace("\"/static/", "\"static/");
        fs::write(folder.join(name).with_extension("html"), page).unwrap();
    }
}

/// The folder that the pages are written to, with their style.
fn gallery() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pages");
    fs::create_dir_all(folder.join("static")).unwrap();
    for file in fs::read_dir(root.join("web/static")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join("static").join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn wa_05_hostile_words_stay_words() {
    let long = "<b>".repeat(342);
    let hostile = [
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</title></textarea></script><svg/onload=alert(1)>",
        "\" autofocus onfocus=\"alert(1)",
        "&lt;script&gt; & &amp; &#60;b&#62;",
        "{{7*7}} {% raw %} ${7*7}",
        "<!-- --><style>*{display:none}</style>",
        "\u{202e}gro.elpmaxe\u{2028}\n\r",
        &long,
    ];
    let usual = screens(&as_it_is);
    for word in hostile {
        for ((name, page), (_, control)) in screens(&|_| word).iter().zip(&usual) {
            check(name, page);
            let shape = |page: &str| {
                let document = Html::parse_document(page);
                all(&document, "*")
                    .iter()
                    .map(|element| {
                        let mut attributes: Vec<_> = element
                            .value()
                            .attrs()
                            .map(|(key, _)| key.to_owned())
                            .collect();
                        attributes.sort();
                        (element.value().name().to_owned(), attributes)
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(shape(page), shape(control), "{name} with {word:?}");
        }
    }
}

#[test]
fn every_form_of_ours_carries_the_step_and_the_one_that_leaves_does_not() {
    for (name, page) in screens(&as_it_is) {
        let document = Html::parse_document(&page);
        let step = Selector::parse("input[type=hidden][name=step]").unwrap();
        for form in all(&document, "form") {
            let steps: Vec<_> = form
                .select(&step)
                .filter_map(|input| input.attr("value"))
                .collect();
            if name.starts_with("post-form") {
                assert!(steps.is_empty(), "our token goes to nobody else");
            } else {
                assert_eq!(steps, ["3f9c1a7e"], "{name}: {:?}", form.attr("action"));
            }
        }
    }
}

#[test]
fn codes_are_typed_into_one_field_that_telephones_know() {
    for (name, page) in screens(&as_it_is) {
        let document = Html::parse_document(&page);
        for input in all(&document, "input[name=code]") {
            let numeric = !name.starts_with("code-backup");
            let mode = if numeric { "numeric" } else { "text" };
            assert_eq!(input.attr("inputmode"), Some(mode), "{name}");
            assert_eq!(input.attr("type"), Some("text"), "{name}");
            assert_eq!(input.attr("autocomplete"), Some("one-time-code"), "{name}");
            // Room for the spaces and dashes that people type.
            let most: usize = input.attr("maxlength").unwrap().parse().unwrap();
            assert!(most >= 32, "{name}");
        }
    }
}

#[test]
fn no_template_switches_the_escaping_off() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    let templates = root.join("web/templates");
    let mut seen = 0;
    for folder in [templates.clone(), templates.join("part")] {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let text = fs::read_to_string(&path).unwrap();
                for forbidden in ["|safe", "| safe", "escape(\"none\")", "style=\""] {
                    assert!(
                        !text.contains(forbidden),
                        "{forbidden} in {}",
                        path.display()
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "the templates were found");
}
