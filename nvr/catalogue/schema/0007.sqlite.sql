-- Step 7: which files have only their key frames left.

ALTER TABLE segments ADD COLUMN groomed BOOLEAN NOT NULL DEFAULT 0;
