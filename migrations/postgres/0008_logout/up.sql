-- What an application calls the session, by which its request finds it.
ALTER TABLE participations ADD COLUMN known_as TEXT;
-- How often the application was told of the end in vain, since when nobody tries any more, and why.
ALTER TABLE participations ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE participations ADD COLUMN gave_up_at BIGINT;
ALTER TABLE participations ADD COLUMN why TEXT;
CREATE INDEX participations_by_name ON participations (app, known_as) WHERE known_as IS NOT NULL;

-- Logouts under way, which lead a browser from one application to the next. The same tables, columns and number as in
-- migrations/sqlite.
CREATE TABLE logouts (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX logouts_by_expiry ON logouts (expires_at);
