//! Upstreams from their settings: preset first, then what the administrator wrote.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use vestibule_core::{
    id::UpstreamId,
    identity::Mapping,
    port::{Accounts, Entropy, LocalAccount, Upstream},
};
use vestibule_engine::UpstreamPart;
use vestibule_upstream::{
    http::Http,
    local::{Directory, LocalUpstream, Passwords},
    oidc::{Algorithm, ClientAuthentication, EmailTrust, OidcSettings, OidcUpstream, ResponseMode},
    preset::{self, Preset},
    saml::{
        Comparison, MetadataPlace, MetadataSource, RequestBinding, RequestedAuthnContext,
        SamlSettings, SamlUpstream, SigningKey, Skew,
    },
};

use super::WiringError;
use crate::config::{self, Config, UpstreamPreset, UpstreamProtocol};

/// What every upstream is built with.
pub(super) struct Common {
    pub(super) http: Arc<dyn Http>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) passwords: Passwords,
    pub(super) signing_key: SigningKey,
}

/// The upstreams, and the SAML ones once more for their metadata.
#[derive(Default)]
pub(super) struct Upstreams {
    pub(super) parts: BTreeMap<UpstreamId, UpstreamPart>,
    pub(super) saml: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    pub(super) oidc: BTreeMap<UpstreamId, Arc<OidcUpstream>>,
}

/// Builds every upstream that is not disabled.
pub(super) fn upstreams(config: &Config, common: &Common) -> Result<Upstreams, WiringError> {
    let mut built = Upstreams::default();
    for (id, upstream) in config
        .upstreams
        .iter()
        .filter(|(_, upstream)| !upstream.disabled)
    {
        let preset = preset_of(upstream.preset);
        let (adapter, mapping): (Arc<dyn Upstream>, Mapping) = match &upstream.protocol {
            UpstreamProtocol::Local(people) => {
                (Arc::new(local(id, people, common)?), preset::local())
            }
            UpstreamProtocol::Oidc(settings) => {
                let mapping = upstream.mapping.clone().over(preset.oidc().mapping());
                let adapter = Arc::new(oidc(config, id, preset, settings, &mapping, common)?);
                built.oidc.insert(id.clone(), adapter.clone());
                (adapter, preset.oidc().mapping())
            }
            UpstreamProtocol::Saml(settings) => {
                let adapter = Arc::new(saml(config, id, settings, common)?);
                built.saml.insert(id.clone(), adapter.clone());
                (adapter, preset.saml().mapping())
            }
        };
        let mapping = upstream.mapping.clone().over(mapping);
        built.parts.insert(
            id.clone(),
            UpstreamPart {
                adapter,
                mapping,
                label: upstream.label.clone(),
            },
        );
    }
    Ok(built)
}

fn preset_of(preset: UpstreamPreset) -> Preset {
    match preset {
        UpstreamPreset::Adfs => Preset::Adfs,
        UpstreamPreset::Auth0 => Preset::Auth0,
        UpstreamPreset::Entra => Preset::Entra,
        UpstreamPreset::Generic => Preset::Generic,
        UpstreamPreset::Keycloak => Preset::Keycloak,
        UpstreamPreset::Okta => Preset::Okta,
        UpstreamPreset::Shibboleth => Preset::Shibboleth,
    }
}

fn local(
    id: &UpstreamId,
    people: &BTreeMap<String, config::LocalPerson>,
    common: &Common,
) -> Result<LocalUpstream, WiringError> {
    let account = |(username, person): (&String, &config::LocalPerson)| LocalAccount {
        upstream: id.clone(),
        username: username.clone(),
        password_hash: person.password_hash.clone(),
        mail: person.mail.clone(),
        display_name: person.display_name.clone(),
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        groups: person.groups.iter().cloned().collect(),
        disabled: person.disabled,
    };
    let configured = people.iter().map(account).collect();
    let directory =
        Directory::new(configured, Some(common.accounts.clone())).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            WiringError::new(format!("upstreams.{id}.local"), told.join("; "))
        })?;
    Ok(LocalUpstream::new(
        id.clone(),
        directory,
        common.passwords.clone(),
    ))
}

