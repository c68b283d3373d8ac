-- A browser has one session. Where two people came in at the same moment, the one that was used last stays, and the
-- applications of the other are told of its end. The same index and number as in migrations/sqlite.
UPDATE participations SET due_at = 0 WHERE due_at IS NULL AND session IN (
    SELECT older.id FROM sessions AS older JOIN sessions AS newer ON newer.browser = older.browser
    WHERE (newer.used_at, newer.key) > (older.used_at, older.key)
);
DELETE FROM sessions WHERE id IN (
    SELECT older.id FROM sessions AS older JOIN sessions AS newer ON newer.browser = older.browser
    WHERE (newer.used_at, newer.key) > (older.used_at, older.key)
);
DROP INDEX sessions_by_browser;
CREATE UNIQUE INDEX sessions_by_browser ON sessions (browser);
