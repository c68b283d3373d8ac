//! The robot behind `vestibule demo --once`: it logs in as alice, bob, carol and dave, over HTTP, as browsers do.
//!
//! Owns the stories: what each person does, and what they must then see. It looks at pages with a browser of its own
//! per story and knows nothing else of the broker, so what it reports is what people would meet.
//! Does not own printing or exit codes; see [`Report`].

mod page_kind;
mod person;
mod report;
mod stories;

use url::Url;

pub use report::{Report, Step};

use crate::Facts;

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Where people find the broker.
    pub broker: &'a Url,
    /// The stand-ins and the people.
    pub facts: &'a Facts,
    /// Id of the broker's upstream that asks the identity provider over SAML.
    pub saml_upstream: &'a str,
    /// Id of the broker's upstream that asks it over OpenID Connect.
    pub oidc_upstream: &'a str,
}

/// Lets everybody log in, one after the other. The broker must not know anybody yet: first logins are part of it.
///
/// `told` gets each step as soon as it is over.
pub async fn run(scene: Scene<'_>, told: &mut dyn FnMut(&Step)) -> Report {
    let mut recorder = report::Recorder::new(told);
    stories::all(scene, &mut recorder).await;
    recorder.finish()
}
