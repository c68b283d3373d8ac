-- Where the password of a local account was right. digest, account: SHA-256 of the names of source and account.
-- The same table, columns and number as in migrations/postgres.
CREATE TABLE known_sources (
    digest BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL,
    forget_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX known_sources_by_account ON known_sources (account);
CREATE INDEX known_sources_by_expiry ON known_sources (forget_at);
