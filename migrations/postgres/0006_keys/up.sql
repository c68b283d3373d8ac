-- Keys get a purpose, a state and an id; what was there is the active key of the purpose that it is named for, and keeps
-- its name as id, which its secret is bound to.
-- The same tables, columns and number as in migrations/sqlite.
ALTER TABLE signing_keys RENAME COLUMN name TO id;
ALTER TABLE signing_keys
    ALTER COLUMN certificate DROP NOT NULL,
    ADD COLUMN purpose TEXT,
    ADD COLUMN algorithm TEXT,
    ADD COLUMN state TEXT,
    ADD COLUMN since BIGINT;
UPDATE signing_keys SET purpose = id, algorithm = 'rsa-2048', state = 'active', since = created_at;
ALTER TABLE signing_keys
    ALTER COLUMN purpose SET NOT NULL,
    ALTER COLUMN algorithm SET NOT NULL,
    ALTER COLUMN state SET NOT NULL,
    ALTER COLUMN since SET NOT NULL;
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (purpose) WHERE state = 'active';

-- Who is served with another key than the active one. partner: app/<id> or upstream/<id>
CREATE TABLE signing_key_choices (
    purpose TEXT NOT NULL,
    partner TEXT NOT NULL,
    key_id TEXT NOT NULL,
    PRIMARY KEY (purpose, partner)
);

-- How often keys were changed: one row. Changing it puts changes in order.
CREATE TABLE signing_key_changes (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO signing_key_changes (id, number) VALUES (1, 0);
