//! The tables, as both databases have them: see `migrations/`.

diesel::table! {
    audit (number) {
        number -> BigInt,
        at -> BigInt,
        reference -> Nullable<Text>,
        person -> Nullable<Text>,
        address -> Nullable<Text>,
        record -> Text,
        chain -> Text,
    }
}

diesel::table! {
    audit_head (id) {
        id -> BigInt,
        number -> BigInt,
        chain -> Text,
        mac -> Text,
    }
}

diesel::table! {
    enrolments (id) {
        id -> Text,
        person -> Text,
        kind -> Text,
        label -> Text,
        sealed -> Binary,
        disabled -> Bool,
        spent -> Bool,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revision -> BigInt,
    }
}

diesel::table! {
    known_sources (digest) {
        digest -> Binary,
        account -> Binary,
        forget_at -> BigInt,
    }
}

diesel::table! {
    local_accounts (upstream, username) {
        upstream -> Text,
        username -> Text,
        sealed -> Binary,
        mail -> Nullable<Text>,
        display_name -> Nullable<Text>,
        given_name -> Nullable<Text>,
        family_name -> Nullable<Text>,
        user_groups -> Text,
        disabled -> Bool,
    }
}

diesel::table! {
    logins (id) {
        id -> Text,
        expires_at -> BigInt,
        closed -> Bool,
        revision -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    logouts (id) {
        id -> Text,
        expires_at -> BigInt,
        revision -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    master_key (id) {
        id -> BigInt,
        key_id -> Text,
    }
}

diesel::table! {
    participations (session, app) {
        session -> Text,
        app -> Text,
        due_at -> Nullable<BigInt>,
        sealed -> Binary,
        known_as -> Nullable<Text>,
        attempts -> BigInt,
        gave_up_at -> Nullable<BigInt>,
        why -> Nullable<Text>,
        person -> Nullable<Text>,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        display_name -> Nullable<Text>,
        mail -> Nullable<Text>,
        disabled -> Bool,
        first_seen -> BigInt,
        last_seen -> Nullable<BigInt>,
        valid_from -> BigInt,
    }
}

diesel::table! {
    replay_marks (purpose, digest) {
        purpose -> Text,
        digest -> Binary,
        keep_until -> BigInt,
    }
}

diesel::table! {
    sessions (key) {
        key -> Text,
        id -> Text,
        browser -> Text,
        person -> Text,
        used_at -> BigInt,
        expires_at -> BigInt,
        sealed -> Binary,
        upstream_subject -> Nullable<Binary>,
        upstream_session -> Nullable<Binary>,
    }
}

diesel::table! {
    signed_out (browser) {
        browser -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    signing_key_changes (id) {
        id -> BigInt,
        number -> BigInt,
    }
}

diesel::table! {
    signing_key_choices (purpose, partner) {
        purpose -> Text,
        partner -> Text,
        key_id -> Text,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        purpose -> Text,
        algorithm -> Text,
        state -> Text,
        since -> BigInt,
        created_at -> BigInt,
        sealed -> Binary,
        certificate -> Nullable<Binary>,
    }
}

diesel::table! {
    throttle (digest) {
        digest -> Binary,
        failures -> BigInt,
        last_at -> Nullable<BigInt>,
        forget_at -> Nullable<BigInt>,
        account -> Nullable<Binary>,
    }
}

diesel::table! {
    tokens (purpose, digest) {
        purpose -> Text,
        digest -> Binary,
        family -> Text,
        used_at -> Nullable<BigInt>,
        keep_until -> BigInt,
        sealed -> Binary,
    }
}
