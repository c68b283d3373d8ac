//! The suite of the port, over SAML.

use vestibule_saml::{authn_request::AuthnRequest as Wanted, response::ResponseError};

use super::{tests::house::*, *};
use crate::conformance::{Applications, Read, conforms};

struct Providers(SamlIdp);

const PROVIDERS: [(&str, &str); 2] = [(ATLASSIAN, ACS), (WIKI, WIKI_ACS)];

impl Applications for Providers {
    fn downstream(&self) -> &dyn Downstream {
        &self.0
    }

    fn request(&self, which: usize, name: &str) -> Incoming {
        let (issuer, acs_url) = PROVIDERS[which];
        let id = format!("_{name}");
        let wanted = Wanted {
            id: &id,
            issuer,
            acs_url,
            ..wanted()
        };
        by_redirect(&wanted, None)
    }

    fn strangers_request(&self) -> Incoming {
        let wanted = Wanted {
            issuer: "https://evil.test",
            ..wanted()
        };
        by_redirect(&wanted, None)
    }

    fn read(&self, which: usize, name: &str, reply: &Reply) -> Read {
        let (entity_id, acs_url) = PROVIDERS[which];
        let (_, xml, _) = sent(reply);
        match verify_reply(&xml, entity_id, acs_url, &format!("_{name}")) {
            Ok(assertion) => Read::In(assertion.name_id().value.clone()),
            Err(ResponseError::Status(_)) => Read::Refused,
            Err(_) => Read::Unacceptable,
        }
    }
}

#[tokio::test]
async fn so_12_saml_conforms() {
    conforms(&Providers(idp(|_| {}))).await;
}
