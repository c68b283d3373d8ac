//! What a page of a login says.
//!
//! Owns which template shows what is asked, and where its forms lead. Does not own the words ([`words`]), nor what all
//! pages have in common ([`super::page`]).

use actix_web::{HttpResponse, http::StatusCode};
use chrono::Utc;
use vestibule_core::{
    account::{FactorName, Place},
    id::{FactorKind, UpstreamId},
    request::Refusal,
};
use vestibule_engine::{Ask, Origin, Screen};

use super::{
    Site,
    headers::FormsLead,
    page::{bare, choices, labels, render},
    words,
};
use crate::view::{
    BackupCodes, Choice, ChooseFactor, ChooseUpstream, Code, Done, EnrolChoose, EnrolTotp,
    EnrolWebAuthn, ErrorPage, Identify, Layout, Password, Template, WebAuthn,
};

/// The page.
pub(super) fn page(site: &Site, screen: &Screen) -> HttpResponse {
    let (step, cancel) = (screen.step.to_string(), address(screen, "return"));
    let layout = Layout {
        app: Some(&screen.app),
        person: screen.person.as_deref(),
        reference: Some(screen.reference.as_str()),
        step: Some(&step),
        cancel: Some(&cancel),
        goes_back: screen.origin != Origin::Nowhere,
        ..bare(site)
    };
    let page = LoginPage {
        site,
        screen,
        layout,
    };
    match &screen.ask {
        Ask::AnotherWay(kinds) => page.another_way(kinds),
        Ask::ChooseEnrolment(kinds) => page.choose_enrolment(kinds),
        Ask::ChooseUpstream(upstreams) => page.choose_upstream(upstreams),
        Ask::Code {
            kind,
            hint,
            digits,
            other_ways,
        } => page.code(kind, hint, *digits, *other_ways),
        Ask::Done => page.done(),
        Ask::Mail { value } => page.mail(value.as_deref()),
        Ask::Password { upstream, username } => page.password(upstream, username.as_deref()),
        Ask::Refused(why) => page.refused(*why),
        Ask::RegisterWebAuthn { options, name } => page.register_key(options, name),
        Ask::ReplaceCodes(codes) => page.save_codes(codes, true),
        Ask::SaveCodes(codes) => page.save_codes(codes, false),
        Ask::ScanSecret {
            uri,
            secret,
            digits,
            ..
        } => page.scan_secret(uri, secret, *digits),
        Ask::WebAuthn {
            options,
            names,
            other_ways,
        } => page.key(options, names, *other_ways),
    }
}

/// Where a form of this page leads.
fn address(screen: &Screen, act: &str) -> String {
    format!("/login/{}/{act}", screen.handle)
}

/// A page of a login, without what it asks.
#[derive(Clone, Copy)]
struct LoginPage<'a> {
    site: &'a Site,
    screen: &'a Screen,
    layout: Layout<'a>,
}

