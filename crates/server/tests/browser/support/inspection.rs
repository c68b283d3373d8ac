//! What every page must be, whoever comes to it and on whatever way.
//!
//! Owns the list: nothing to complain of for the browser, no sideways scrolling, no violation that axe-core finds,
//! everything within reach of the keyboard with a focus that is seen. Keeps pictures of each page in cargo's target
//! folder, under `browser/`, called by their titles. When somebody comes to the like of a page that was inspected in
//! this run, the browser alone is asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::Location,
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
};

use vestibule_testkit::{
    Error, axe,
    chromium::{Chromium, Complaint, Key, Tab, View},
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

/// The rules of WCAG 2.0 to 2.2, A and AA, and what is good practice besides. What is in frames is not ours.
const AXE: &str = r"
    axe.run(document, {
        iframes: false,
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
    let mut faults = complaints(tab);
    if let Some(number) = new_likeness(&title, text(tab, LIKENESS)) {
        take_pictures(tab, &title, number);
        faults.extend(sideways(tab));
        // axe-core waits for timers, which are scripts.
        tab.run_scripts(true).unwrap();
        faults.extend(violations(tab));
        tab.run_scripts(scripts).unwrap();
        faults.extend(walk(tab));
        tab.value("scrollTo(0, 0)").unwrap();
    }
    let at = tab.url().unwrap();
    assert!(
        faults.is_empty(),
        "{caller}: “{title}” at {at}: {faults:#?}"
    );
}

/// What the browser complains of.
fn complaints(tab: &Tab) -> Vec<String> {
    let complaints = tab.complaints();
    let ours = complaints.iter().filter(|it| !is_expected(it));
    ours.map(Complaint::to_string).collect()
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
    likenesses.insert(likeness).then_some(likenesses.len())
}

/// What does not fit into a narrow window, or into one that is zoomed.
fn sideways(tab: &Tab) -> Vec<String> {
    let mut faults = Vec::new();
    for view in [View::PHONE, View::ZOOMED, View::DESKTOP] {
        tab.look_as(view).unwrap();
        let wide = text(tab, WIDE);
        if !wide.is_empty() {
            faults.push(format!("wider than {} px: {wide}", view.width));
        }
    }
    faults
}

/// What axe-core finds, light and dark, wide and narrow.
fn violations(tab: &Tab) -> Vec<String> {
    tab.value(&format!("{}; 0", axe_script())).unwrap();
    let mut faults = Vec::new();
    for view in [View::DESKTOP.dark(), View::PHONE, View::DESKTOP] {
        tab.look_as(view).unwrap();
        let found = tab.value(AXE).unwrap();
        let found = found.as_array().expect("axe-core gives a list").iter();
        faults.extend(found.map(|violation| format!("{view:?}: {violation}")));
    }
    faults
}

/// Walks through the page with the Tab key alone, once round.
fn walk(tab: &Tab) -> Vec<String> {
    let count = tab.value(REACHABLE).unwrap().as_u64().unwrap();
    let (mut order, mut faults) = (Vec::new(), Vec::new());
    // The walk begins where the focus is, and may pass through the browser's own controls.
    for _ in 0..count + 2 {
        tab.press(Key::Tab).unwrap();
        let focused = tab.value(FOCUSED).unwrap();
        let Some(place) = focused["place"].as_u64() else {
            continue;
        };
        order.push(place);
        if focused["seen"] != true {
            faults.push(format!("no focus is seen: {focused}"));
        }
    }
    let unreached: Vec<u64> = (0..count).filter(|it| !order.contains(it)).collect();
    if !unreached.is_empty() {
        faults.push(format!(
            "of {count} the keyboard does not reach {unreached:?}"
        ));
    }
    let turns = order.windows(2).filter(|pair| pair[1] < pair[0]).count();
    if turns > 1 {
        faults.push(format!("the keyboard goes {order:?}"));
    }
    faults
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
        keep_picture(tab, &format!("{name}.{suffix}")).unwrap();
    }
}

/// Keeps a picture of what a tab shows, as it shows it.
pub(super) fn keep_picture(tab: &Tab, name: &str) -> Result<(), Error> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = target_folder().join("browser");
        // Those of the run before; there may be none.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    });
    let picture = tab.picture()?;
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    Ok(())
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

/// Shows a page with this in its body.
fn show(tab: &Tab, body: &str) {
    // Those of the page before.
    let _ = tab.complaints();
    let page = format!(
        "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>Page</title>\
         <style>:focus {{ outline: 3px solid }}</style><main><h1>Page</h1>{body}</main>"
    );
    let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let page = format!("data:text/html,{}", page.replace('+', "%20"));
    tab.go_to(&page.parse().unwrap()).unwrap();
    tab.wait_until(&format!(
        "location.href === {page:?} && document.readyState === 'complete'"
    ))
    .unwrap();
}

#[test]
fn the_inspection_finds_what_is_wrong_and_nothing_else() {
    type Question = fn(&Tab) -> Vec<String>;
    let table: &[(Question, &str, &str)] = &[
        (complaints, "<script>console.log('x')</script>", ""),
        (complaints, "<script>console.error('x')</script>", "console"),
        (complaints, "<script>throw 1</script>", "javascript"),
        (
            complaints,
            "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\"><img alt='' src=data:,>",
            "Content Security Policy",
        ),
        (sideways, "<p style='width: 300px'>x", ""),
        (sideways, "<p style='width: 330px'>x", "wider than 320 px"),
        (sideways, "<p style='width: 370px'>x", "wider than 360 px"),
        (violations, "<label>Name <input></label>", ""),
        (violations, "<input>", "label"),
        (
            violations,
            "<p style='color: #999; background: #fff'>pale words",
            "color-contrast",
        ),
        (walk, "<button>a</button><button>b</button>", ""),
        (
            walk,
            "<button>a</button><button style='outline: none'>b</button>",
            "no focus is seen",
        ),
        (
            walk,
            "<button>a</button><button tabindex=-1>b</button>",
            "does not reach [1]",
        ),
        (
            walk,
            "<button tabindex=1>a</button><button tabindex=3>b</button><button tabindex=2>c</button>",
            "goes",
        ),
    ];
    let browser = Chromium::shared().unwrap().incognito().unwrap();
    let tab = browser.tab().unwrap();
    for (question, body, expect) in table {
        show(&tab, body);
        let found = question(&tab).join("\n");
        assert!(found.contains(expect), "{body}: {found}");
        assert_eq!(found.is_empty(), expect.is_empty(), "{body}: {found}");
    }
}