fn oidc(
    config: &Config,
    id: &UpstreamId,
    preset: Preset,
    given: &config::OidcUpstream,
    mapping: &Mapping,
    common: &Common,
) -> Result<OidcUpstream, WiringError> {
    let place = || format!("upstreams.{id}.oidc");
    let secret = |source: &config::SecretSource| {
        source
            .read()
            .map_err(|error| WiringError::new(place(), error))
    };
    let auth = match &given.authentication {
        config::ClientAuthentication::Auto(source) => ClientAuthentication::Auto(secret(source)?),
        config::ClientAuthentication::Basic(source) => ClientAuthentication::Basic(secret(source)?),
        config::ClientAuthentication::Post(source) => ClientAuthentication::Post(secret(source)?),
        config::ClientAuthentication::Public => ClientAuthentication::Public,
    };
    let redirect_uri = config
        .server
        .address(&format!("/upstream/{id}/oidc/callback"));
    let mut settings = OidcSettings::new(
        id.clone(),
        &given.issuer_text,
        &given.client_id,
        auth,
        redirect_uri,
    );
    preset.oidc().apply(&mut settings);
    settings.claim_paths = preset::claim_paths(mapping);
    if let Some(scopes) = &given.scopes {
        settings.scopes.clone_from(scopes);
    }
    if let Some(names) = &given.algorithms {
        let known = |name: &String| {
            let unknown = || {
                WiringError::new(
                    place(),
                    format!("`{name}` is not an algorithm that we accept"),
                )
            };
            Algorithm::from_name(name).ok_or_else(unknown)
        };
        settings.algorithms = names.iter().map(known).collect::<Result<_, _>>()?;
    }
    settings
        .trusted_audiences
        .clone_from(&given.trusted_audiences);
    settings
        .other_hosts
        .extend(given.other_hosts.iter().cloned());
    if let Some(userinfo) = given.userinfo {
        settings.userinfo = userinfo;
    }
    if let Some(email) = given.email {
        settings.email = match email {
            config::EmailTrust::DangerAlways => EmailTrust::DangerAlways,
            config::EmailTrust::UnlessDenied => EmailTrust::UnlessDenied,
            config::EmailTrust::Verified => EmailTrust::Verified,
        };
    }
    if let Some(mode) = given.response_mode {
        settings.response_mode = match mode {
            config::ResponseMode::FormPost => ResponseMode::FormPost,
            config::ResponseMode::Query => ResponseMode::Query,
        };
    }
    settings.resource.clone_from(&given.resource);
    settings.acr_values.clone_from(&given.acr_values);
    settings.extra_params = given.extra_params.clone().into_iter().collect();
    settings.skew = given.clock_skew;
    // Only for a broker that is itself on loopback http, as the demo is.
    settings.danger_allow_loopback_http = config.server.public_url.scheme() == "http";
    OidcUpstream::new(settings, common.http.clone(), common.entropy.clone())
        .map_err(|error| WiringError::new(place(), error))
}

fn saml(
    config: &Config,
    id: &UpstreamId,
    given: &config::SamlUpstream,
    common: &Common,
) -> Result<SamlUpstream, WiringError> {
    let place = || format!("upstreams.{id}.saml");
    let metadata = match &given.metadata {
        config::Metadata::File(path) => MetadataPlace::File(path.clone()),
        config::Metadata::Url(url) => MetadataPlace::Url(url.clone()),
        config::Metadata::Inline {
            entity_id,
            sso_url,
            certificates,
        } => {
            let read = |path: &std::path::PathBuf| read_file(&place(), path);
            let certificates = certificates
                .iter()
                .map(read)
                .collect::<Result<Vec<_>, _>>()?;
            MetadataPlace::typed(entity_id, sso_url, &certificates)
                .map_err(|error| WiringError::new(place(), error))?
        }
    };
    let metadata = MetadataSource {
        entity_id: given.entity_id.clone(),
        ..MetadataSource::from(metadata)
    };
    let entity_id = config
        .server
        .address(&format!("/upstream/{id}/saml/metadata"));
    let acs_url = config.server.address(&format!("/upstream/{id}/saml/acs"));
    let mut settings = SamlSettings::new(id.clone(), metadata, entity_id, acs_url);
    settings.signing_key = Some(common.signing_key.clone());
    settings.sign_requests = given.sign_requests.unwrap_or(false);
    if let Some(binding) = given.binding {
        settings.binding = match binding {
            config::RequestBinding::Post => RequestBinding::Post,
            config::RequestBinding::Redirect => RequestBinding::Redirect,
        };
    }
    settings.name_id_format.clone_from(&given.name_id_format);
    if !given.authn_context.is_empty() {
        settings.requested_authn_context = Some(RequestedAuthnContext {
            comparison: Comparison::Exact,
            class_refs: given.authn_context.clone(),
        });
    }
    settings.skew = Skew::capped(u32::try_from(given.clock_skew.as_secs()).unwrap_or(u32::MAX));
    SamlUpstream::new(settings, common.http.clone(), common.entropy.clone())
        .map_err(|error| WiringError::new(place(), error))
}

pub(super) fn read_file(place: &str, path: &Path) -> Result<Vec<u8>, WiringError> {
    fs::read(path).map_err(|error| WiringError::new(place, format!("{}: {error}", path.display())))
}
