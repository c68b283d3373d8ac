//! Where a role takes logout messages.
//!
//! Owns: `SingleLogoutService` (SAML metadata 2.4.2), in and out, and the choice among several.
//! Does not own: whether the partner is told of a logout.

use super::{MetadataError, build, role};
use crate::{
    binding::Binding,
    xml::{Element, names, write},
};

const SERVICE: &str = "SingleLogoutService";

/// An address for logout messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleLogoutService {
    /// How messages travel there.
    pub binding: Binding,
    /// Where requests go, and answers if nothing else is said.
    pub location: String,
    /// Where answers go, if that is elsewhere (SAML metadata 2.2.2).
    pub response_location: Option<String>,
}

impl SingleLogoutService {
    /// One address that takes both messages over both bindings.
    #[must_use]
    pub fn everywhere(location: &str) -> Vec<Self> {
        [Binding::Redirect, Binding::Post]
            .map(|binding| Self {
                binding,
                location: location.to_owned(),
                response_location: None,
            })
            .into()
    }

    /// The service to be used: HTTP-Redirect before HTTP-POST, and the first of several.
    ///
    /// A browser that comes by redirect brings its cookies with `SameSite=Lax`, so that the partner finds the session
    /// that shall end; one that comes with a form from another site does not.
    #[must_use]
    pub fn preferred(services: &[Self]) -> Option<&Self> {
        let first = |binding| {
            services
                .iter()
                .find(move |service| service.binding == binding)
        };
        first(Binding::Redirect).or_else(|| first(Binding::Post))
    }

    /// Where answers go.
    #[must_use]
    pub fn response_location(&self) -> &str {
        self.response_location.as_deref().unwrap_or(&self.location)
    }

    pub(super) fn element(&self) -> write::Element {
        build::endpoint(SERVICE, self.binding.uri(), &self.location)
            .optional_attribute("ResponseLocation", self.response_location.as_deref())
    }
}

/// The services of a role that we can use, in its order. It may have none.
pub(super) fn services(role: Element<'_>) -> Result<Vec<SingleLogoutService>, MetadataError> {
    let mut services = Vec::new();
    for endpoint in role.children_named(names::MD, SERVICE) {
        let Some(binding) = Binding::of_uri(endpoint.required_attribute("Binding")?) else {
            continue;
        };
        services.push(SingleLogoutService {
            binding,
            location: role::location(endpoint, SERVICE)?,
            response_location: role::response_location(endpoint, SERVICE)?,
        });
    }
    Ok(services)
}
