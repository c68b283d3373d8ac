//! All screens, in their shapes, with whatever words.

use vestibule_server::view::{
    Account, AccountFactor, BackupCodes, Choice, ChooseFactor, ChooseUpstream, Code, Done,
    EnrolChoose, EnrolTotp, EnrolWebAuthn, ErrorPage, FactorLine, Identify, Layout, LogoutFrames,
    LogoutOver, LogoutSignOut, LogoutWait, PartingLine, Password, PostForm, Retry, SessionLine,
    Start, Template, There, WebAuthn,
};

/// Says each text as it is, or something worse in its place.
pub(crate) type Say<'a> = &'a dyn Fn(&'static str) -> &'a str;

pub(crate) fn as_it_is(text: &'static str) -> &'static str {
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
pub(crate) fn screens(say: Say<'_>) -> Vec<(&'static str, String)> {
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
    let parting = |app: &'static str, state: &'static str| PartingLine {
        app: say(app),
        state: say(state),
    };
    let told = [parting("Wiki", "You are signed out.")];
    let untold = [parting("Jira", "It cannot be told from here.")];
    let pending = [parting("Docs", "It will be told in a few seconds.")];
    let there = There {
        upstream: say("Acme account"),
        state: say("You are still signed in there."),
        onward: Some(say("/logout/x/onward")),
    };
    let lines = [
        line("Work phone", "Authenticator app"),
        line("Backup codes", "Backup code"),
    ];
    let session = |name: &'static str, end: Option<&'static str>| SessionLine {
        name: if end.is_none() {
            "This browser"
        } else {
            "Another browser"
        },
        facts: vec![
            say("Signed in since 22 November 2026, 08:01 UTC").to_owned(),
            say("Last used on 22 November 2026, 09:40 UTC").to_owned(),
            say(name).to_owned(),
        ],
        end: end.map(|end| say(end).to_owned()),
        since: say("22 November 2026, 08:01 UTC").to_owned(),
    };
    let sessions = [
        session("Opened from there: Jira, Confluence", None),
        session(
            "Opened from there: Jira",
            Some("/account/sessions/cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd/end"),
        ),
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
                false,
                Some(say("/login/later")),
            )),
        ),
        (
            "backup-codes-must",
            page(BackupCodes::new(
                known,
                say("/login/enrol"),
                &codes,
                false,
                None,
            )),
        ),
        (
            "backup-codes-anew",
            page(BackupCodes::new(
                known,
                say("/login/enrol"),
                &codes,
                true,
                Some(say("/login/later")),
            )),
        ),
        ("error", page(failure(None))),
        (
            "error-choose",
            page(failure(Some(Retry::Choose(say("/login/again"))))),
        ),
        (
            "error-get",
            page(failure(Some(Retry::Get(say("/login/again"))))),
        ),
        (
            "error-post",
            page(failure(Some(Retry::Post(say("/login/again"))))),
        ),
        (
            "error-answer",
            page(failure(Some(Retry::Answer {
                action: say("https://auth.example/login/callback"),
                fields: &fields,
                app: say("Jira and Confluence"),
            }))),
        ),
        (
            "error-link",
            page(failure(Some(Retry::Link {
                address: say("https://wiki.example/callback?error=access_denied"),
                app: say("Wiki"),
            }))),
        ),
        (
            "start",
            page(Start {
                layout: bare,
                action: say("/saml/start/atlassian"),
                relay_state: Some(say("https://acme.atlassian.net")),
                destination: say("Jira and Confluence"),
            }),
        ),
        (
            "logout-sign-out",
            page(LogoutSignOut {
                layout: signed_in,
                action: say("/logout/x/sign-out"),
                app: Some(say("Wiki")),
            }),
        ),
        (
            "logout-frames",
            page(LogoutFrames {
                layout: signed_in,
                action: say("/logout/x/continue"),
                frames: &[],
            }),
        ),
        (
            "logout-wait",
            page(LogoutWait {
                layout: signed_in,
                action: say("/logout/x/continue"),
                app: say("Wiki"),
            }),
        ),
        (
            "logout-over",
            page(LogoutOver {
                layout: signed_in,
                heading: say("You are signed out here, but not everywhere"),
                there: Some(&there),
                done: &told,
                left: &untold,
                pending: &pending,
                account: "/account",
            }),
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
                lacks_codes: false,
                add: say("/account/add"),
                choices: &factors,
                sessions: &sessions,
                end_others: Some(say("/account/end-others")),
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
                lacks_codes: true,
                add: say("/account/add"),
                choices: &[],
                sessions: &sessions[..1],
                end_others: None,
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
