//! The stories: who does what, and what they must see.
//!
//! Owns what the demo promises. A story that does not go as it is told here ends there, and the next one is told.

use super::Scene;
use super::page_kind::PageKind;
use super::person::{Stop, Teller};
use super::report::Recorder;
use crate::people::Person;

/// How many backup codes there are.
const BACKUP_CODES: usize = 10;

/// All of them, in order. Each has a browser of its own.
pub(super) async fn all(scene: Scene<'_>, report: &mut Recorder<'_>) {
    let people = &scene.facts.people;
    tell(scene, report, &people.alice, async |alice| {
        alice_sets_up_an_app(&scene, alice).await?;
        alice_goes_straight_in(&scene, alice).await?;
        alice_is_asked_for_a_code(&scene, alice).await?;
        alice_uses_a_backup_code(&scene, alice).await
    })
    .await;
    tell(scene, report, &people.alice, async |alice| {
        alice_over_openid(&scene, alice).await
    })
    .await;
    tell(scene, report, &people.bob, async |bob| {
        bob_is_let_through(&scene, bob).await
    })
    .await;
    tell(scene, report, &people.carol, async |carol| {
        carol_is_denied(&scene, carol).await
    })
    .await;
    tell(scene, report, &people.dave, async |dave| {
        dave_is_disabled(&scene, dave).await
    })
    .await;
}

