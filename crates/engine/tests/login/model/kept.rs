//! What the store keeps of sessions, in the words of the model.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    id::EnrolmentId,
    logout::call::{Called, Room},
    port::*,
};
use vestibule_engine::SessionToken;

use super::{
    app::App,
    nodes::{Nodes, number_of, seconds},
    session::Session,
};

impl Nodes {
    /// The sessions that there are, by number, as the model would say it.
    pub(super) async fn sessions(&mut self) -> BTreeMap<usize, Session> {
        let mut all = BTreeMap::new();
        for found in self.store().sessions(None, None, 99).await.unwrap() {
            let number = self.session_number(found.id());
            let reached = self.store().participations(found.id()).await.unwrap();
            let reached = reached.iter().map(|one| App::named(one.app.as_str()));
            let proofs = found.evidence().iter().map(|proof| {
                let is_it = |(id, _): &(EnrolmentId, String)| *id == proof.enrolment;
                let factor = self.factors.iter().position(is_it).unwrap();
                (factor, seconds(proof.at))
            });
            let is_its = |cookie: &SessionToken| cookie.key() == found.key();
            let session = Session {
                browser: usize::from(found.browser().0[0]) - 1,
                person: number_of(found.person().id.name()),
                cookie: self.cookies.iter().position(is_its).unwrap(),
                since: seconds(found.started_at()),
                used: seconds(found.used_at()),
                upstream: found.person().upstream_proof.session.clone().unwrap(),
                proofs: proofs.collect(),
                reached: reached.collect(),
                is_over: false,
            };
            all.insert(number, session);
        }
        all
    }

    /// The applications that are to be told of an end, and are told by this.
    pub(super) async fn due(&mut self) -> BTreeSet<(usize, App)> {
        let now = self.houses[0].clock.now();
        let mut due = BTreeSet::new();
        for call in self
            .store()
            .take_calls(now, &Room::new(99, 99))
            .await
            .unwrap()
        {
            let settled = self.store().settle_call(&call, Called::Settled).await;
            settled.unwrap();
            let app = App::named(call.participation.app.as_str());
            due.insert((self.session_number(call.session), app));
        }
        due
    }
}
