//! The reference page of all settings, written from the same tables that the parser asks.
//!
//! Owns the page's layout. A test compares it with `docs/reference/configuration.md`.

use std::fmt::Write;

use super::{
    sections,
    setting::{Default as Otherwise, Key, Section},
};

const OPENING: &str = "\
# Configuration

`broker.yaml` is the whole configuration; `--config` or the environment variable `VESTIBULE_CONFIG` names another file.
`vestibule check` reads it as `serve` does and tells every mistake, and what is only risky.

- Relative paths start at the folder of the file.
- Ids (keys below `upstreams`, `apps`, `networks`) have 1 to 64 characters of `a-z`, `0-9`, `-`, `_`, beginning with a letter.
- Where one or more values are taken, a single one needs no brackets.
- Secrets come from files (`…_file`) or the environment (`…_env`). A secret file that others on the machine can read is
  a mistake.
- YAML anchors, aliases and tags are not read. A file has at most 1 MiB.

This page is printed by `vestibule check --settings`.
";

/// The page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = OPENING.to_owned();
    for section in sections() {
        write_section(&mut page, section);
    }
    page
}

fn write_section(page: &mut String, section: &Section) {
    let title = if section.path.is_empty() {
        "Top level".to_owned()
    } else {
        format!("`{}`", section.path)
    };
    push(page, format_args!("\n## {title}\n\n{}\n", section.about));
    for key in section.keys {
        write_key(page, key);
    }
}

fn write_key(page: &mut String, key: &Key) {
    let default = match key.default {
        Otherwise::Needed => "**needed**".to_owned(),
        Otherwise::Is(default) => format!("default: {default}"),
    };
    push(
        page,
        format_args!("\n- `{}`: {}; {default}.\n\n", key.name, key.takes),
    );
    push(page, format_args!("  {}\n", key.about));
    if let Some(danger) = key.danger {
        push(page, format_args!("\n  **Danger:** {danger}\n"));
    }
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = page.write_fmt(text);
}
