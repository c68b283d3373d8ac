//! The suite of the port, over local accounts.

use crate::conformance::{Counterpart, conforms};

use super::*;

struct Person(LocalUpstream);

#[async_trait]
impl Counterpart for Person {
    fn upstream(&self) -> &dyn Upstream {
        &self.0
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn answer(&self, prompt: &Prompt) -> Answer {
        assert_eq!(*prompt, Prompt::Password { username: None });
        tests::typed("alice", "right")
    }

    async fn refusal(&self, _: &Prompt) -> Answer {
        tests::typed("alice", "wrong")
    }

    fn calls_back(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn local_conforms() {
    conforms(&Person(tests::upstream().0)).await;
}
