//! An answer as a person, or a form, sees it.

use reqwest::header::{HeaderMap, LOCATION, REFERRER_POLICY};
use scraper::{ElementRef, Html, Selector};
use url::{Url, form_urlencoded};

use super::BrowserError;

/// The fields of messages that a page passes on by itself: SAML bindings 3.5, OAuth 2.0 Form Post Response Mode.
const MESSAGES: &[&str] = &["SAMLRequest", "SAMLResponse", "code", "error", "id_token"];

/// One answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The address that was asked.
    pub url: Url,
    /// The HTTP status.
    pub status: u16,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The address in `Location`, made absolute.
    pub location: Option<Url>,
    /// The body as text.
    pub body: String,
    /// The page that the journey here began at; `None` when a person typed the address.
    pub(super) began_at: Option<Url>,
}

/// A form of a page, with the values that it came with.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where the form stands.
    pub page: Url,
    /// Where it goes.
    pub action: Url,
    /// Whether its method is POST.
    pub is_post: bool,
    /// Its fields in order; buttons are not among them.
    pub fields: Vec<(String, String)>,
    /// Names and values of its buttons; none is sent unless it is pressed.
    pub buttons: Vec<(String, String)>,
    /// Whether a person has something to fill in.
    pub wants_input: bool,
    /// What the browser says in `Origin` when it posts the form.
    pub origin: String,
}

impl Page {
    /// What came back from `url`, typed by a person; also the way to read an answer that no [`super::Browser`] fetched.
    #[must_use]
    pub fn new(url: Url, status: u16, headers: HeaderMap, body: String) -> Self {
        let location = text_of(&headers, LOCATION.as_str());
        Self {
            location: location.and_then(|location| url.join(location).ok()),
            url,
            status,
            headers,
            body,
            began_at: None,
        }
    }

    /// A header of the answer, the first if there are several; `None` also if it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        text_of(&self.headers, name)
    }

    /// Where the answer sends the browser: `None` unless its status is a redirect and it names a place.
    #[must_use]
    pub fn redirect(&self) -> Option<Url> {
        (300..400)
            .contains(&self.status)
            .then(|| self.location.clone())
            .flatten()
    }

    /// All forms of the page.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        let document = Html::parse_document(&self.body);
        select(document.root_element(), "form")
            .iter()
            .filter_map(|form| self.form(*form))
            .collect()
    }

    /// The form that has a field of this name.
    ///
    /// # Errors
    /// [`BrowserError::Page`] with the page, when there is none.
    pub fn form_with(&self, field: &str) -> Result<Form, BrowserError> {
        let form = self
            .forms()
            .into_iter()
            .find(|form| form.value(field).is_some());
        form.ok_or_else(|| self.unlike(&format!("no form with a field {field}")))
    }

    /// The form that goes to an address whose path ends so.
    ///
    /// # Errors
    /// [`BrowserError::Page`] with the page, when there is none.
    pub fn form_to(&self, end: &str) -> Result<Form, BrowserError> {
        let form = self
            .forms()
            .into_iter()
            .find(|form| form.action.path().ends_with(end));
        form.ok_or_else(|| self.unlike(&format!("no form to {end}")))
    }

    /// The form that carries a protocol message and nothing for a person.
    #[must_use]
    pub fn message_form(&self) -> Option<Form> {
        let carries_message = |form: &Form| MESSAGES.iter().any(|name| form.value(name).is_some());
        self.forms()
            .into_iter()
            .find(|form| form.is_post && !form.wants_input && carries_message(form))
    }

    /// The texts of all elements that `selector` (CSS) finds, without the blanks around them.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let document = Html::parse_document(&self.body);
        let elements = select(document.root_element(), selector);
        let text = |element: &ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
        elements.iter().map(text).collect()
    }

    /// The text of the first element that `selector` (CSS) finds, without the blanks around it.
    #[must_use]
    pub fn text(&self, selector: &str) -> Option<String> {
        self.texts(selector).into_iter().next()
    }

    /// The addresses of all links, made absolute.
    #[must_use]
    pub fn links(&self) -> Vec<Url> {
        let document = Html::parse_document(&self.body);
        let links = select(document.root_element(), "a[href]");
        links
            .iter()
            .filter_map(|link| self.url.join(link.attr("href")?).ok())
            .collect()
    }

    /// The link to an address whose path ends so.
    ///
    /// # Errors
    /// [`BrowserError::Page`] with the page, when there is none.
    pub fn link_to(&self, end: &str) -> Result<Url, BrowserError> {
        let link = self
            .links()
            .into_iter()
            .find(|link| link.path().ends_with(end));
        link.ok_or_else(|| self.unlike(&format!("no link to {end}")))
    }

    /// An error that shows this page.
    #[must_use]
    pub fn unlike(&self, what: &str) -> BrowserError {
        BrowserError::Page {
            what: what.to_owned(),
            page: format!("{} {}\n{}", self.status, self.url, self.body),
        }
    }

    fn form(&self, form: ElementRef<'_>) -> Option<Form> {
        let action = self
            .url
            .join(form.attr("action").unwrap_or_default())
            .ok()?;
        let origin = self.origin_towards(&action);
        let controls = select(
            form,
            "input[name], select[name], textarea[name], button[name]",
        );
        Some(Form {
            page: self.url.clone(),
            action,
            is_post: form
                .attr("method")
                .is_some_and(|method| method.eq_ignore_ascii_case("post")),
            fields: controls
                .iter()
                .filter_map(|control| field(*control))
                .collect(),
            buttons: controls
                .iter()
                .filter_map(|control| button(*control))
                .collect(),
            origin,
            wants_input: controls
                .iter()
                .any(|control| !matches!(kind(*control), "hidden" | "submit" | "button")),
        })
    }
}

