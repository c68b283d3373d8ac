-- Browsers in which a session was ended, and when: what was proved there before begins none. browser: SHA-256 of the
-- cookie, in hexadecimal. The same table, columns and number as in migrations/sqlite.
CREATE TABLE signed_out (
    browser TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX signed_out_by_time ON signed_out (at);
