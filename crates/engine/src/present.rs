//! The page of what is asked now.
//!
//! Owns which page a login's stage is shown as. Does not own any change: a page can be shown again and again.

use vestibule_core::{
    flow::{Ending, Login, Stage, Step},
    id::AppId,
    port::Prompt,
    request::Reply,
};

use crate::{
    Ask, Engine, Fault, Origin, ProblemKind, Screen, Shown,
    stop::{Stop, Turned},
};

impl Engine {
    pub(crate) fn present(&self, login: &Login, fault: Option<Fault>) -> Turned {
        let ask = match login.stage() {
            Stage::AtUpstream {
                upstream, prompt, ..
            } => match prompt {
                Prompt::Redirect(url) => {
                    let reply = Reply::Redirect(url.clone());
                    return Ok(Shown::ToUpstream(reply, self.upstream_label(upstream)));
                }
                Prompt::PostForm { action, fields } => {
                    let form = Reply::PostForm {
                        action: action.clone(),
                        fields: fields.clone(),
                    };
                    return Ok(Shown::ToUpstream(form, self.upstream_label(upstream)));
                }
                Prompt::Password { username } => Ask::Password {
                    upstream: self.upstream_label(upstream),
                    username: username.clone(),
                },
                Prompt::Code { .. }
                | Prompt::RegisterWebAuthn { .. }
                | Prompt::SaveCodes { .. }
                | Prompt::ScanSecret { .. }
                | Prompt::WebAuthn { .. } => {
                    return Err(self.unshowable(login));
                }
            },
            Stage::Between(between) => self.asked_between(login, &between.step)?,
            Stage::Closed(Ending::Refused(why)) => Ask::Refused(*why),
            Stage::Closed(Ending::Granted) => Ask::Done,
            Stage::Returned { .. } | Stage::Routing => {
                return Ok(Shown::Onward(self.page_of(login)));
            }
        };
        Ok(self.screen(login, ask, fault))
    }

    fn asked_between(&self, login: &Login, step: &Step) -> Turned<Ask> {
        match step {
            Step::Challenge {
                kind,
                prompt: Prompt::Code { digits, hint },
                ways,
                ..
            } => Ok(Ask::Code {
                kind: kind.clone(),
                hint: hint.clone(),
                digits: *digits,
                other_ways: ways.len() > 1,
            }),
            Step::Enrol {
                kind,
                prompt:
                    Prompt::ScanSecret {
                        uri,
                        secret,
                        digits,
                    },
                ..
            } => Ok(Ask::ScanSecret {
                kind: kind.clone(),
                uri: uri.clone(),
                secret: secret.clone(),
                digits: *digits,
            }),
            Step::Enrol {
                prompt: Prompt::SaveCodes { codes, replaces },
                ..
            } => Ok(if *replaces {
                Ask::ReplaceCodes(codes.clone())
            } else {
                Ask::SaveCodes(codes.clone())
            }),
            Step::Challenge {
                prompt: Prompt::WebAuthn { options, names },
                ways,
                ..
            } => Ok(Ask::WebAuthn {
                options: options.clone(),
                names: names.clone(),
                other_ways: ways.len() > 1,
            }),
            Step::Enrol {
                prompt: Prompt::RegisterWebAuthn { options, name },
                ..
            } => Ok(Ask::RegisterWebAuthn {
                options: options.clone(),
                name: name.clone(),
            }),
            Step::Challenge { .. } | Step::Decide | Step::Enrol { .. } => {
                Err(self.unshowable(login))
            }
        }
    }

    /// An adapter asked for something that this step cannot show: our own mistake, and never a way through.
    fn unshowable(&self, login: &Login) -> Stop {
        self.problem(
            login,
            ProblemKind::Unavailable,
            "prompt_unshowable",
            "the adapter's prompt does not fit the step",
        )
    }

    pub(crate) fn screen(&self, login: &Login, ask: Ask, fault: Option<Fault>) -> Shown {
        Shown::Screen(Box::new(Screen {
            handle: self.page_of(login),
            step: login.revision(),
            reference: login.reference().clone(),
            app: self.app_label(&login.request().app),
            origin: origin(login),
            person: login.person().map(|person| person.label().to_owned()),
            ask,
            fault,
        }))
    }
}

fn origin(login: &Login) -> Origin {
    if login.errand().is_some() {
        Origin::Account
    } else if login.request().app == AppId::account() {
        Origin::Nowhere
    } else {
        Origin::Application
    }
}
