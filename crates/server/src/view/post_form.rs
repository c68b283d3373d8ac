//! A form that posts itself on: SAML's POST binding (SAML bindings 3.5.4), OIDC's `form_post`.

use askama::Template;

use super::Layout;

/// Posts the given fields to another site. The step token stays here.
#[derive(Debug, Template)]
#[template(path = "post_form.html")]
pub struct PostForm<'a> {
    /// The frame.
    pub layout: Layout<'a>,
    /// Where the form goes: an address that is registered, never one that was asked for.
    pub action: &'a str,
    /// The hidden fields.
    pub fields: &'a [(String, String)],
    /// What the other site is called.
    pub destination: &'a str,
}

impl PostForm<'_> {
    /// The application, unless it is the destination itself.
    fn app_beyond(&self) -> Option<&str> {
        self.layout.app.filter(|app| *app != self.destination)
    }
}
