//! "Enter your code": from an app, or one of the backup codes.

use askama::Template;

use super::Layout;

/// Posts `code`.
#[derive(Debug, Template)]
#[template(path = "code.html")]
pub struct Code<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes.
    pub action: &'a str,
    /// What the field for a code of letters is called, such as `Backup code`.
    pub kind: &'a str,
    /// The person's name for the registered app that shows the code, if they gave it one; not shown for codes of
    /// letters.
    pub name: Option<&'a str>,
    /// How many digits; `None` for codes of letters.
    pub digits: Option<u8>,
    /// What is wrong with what was typed.
    pub error: Option<&'a str>,
    /// Where the other factors are offered, if there are any.
    pub other_way: Option<&'a str>,
}