impl Page {
    /// Fetch 3.2, "append a request Origin header": a page that hides its address hides its origin as well.
    fn origin_towards(&self, action: &Url) -> String {
        let policy = self.header(REFERRER_POLICY.as_str());
        let is_hidden = match policy.unwrap_or_default().rsplit(',').next().map(str::trim) {
            Some("no-referrer") => true,
            Some("same-origin") => action.origin() != self.url.origin(),
            _ => false,
        };
        if is_hidden {
            "null".to_owned()
        } else {
            self.url.origin().ascii_serialization()
        }
    }
}

impl Form {
    /// The value of a field.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Presses the button with this value; `None` if there is none.
    #[must_use]
    pub fn press(self, value: &str) -> Option<Self> {
        let (name, value) = self.buttons.iter().find(|(_, own)| own == value)?.clone();
        Some(self.with(&name, &value))
    }

    /// The fields as they are posted (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn encoded(&self) -> String {
        encoded(&self.fields)
    }

    /// Fills a field, or adds it: also the way to press a button that has a name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }
}

/// Fields as a form posts them (URL Standard 5.2).
pub(super) fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// An error about an address without a page.
pub(super) fn broken(what: &str, url: &Url) -> BrowserError {
    BrowserError::Page {
        what: what.to_owned(),
        page: url.to_string(),
    }
}

/// HTML 4.10.22.4: what a control adds to a submission; a button adds nothing unless it is pressed.
fn field(control: ElementRef<'_>) -> Option<(String, String)> {
    let name = control.attr("name")?.to_owned();
    let is_disabled = control.attr("disabled").is_some();
    let value = || control.attr("value").map(str::to_owned);
    let value = match kind(control) {
        _ if is_disabled => None,
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" => control
            .attr("checked")
            .and(value().or(Some("on".to_owned()))),
        "textarea" => Some(control.text().collect()),
        "select" => {
            let options = select(control, "option");
            let chosen = options
                .iter()
                .find(|option| option.attr("selected").is_some())
                .or(options.first())?;
            Some(
                chosen
                    .attr("value")
                    .map_or_else(|| chosen.text().collect(), str::to_owned),
            )
        }
        _ => Some(value().unwrap_or_default()),
    }?;
    Some((name, value))
}

/// A button that says something when it is pressed.
fn button(control: ElementRef<'_>) -> Option<(String, String)> {
    let is_button = control.value().name() == "button" || kind(control) == "submit";
    let pair = || {
        Some((
            control.attr("name")?.to_owned(),
            control.attr("value")?.to_owned(),
        ))
    };
    is_button.then(pair).flatten()
}

/// The type of an input, or the element's own name.
fn kind(control: ElementRef<'_>) -> &str {
    match control.value().name() {
        "input" => control.attr("type").unwrap_or("text"),
        name => name,
    }
}

