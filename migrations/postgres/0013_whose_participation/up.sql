-- Whose session it is or was, so that an administrator can tell whom an application still believes to be signed in.
-- Nothing is known of those from before. The same column and number as in migrations/sqlite.
ALTER TABLE participations ADD COLUMN person TEXT;
