//! The suite of the port, over a SAML identity provider.

use std::sync::atomic::{AtomicUsize, Ordering};

use vestibule_saml::issue::{Reason, Refusal};

use super::{tests::fixture::*, *};
use crate::conformance::{Counterpart, conforms};

struct Idp {
    fixture: Fixture,
    issued: AtomicUsize,
}

impl Idp {
    fn said(&self, prompt: &Prompt) -> Said {
        let begun = Begun {
            prompt: prompt.clone(),
            memo: Memo::default(),
        };
        let mut said = Said::to(&begun);
        said.relay_state = begun.request(&[]).relay_state.unwrap();
        said.assertion_id = format!("_assertion-{}", self.issued.fetch_add(1, Ordering::SeqCst));
        said
    }
}

#[async_trait]
impl Counterpart for Idp {
    fn upstream(&self) -> &dyn Upstream {
        &self.fixture.upstream
    }

    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn answer(&self, prompt: &Prompt) -> Answer {
        Answer::Callback(self.said(prompt).callback())
    }

    async fn refusal(&self, prompt: &Prompt) -> Answer {
        let said = self.said(prompt);
        let refusal = Refusal::because(Reason::AuthnFailed);
        let response = said.reply().refuse(&refusal, &IDP_KEY).unwrap();
        Answer::Callback(said.posted(response.as_str()))
    }

    fn calls_back(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn saml_conforms_by_redirect_and_by_form() {
    for binding in [RequestBinding::Redirect, RequestBinding::Post] {
        let mut settings = settings(MetadataPlace::Inline(metadata(IDP, &[&IDP_KEY], false)));
        settings.binding = binding;
        let fixture = Fixture::with(settings);
        let issued = AtomicUsize::new(1);
        conforms(&Idp { fixture, issued }).await;
    }
}
