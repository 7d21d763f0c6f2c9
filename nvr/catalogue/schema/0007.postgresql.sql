-- Step 7: which files have only their key frames left.

ALTER TABLE segments ADD COLUMN groomed BOOLEAN NOT NULL DEFAULT FALSE;

COMMENT ON COLUMN segments.groomed IS 'Nothing but its key frames is left.';
