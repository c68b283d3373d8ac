//! Two events that meet: how that is brought about, and what may come of it.

use std::collections::BTreeSet;

use super::{
    administration::Deed,
    event::Event,
    nodes::Nodes,
    oracle::{Oracle, Seen},
};

impl Oracle {
    /// The same event, with the session that it means.
    pub(super) fn resolved(&self, event: &Event) -> Event {
        match event {
            Event::RevokeOne(nth) => match self.session(*nth) {
                Some(number) => Event::End(number),
                None => event.clone(),
            },
            Event::Amid(event, end, calls) => {
                Event::Amid(event.clone(), Box::new(self.resolved(end)), *calls)
            }
            _ => event.clone(),
        }
    }

    /// What may be seen of an event, and the books behind it. Of two that meet one comes first, whichever; or the one is
    /// overtaken by the other, and it is as if it had not been tried.
    pub(super) fn ways(&self, event: &Event) -> Vec<(Seen, Self)> {
        let Event::Amid(event, end, _) = event else {
            return vec![self.after(&[event], 0)];
        };
        let (late, early) = (self.after(&[event, end], 0), self.after(&[end, event], 1));
        let overtaken = match **event {
            Event::Prove { login, shows, node } => {
                let show = Event::Show { login, shows, node };
                Some(self.after(&[end, &show], 1))
            }
            // Who was known until then is asked to prove anew who they are.
            _ if early.0 == (Seen::FirstDoor { anew: false }) && late.0 != early.0 => {
                let mut books = early.1.clone();
                let login = books.taken(0);
                login.map(|login| (books.send(login, true), books))
            }
            _ => None,
        };
        let halfway = match **event {
            Event::Prove { login, .. } | Event::Show { login, .. } if early.0 == Seen::Denied => {
                self.seen_halfway(login, end)
            }
            _ => None,
        };
        let notes = [
            "an end comes behind what is under way",
            "an end comes before what is under way",
            "who is overtaken tries again",
        ];
        let mut ways: Vec<_> = [late, early].into_iter().chain(overtaken).collect();
        for ((_, books), note) in ways.iter_mut().zip(notes) {
            books.note(note);
        }
        ways.extend(halfway);
        ways
    }

    /// Who is disabled between two looks, at the person and at the browser, is not refused yet: that their session has
    /// ended is seen, and so they are asked to prove anew who they are.
    fn seen_halfway(&self, login: usize, end: &Event) -> Option<(Seen, Self)> {
        let (_, mut books) = self.after(&[end], 0);
        let login = books.taken(login)?;
        let seen = books.send(login, true);
        Some((seen, books))
    }

    /// The same books, whichever way they came about.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let mut noted = self.clone();
        noted.notes.clone_from(&other.notes);
        noted == *other
    }

    /// The books after these events, and what is seen of one of them.
    fn after(&self, events: &[&Event], seen: usize) -> (Seen, Self) {
        let mut books = self.clone();
        let (mut all, mut due) = (Vec::new(), BTreeSet::new());
        for event in events {
            all.push(books.step(event));
            due.append(&mut books.due);
        }
        books.due = due;
        (all.swap_remove(seen), books)
    }
}

impl Nodes {
    /// Something happens while this is under way. Who is overtaken by it is sent on, and comes to their page.
    pub(super) async fn interrupted(
        &mut self,
        event: &Event,
        deed: Option<Deed>,
        calls: usize,
        books: &Oracle,
    ) -> Seen {
        let (node, login, browser, shows) = match *event {
            Event::Open { at, .. } => (at.node, Some(books.next_login()), at.browser, at.shows),
            Event::Show { login, shows, node } | Event::Prove { login, shows, node } => {
                let meant = books.login(login);
                let browser = meant.map_or(0, |login| login.browser);
                (node, meant.map(|login| login.number), browser, shows)
            }
            _ => panic!("{event:?} is not interrupted in these walks"),
        };
        if let Some(deed) = deed {
            self.interruptions[node].arm(calls, deed);
        }
        let mut seen = self.perform(event, books).await;
        if let (Seen::Onward, Some(login)) = (&seen, login) {
            let visitor = self.visitor(books, browser, shows);
            seen = self.show(login, visitor, node).await;
        }
        if let Some(late) = self.interruptions[node].disarm() {
            late.carry_out(self.store()).await;
        }
        seen
    }
}
