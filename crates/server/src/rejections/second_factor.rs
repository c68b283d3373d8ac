//! Why what a provider says of a second factor does not count. No message is refused for it.

use super::{Known, Section, known};

pub(super) const SECTION: Section = Section {
    title: "Second factors of providers",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "upstream_factor_account",
        "The account page opens by factors that are set up here alone.",
        "This is as it should be. `first_enrolment` of the rule that holds for `account` says whether they may set up a first one.",
    ),
    known(
        "upstream_factor_ahead",
        "The provider says that it authenticated the person more than two minutes from now.",
        "Compare the clocks of the provider and of this machine (NTP).",
    ),
    known(
        "upstream_factor_earlier",
        "The provider said it in an earlier login, of which the application takes nothing, or whose session is over.",
        "Who has a factor of ours is asked for that; who has none is sent to the provider again. `single_sign_on: shared` lets the application take what was said before.",
    ),
    known(
        "upstream_factor_not_believed",
        "The provider is not believed: it has no `second_factor` in our configuration.",
        "Write `second_factor` below its `upstreams` entry, or let the rule name those providers that have it (`upstreams` in its `when`).",
    ),
    known(
        "upstream_factor_revoked",
        "It is from before the person was signed out or disabled, or what they had proved was revoked.",
        "This is as it should be. Who has a factor of ours is asked for that; who has none is sent to the provider again.",
    ),
    known(
        "upstream_factor_too_old",
        "It is older than `max_age` of the provider's `second_factor`.",
        "Raise that, or let the provider remember people for a shorter time. Who has a factor of ours is asked for that; who has none is sent there again.",
    ),
    known(
        "upstream_factor_too_old_for_rule",
        "It is older than `max_age` of the rule, though not too old for the provider's `second_factor`.",
        "Raise that of the rule, if it need not ask so often. Who has a factor of ours is asked for that; who has none is sent to the provider again.",
    ),
    known(
        "upstream_factor_undated",
        "The provider does not say when it authenticated the person.",
        "Let it send `auth_time` in its ID tokens. In SAML `AuthnInstant` is always there.",
    ),
    known(
        "upstream_factor_unsaid",
        "The provider said none of the values that its `second_factor` names.",
        "Did it ask for a second factor at all? Look at the message with `vestibule inspect`, and compare to the letter.",
    ),
];
