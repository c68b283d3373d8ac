//! What a page of a logout says: where the person is signed out, where not, and what they can do about that.

use actix_web::{HttpResponse, http::StatusCode};
use vestibule_core::{account::Place, logout::PartingState};
use vestibule_engine::{LogoutAsk, LogoutScreen, PartingShown};

use super::{
    Site,
    headers::FormsLead,
    page::{bare, render, render_framing},
};
use crate::view::{Layout, LogoutFrames, LogoutOver, LogoutSignOut, LogoutWait, PartingLine};

/// The page.
pub(super) fn page(site: &Site, screen: &LogoutScreen) -> HttpResponse {
    let step = screen.step.to_string();
    let here = format!("/logout/{}", screen.handle);
    let layout = Layout {
        reference: Some(screen.reference.as_str()),
        step: Some(&step),
        ..bare(site)
    };
    match &screen.ask {
        LogoutAsk::Frames { addresses } => {
            let frames: Vec<&str> = addresses.iter().map(|address| address.as_str()).collect();
            let page = LogoutFrames {
                layout,
                action: &format!("{here}/continue"),
                frames: &frames,
            };
            render_framing(site, addresses, &page)
        }
        LogoutAsk::Over { partings } => over(site, layout, partings),
        LogoutAsk::SignOut { app } => {
            let page = LogoutSignOut {
                layout,
                action: &format!("{here}/sign-out"),
                app: app.as_deref(),
            };
            render(site, StatusCode::OK, FormsLead::Away, &page)
        }
        LogoutAsk::Wait { app } => {
            let page = LogoutWait {
                layout,
                action: &format!("{here}/continue"),
                app,
            };
            render(site, StatusCode::OK, FormsLead::Away, &page)
        }
    }
}

fn over(site: &Site, layout: Layout<'_>, partings: &[PartingShown]) -> HttpResponse {
    let lines = |done: bool| -> Vec<PartingLine<'_>> {
        partings
            .iter()
            .filter(|parting| parting.state.is_done() == done)
            .map(|parting| PartingLine {
                app: &parting.app,
                state: words(parting.state),
            })
            .collect()
    };
    let overview = Place::Overview.path();
    let page = LogoutOver {
        layout,
        done: &lines(true),
        left: &lines(false),
        account: &overview,
    };
    render(site, StatusCode::OK, FormsLead::Home, &page)
}

/// What became of one application.
fn words(state: PartingState) -> &'static str {
    match state {
        PartingState::Asker | PartingState::Confirmed => "You are signed out.",
        PartingState::Called => "It is being told; that takes a few seconds.",
        PartingState::Framed => "It was told, and gives no answer. Look there.",
        PartingState::Partly => "You are signed out there, but not of everything behind it.",
        PartingState::Refused => "It says that you are still signed in.",
        PartingState::Asked { .. }
        | PartingState::Silent
        | PartingState::ToBeFramed
        | PartingState::ToBeVisited => "It gave no answer.",
        PartingState::Untold => "It cannot be told from here.",
    }
}
