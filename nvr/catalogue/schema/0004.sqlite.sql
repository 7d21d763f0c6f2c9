-- Step 4: several disks as pools, and each stream's oldest files by an index of their own, since streams may be kept for different times.

ALTER TABLE segments ADD COLUMN pool VARCHAR(32) NOT NULL DEFAULT '';

DROP INDEX segments_by_age;

CREATE INDEX segments_by_age ON segments (camera_id, stream, held, deleting, pool, end_wall_ns);
