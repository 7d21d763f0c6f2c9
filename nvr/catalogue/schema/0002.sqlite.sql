-- Step 2: files that were found damaged, and an index by which each camera's oldest segments are found without a scan.

ALTER TABLE segments ADD COLUMN damaged_wall_ns BIGINT;

CREATE INDEX segments_by_age ON segments (camera_id, held, deleting, end_wall_ns);

CREATE INDEX segments_damaged ON segments (damaged_wall_ns) WHERE damaged_wall_ns IS NOT NULL;