impl LoginPage<'_> {
    fn at(&self, act: &str) -> String {
        address(self.screen, act)
    }

    /// What was wrong with the last answer; `about` says it of a wrong one.
    fn fault(&self, about: &str) -> Option<String> {
        let fault = self.screen.fault?;
        Some(words::fault(fault, Utc::now(), about))
    }

    /// The same, of an answer of a security key.
    fn key_fault(&self) -> Option<String> {
        let fault = self.screen.fault?;
        Some(words::key_fault(fault, Utc::now()))
    }

    fn show(&self, forms: FormsLead, page: &impl Template) -> HttpResponse {
        let status = match self.screen.fault {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        render(self.site, status, forms, page)
    }

    fn another_way(&self, kinds: &[FactorKind]) -> HttpResponse {
        let labels = labels(kinds, words::factor);
        let page = ChooseFactor {
            layout: self.layout,
            action: &self.at("another-way"),
            choices: &choices(&labels),
        };
        self.show(FormsLead::Home, &page)
    }

    fn choose_enrolment(&self, kinds: &[FactorKind]) -> HttpResponse {
        let labels = labels(kinds, words::factor);
        let page = EnrolChoose {
            layout: self.layout,
            action: &self.at("enrol"),
            choices: &choices(&labels),
            later: None,
        };
        self.show(FormsLead::Home, &page)
    }

    fn choose_upstream(&self, upstreams: &[(UpstreamId, String)]) -> HttpResponse {
        let choices: Vec<Choice<'_>> = upstreams
            .iter()
            .map(|(id, label)| Choice {
                value: id.as_str(),
                label,
                description: None,
            })
            .collect();
        let page = ChooseUpstream {
            layout: self.layout,
            action: &self.at("upstream"),
            choices: &choices,
        };
        self.show(FormsLead::Away, &page)
    }

    fn code(
        &self,
        kind: &FactorKind,
        hint: &str,
        digits: Option<u8>,
        other_ways: bool,
    ) -> HttpResponse {
        let (kind, _) = words::factor(kind);
        let (others, error) = (
            self.at("another-way"),
            self.fault("This code is not right."),
        );
        let page = Code {
            layout: self.layout,
            action: &self.at("code"),
            kind: &kind,
            name: Some(hint).filter(|name| *name != kind),
            digits,
            error: error.as_deref(),
            other_way: other_ways.then_some(&others),
        };
        self.show(FormsLead::Home, &page)
    }

    fn done(&self) -> HttpResponse {
        let page = Done {
            layout: Layout {
                step: None,
                cancel: None,
                ..self.layout
            },
            heading: "You are signed in",
            text: "This sign-in is finished, and the application has its answer. You can close this page.",
            account: Some((&Place::Overview.path(), "Your account: ways to sign in")),
        };
        self.show(FormsLead::Home, &page)
    }

    fn mail(&self, value: Option<&str>) -> HttpResponse {
        let page = Identify {
            layout: self.layout,
            action: &self.at("mail"),
            value: value.unwrap_or_default(),
            error: None,
        };
        self.show(FormsLead::Away, &page)
    }

    fn password(&self, upstream: &str, username: Option<&str>) -> HttpResponse {
        let error = self.fault("The user name or the password is not right.");
        let page = Password {
            layout: self.layout,
            action: &self.at("password"),
            upstream,
            username: username.unwrap_or_default(),
            error: error.as_deref(),
        };
        self.show(FormsLead::Home, &page)
    }

    fn refused(&self, why: Refusal) -> HttpResponse {
        let (heading, happened, next) = words::refusal(why, self.screen.origin);
        let page = ErrorPage {
            layout: self.layout,
            heading,
            happened,
            next,
            retry: None,
        };
        render(self.site, StatusCode::FORBIDDEN, FormsLead::Home, &page)
    }

    fn register_key(&self, options: &str, name: &str) -> HttpResponse {
        let error = self.key_fault();
        let page = EnrolWebAuthn {
            layout: self.layout,
            action: &self.at("webauthn"),
            options,
            name,
            longest: FactorName::LONGEST,
            error: error.as_deref(),
            other: &self.at("later"),
        };
        self.show(FormsLead::Home, &page)
    }

    fn save_codes(&self, codes: &[String], replaces: bool) -> HttpResponse {
        let (action, later) = (self.at("confirm"), self.at("later"));
        let page = BackupCodes::new(self.layout, &action, codes, replaces, Some(&later));
        self.show(FormsLead::Home, &page)
    }

    fn scan_secret(&self, uri: &str, secret: &str, digits: u8) -> HttpResponse {
        let (action, error) = (self.at("code"), self.fault("This code is not right."));
        let error = error.as_deref();
        let page = EnrolTotp::new(self.layout, &action, uri, secret, digits, error);
        self.show(FormsLead::Home, &page)
    }

    fn key(&self, options: &str, names: &[String], other_ways: bool) -> HttpResponse {
        let (others, error) = (self.at("another-way"), self.key_fault());
        let page = WebAuthn {
            layout: self.layout,
            action: &self.at("webauthn"),
            options,
            names,
            error: error.as_deref(),
            other_way: other_ways.then_some(&others),
        };
        self.show(FormsLead::Home, &page)
    }
}
