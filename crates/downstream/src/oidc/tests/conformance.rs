//! The suite of the port, over OpenID Connect.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    grant::Grant,
    token::{TokenChange, TokenKey, TokenPurpose},
};

use super::{
    super::{
        issued::{IssuedCode, Place},
        *,
    },
    house::*,
};
use crate::conformance::{Applications, Read, conforms};

/// The provider, and what was committed with its answers.
struct Parties {
    house: House,
    codes: Mutex<BTreeMap<TokenKey, IssuedCode>>,
}

#[async_trait]
impl Downstream for Parties {
    fn protocol(&self) -> Protocol {
        self.house.provider.protocol()
    }

    async fn receive(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        self.house.provider.receive(incoming, now).await
    }

    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError> {
        let answered = self.house.provider.answer(grant).await?;
        for change in &answered.tokens {
            if let TokenChange::Add(record) = change {
                let code = record.body.read().unwrap();
                self.codes.lock().unwrap().insert(record.key, code);
            }
        }
        Ok(answered)
    }

    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        now: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        self.house.provider.refuse(request, why, now).await
    }
}

const PARTIES: [(&str, &str); 2] = [(JIRA, JIRA_URI), (WIKI, WIKI_URI)];

impl Applications for Parties {
    fn downstream(&self) -> &dyn Downstream {
        self
    }

    fn request(&self, which: usize, name: &str) -> Incoming {
        by_get(query(PARTIES[which].0, name, ""))
    }

    fn strangers_request(&self) -> Incoming {
        by_get(query("evil", "one", ""))
    }

    /// As a careful client does: the answer came here, from this issuer, for this request (RFC 9700 section 2.1), and the
    /// code is for us.
    fn read(&self, which: usize, name: &str, reply: &Reply) -> Read {
        let (client_id, uri) = PARTIES[which];
        let (address, fields) = sent(reply);
        if address != uri || fields["iss"] != ISSUER || fields["state"] != name {
            return Read::Unacceptable;
        }
        if fields.contains_key("error") {
            return Read::Refused;
        }
        let key = opaque::key_of(TokenPurpose::AuthorizationCode, &fields["code"]).unwrap();
        let codes = self.codes.lock().unwrap();
        let code = &codes[&key];
        if code.issued.client_id != client_id || code.nonce.as_deref() != Some(&format!("n-{name}"))
        {
            return Read::Unacceptable;
        }
        let (house, scopes) = (house(|_| {}), &code.issued.scopes);
        let claims = code
            .issued
            .claims(Place::Userinfo, scopes, house.app(client_id));
        Read::In(claims["email"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn oo_05_oidc_conforms() {
    let parties = Parties {
        house: house(|_| {}),
        codes: Mutex::default(),
    };
    conforms(&parties).await;
}
