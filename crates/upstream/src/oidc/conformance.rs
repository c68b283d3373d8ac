//! The suite of the port, over an OpenID provider.

use serde_json::json;

use super::{tests::fixture::*, *};
use crate::conformance::{Counterpart, conforms};

#[async_trait]
impl Counterpart for Fixture {
    fn upstream(&self) -> &dyn Upstream {
        &self.upstream
    }

    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn answer(&self, prompt: &Prompt) -> Answer {
        let begun = Begun::at(prompt);
        self.token(&begun, &KEY, json!({}));
        let state = begun.parameter("state").unwrap();
        callback(&format!("state={state}&code=c1&iss={ISSUER}"))
    }

    async fn refusal(&self, prompt: &Prompt) -> Answer {
        let state = Begun::at(prompt).parameter("state").unwrap();
        callback(&format!("state={state}&error=access_denied&iss={ISSUER}"))
    }

    fn calls_back(&self) -> bool {
        true
    }

    fn subject(&self) -> &'static str {
        "alice-1"
    }
}

#[tokio::test]
async fn oidc_conforms() {
    conforms(&Fixture::new()).await;
}