fn select<'a>(within: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    // A selector that does not parse finds nothing, as one that is misspelt.
    Selector::parse(selector)
        .map(|selector| within.select(&selector).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        let url = Url::parse("http://127.0.0.1/a/b?x=1").unwrap();
        Page::new(url, 200, HeaderMap::new(), body.to_owned())
    }

    #[test]
    fn a_form_has_what_a_submission_would_send() {
        let page = page(
            r#"<form action="c?y=2&amp;z=3" method=POST><input name=user value="a&amp;b"><input name=pin type=password>
            <input type=checkbox name=remember><input type=checkbox name=agree checked><button name=go value=1>Go</button>
            <select name=method><option value=totp>A<option value=backup selected>B</select>
            <textarea name=note>hi</textarea><input name=gone disabled value=1></form>"#,
        );
        let form = page.form_with("user").unwrap();
        assert_eq!(form.action.as_str(), "http://127.0.0.1/a/c?y=2&z=3");
        let fields: Vec<String> = form
            .fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            fields,
            ["user=a&b", "pin=", "agree=on", "method=backup", "note=hi"]
        );
        assert!(form.is_post && form.wants_input);
        assert_eq!(form.clone().press("1").unwrap().value("go"), Some("1"));
        assert!(form.clone().press("2").is_none());
        let form = form.with("pin", "1234");
        assert_eq!(form.value("pin"), Some("1234"));
        assert_eq!(
            form.encoded(),
            "user=a%26b&pin=1234&agree=on&method=backup&note=hi"
        );
    }

    #[test]
    fn only_a_form_without_work_for_a_person_is_a_message() {
        let rows = [
            (
                "<form method=post action=/x><input type=hidden name=SAMLResponse value=a><input type=submit></form>",
                true,
            ),
            (
                "<form method=post action=/x><input type=hidden name=code value=a><button>Continue</button></form>",
                true,
            ),
            (
                "<form method=post action=/x><input type=text name=code></form>",
                false,
            ),
            (
                "<form method=post action=/x><input type=hidden name=csrf value=a><button>Go</button></form>",
                false,
            ),
            (
                "<form action=/x><input type=hidden name=SAMLResponse value=a></form>",
                false,
            ),
        ];
        for (body, expect) in rows {
            assert_eq!(page(body).message_form().is_some(), expect, "{body}");
        }
    }

    #[test]
    fn a_page_that_hides_its_address_hides_its_origin() {
        let rows = [
            ("", "/x", "http://127.0.0.1"),
            ("strict-origin", "http://localhost/x", "http://127.0.0.1"),
            ("same-origin", "/x", "http://127.0.0.1"),
            ("same-origin", "http://localhost/x", "null"),
            ("origin, no-referrer", "/x", "null"),
        ];
        for (policy, action, expect) in rows {
            let mut page = page(&format!(
                "<form method=post action={action}><input name=a></form>"
            ));
            page.headers
                .insert(REFERRER_POLICY, policy.parse().unwrap());
            assert_eq!(
                page.form_with("a").unwrap().origin,
                expect,
                "{policy} {action}"
            );
        }
    }

    #[test]
    fn an_answer_says_where_to_go_on() {
        let url = Url::parse("http://127.0.0.1/a/b").unwrap();
        let headers = HeaderMap::from_iter([(LOCATION, "c?d=1".parse().unwrap())]);
        let sent = |status| Page::new(url.clone(), status, headers.clone(), String::new());
        let there = sent(303).redirect();
        assert_eq!(there.unwrap().as_str(), "http://127.0.0.1/a/c?d=1");
        assert_eq!(sent(303).header("location"), Some("c?d=1"));
        assert_eq!(sent(200).redirect(), None);
    }

    #[test]
    fn texts_links_and_forms_are_found() {
        let page = page("<h1> Hello </h1><a href='../x'>x</a><form action=code></form>");
        assert_eq!(page.text("h1").as_deref(), Some("Hello"));
        assert_eq!(page.text("h2"), None);
        assert_eq!(page.link_to("/x").unwrap().as_str(), "http://127.0.0.1/x");
        assert!(page.link_to("/y").is_err());
        assert_eq!(page.form_to("/code").unwrap().action.path(), "/a/code");
        assert!(page.form_to("/confirm").is_err());
    }
}
