-- Step 4: several disks as pools, and each stream's oldest files by an index of their own, since streams may be kept for different times.

ALTER TABLE segments ADD COLUMN pool VARCHAR(32) NOT NULL DEFAULT '';

DROP INDEX segments_by_age;

CREATE INDEX segments_by_age ON segments (camera_id, stream, held, deleting, pool, end_wall_ns);

COMMENT ON COLUMN segments.pool IS 'The pool that its file lies in, as in its path; empty: the recordings folder itself.';
