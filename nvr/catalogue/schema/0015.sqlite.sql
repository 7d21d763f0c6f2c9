-- Step 15: what a model said that moved.

ALTER TABLE alerts ADD COLUMN object_kind VARCHAR(16) NOT NULL DEFAULT '';

ALTER TABLE alerts ADD COLUMN object_score DOUBLE NOT NULL DEFAULT 0;
