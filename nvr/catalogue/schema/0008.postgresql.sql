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
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    position_wall_ns BIGINT,
    in_use BOOLEAN NOT NULL,
    PRIMARY KEY (unit_id),
    FOREIGN KEY(dispatch_id) REFERENCES dispatches (dispatch_id)
);

CREATE INDEX units_of_agency ON units (agency, in_use);

CREATE INDEX units_of_dispatch ON units (dispatch_id);

COMMENT ON COLUMN dispatches.unit_id IS 'The unit that was sent to it.';

COMMENT ON COLUMN dispatches.unit_name IS 'Its call sign as it was then, or empty.';

COMMENT ON COLUMN dispatches.escalation IS 'Who was told that nobody answers: 1 operator, 2 supervisor, 3 chief of the shift.';

COMMENT ON COLUMN dispatches.call_due_wall_ns IS 'Since when the operator had to call.';

COMMENT ON COLUMN dispatches.called_wall_ns IS 'When the call was answered and read back.';

COMMENT ON COLUMN dispatches.late_step IS 'en_route or on_scene, while that is overdue.';

COMMENT ON COLUMN dispatches.result IS 'attended, intervened, handed_to_pnp or false_alarm.';

COMMENT ON COLUMN dispatches.receiver_name IS 'Who of the PNP received, or empty.';

COMMENT ON COLUMN dispatches.receiver_cip IS 'His CIP, or empty.';

COMMENT ON COLUMN dispatches.receiver_station IS 'His comisaría, or empty.';

COMMENT ON TABLE units IS 'Who an agency has in the street.';

COMMENT ON COLUMN units.unit_id IS 'Sortable id; never used again.';

COMMENT ON COLUMN units.agency IS 'Code of the agency that it belongs to.';

COMMENT ON COLUMN units.call_sign IS 'What it is called on the radio.';

COMMENT ON COLUMN units.kind IS 'vehicle, motorcycle, on_foot, bicycle, ambulance or fire_engine.';

COMMENT ON COLUMN units.plate IS 'Its plate, or empty.';

COMMENT ON COLUMN units.crew IS 'Who is in it, in words.';

COMMENT ON COLUMN units.sector IS 'Where it patrols, as the sector of cameras; or empty.';

COMMENT ON COLUMN units.state IS 'One of thirteen (docs/design/dispatch.md).';

COMMENT ON COLUMN units.since_wall_ns IS 'Since when.';

COMMENT ON COLUMN units.state_note IS 'What was said of it.';

COMMENT ON COLUMN units.dispatch_id IS 'What it attends.';

COMMENT ON COLUMN units.latitude IS 'Where it was last, degrees WGS 84.';

COMMENT ON COLUMN units.longitude IS 'Likewise.';

COMMENT ON COLUMN units.position_wall_ns IS 'When it was there.';

COMMENT ON COLUMN units.in_use IS 'Whether it still exists.';
