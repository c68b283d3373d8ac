-- Where the password of a local account was right. digest, account: SHA-256 of the names of source and account.
-- The same table, columns and number as in migrations/sqlite.
CREATE TABLE known_sources (
    digest BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL,
    forget_at BIGINT NOT NULL
);
CREATE INDEX known_sources_by_account ON known_sources (account);
CREATE INDEX known_sources_by_expiry ON known_sources (forget_at);
