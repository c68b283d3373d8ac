-- account: the digest of the tally that this one goes with when an administrator forgives an account; null for others.
-- The same columns and number as in migrations/sqlite.
ALTER TABLE throttle ADD COLUMN account BYTEA;
CREATE INDEX throttle_by_account ON throttle (account) WHERE account IS NOT NULL;
