//! Applications from their settings: preset first, then what the administrator wrote.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    id::AppId,
    port::{Downstream, Entropy},
    request::Protocol,
};
use vestibule_downstream::saml::{
    AppPreset, AttributeRule, SamlApp, SamlIdp, SamlSettings, ServiceProvider, Sign, SigningKey,
    Skew, Source,
};

use super::{WiringError, upstream::read_file};
use crate::config::{self, AppMetadata, AppProtocol, Config};

/// Attribute names that are URIs, as most are (SAML core 8.2.2).
const URI_NAME: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// Any other attribute name (SAML core 8.2.3).
const BASIC_NAME: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

/// What applications need to know of us.
#[derive(Debug, Clone)]
pub struct Face {
    /// Our entity ID.
    pub entity_id: String,
    /// Where requests go.
    pub sso_url: String,
    /// The certificate of the key that signs answers, PEM.
    pub certificate_pem: String,
    /// All of it as SAML metadata.
    pub metadata: String,
}

/// The application protocols, and our face towards them.
pub(super) struct Applications {
    pub(super) downstreams: BTreeMap<Protocol, Arc<dyn Downstream>>,
    pub(super) face: Face,
}

pub(super) fn applications(
    config: &Config,
    key: SigningKey,
    entropy: &Arc<dyn Entropy>,
) -> Result<Applications, WiringError> {
    let apps = config
        .apps
        .iter()
        .map(|(id, app)| Ok((id.clone(), saml_app(id, app)?)));
    let settings = SamlSettings {
        entity_id: config.server.address("/saml/metadata").into(),
        sso_url: config.server.address("/saml/sso"),
        signing_key: key,
        other_keys: Vec::new(),
        apps: apps.collect::<Result<_, WiringError>>()?,
        skew: Skew::default(),
    };
    let idp = SamlIdp::new(settings, entropy.clone()).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WiringError::new("apps", told.join("; "))
    })?;
    let facts = idp.facts();
    let metadata = idp
        .metadata()
        .map_err(|error| WiringError::new("public_url", error))?;
    let face = Face {
        entity_id: facts.entity_id,
        sso_url: facts.sso_url,
        certificate_pem: facts.certificate_pem,
        metadata,
    };
    Ok(Applications {
        downstreams: BTreeMap::from([(Protocol::Saml, Arc::new(idp) as Arc<dyn Downstream>)]),
        face,
    })
}

fn saml_app(id: &AppId, app: &config::App) -> Result<SamlApp, WiringError> {
    let AppProtocol::Saml(given) = &app.protocol;
    let preset = match app.preset {
        config::AppPreset::AtlassianCloud => AppPreset::AtlassianCloud,
        config::AppPreset::Generic => AppPreset::Generic,
    };
    let mut built = preset.app(service_provider(id, given)?);
    if let Some(sign) = given.sign {
        built.sign = match sign {
            config::Sign::Assertion => Sign::Assertion,
            config::Sign::Both => Sign::Both,
            config::Sign::Response => Sign::Response,
        };
    }
    if let Some(required) = given.require_signed_requests {
        built.require_signed_requests = required;
    }
    if let Some(name_id) = &given.name_id {
        built.name_id.source = source(name_id);
    }
    if let Some(format) = &given.name_id_format {
        built.name_id.format = Some(format.clone());
    }
    if let Some(class) = &given.authn_context {
        built.authn_context.second_factor.clone_from(class);
    }
    if let Some(attributes) = &given.attributes {
        built.attributes = attributes
            .iter()
            .map(|(name, from)| attribute(name, from))
            .collect();
    }
    built.disabled = app.disabled;
    Ok(built)
}

fn service_provider(id: &AppId, given: &config::SamlApp) -> Result<ServiceProvider, WiringError> {
    let place = format!("apps.{id}.saml");
    let mut sp = match &given.metadata {
        AppMetadata::File(path) => {
            let xml = read_file(&place, path)?;
            ServiceProvider::from_metadata(&xml, None)
                .map_err(|error| WiringError::new(&place, error))?
        }
        AppMetadata::Inline {
            entity_id,
            acs_urls,
        } => ServiceProvider::typed(entity_id, acs_urls),
    };
    for path in &given.certificates {
        let pem = read_file(&place, path)?;
        sp = sp
            .with_certificate_pem(&pem)
            .map_err(|error| WiringError::new(&place, error))?;
    }
    Ok(sp)
}

fn attribute(name: &str, from: &config::Source) -> AttributeRule {
    let format = if name.contains(':') {
        URI_NAME
    } else {
        BASIC_NAME
    };
    AttributeRule {
        name: name.to_owned(),
        name_format: Some(format.to_owned()),
        source: source(from),
    }
}

fn source(given: &config::Source) -> Source {
    match given {
        config::Source::Attribute(name) => Source::Attribute(name.clone()),
        config::Source::DisplayName => Source::DisplayName,
        config::Source::FamilyName => Source::FamilyName,
        config::Source::GivenName => Source::GivenName,
        config::Source::Groups => Source::Groups,
        config::Source::Id => Source::Id,
        config::Source::Mail => Source::Mail,
        config::Source::Subject => Source::Subject,
    }
}
