-- Keys get a purpose, a state and an id; what was there is the active key of the purpose that it is named for, and keeps
-- its name as id, which its secret is bound to.
-- The same tables, columns and number as in migrations/postgres.
CREATE TABLE signing_keys_with_states (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    certificate BLOB
);
INSERT INTO signing_keys_with_states (id, purpose, algorithm, state, since, created_at, sealed, certificate)
    SELECT name, name, 'rsa-2048', 'active', created_at, created_at, sealed, certificate FROM signing_keys;
DROP TABLE signing_keys;
ALTER TABLE signing_keys_with_states RENAME TO signing_keys;
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (purpose) WHERE state = 'active';

-- Who is served with another key than the active one. partner: app/<id> or upstream/<id>
CREATE TABLE signing_key_choices (
    purpose TEXT NOT NULL,
    partner TEXT NOT NULL,
    key_id TEXT NOT NULL,
    PRIMARY KEY (purpose, partner)
) WITHOUT ROWID;

-- How often keys were changed: one row. Changing it puts changes in order.
CREATE TABLE signing_key_changes (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO signing_key_changes (id, number) VALUES (1, 0);
