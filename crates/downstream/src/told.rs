//! What an application is told about a person, whatever protocol it speaks.
//!
//! Owns where a value comes from ([`Source`]), how values are put together ([`Template`]), and which groups an
//! application hears of ([`GroupFilter`]). Does not own the names that a protocol gives them, nor the mapping of
//! upstream attributes: the person is made.

mod groups;
mod session;
mod source;
mod template;

use std::collections::BTreeSet;

use vestibule_core::identity::Person;

pub use self::{
    groups::GroupFilter,
    session::told_session,
    source::Source,
    template::{Fault as TemplateFault, Template, TemplateError},
};

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
