//! What every page keeps to, whatever words stand in it.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};

/// What holds for every page, whatever words stand in it.
pub(crate) fn check(name: &str, page: &str) {
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
                "/static/frames.js",
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

/// The elements that a selector finds.
pub(crate) fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).collect()
}
