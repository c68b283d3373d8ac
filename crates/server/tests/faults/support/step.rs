//! The steps of a login at which a fault can strike, and what the audit log has of each.

use vestibule_testkit::browser::{Form, Page};

use super::{Browser, Person, Served, typed};

/// What the person does when it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The identity provider's answer comes in.
    Assertion,
    /// A code that shows that the app was set up.
    Enrolment,
    /// "I saved the backup codes": the grant.
    Confirmation,
    /// A code of the app, and the grant.
    App,
    /// A backup code, and the grant.
    BackupCode,
}

/// All of them.
pub(crate) const STEPS: [Step; 5] = [
    Step::Assertion,
    Step::Enrolment,
    Step::Confirmation,
    Step::App,
    Step::BackupCode,
];

/// What is sent in the step.
pub(crate) enum Request {
    Answer(String),
    Form(Box<Form>),
}

impl Request {
    /// The page that comes of it, if the connection holds.
    pub(crate) async fn send(&self, browser: &mut Browser) -> Option<Page> {
        match self {
            Self::Answer(body) => browser.brings(body.clone()).await.ok(),
            Self::Form(form) => browser.submit(form).await.ok(),
        }
    }
}

/// All the way to the step.
pub(crate) async fn comes_to(person: &mut Person, step: Step) -> Request {
    match step {
        Step::Assertion => Request::Answer(person.is_vouched_for().await),
        Step::Enrolment => {
            let page = person.arrives().await;
            Request::Form(Box::new(person.enrols(&page).await))
        }
        Step::Confirmation => {
            let page = person.arrives().await;
            let form = person.enrols(&page).await;
            let page = person.browser.submit(&form).await.unwrap();
            Request::Form(Box::new(person.keeps_codes(&page)))
        }
        Step::App => {
            person.sets_up().await;
            let page = person.arrives().await;
            Request::Form(Box::new(person.types_app(&page).await))
        }
        Step::BackupCode => {
            person.sets_up().await;
            let page = person.arrives().await;
            let page = person.takes_backup_way(&page).await;
            Request::Form(Box::new(typed(&page, &person.codes[0])))
        }
    }
}

/// So often the audit log says that what the step decides was decided.
pub(crate) fn counted(served: &Served, name: &str, step: Step) -> usize {
    let event = match step {
        Step::Assertion => " upstream success ",
        Step::Enrolment => " enrolment success ",
        Step::Confirmation | Step::App | Step::BackupCode => " login success ",
    };
    let log = served.tell(&format!("audit list --user adfs/{name}"));
    log.lines().filter(|line| line.contains(event)).count()
}
