-- What is due is looked for application by application, so that one which cannot be reached hides no other. The same
-- indexes and number as in migrations/postgres.
DROP INDEX participations_due;
CREATE INDEX participations_due ON participations (app, due_at) WHERE due_at IS NOT NULL AND gave_up_at IS NULL;
CREATE INDEX participations_given_up ON participations (gave_up_at) WHERE gave_up_at IS NOT NULL;
