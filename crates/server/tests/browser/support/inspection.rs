//! What every page must be, whoever comes to it and on whatever way.
//!
//! Owns the list: nothing to complain of for the browser, no sideways scrolling, no violation that axe-core finds,
//! everything within reach of the keyboard with a focus that is seen. Keeps pictures of each page in cargo's target
//! folder, under `browser/`, called by their titles. When somebody comes to the like of a page that was inspected in this
//! run, the browser alone is asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::Location,
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::Value;
use vestibule_testkit::{
    axe,
    chromium::{Complaint, Key, Tab, View},
    target_folder,
};

/// Elements, their classes and kinds: pages of one template with the same parts are alike.
const LIKENESS: &str = r"
    [...document.querySelectorAll('body *')]
        .map(e => [e.tagName, e.getAttribute('class'), e.id, e.type, e.hidden, e.open].join(' '))
        .join('\n')";

/// What stands out to the right.
const WIDE: &str = r"
    (() => {
        const width = document.documentElement.clientWidth;
        if (document.scrollingElement.scrollWidth <= width) return '';
        return [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > width)
            .map(e => e.outerHTML.slice(0, 120))
            .join('\n') || 'something';
    })()";

/// The rules of WCAG 2.0 to 2.2, A and AA, and what is good practice besides.
const AXE: &str = r"
    axe.run(document, {
        resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }).then(results => results.violations.map(violation => ({
        rule: violation.id,
        help: violation.help,
        nodes: violation.nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary),
    })))";

/// Everything that the keyboard must reach, in order.
const REACHABLE: &str = r"
    window.reachable = [...document.querySelectorAll(
        'a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, [tabindex=\'0\']'
    )].filter(e => e.checkVisibility());
    window.reachable.length";

/// The one that has the focus: its place in that list, and what is wrong with how it shows it.
const FOCUSED: &str = r"
    (() => {
        const e = document.activeElement;
        const place = window.reachable.indexOf(e);
        if (place < 0) return { place, told: e.outerHTML.slice(0, 120) };
        const style = getComputedStyle(e);
        const box = e.getBoundingClientRect();
        const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
        const inside = box.bottom > 0 && box.top < innerHeight;
        return { place, seen: outlined && inside, told: e.outerHTML.slice(0, 120) };
    })()";

/// Inspects the page that a tab shows; `scripts`, whether the tab runs any.
pub(super) fn inspect(tab: &Tab, scripts: bool, caller: &Location<'_>) {
    let title = text(tab, "document.title");
    let at = || format!("{caller}: “{title}” at {}", tab.url().unwrap());
    let complaints = tab.complaints();
    let complaints: Vec<&Complaint> = complaints.iter().filter(|c| !is_expected(c)).collect();
    assert!(complaints.is_empty(), "{}: {complaints:#?}", at());
    let Some(number) = new_likeness(&title, text(tab, LIKENESS)) else {
        return;
    };
    let top = "scrollTo(0, 0)";
    for view in [View::PHONE, View::ZOOMED, View::DESKTOP] {
        tab.look_as(view).unwrap();
        let wide = text(tab, WIDE);
        assert!(wide.is_empty(), "{} at {} px: {wide}", at(), view.width);
    }
    tab.value(top).unwrap();
    take_pictures(tab, &title, number);
    // axe-core waits for timers, which are scripts.
    tab.run_scripts(true).unwrap();
    tab.value(&format!("{}; 0", axe_script())).unwrap();
    for view in [View::DESKTOP.dark(), View::PHONE, View::DESKTOP] {
        tab.look_as(view).unwrap();
        let violations = tab.value(AXE).unwrap();
        assert_eq!(violations, Value::Array(Vec::new()), "{} {view:?}", at());
    }
    tab.run_scripts(scripts).unwrap();
    walk(tab, &at);
    tab.value(top).unwrap();
}

/// What the console says of every login that crosses sites, or that ends in an error page:
/// a cookie that is `Lax` stays home when another site posts to us, which is what it is for; the guard against bounces
/// looks out for redirects over several sites; and an error page comes with an error status.
fn is_expected(complaint: &Complaint) -> bool {
    let status = "Failed to load resource: the server responded with";
    let of_crossing = ["BounceTrackingIssue", "ExcludeSameSiteLax"];
    match complaint.source.as_str() {
        "issue" => of_crossing
            .iter()
            .any(|words| complaint.text.contains(words)),
        "network" => complaint.text.starts_with(status) && !complaint.url.contains("/static/"),
        _ => false,
    }
}

/// Which of the pages with this title it is, counted from 1; `None` if its like was inspected in this run.
fn new_likeness(title: &str, likeness: String) -> Option<usize> {
    static KNOWN: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let likenesses = known.entry(title.to_owned()).or_default();
    likenesses.insert(likeness).then(|| likenesses.len())
}

/// Walks through the page with the Tab key alone, once round.
fn walk(tab: &Tab, at: &dyn Fn() -> String) {
    let count = tab.value(REACHABLE).unwrap().as_u64().unwrap();
    let mut order = Vec::new();
    // The walk begins where the focus is, and may pass through the browser's own controls.
    for _ in 0..count + 2 {
        tab.press(Key::Tab).unwrap();
        let focused = tab.value(FOCUSED).unwrap();
        let Some(place) = focused["place"].as_u64() else {
            continue;
        };
        assert_eq!(
            focused["seen"],
            true,
            "{}: no focus is seen: {focused}",
            at()
        );
        order.push(place);
    }
    let mut reached = order.clone();
    reached.sort_unstable();
    reached.dedup();
    let all: Vec<u64> = (0..count).collect();
    assert_eq!(reached, all, "{}: the keyboard reaches {order:?}", at());
    let turns = order.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(turns <= 1, "{}: the order is {order:?}", at());
}

fn take_pictures(tab: &Tab, title: &str, number: usize) {
    // Without the product, which stands behind the dash.
    let title = title.rsplit_once(" – ").map_or(title, |(page, _)| page);
    let name = match number {
        1 => file_name(title),
        _ => format!("{}-{number}", file_name(title)),
    };
    for (view, suffix) in [
        (View::DESKTOP, "desktop"),
        (View::DESKTOP.dark(), "desktop-dark"),
        (View::PHONE, "phone"),
        (View::PHONE.dark(), "phone-dark"),
    ] {
        tab.look_as(view).unwrap();
        keep_picture(tab, &format!("{name}.{suffix}"));
    }
}

/// Keeps a picture of what a tab shows, as it shows it.
pub(super) fn keep_picture(tab: &Tab, name: &str) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = target_folder().join("browser");
        // Those of the run before; there may be none.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    });
    let picture = tab.picture().unwrap();
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

pub(super) fn file_name(title: &str) -> String {
    title
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn axe_script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| axe::script().unwrap())
}

fn text(tab: &Tab, expression: &str) -> String {
    let value = tab.value(expression).unwrap();
    value.as_str().unwrap_or_default().to_owned()
}
