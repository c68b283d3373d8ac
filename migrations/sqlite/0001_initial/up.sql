-- Times are milliseconds since 1970 in UTC. "Sealed" is AES-256-GCM under the master key, bound to its row.
-- The same tables, columns and numbers as in migrations/postgres. There is no way down: restore a backup.

-- Which master key the sealed columns were made with: one row, written at the first start.
CREATE TABLE master_key (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id TEXT NOT NULL
);

CREATE TABLE logins (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    closed BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX logins_by_expiry ON logins (expires_at);
CREATE INDEX logins_open ON logins (expires_at) WHERE NOT closed;

CREATE TABLE enrolments (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    sealed BLOB NOT NULL,
    disabled BOOLEAN NOT NULL,
    spent BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revision BIGINT NOT NULL
);
CREATE INDEX enrolments_by_person ON enrolments (person, created_at, id);

-- digest: SHA-256 of owner, a zero byte, value
CREATE TABLE replay_marks (
    purpose TEXT NOT NULL,
    digest BLOB NOT NULL,
    keep_until BIGINT NOT NULL,
    PRIMARY KEY (purpose, digest)
) WITHOUT ROWID;
CREATE INDEX replay_marks_by_expiry ON replay_marks (keep_until);

-- digest: SHA-256 of the key's name, which may hold what anybody typed
CREATE TABLE throttle (
    digest BLOB NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT,
    forget_at BIGINT
) WITHOUT ROWID;
CREATE INDEX throttle_by_expiry ON throttle (forget_at) WHERE forget_at IS NOT NULL;

-- last_seen: null until the first login
CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    display_name TEXT,
    mail TEXT,
    disabled BOOLEAN NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT
);

-- user_groups: a JSON array; sealed: the password's Argon2id hash
CREATE TABLE local_accounts (
    upstream TEXT NOT NULL,
    username TEXT NOT NULL,
    sealed BLOB NOT NULL,
    mail TEXT,
    display_name TEXT,
    given_name TEXT,
    family_name TEXT,
    user_groups TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    PRIMARY KEY (upstream, username)
);

CREATE TABLE signing_keys (
    name TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    certificate BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

-- The columns beside record repeat parts of it, to be searched by.
CREATE TABLE audit (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    reference TEXT,
    person TEXT,
    address TEXT,
    record TEXT NOT NULL,
    chain TEXT NOT NULL
);
CREATE INDEX audit_by_reference ON audit (reference, number) WHERE reference IS NOT NULL;
CREATE INDEX audit_by_person ON audit (person, number) WHERE person IS NOT NULL;
CREATE INDEX audit_by_address ON audit (address, number) WHERE address IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at, number);

-- The end of the chain: one row, written at the first start. Locking it puts the writers of the log in order.
CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    chain TEXT NOT NULL,
    mac TEXT NOT NULL
);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
