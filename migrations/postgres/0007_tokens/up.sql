-- Codes and tokens of applications. digest: SHA-256; what opens anything is not in here. family: all that came of one
-- grant. keep_until: until when it is remembered that one was used. The same table, columns and number as in
-- migrations/sqlite.
CREATE TABLE tokens (
    purpose TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    family TEXT COLLATE "C" NOT NULL,
    used_at BIGINT,
    keep_until BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (purpose, digest)
);
CREATE INDEX tokens_by_family ON tokens (family);
CREATE INDEX tokens_by_expiry ON tokens (keep_until);
