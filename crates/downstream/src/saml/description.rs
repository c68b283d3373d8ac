//! What applications say of themselves at an address, read from time to time (SAML metadata 2.4.4).
//!
//! Owns the keeping of the last good description, and the rules for changes. Does not own the fetching or its schedule:
//! whoever has the bytes calls [`SamlIdp::describe`].
//!
//! **Invariant:** an application keeps the entity ID that the administrator wrote, so that no description can take
//! another application's place (attack row MD-03). Without a signature on it, a description that changes cannot send
//! answers or people to another site: an address of a new one waits for a restart, as new keys of an upstream do (MD-06).

use std::{collections::BTreeMap, ops::Deref, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use url::{Origin, Url};
use vestibule_core::{id::AppId, port::Rejection, reason};
use vestibule_saml::metadata::Validity;

use super::{SamlApp, SamlIdp, ServiceProvider, ServiceProviderError, VerifyingKey, rejected};

/// How long a description is used beyond its `validUntil` while no newer one can be had (attack row MD-04).
const GRACE: TimeDelta = TimeDelta::hours(24);
/// When a description is read anew that does not say so.
const AGAIN: Duration = Duration::from_secs(3600);

/// Where an application describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataAddress {
    /// There.
    pub url: Url,
    /// Keys of which one must have signed it; empty: it is believed for the way it came.
    pub signed_by: Vec<VerifyingKey>,
}

/// What came of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Addresses at sites that are new, for answers and for logout messages, which are not used until a restart.
    pub not_taken: Vec<String>,
    /// When to read it again.
    pub again_after: Duration,
}

/// What was read at the address, and how long it holds.
#[derive(Debug)]
pub(super) struct Description {
    sp: ServiceProvider,
    validity: Validity,
}

/// The last good description of each application that has an address for it.
#[derive(Debug)]
pub(super) struct Descriptions(BTreeMap<AppId, ArcSwapOption<Description>>);

impl Descriptions {
    /// Nothing is read yet.
    pub(super) fn of(apps: &BTreeMap<AppId, SamlApp>) -> Self {
        let described = apps.iter().filter(|(_, app)| app.metadata.is_some());
        Self(
            described
                .map(|(id, _)| (id.clone(), ArcSwapOption::empty()))
                .collect(),
        )
    }

    /// What is known of an application now.
    pub(super) fn provider<'a>(&self, id: &AppId, app: &'a SamlApp) -> Provider<'a> {
        match self.0.get(id).and_then(ArcSwapOption::load_full) {
            Some(description) => Provider::Described(description),
            None => Provider::Typed(&app.sp),
        }
    }
}

/// Who an application is.
pub(super) enum Provider<'a> {
    Described(Arc<Description>),
    Typed(&'a ServiceProvider),
}

impl Deref for Provider<'_> {
    type Target = ServiceProvider;

    fn deref(&self) -> &ServiceProvider {
        match self {
            Self::Described(description) => &description.sp,
            Self::Typed(sp) => sp,
        }
    }
}

impl Provider<'_> {
    /// Refuses requests of an application that is not known well enough to be answered.
    pub(super) fn check(
        &self,
        id: &AppId,
        app: &SamlApp,
        now: DateTime<Utc>,
    ) -> Result<(), Rejection> {
        match (self, &app.metadata) {
            (Self::Described(description), _) => {
                let graced = now.checked_sub_signed(GRACE).unwrap_or(now);
                description.validity.check(graced).map_err(|error| {
                    let detail = format!("{error}, and no newer metadata could be had");
                    rejected(id, error.code(), &detail)
                })
            }
            (Self::Typed(_), Some(address)) => Err(rejected(
                id,
                "app_metadata_missing",
                &format!(
                    "its metadata at {} could not be read yet; the log says why",
                    address.url
                ),
            )),
            (Self::Typed(_), None) => Ok(()),
        }
    }
}

impl SamlIdp {
    /// Where applications describe themselves; those that are disabled are not asked.
    pub fn described(&self) -> impl Iterator<Item = (&AppId, &MetadataAddress)> {
        let apps = self.settings.apps.iter().filter(|(_, app)| !app.disabled);
        apps.filter_map(|(id, app)| Some((id, app.metadata.as_ref()?)))
    }

    /// Takes what stands at that address now. If it is refused, what was known is kept.
    ///
    /// # Errors
    /// [`ServiceProviderError`].
    pub fn describe(
        &self,
        id: &AppId,
        xml: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Described, ServiceProviderError> {
        let (Some(app), Some(place)) = (self.settings.apps.get(id), self.descriptions.0.get(id))
        else {
            return Ok(Described {
                not_taken: Vec::new(),
                again_after: AGAIN,
            });
        };
        let signed_by = app.metadata.as_ref().map(|address| &*address.signed_by);
        let signed_by = signed_by.unwrap_or_default();
        let (mut sp, validity) = ServiceProvider::read(xml, Some(&app.sp.entity_id), signed_by)?;
        validity.check(now)?;
        let mut not_taken = Vec::new();
        if let Some(old) = place.load_full().filter(|_| signed_by.is_empty()) {
            let known = old.sp.sites();
            let is_known = |address: &str| site(address).is_some_and(|site| known.contains(&site));
            let (taken, strange): (Vec<_>, Vec<_>) = std::mem::take(&mut sp.services)
                .into_iter()
                .partition(|service| is_known(&service.location));
            // Nor is anybody led to a new site to be logged out there.
            let (leads, strays): (Vec<_>, Vec<_>) = std::mem::take(&mut sp.single_logout)
                .into_iter()
                .partition(|service| {
                    is_known(&service.location) && is_known(service.response_location())
                });
            sp.single_logout = leads;
            let strange = strange.into_iter().map(|service| service.location);
            not_taken = strange
                .chain(strays.into_iter().map(|service| service.location))
                .collect();
            if taken.is_empty() {
                return Err(ServiceProviderError::new(
                    reason::named("metadata_addresses_replaced"),
                    format!(
                        "all of its addresses for answers are at other sites now ({}); restart if that is meant",
                        not_taken.join(", ")
                    ),
                ));
            }
            sp.services = taken;
        }
        place.store(Some(Arc::new(Description {
            sp: sp.with_keys(app.sp.signing_keys.iter().cloned()),
            validity,
        })));
        Ok(Described {
            not_taken,
            again_after: validity.refresh_after().to_std().unwrap_or(AGAIN),
        })
    }
}

impl ServiceProvider {
    /// Where its addresses are, those for answers and those for logout messages.
    fn sites(&self) -> Vec<Origin> {
        let answers = self.services.iter().map(|service| &*service.location);
        let logouts = self
            .single_logout
            .iter()
            .flat_map(|service| [&*service.location, service.response_location()]);
        answers.chain(logouts).filter_map(site).collect()
    }
}

fn site(address: &str) -> Option<Origin> {
    Some(Url::parse(address).ok()?.origin())
}
