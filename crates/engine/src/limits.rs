//! Attempts at factors and passwords, and notices, held against the rules of the core ([`vestibule_core::throttle`]).
//!
//! Owns what becomes of a charge: who may go on, which ways are left to somebody who may not, what is written down, and
//! when the owner hears of it. Does not own the rules, nor the counting: the store does that, for all nodes together.

use std::{
    cmp::Reverse,
    net::{IpAddr, Ipv4Addr},
};

use vestibule_core::{
    audit::AuditEvent,
    evidence::Strength,
    flow::Login,
    id::{FactorKind, Reference, UpstreamId},
    identity::{Person, Username},
    known::KnownSource,
    port::{Notice, NoticeKind},
    throttle::{Alarm, Charge, ThrottleKey},
};

use crate::{Engine, Fault, Shown, Visitor, snapshot::Snapshot, stop::Turned, turn::Turn};

impl Engine {
    /// Counts an attempt at a factor before it is judged; of some, the owner must hear if they fail. `Err`: it must not
    /// be judged, and this is shown. `ways` are the kinds that policy leaves open.
    pub(crate) async fn charge_factor(
        &self,
        turn: &Turn,
        kind: &FactorKind,
        person: &Person,
        snapshot: &Snapshot,
        ways: &[FactorKind],
    ) -> Turned<Result<Option<Alarm>, Shown>> {
        let source = source(turn.visitor);
        let keys = ThrottleKey::of_attempt(self.strength(kind), &person.id, source);
        let (fault, code) = match self.count(turn, &keys).await? {
            Charge::Go => return Ok(Ok(None)),
            Charge::GoAndTell(alarm) => return Ok(Ok(Some(alarm))),
            Charge::Locked => (Fault::Locked, "attempts_locked"),
            Charge::Wait(until) => (Fault::Wait(until), "attempts_wait"),
        };
        let record = self.failure(turn, AuditEvent::Factor).with_factor(kind);
        // Whoever may not even try must not fill the log by trying.
        self.write_down_stray(record.because(code, None), turn.visitor)
            .await;
        let stronger = self.stronger(ways);
        let (Fault::Locked, Some(first)) = (fault, stronger.first().cloned()) else {
            return self.present(&turn.login, Some(fault)).map(Err);
        };
        let asked = turn.untouched();
        let turn = self
            .put_challenge(asked, &first, &snapshot.enrolments, stronger)
            .await?;
        let turn = self.commit(turn).await?;
        self.present(&turn.login, Some(Fault::CodesLocked)).map(Err)
    }

    /// Counts an attempt at a password. `Some`: it must not be judged, and why.
    pub(crate) async fn charge_password(
        &self,
        turn: &Turn,
        keys: &[ThrottleKey],
    ) -> Turned<Option<(Fault, &'static str)>> {
        Ok(match self.count(turn, keys).await? {
            Charge::Go | Charge::GoAndTell(_) => None,
            Charge::Locked => Some((Fault::Locked, "attempts_locked")),
            Charge::Wait(until) => Some((Fault::Wait(until), "attempts_wait")),
        })
    }

    /// Is an answer of an upstream judged now? Not if logins of the source that opened this one have just had too many
    /// refused ones: then nothing is to be learned from a further one, good or bad (attack row SI-76).
    ///
    /// It is asked before, and counted afterwards if the answer was refused: to count each before it is judged would be
    /// one more durable commit for every good login. So answers that come at once are all judged, but no more of them
    /// are told of than may be; and of one login they are judged one at a time ([`OneAnswer`](crate::one_answer::OneAnswer)).
    pub(crate) async fn judges_answers(&self, turn: &Turn) -> Turned<bool> {
        let key = ThrottleKey::RefusedAnswers(opener(&turn.login));
        Ok(self.standing(turn, &key).await?.goes())
    }

    /// Counts an answer that was refused; if others were refused meanwhile, it may be one too many, so that nothing
    /// may be told of it. Good answers are not counted, however many come from behind one address.
    pub(crate) async fn charge_refused_answer(&self, turn: &Turn) -> Turned<Charge> {
        let keys = ThrottleKey::of_refused_answer(turn.login.id(), opener(&turn.login));
        self.count(turn, &keys).await
    }

    /// What an attempt at a password is counted on.
    pub(crate) async fn keys_of_password(
        &self,
        turn: &Turn,
        upstream: &UpstreamId,
        name: &Username,
    ) -> Turned<Vec<ThrottleKey>> {
        let known = match known_source(turn.visitor, upstream, name) {
            Some(place) => {
                let known = self.parts.store.knows(&place, self.parts.clock.now()).await;
                known.map_err(|error| self.store_failed(&turn.login, &error))?
            }
            None => false,
        };
        let source = source(turn.visitor);
        Ok(ThrottleKey::of_password(upstream, name, source, known))
    }

    /// What a right password settles, and that it was right there: with what comes of it, or not at all.
    pub(crate) fn password_was_right(
        &self,
        turn: &mut Turn,
        upstream: &UpstreamId,
        name: &Username,
    ) {
        let source = source(turn.visitor);
        turn.commit.clear = ThrottleKey::of_right_password(upstream, name, source);
        turn.commit.known = known_source(turn.visitor, upstream, name)
            .map(|place| place.remembered(self.parts.clock.now()));
    }

