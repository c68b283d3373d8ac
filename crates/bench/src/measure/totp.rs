//! A typed code (G19): from the code to the verdict, right and wrong.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use vestibule_core::{
    evidence::Enrolment,
    id::UpstreamId,
    identity::Person,
    port::{Answer, Entropy, Factor, Verdict},
    request::Memo,
};
use vestibule_factor::totp::{Settings, Totp};

use crate::{
    clock,
    house::SAML,
    people::{Number, present},
    seed,
};

/// Somebody before the field for the code.
pub(crate) struct Typed {
    totp: Totp,
    person: Person,
    enrolment: Enrolment,
}

/// Nothing new is made here.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _buffer: &mut [u8]) {}
}

impl Typed {
    /// Sets an app up.
    ///
    /// # Errors
    /// If the factor refuses.
    pub(crate) async fn prepare() -> Result<Self> {
        let upstream = UpstreamId::new(SAML)?;
        let then = Utc::now() - TimeDelta::days(1);
        Ok(Self {
            totp: Totp::new(Settings::default(), Arc::new(NoEntropy)),
            person: seed::person(Number(1), &upstream),
            enrolment: seed::enrolment(Number(1), &upstream, then).await?,
        })
    }

    /// CPU of a right answer, and of a wrong one.
    ///
    /// # Errors
    /// If a verdict is not what it must be.
    pub(crate) fn measure(&self, repeats: u32) -> Result<(Duration, Duration)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let right = Number(1).code(present())?;
        let near = (present() - 1..=present() + 2).map(|step| Number(1).code(step));
        let near = near.collect::<Result<Vec<String>>>()?;
        let wrong = (0..)
            .map(|number: u32| format!("{number:06}"))
            .find(|code| !near.contains(code))
            .unwrap_or_default();
        let judge = |code: &str, passes: bool| {
            let answer = Answer::Code(SecretString::from(code));
            clock::each(repeats, || {
                let (memo, apps) = (Memo::default(), std::slice::from_ref(&self.enrolment));
                let judged = self
                    .totp
                    .verify(&memo, &self.person, apps, &answer, Utc::now());
                let passed = matches!(runtime.block_on(judged)?, Verdict::Passed(_));
                ensure!(passed == passes, "a code was judged wrongly");
                Ok(())
            })
        };
        Ok((judge(&right, true)?, judge(&wrong, false)?))
    }
}
