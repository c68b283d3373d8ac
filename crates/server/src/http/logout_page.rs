//! What a page of a logout says: where the person is signed out, where not, and what they can do about that.

use actix_web::{HttpResponse, http::StatusCode};
use vestibule_core::{
    account::Place,
    logout::{FirstDoorState, PartingState},
};
use vestibule_engine::{FirstDoorShown, LogoutAsk, LogoutScreen, PartingShown};

use super::{
    Site,
    headers::FormsLead,
    page::{bare, render, render_framing},
};
use crate::view::{
    Layout, LogoutFrames, LogoutOver, LogoutSignOut, LogoutWait, PartingLine, There,
};

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
        LogoutAsk::Over {
            partings,
            first_door,
        } => {
            let onward = format!("{here}/onward");
            over(site, layout, partings, first_door.as_ref(), &onward)
        }
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

fn over(
    site: &Site,
    layout: Layout<'_>,
    partings: &[PartingShown],
    first_door: Option<&FirstDoorShown>,
    onward: &str,
) -> HttpResponse {
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
    let (done, left) = (lines(true), lines(false));
    let there = first_door.map(|door| There {
        upstream: &door.upstream,
        state: words_there(door.state),
        onward: (door.state == FirstDoorState::Offered).then_some(onward),
    });
    let page = LogoutOver {
        layout,
        heading: heading(left.is_empty(), first_door.map(|door| door.state)),
        done: &done,
        left: &left,
        there: there.as_ref(),
        account: &overview,
    };
    render(site, StatusCode::OK, FormsLead::Away, &page)
}

/// Of how much the person is signed out.
fn heading(is_told: bool, there: Option<FirstDoorState>) -> &'static str {
    let is_done = there.is_none_or(FirstDoorState::is_done);
    match (is_told && is_done, there) {
        (false, _) => "You are signed out here, but not everywhere",
        (true, Some(FirstDoorState::Left | FirstDoorState::Offered)) => "You are signed out here",
        (true, _) => "You are signed out",
    }
}

/// What became of the upstream.
fn words_there(state: FirstDoorState) -> &'static str {
    match state {
        FirstDoorState::Asked { .. } | FirstDoorState::Silent | FirstDoorState::ToBeAsked => {
            "It gave no answer. You may still be signed in there."
        }
        FirstDoorState::Confirmed => "You are signed out there, too.",
        FirstDoorState::Left => {
            "You may still be signed in there, and come in here again without a password. On a computer that others use, sign out there, too."
        }
        FirstDoorState::Offered => {
            "You are still signed in there. Whoever uses this browser next comes in here again without a password."
        }
        FirstDoorState::Partly => {
            "You are signed out there, but not of everything that you opened from there."
        }
        FirstDoorState::Refused => "It says that you are still signed in.",
        FirstDoorState::Unspoken => {
            "It cannot be told from here. You may still be signed in there."
        }
    }
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
