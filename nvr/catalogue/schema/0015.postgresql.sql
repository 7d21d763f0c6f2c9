-- Step 15: what a model said that moved.

ALTER TABLE alerts ADD COLUMN object_kind VARCHAR(16) NOT NULL DEFAULT '';

ALTER TABLE alerts ADD COLUMN object_score DOUBLE PRECISION NOT NULL DEFAULT 0;

COMMENT ON COLUMN alerts.object_kind IS 'What a model said that moved: person, vehicle or empty.';

COMMENT ON COLUMN alerts.object_score IS 'How sure it was, 0..1.';
