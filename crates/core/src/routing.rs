//! Step 2: which upstream a person is sent to.
//!
//! Owns the routing rules. A hint or a typed address only chooses the way; it never says who somebody is.

use std::collections::BTreeSet;

use crate::id::{AppId, UpstreamId};

/// An ordered list of rules; the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    rules: Vec<RouteRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRule {
    /// When it matches; all parts that are not empty must.
    pub when: RouteCondition,
    /// Where to.
    pub to: Target,
}

/// When a routing rule matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteCondition {
    /// For these applications.
    pub apps: BTreeSet<AppId>,
    /// For mail addresses in these domains, compared without regard to case; subdomains do not match.
    pub email_domains: BTreeSet<String>,
}

/// Where a rule leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The person chooses one of these.
    Choice(Vec<UpstreamId>),
    /// Straight there.
    Upstream(UpstreamId),
}

/// What to do with a person who has just arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Ask for the mail address first: a rule depends on it.
    AskMail,
    /// Let the person choose.
    Choose(Vec<UpstreamId>),
    /// No rule matches this address.
    Nowhere,
    /// Straight there.
    To(UpstreamId),
}

impl Routing {
    /// Takes the rules as configured. Every upstream named in them must exist; the configuration checks that.
    #[must_use]
    pub fn new(rules: Vec<RouteRule>) -> Self {
        Self { rules }
    }

    /// Decides. `mail` is what the person typed or the application hinted; anything without `@` counts as unknown.
    #[must_use]
    pub fn route(&self, app: &AppId, mail: Option<&str>) -> Route {
        let domain = mail.and_then(domain_of);
        for rule in &self.rules {
            if !rule.when.apps.is_empty() && !rule.when.apps.contains(app) {
                continue;
            }
            if !rule.when.email_domains.is_empty() {
                match &domain {
                    None => return Route::AskMail,
                    Some(domain) if !rule.when.email_domains.contains(domain) => continue,
                    Some(_) => {}
                }
            }
            return match &rule.to {
                Target::Upstream(upstream) => Route::To(upstream.clone()),
                Target::Choice(upstreams) => Route::Choose(upstreams.clone()),
            };
        }
        Route::Nowhere
    }

    /// May this person be sent there? What a person chooses in a form must be a choice that a rule offers.
    #[must_use]
    pub fn permits(&self, app: &AppId, mail: Option<&str>, upstream: &UpstreamId) -> bool {
        match self.route(app, mail) {
            Route::To(only) => only == *upstream,
            Route::Choose(offered) => offered.contains(upstream),
            Route::AskMail | Route::Nowhere => false,
        }
    }
}

fn domain_of(mail: &str) -> Option<String> {
    let (local, domain) = mail.trim().rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() {
        None
    } else {
        Some(domain.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(name: &str) -> UpstreamId {
        UpstreamId::new(name).unwrap()
    }

    fn routing() -> Routing {
        let jira = AppId::new("jira").unwrap();
        Routing::new(vec![
            RouteRule {
                when: RouteCondition {
                    apps: [jira].into(),
                    ..RouteCondition::default()
                },
                to: Target::Choice(vec![upstream("adfs"), upstream("local")]),
            },
            RouteRule {
                when: RouteCondition {
                    email_domains: ["acme.example".into()].into(),
                    ..RouteCondition::default()
                },
                to: Target::Upstream(upstream("adfs")),
            },
            RouteRule {
                when: RouteCondition::default(),
                to: Target::Upstream(upstream("keycloak")),
            },
        ])
    }

    #[test]
    fn the_first_matching_rule_decides() {
        let (jira, wiki) = (AppId::new("jira").unwrap(), AppId::new("wiki").unwrap());
        let table = [
            (
                &jira,
                None,
                Route::Choose(vec![upstream("adfs"), upstream("local")]),
            ),
            (&wiki, None, Route::AskMail),
            (&wiki, Some("nonsense"), Route::AskMail),
            (&wiki, Some("@acme.example"), Route::AskMail),
            (&wiki, Some("a@ACME.example "), Route::To(upstream("adfs"))),
            (
                &wiki,
                Some("a@sub.acme.example"),
                Route::To(upstream("keycloak")),
            ),
            (
                &wiki,
                Some("a@acme.example@evil.example"),
                Route::To(upstream("keycloak")),
            ),
        ];
        for (app, mail, expect) in table {
            assert_eq!(routing().route(app, mail), expect, "{app} {mail:?}");
        }
    }

    #[test]
    fn a_choice_outside_the_offer_is_not_permitted() {
        let jira = AppId::new("jira").unwrap();
        assert!(routing().permits(&jira, None, &upstream("local")));
        assert!(!routing().permits(&jira, None, &upstream("keycloak")));
    }
}
