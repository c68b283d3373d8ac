//! A realm as Keycloak imports it: people, groups, and the two ways in which we ask.
//!
//! Owns the words of Keycloak's realm representation that a test needs. What is not said here is Keycloak's default,
//! on purpose: that is what an administrator gets.

use serde_json::{Value, json};

/// A realm to be imported.
#[derive(Clone, Debug)]
pub struct Realm {
    name: String,
    people: Vec<Person>,
    clients: Vec<Value>,
}

/// Someone who can log in at Keycloak, or not any more.
#[derive(Clone, Debug)]
pub struct Person {
    username: String,
    password: String,
    groups: Vec<String>,
    is_enabled: bool,
}

/// Vestibule as a SAML service provider of the realm. Its requests must be signed.
#[derive(Clone, Debug)]
pub struct SamlClient {
    /// The entity ID of the service provider.
    pub entity_id: String,
    /// Where responses are posted to.
    pub acs_url: String,
    /// The certificate that its requests are signed with, as PEM or bare base64.
    pub certificate: String,
    /// What Keycloak signs.
    pub signatures: SamlSignatures,
    /// The NameID of the person.
    pub name_id: NameId,
}

/// What Keycloak signs, with RSA-SHA256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamlSignatures {
    /// Only the assertion.
    Assertion,
    /// The assertion, and the response around it.
    Both,
    /// Only the response.
    Response,
}

/// The format of the NameID, whatever the request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameId {
    /// `urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress`.
    Email,
    /// `urn:oasis:names:tc:SAML:2.0:nameid-format:persistent`.
    Persistent,
    /// The user name, as `urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified`.
    Username,
}

/// Vestibule as a confidential OpenID Connect client of the realm, with PKCE (S256) required.
#[derive(Clone, Debug)]
pub struct OidcClient {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub secret: String,
    /// The only address that codes are sent to.
    pub redirect_uri: String,
}

impl Realm {
    /// A realm without people.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            people: Vec::new(),
            clients: Vec::new(),
        }
    }

    /// A realm with the people of our tests: `alice` in `staff`, `bob` in `contractors`, `dora` in `staff` and
    /// `administrators`, and `carol`, once of `staff`, who is disabled. The password is `<name>-password`.
    #[must_use]
    pub fn with_people(name: &str) -> Self {
        let person = |name: &str, groups: &[&str]| {
            let person = Person::new(name, &format!("{name}-password"));
            groups
                .iter()
                .fold(person, |person, group| person.in_group(group))
        };
        Self::new(name)
            .person(person("alice", &["staff"]))
            .person(person("bob", &["contractors"]))
            .person(person("dora", &["staff", "administrators"]))
            .person(person("carol", &["staff"]).disabled())
    }

    /// Adds a person; their groups come with them.
    #[must_use]
    pub fn person(mut self, person: Person) -> Self {
        self.people.push(person);
        self
    }

    /// Adds a SAML service provider.
    #[must_use]
    pub fn saml_client(mut self, client: &SamlClient) -> Self {
        self.clients.push(client.json());
        self
    }

    /// Adds an OpenID Connect client.
    #[must_use]
    pub fn oidc_client(mut self, client: &OidcClient) -> Self {
        self.clients.push(client.json());
        self
    }

    /// The last part of the realm's address.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The realm representation, as Keycloak's `--import-realm` takes it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut groups: Vec<&String> = self
            .people
            .iter()
            .flat_map(|person| &person.groups)
            .collect();
        groups.sort();
        groups.dedup();
        json!({
            "realm": self.name,
            "enabled": true,
            "groups": groups.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            "users": self.people.iter().map(Person::json).collect::<Vec<_>>(),
            "clients": self.clients,
        })
    }
}

