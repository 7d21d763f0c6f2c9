-- Step 8: units, and what is due of a dispatch and how it ended.

ALTER TABLE dispatches ADD COLUMN unit_id VARCHAR(64);

ALTER TABLE dispatches ADD COLUMN unit_name VARCHAR(20) NOT NULL DEFAULT '';

ALTER TABLE dispatches ADD COLUMN escalation INTEGER NOT NULL DEFAULT 0;

ALTER TABLE dispatches ADD COLUMN call_due_wall_ns BIGINT;

ALTER TABLE dispatches ADD COLUMN called_wall_ns BIGINT;

ALTER TABLE dispatches ADD COLUMN late_step VARCHAR(16);

ALTER TABLE dispatches ADD COLUMN result VARCHAR(16);

ALTER TABLE dispatches ADD COLUMN receiver_name TEXT NOT NULL DEFAULT '';

ALTER TABLE dispatches ADD COLUMN receiver_cip VARCHAR(12) NOT NULL DEFAULT '';

ALTER TABLE dispatches ADD COLUMN receiver_station TEXT NOT NULL DEFAULT '';

CREATE INDEX dispatches_open ON dispatches (created_wall_ns) WHERE closed_wall_ns IS NULL;

CREATE TABLE units (
    unit_id VARCHAR(64) NOT NULL,
    agency VARCHAR(16) NOT NULL,
    call_sign VARCHAR(20) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    plate VARCHAR(12) NOT NULL,
    crew TEXT NOT NULL,
    sector TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    since_wall_ns BIGINT NOT NULL,
    state_note TEXT NOT NULL,
    dispatch_id VARCHAR(64),
    latitude DOUBLE,
    longitude DOUBLE,
    position_wall_ns BIGINT,
    in_use BOOLEAN NOT NULL,
    PRIMARY KEY (unit_id),
    FOREIGN KEY(dispatch_id) REFERENCES dispatches (dispatch_id)
);

CREATE INDEX units_of_agency ON units (agency, in_use);

CREATE INDEX units_of_dispatch ON units (dispatch_id);