    async fn count(&self, turn: &Turn, keys: &[ThrottleKey]) -> Turned<Charge> {
        let charged = self.parts.store.charge(keys, self.parts.clock.now()).await;
        charged.map_err(|error| self.store_failed(&turn.login, &error))
    }

    /// What an attempt would be told; it is not counted.
    async fn standing(&self, turn: &Turn, key: &ThrottleKey) -> Turned<Charge> {
        let verdict = self.parts.store.verdict(key, self.parts.clock.now()).await;
        verdict.map_err(|error| self.store_failed(&turn.login, &error))
    }

    /// Of the ways that policy leaves open, those that this person can take now: who is locked out of what can be
    /// guessed, and has something that cannot, is offered only that.
    pub(crate) async fn ways_left(
        &self,
        turn: &Turn,
        ways: Vec<FactorKind>,
    ) -> Turned<Vec<FactorKind>> {
        let stronger = self.stronger(&ways);
        let Some(person) = turn.login.person() else {
            return Ok(ways);
        };
        if stronger.is_empty() || stronger.len() == ways.len() {
            return Ok(ways);
        }
        let key = ThrottleKey::Factors(person.id.clone());
        Ok(match self.standing(turn, &key).await? {
            Charge::Locked => stronger,
            Charge::Go | Charge::GoAndTell(_) | Charge::Wait(_) => ways,
        })
    }

    fn stronger(&self, ways: &[FactorKind]) -> Vec<FactorKind> {
        let cannot_be_guessed =
            |kind: &&FactorKind| self.strength(kind) == Strength::PhishingResistant;
        ways.iter().filter(cannot_be_guessed).cloned().collect()
    }

    /// In the order in which they are offered: among equals, that of the rule.
    pub(crate) fn strongest_first(&self, mut ways: Vec<FactorKind>) -> Vec<FactorKind> {
        ways.sort_by_key(|kind| Reverse(self.strength(kind)));
        ways
    }

    /// A kind that is not switched on is taken for one that can be guessed.
    fn strength(&self, kind: &FactorKind) -> Strength {
        self.kinds
            .of(kind)
            .map_or(Strength::OneTimeCode, |traits| traits.strength)
    }

    /// An attempt failed. If it was one of which the owner must hear, that is written down, and they are told.
    pub(crate) async fn alarm(&self, turn: &Turn, person: &Person, alarm: Option<Alarm>) {
        let (code, notice) = match alarm {
            None => return,
            Some(Alarm::Guessing) => ("guessing_noticed", NoticeKind::Guessing),
            Some(Alarm::Locked) => ("factors_locked", NoticeKind::FactorsLocked),
        };
        let record = self.failure(turn, AuditEvent::Factor);
        self.write_down(record.because(code, None)).await;
        self.notify(turn, person, notice).await;
    }

    /// Tells the person of this login.
    pub(crate) async fn notify(&self, turn: &Turn, person: &Person, kind: NoticeKind) {
        let reference = Some(turn.login.reference().clone());
        self.send_notice(person, kind, reference, turn.visitor)
            .await;
    }

    /// Tells a person by mail, as often as the rules for notices allow. What is not sent is logged, and holds nothing
    /// up.
    pub(crate) async fn send_notice(
        &self,
        person: &Person,
        kind: NoticeKind,
        reference: Option<Reference>,
        visitor: Visitor,
    ) {
        let Some(mail) = person.mail.clone() else {
            return;
        };
        let now = self.parts.clock.now();
        if !kind.is_alarm() {
            let keys = ThrottleKey::of_notice(&person.id, source(visitor));
            let charged = self.parts.store.charge(&keys, now).await;
            if !charged.is_ok_and(Charge::goes) {
                let reference = reference.as_ref().map(Reference::as_str);
                tracing::warn!(reference, code = "notice_withheld", "too many notices");
                return;
            }
        }
        let notice = Notice {
            to: mail,
            name: person.label().to_owned(),
            kind,
            at: now,
            address: visitor.address,
            reference,
        };
        if let Err(error) = self.parts.notifier.send(&notice).await {
            let reference = notice.reference.as_ref().map(Reference::as_str);
            tracing::warn!(reference, code = "notice_unsent", %error, "a notice could not be sent");
        }
    }
}

/// What passing a factor settles.
pub(crate) fn keys_of_success(visitor: Visitor, person: &Person) -> Vec<ThrottleKey> {
    ThrottleKey::of_success(&person.id, source(visitor))
}

/// All who have no address are one source, of which nothing is remembered.
fn known_source(visitor: Visitor, upstream: &UpstreamId, name: &Username) -> Option<KnownSource> {
    let address = visitor.address?;
    Some(KnownSource::new(upstream.clone(), name.clone(), address))
}

/// Whoever opened the login, wherever its answers are brought from: any page can have any browser bring one.
fn opener(login: &Login) -> IpAddr {
    login.opener().unwrap_or(UNKNOWN)
}

/// Everybody whose address is unknown is one source: to be unknown must not be a way round the limit.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

pub(crate) fn source(visitor: Visitor) -> IpAddr {
    visitor.address.unwrap_or(UNKNOWN)
}
