-- Sessions of browsers. id and browser: SHA-256 of the cookies, in hexadecimal; what opens a session is not in here.
-- expires_at: the end, however much it is used. The same table, columns and number as in migrations/sqlite.
CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    browser TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX sessions_by_browser ON sessions (browser);
CREATE INDEX sessions_by_person ON sessions (person);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
