//! What is known of applications that speak OpenID Connect, so that an administrator writes five lines.
//!
//! Owns the defaults of an [`OidcApp`] per kind of application: data. Each can be overridden. Does not own the kinds.

use vestibule_oidc::algorithm::Algorithm;

use super::{AcrClasses, ClaimRule, Client, ClientAuth, Lifetimes, OidcApp};
use crate::{
    preset::{AppPreset, NO_GROUPS},
    told::{GroupFilter, Source},
};

/// Where Atlassian's Data Center products take answers, below their base URL.
const OIDC_CALLBACK: &str = "/plugins/servlet/oidc/callback";

/// The scopes that an application may have unless more is said.
const USUAL_SCOPES: [&str; 2] = ["email", "profile"];

impl AppPreset {
    /// An application of this kind that speaks OpenID Connect.
    #[must_use]
    pub fn oidc_app(self, client: Client, auth: ClientAuth) -> OidcApp {
        let app = generic(client, auth);
        match self {
            Self::AtlassianCloud => atlassian_cloud(app),
            Self::BitbucketDataCenter | Self::ConfluenceDataCenter | Self::JiraDataCenter => {
                data_center(app)
            }
            Self::Generic => app,
        }
    }

    /// The redirect URI of the application at this base URL, with its context path if it has one.
    #[must_use]
    pub fn redirect_uri_at(self, base_url: &str) -> Option<String> {
        let base_url = base_url.trim_end_matches('/');
        self.knows_base_urls()
            .then(|| format!("{base_url}{OIDC_CALLBACK}"))
    }

    /// Is it known whether this kind of application uses PKCE, and how it shows its secret? Where it is not, both are
    /// taken.
    #[must_use]
    pub fn is_known_oidc_client(self) -> bool {
        match self {
            Self::Generic => true,
            Self::AtlassianCloud
            | Self::BitbucketDataCenter
            | Self::ConfluenceDataCenter
            | Self::JiraDataCenter => false,
        }
    }
}

/// By the book: an opaque subject, claims at the userinfo endpoint, PKCE.
fn generic(mut client: Client, auth: ClientAuth) -> OidcApp {
    client.scopes = USUAL_SCOPES.map(str::to_owned).into();
    OidcApp {
        client,
        auth,
        id_token_algorithm: Algorithm::Rs256,
        subject: Source::Id,
        claims: ClaimRule::usual(),
        claims_in_id_token: false,
        groups: GroupFilter::default(),
        acr: AcrClasses::default(),
        lifetimes: Lifetimes::default(),
        back_channel_logout: None,
        disabled: false,
    }
}

/// Nothing about it is published, so everything is done that other relying parties of Atlassian's could need: claims in
/// both places, and no PKCE demanded.
fn atlassian_cloud(mut app: OidcApp) -> OidcApp {
    app.client.danger_pkce_optional = true;
    app.claims_in_id_token = true;
    app
}

/// Jira, Confluence and Bitbucket Data Center find people by an expression such as `${preferred_username}`, often with
/// the scope `openid` alone: so the user name always comes, and in both places.
///
/// Where they create users at their first login, they take the groups from every answer; whether an empty list is one to
/// them is not known, so it is never empty.
fn data_center(mut app: OidcApp) -> OidcApp {
    app.client.danger_pkce_optional = true;
    app.client.scopes.insert("groups".to_owned());
    app.claims_in_id_token = true;
    for rule in &mut app.claims {
        match rule.name.as_str() {
            "preferred_username" => rule.scope = None,
            "groups" => rule.when_empty = Some(NO_GROUPS.to_owned()),
            _ => {}
        }
    }
    app
}
