//! Metadata of SAML partners.

use super::{Known, Section, known};

pub(super) const SECTION: Section = Section {
    title: "SAML metadata",
    rows: ROWS,
};

const FETCH: &str =
    "Fetch the metadata anew from the provider; is it the file for identity providers?";

const ROWS: &[Known] = &[
    known(
        "app_metadata_missing",
        "The application's metadata could not be read since the start.",
        "See the log for the cause; try `metadata_url` from this machine, or use `metadata_file`.",
    ),
    known(
        "idp_changed",
        "The provider was exchanged while the login was under way, or since the person came who is to be signed out there.",
        "Begin again at the application. The sign-out here is done; the old provider's own session ends by its limits.",
    ),
    known(
        "metadata_addresses_replaced",
        "All addresses for answers in an application's metadata are at new sites.",
        "Ask the application's administrator and restart, or set `metadata_signed_by`.",
    ),
    known(
        "metadata_entity_ambiguous",
        "The file describes several identity providers.",
        "Say which one is meant: `metadata_entity_id` in the configuration, `--idp-entity-id` here.",
    ),
    known(
        "metadata_entity_changed",
        "The metadata now describes another provider.",
        "If that is meant, restart; else ask the provider's administrator.",
    ),
    known(
        "metadata_entity_missing",
        "The file describes no identity provider, or not the one that is meant.",
        FETCH,
    ),
    known(
        "metadata_entity_repeated",
        "The file describes the same entity twice.",
        FETCH,
    ),
    known(
        "metadata_expired",
        "The metadata is no longer valid.",
        FETCH,
    ),
    known(
        "metadata_keys_replaced",
        "All keys in the metadata are new at once.",
        "Compare the fingerprints with the provider's administrator and restart, or configure signed metadata.",
    ),
    known(
        "metadata_location",
        "An address in the metadata is not https.",
        "Let the provider publish https addresses.",
    ),
    known(
        "metadata_our_own",
        "The metadata is our own.",
        "Give that of the identity provider.",
    ),
    known(
        "metadata_service_missing",
        "The metadata names no address for logins that we can use.",
        FETCH,
    ),
    known(
        "metadata_signing_key_missing",
        "The metadata has no key that we can use.",
        "Let the provider publish an RSA key of 2048 bit or more, or one on P-256, P-384 or P-521.",
    ),
    known(
        "metadata_value",
        "A value in the metadata is not what its type asks for.",
        FETCH,
    ),
    known(
        "request_signing_key_missing",
        "The provider wants signed requests, and there is no key for it.",
        "Configure a signing key.",
    ),
];
