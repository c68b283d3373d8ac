//! What every page shows around its own matter.

/// The frame of a page. Everything in it is text; empty parts are left out.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Language of the page (RFC 5646), such as `en`.
    pub lang: &'a str,
    /// What the product is called here.
    pub product: &'a str,
    /// The application that the person is going to.
    pub app: Option<&'a str>,
    /// Who signs in, once that is known.
    pub person: Option<&'a str>,
    /// The number that finds this login in the logs.
    pub reference: Option<&'a str>,
    /// How the helpdesk is reached, such as `Telephone 1234`.
    pub support: Option<&'a str>,
    /// The token of this step, which every form carries in the hidden field `step`.
    pub step: Option<&'a str>,
    /// Where "Cancel and go back" posts to; it takes the person back to the application with a refusal.
    pub cancel: Option<&'a str>,
    /// They come from somewhere that cancelling takes them back to; else it says "Cancel" alone.
    pub goes_back: bool,
}

/// One of several buttons in a form.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What is posted.
    pub value: &'a str,
    /// What the button says.
    pub label: &'a str,
    /// A sentence below it.
    pub description: Option<&'a str>,
}
