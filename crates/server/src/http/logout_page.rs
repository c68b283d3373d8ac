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
    let lines = |wanted: fn(PartingState) -> bool| -> Vec<PartingLine<'_>> {
        partings
            .iter()
            .filter(|parting| wanted(parting.state))
            .map(|parting| PartingLine {
                app: &parting.app,
                state: words(parting.state),
            })
            .collect()
    };
    let overview = Place::Overview.path();
    let done = lines(|state| state.is_done() && !state.is_pending());
    let left = lines(|state| !state.is_done());
    let pending = lines(PartingState::is_pending);
    let there = first_door.map(|door| There {
        upstream: &door.upstream,
        state: words_there(door.state),
        onward: (door.state == FirstDoorState::Offered).then_some(onward),
    });
    let page = LogoutOver {
        layout,
        heading: heading(partings, first_door.map(|door| door.state)),
        done: &done,
        left: &left,
        pending: &pending,
        there: there.as_ref(),
        account: &overview,
    };
    render(site, StatusCode::OK, FormsLead::Away, &page)
}

/// Of how much the person is signed out.
fn heading(partings: &[PartingShown], there: Option<FirstDoorState>) -> &'static str {
    let is_done = there.is_none_or(FirstDoorState::is_done);
    let is_told = partings.iter().all(|parting| parting.state.is_done());
    let is_pending = partings.iter().any(|parting| parting.state.is_pending());
    match (is_told && is_done, there) {
        (false, _) => "You are signed out here, but not everywhere",
        (true, Some(FirstDoorState::Left | FirstDoorState::Offered)) => "You are signed out here",
        // What is only on its way is not said to have arrived.
        (true, _) if is_pending => "You are signed out here",
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
        PartingState::Called => {
            "It will be told in a few seconds. If it cannot be reached, we try again for some hours."
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_says_no_more_than_is_known() {
        use PartingState::{Called, Confirmed, Refused, Untold};
        let nobody: &[PartingState] = &[];
        let here = "You are signed out here";
        let partly = "You are signed out here, but not everywhere";
        let table = [
            (nobody, None, "You are signed out"),
            (&[Confirmed], None, "You are signed out"),
            // What waits in the queue may never arrive.
            (&[Called], None, here),
            (&[Confirmed, Called], Some(FirstDoorState::Confirmed), here),
            (&[Confirmed], Some(FirstDoorState::Offered), here),
            (&[Called, Untold], None, partly),
            (&[Refused], None, partly),
            (&[Confirmed], Some(FirstDoorState::Refused), partly),
        ];
        for (states, there, expect) in table {
            let partings: Vec<PartingShown> = states
                .iter()
                .map(|state| PartingShown {
                    app: "Wiki".to_owned(),
                    state: *state,
                })
                .collect();
            assert_eq!(heading(&partings, there), expect, "{states:?} {there:?}");
        }
    }
}
