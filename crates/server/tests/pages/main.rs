//! Every page, with usual words and with hostile ones.
//!
//! The test that checks the usual ones also writes them to `target/pages/`, with their style, to be looked at.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod rules;
mod screens;

use std::{
    fs,
    path::{Path, PathBuf},
};

use scraper::{Html, Selector};

use crate::{
    rules::{all, check},
    screens::{as_it_is, screens},
};

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
            let leaves = form
                .attr("action")
                .is_some_and(|to| to.starts_with("https:"));
            if name.starts_with("post-form") || leaves {
                assert!(steps.is_empty(), "our token goes to nobody else");
            } else if name == "start" {
                assert!(steps.is_empty(), "no login has begun");
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