impl Person {
    /// Someone with a password and the address `<username>@acme.example`.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            groups: Vec::new(),
            is_enabled: true,
        }
    }

    /// Makes them a member of a group.
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    /// Their account exists and must not be used.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.is_enabled = false;
        self
    }

    fn json(&self) -> Value {
        let groups: Vec<String> = self
            .groups
            .iter()
            .map(|group| format!("/{group}"))
            .collect();
        json!({
            "username": self.username,
            "email": format!("{}@acme.example", self.username),
            "emailVerified": true,
            "firstName": self.username,
            "lastName": "Example",
            "enabled": self.is_enabled,
            "groups": groups,
            "credentials": [{ "type": "password", "value": self.password, "temporary": false }],
        })
    }
}

impl SamlClient {
    fn json(&self) -> Value {
        let (response, assertion) = match self.signatures {
            SamlSignatures::Assertion => ("false", "true"),
            SamlSignatures::Both => ("true", "true"),
            SamlSignatures::Response => ("true", "false"),
        };
        let name_id = match self.name_id {
            NameId::Email => "email",
            NameId::Persistent => "persistent",
            NameId::Username => "username",
        };
        let bare: String = self
            .certificate
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        json!({
            "clientId": self.entity_id,
            "protocol": "saml",
            "enabled": true,
            "frontchannelLogout": true,
            "redirectUris": [self.acs_url],
            "attributes": {
                "saml.assertion.signature": assertion,
                "saml.server.signature": response,
                "saml.signature.algorithm": "RSA_SHA256",
                "saml_signature_canonicalization_method": "http://www.w3.org/2001/10/xml-exc-c14n#",
                "saml.client.signature": "true",
                "saml.signing.certificate": bare,
                "saml.authnstatement": "true",
                "saml.force.post.binding": "true",
                "saml_force_name_id_format": "true",
                "saml_name_id_format": name_id,
                "saml_assertion_consumer_url_post": self.acs_url,
            },
            "protocolMappers": [
                saml_mapper("groups", "saml-group-membership-mapper", json!({
                    "attribute.name": "groups", "attribute.nameformat": "Basic", "single": "true", "full.path": "false",
                })),
                saml_property("email", "email"),
                saml_property("firstName", "givenName"),
                saml_property("lastName", "surname"),
            ],
        })
    }
}

impl OidcClient {
    fn json(&self) -> Value {
        json!({
            "clientId": self.client_id,
            "protocol": "openid-connect",
            "enabled": true,
            "publicClient": false,
            "secret": self.secret,
            "standardFlowEnabled": true,
            "directAccessGrantsEnabled": false,
            "redirectUris": [self.redirect_uri],
            "attributes": { "pkce.code.challenge.method": "S256" },
            "protocolMappers": [{
                "name": "groups",
                "protocol": "openid-connect",
                "protocolMapper": "oidc-group-membership-mapper",
                "config": {
                    "claim.name": "groups", "full.path": "false",
                    "id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true",
                },
            }],
        })
    }
}

fn saml_property(property: &str, attribute: &str) -> Value {
    saml_mapper(
        attribute,
        "saml-user-property-mapper",
        json!({
            "user.attribute": property, "attribute.name": attribute, "attribute.nameformat": "Basic",
        }),
    )
}

fn saml_mapper(name: &str, mapper: &str, config: Value) -> Value {
    json!({ "name": name, "protocol": "saml", "protocolMapper": mapper, "config": config })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_exist_once_and_people_are_in_them() {
        let realm = Realm::with_people("acme").json();
        let names: Vec<&str> = realm["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["administrators", "contractors", "staff"]);
        assert_eq!(
            realm["users"][2]["groups"],
            json!(["/staff", "/administrators"])
        );
        assert_eq!(realm["users"][3]["enabled"], json!(false));
    }

    #[test]
    fn a_certificate_is_taken_as_pem_or_bare() {
        for certificate in [
            "AAAA\nBBBB",
            "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n",
        ] {
            let client = SamlClient {
                entity_id: "https://sso.example/saml".into(),
                acs_url: "https://sso.example/acs".into(),
                certificate: certificate.into(),
                signatures: SamlSignatures::Both,
                name_id: NameId::Persistent,
            };
            assert_eq!(
                client.json()["attributes"]["saml.signing.certificate"],
                json!("AAAABBBB")
            );
        }
    }
}
