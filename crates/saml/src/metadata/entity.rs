//! Finding the one entity that is meant in a metadata file.
//!
//! Owns: `EntityDescriptor` alone or in groups, the signature of the file, and how long it holds.
//! Does not own: what a role says.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{MetadataError, duration};
use crate::{
    instant,
    signature::{self, Trust},
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// Metadata as it was received, and what is known about where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The XML.
    pub xml: &'a [u8],
    /// The entity that is meant. Needed if the file describes several of the wanted role.
    pub entity_id: Option<&'a str>,
    /// Keys that the root of the file must be signed with. `None` if the way it came is trusted instead; signatures in
    /// it then prove nothing and are not looked at.
    pub trust: Option<Trust<'a>>,
}

impl<'a> Source<'a> {
    /// A file that is trusted for the way it came, with one entity of the wanted role.
    #[must_use]
    pub const fn trusted(xml: &'a [u8]) -> Self {
        Self {
            xml,
            entity_id: None,
            trust: None,
        }
    }

    /// Hands the role `role` of the entity that is meant to `read`.
    pub(super) fn with_role<T>(
        &self,
        role: &'static str,
        read: impl FnOnce(Role<'_>) -> Result<T, MetadataError>,
    ) -> Result<T, MetadataError> {
        let document = Document::parse(self.xml, &Limits::METADATA)?;
        let Some(trust) = self.trust else {
            return read(self.find(&document, role)?);
        };
        // Only what the signature of the root covers is read, from the bytes that it covers.
        let signed =
            signature::verify(document.root(), trust)?.ok_or(MetadataError::SignatureMissing)?;
        let verified = signed.parse().map_err(MetadataError::from)?;
        read(self.find(&verified, role)?)
    }

    fn find<'d>(
        &self,
        document: &'d Document<'d>,
        role: &'static str,
    ) -> Result<Role<'d>, MetadataError> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut pending = vec![(document.root(), Validity::default())];
        while let Some((element, inherited)) = pending.pop() {
            let group = element.is(names::MD, "EntitiesDescriptor");
            if !group && !element.is(names::MD, "EntityDescriptor") {
                continue;
            }
            let validity = inherited.narrowed_by(element)?;
            if group {
                pending.extend(element.children().map(|child| (child, validity)));
                continue;
            }
            let entity_id = element.required_attribute("entityID")?;
            if self.entity_id.is_some_and(|wanted| wanted != entity_id) {
                continue;
            }
            if !seen.insert(entity_id) {
                return Err(MetadataError::EntityRepeated {
                    entity_id: excerpt(entity_id),
                });
            }
            for descriptor in element.children_named(names::MD, role).filter(speaks_saml2) {
                let validity = validity.narrowed_by(descriptor)?;
                found.push(Role {
                    entity_id,
                    descriptor,
                    validity,
                });
            }
        }
        let count = found.len();
        match (found.pop(), count) {
            (Some(role), 1) => Ok(role),
            (Some(_), _) => Err(MetadataError::EntityAmbiguous { count }),
            (None, _) => {
                let entity_id = self.entity_id.map(excerpt);
                Err(MetadataError::EntityMissing { role, entity_id })
            }
        }
    }
}

/// `protocolSupportEnumeration` lists the protocols of a role, separated by spaces (SAML metadata 2.4.1).
fn speaks_saml2(descriptor: &Element<'_>) -> bool {
    descriptor
        .attribute("protocolSupportEnumeration")
        .is_some_and(|list| {
            list.split_ascii_whitespace()
                .any(|protocol| protocol == names::SAMLP)
        })
}

/// A role of the entity that is meant.
#[derive(Clone, Copy)]
pub(super) struct Role<'d> {
    pub(super) entity_id: &'d str,
    pub(super) descriptor: Element<'d>,
    pub(super) validity: Validity,
}

/// How long metadata holds (SAML metadata 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// It must not be used from this moment on.
    pub valid_until: Option<DateTime<Utc>>,
    /// It should be fetched again after this time.
    pub cache_duration: Option<TimeDelta>,
}

impl Validity {
    /// The shortest time between two fetches.
    pub const REFRESH_FLOOR: TimeDelta = TimeDelta::minutes(5);
    /// The longest time between two fetches.
    pub const REFRESH_CEILING: TimeDelta = TimeDelta::hours(24);

    /// Refuses metadata that is no longer valid at `now`.
    ///
    /// # Errors
    /// [`MetadataError::Expired`].
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), MetadataError> {
        match self.valid_until {
            Some(end) if end <= now => Err(MetadataError::Expired {
                valid_until: instant::format(end),
            }),
            _ => Ok(()),
        }
    }

    /// How long to wait before the next fetch, whatever the file asks for (attack MD-04).
    #[must_use]
    pub fn refresh_after(&self) -> TimeDelta {
        let wish = self.cache_duration.unwrap_or(Self::REFRESH_CEILING);
        wish.clamp(Self::REFRESH_FLOOR, Self::REFRESH_CEILING)
    }

    /// What is stricter: this, or the attributes of `element`.
    fn narrowed_by(self, element: Element<'_>) -> Result<Self, MetadataError> {
        let valid_until = element
            .attribute("validUntil")
            .map(|text| {
                instant::parse(text).ok_or_else(|| MetadataError::value("validUntil", text))
            })
            .transpose()?;
        let cache_duration = element
            .attribute("cacheDuration")
            .map(|text| {
                duration::parse(text).ok_or_else(|| MetadataError::value("cacheDuration", text))
            })
            .transpose()?;
        Ok(Self {
            valid_until: [self.valid_until, valid_until].into_iter().flatten().min(),
            cache_duration: [self.cache_duration, cache_duration]
                .into_iter()
                .flatten()
                .min(),
        })
    }
}
