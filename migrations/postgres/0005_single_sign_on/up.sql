-- The browser's single sign-on sessions. key and browser: SHA-256 of the cookies, in hexadecimal; what opens a session is
-- not in here. id: what it is called, whatever its key. expires_at: the end, however much it is used. The same tables,
-- columns and number as in migrations/sqlite.
--
-- Logins and sessions are kept in another form from now on: whoever is in the middle of a login begins it again.
DELETE FROM logins;
DROP TABLE sessions;
CREATE TABLE sessions (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    browser TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX sessions_by_browser ON sessions (browser);
CREATE INDEX sessions_by_person ON sessions (person, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The applications that take part in a session. due_at: null while the session lasts; from when on the application is to
-- be told of its end.
CREATE TABLE participations (
    session TEXT COLLATE "C" NOT NULL,
    app TEXT COLLATE "C" NOT NULL,
    due_at BIGINT,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (session, app)
);
CREATE INDEX participations_due ON participations (due_at) WHERE due_at IS NOT NULL;

-- valid_from: what the person proved before counts for nothing
ALTER TABLE people ADD COLUMN valid_from BIGINT NOT NULL DEFAULT 0;