async fn tell(
    scene: Scene<'_>,
    report: &mut Recorder<'_>,
    person: &Person,
    story: impl AsyncFnOnce(&mut Teller<'_, '_, '_>) -> Result<(), Stop>,
) {
    match Teller::new(scene, report, person) {
        Ok(mut teller) => {
            if let Err(Stop::Browser(error)) = story(&mut teller).await {
                teller.gives_up(&error);
            }
        }
        Err(error) => report.no_browser(person.username, &error),
    }
}

/// The first login, wrong attempts included, and what an attacker gets who has its messages.
async fn alice_sets_up_an_app(
    scene: &Scene<'_>,
    alice: &mut Teller<'_, '_, '_>,
) -> Result<(), Stop> {
    let jira = &scene.facts.application.jira.login_url;
    alice
        .begins(
            "first login, Jira",
            jira,
            scene.saml_upstream,
            PageKind::Password,
        )
        .await?;
    alice
        .types_password("not the password", PageKind::PasswordWrong)
        .await?;
    alice.types_own_password(PageKind::SetUp).await?;
    alice.sets_up_app(BACKUP_CODES).await?;
    alice.saves_codes(alice.accepted()).await?;
    alice.looks_at_mail().await?;

    let to_application = alice.message_to(&scene.facts.application.url);
    let to_broker = alice.message_to(scene.broker);
    let (Some(to_application), Some(to_broker)) = (to_application, to_broker) else {
        return Err(Stop::Unexpected);
    };
    let replayed = PageKind::Rejected("replayed".to_owned());
    alice
        .replays(
            "sends the application the same message again",
            &to_application,
            replayed,
        )
        .await?;
    alice
        .replays(
            "sends Vestibule the identity provider’s message again",
            &to_broker,
            PageKind::Problem,
        )
        .await?;
    let other_login = alice.begins_elsewhere(jira, scene.saml_upstream).await?;
    let misused = to_broker.with("RelayState", &other_login);
    alice
        .replays("sends it into another login", &misused, PageKind::Problem)
        .await
}

/// The second application, and the first one again: nothing is asked.
async fn alice_goes_straight_in(
    scene: &Scene<'_>,
    alice: &mut Teller<'_, '_, '_>,
) -> Result<(), Stop> {
    let apps = &scene.facts.application;
    alice
        .goes_straight_in("second application, Wiki", &apps.wiki.login_url)
        .await?;
    alice
        .goes_straight_in("first application again, Jira", &apps.jira.login_url)
        .await
}

/// The next day: the identity provider knows her, only the code is asked for.
async fn alice_is_asked_for_a_code(
    scene: &Scene<'_>,
    alice: &mut Teller<'_, '_, '_>,
) -> Result<(), Stop> {
    let wiki = &scene.facts.application.wiki.login_url;
    alice.comes_back_tomorrow();
    alice
        .begins("next day, Wiki", wiki, scene.saml_upstream, PageKind::Code)
        .await?;
    alice.types_wrong_code().await?;
    alice.types_used_code().await?;
    alice.types_app_code(alice.accepted()).await
}

/// Two more days: a backup code works once.
async fn alice_uses_a_backup_code(
    scene: &Scene<'_>,
    alice: &mut Teller<'_, '_, '_>,
) -> Result<(), Stop> {
    let jira = &scene.facts.application.jira.login_url;
    alice.comes_back_tomorrow();
    alice
        .begins("third day, Jira", jira, scene.saml_upstream, PageKind::Code)
        .await?;
    alice.takes_backup_way().await?;
    alice
        .types_backup_code(0, "types a backup code", alice.accepted())
        .await?;

    alice.comes_back_tomorrow();
    alice
        .begins(
            "fourth day, Jira",
            jira,
            scene.saml_upstream,
            PageKind::Code,
        )
        .await?;
    alice.takes_backup_way().await?;
    alice
        .types_backup_code(0, "types the same backup code", PageKind::CodeWrong)
        .await?;
    alice
        .types_backup_code(1, "types another backup code", alice.accepted())
        .await
}

/// Through another upstream she is another person to the broker, so she sets up an app of her own.
async fn alice_over_openid(scene: &Scene<'_>, alice: &mut Teller<'_, '_, '_>) -> Result<(), Stop> {
    let jira = &scene.facts.application.jira.login_url;
    alice
        .begins(
            "login over OpenID Connect",
            jira,
            scene.oidc_upstream,
            PageKind::Password,
        )
        .await?;
    alice.types_own_password(PageKind::SetUp).await?;
    alice.sets_up_app(BACKUP_CODES).await?;
    alice.saves_codes(alice.accepted()).await?;
    alice.comes_back_tomorrow();
    alice
        .begins(
            "next day over OpenID Connect",
            jira,
            scene.oidc_upstream,
            PageKind::Code,
        )
        .await?;
    alice.types_app_code(alice.accepted()).await
}

/// A rule with a name asks for no second factor, over both protocols.
async fn bob_is_let_through(scene: &Scene<'_>, bob: &mut Teller<'_, '_, '_>) -> Result<(), Stop> {
    let wiki = &scene.facts.application.wiki.login_url;
    bob.begins("login, Wiki", wiki, scene.saml_upstream, PageKind::Password)
        .await?;
    bob.types_own_password(bob.accepted()).await?;
    bob.goes_straight_in(
        "second application, Jira",
        &scene.facts.application.jira.login_url,
    )
    .await?;
    bob.comes_back_tomorrow();
    bob.begins(
        "login over OpenID Connect",
        wiki,
        scene.oidc_upstream,
        bob.accepted(),
    )
    .await
}

/// A rule denies her; the page says so, and going back tells the application.
async fn carol_is_denied(scene: &Scene<'_>, carol: &mut Teller<'_, '_, '_>) -> Result<(), Stop> {
    let jira = &scene.facts.application.jira.login_url;
    carol
        .begins("login, Jira", jira, scene.saml_upstream, PageKind::Password)
        .await?;
    carol.types_own_password(PageKind::Denied).await?;
    carol.goes_back(PageKind::Refused).await
}

/// The identity provider itself says no.
async fn dave_is_disabled(scene: &Scene<'_>, dave: &mut Teller<'_, '_, '_>) -> Result<(), Stop> {
    let jira = &scene.facts.application.jira.login_url;
    dave.begins("login, Jira", jira, scene.saml_upstream, PageKind::Password)
        .await?;
    dave.types_password("not the password", PageKind::PasswordWrong)
        .await?;
    dave.types_own_password(PageKind::Disabled).await
}
