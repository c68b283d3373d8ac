-- By what an upstream finds again the sessions that began with it: SHA-256 of its name for the person, and of its name
-- for its own session. The same columns as in migrations/sqlite.
ALTER TABLE sessions ADD COLUMN upstream_subject BYTEA;
ALTER TABLE sessions ADD COLUMN upstream_session BYTEA;
CREATE INDEX sessions_by_upstream_subject ON sessions (upstream_subject);
CREATE INDEX sessions_by_upstream_session ON sessions (upstream_session);
