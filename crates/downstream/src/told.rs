//! What an application is told about a person, whatever protocol it speaks.
//!
//! Owns where a value comes from ([`Source`]), how values are put together ([`Template`]), which groups an application
//! hears of ([`GroupFilter`]), and names that are made for it alone ([`PairwiseKey`], [`told_session`]). Does not own the
//! names that a protocol gives them, nor the mapping of upstream attributes: the person is made.

mod groups;
mod pairwise;
mod session;
mod source;
mod template;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use vestibule_core::{grant::Grant, identity::Person};

pub use self::{
    groups::GroupFilter,
    pairwise::PairwiseKey,
    session::told_session,
    source::Source,
    template::{Fault as TemplateFault, Template, TemplateError},
};

/// When the person was authenticated: as the upstream says, else when they came from there; never later than now, whatever
/// its clock says. A second factor that was passed since makes this no younger.
#[must_use]
pub fn authenticated_at(grant: &Grant) -> DateTime<Utc> {
    let proof = &grant.person().upstream_proof;
    proof
        .authenticated_at
        .unwrap_or_else(|| grant.known_since())
        .min(grant.at())
}

/// A person as one application may see them.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Who.
    pub person: &'a Person,
    /// Which of their groups it hears of.
    pub groups: &'a GroupFilter,
}

impl View<'_> {
    /// The groups that the application hears of, under the names that it hears.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<String> {
        self.groups.apply(&self.person.groups)
    }
}
