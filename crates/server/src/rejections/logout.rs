//! Why a message about a logout is not acted on, as far as its form and signature are right.

use super::{HOSTILE, Known, Section, known};

pub(super) const SECTION: Section = Section {
    title: "Logouts",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "logout_answer_unexpected",
        "It answers a logout request that we did not send, or that is over.",
        "Sign out again. If it goes on, look whether the other side answers more than once.",
    ),
    known(
        "logout_request_replayed",
        "The same logout message was acted on before.",
        HOSTILE,
    ),
    known(
        "logout_session_unknown",
        "Nothing is known of the provider's session that shall end.",
        "Sessions that began while `logout: none` was set for this upstream end here only; later ones end there, too.",
    ),
    known(
        "logout_too_many",
        "More logouts than may be wait for somebody to say yes, or for their browser; this one was not taken, and no session ended by it.",
        "If it goes on, look at the addresses that it comes from. Where a person stands beside it, the bound is theirs alone, and somebody leads their browser here again and again.",
    ),
    known(
        "logout_unregistered",
        "There is no address that logout messages could be sent to, or no key to sign them with.",
        "Give the other side's metadata anew, with its single logout service.",
    ),
];
