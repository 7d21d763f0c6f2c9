-- Step 3: holds of their own (by hand, and of incidents), and which held files were cut down to what is held.

CREATE TABLE holds (
    hold_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    from_wall_ns BIGINT NOT NULL,
    to_wall_ns BIGINT,
    state VARCHAR(16) NOT NULL,
    incident_id VARCHAR(64),
    reason TEXT NOT NULL,
    authority TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    expires_wall_ns BIGINT,
    warned_wall_ns BIGINT,
    asked_by_id VARCHAR(64),
    asked_by TEXT,
    asked_wall_ns BIGINT,
    asked_reason TEXT NOT NULL,
    ended_by TEXT,
    ended_wall_ns BIGINT,
    PRIMARY KEY (hold_id)
);

CREATE INDEX holds_of_camera ON holds (camera_id, state, from_wall_ns);

CREATE INDEX holds_of_incident ON holds (incident_id);

CREATE INDEX holds_by_state ON holds (state, expires_wall_ns);

ALTER TABLE segments ADD COLUMN trimmed BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX segments_held ON segments (trimmed, end_wall_ns) WHERE held;

INSERT INTO holds (hold_id, camera_id, from_wall_ns, to_wall_ns, state, incident_id, reason, authority, created_by, created_wall_ns, asked_reason)
SELECT incident_id, camera_id, from_wall_ns, to_wall_ns, 'active', incident_id, number, '', created_by, created_wall_ns, '' FROM incidents;

COMMENT ON TABLE holds IS 'Stretches of recording that nothing and nobody alone deletes.';

COMMENT ON COLUMN holds.hold_id IS 'Sortable id; of an incident''s own camera the incident''s.';

COMMENT ON COLUMN holds.camera_id IS 'The camera.';

COMMENT ON COLUMN holds.from_wall_ns IS 'Its recordings are held from here';

COMMENT ON COLUMN holds.to_wall_ns IS 'to here; null: all since.';

COMMENT ON COLUMN holds.state IS 'active, asked (to be released), released or expired.';

COMMENT ON COLUMN holds.incident_id IS 'The incident that it was placed for; null: by hand.';

COMMENT ON COLUMN holds.reason IS 'Why, in words; of an incident its number.';

COMMENT ON COLUMN holds.authority IS 'Who asked for it: number of an oficio, of a fiscal case; or empty.';

COMMENT ON COLUMN holds.created_by IS 'Who placed it.';

COMMENT ON COLUMN holds.created_wall_ns IS 'When.';

COMMENT ON COLUMN holds.expires_wall_ns IS 'When it ends by itself, after a warning; null: never.';

COMMENT ON COLUMN holds.warned_wall_ns IS 'When people were warned of its end; null: not yet.';

COMMENT ON COLUMN holds.asked_by_id IS 'User id of who asked for its release.';

COMMENT ON COLUMN holds.asked_by IS 'His name.';

COMMENT ON COLUMN holds.asked_wall_ns IS 'When he asked.';

COMMENT ON COLUMN holds.asked_reason IS 'Why.';

COMMENT ON COLUMN holds.ended_by IS 'Who approved the release, or `sistema`.';

COMMENT ON COLUMN holds.ended_wall_ns IS 'When it ended.';

COMMENT ON COLUMN segments.trimmed IS 'Nothing in it could be cut away: all of it is held, as far as its key frames allow.';

COMMENT ON COLUMN segments.held IS 'A hold touches it: the janitor passes it by, or cuts it down to what is held.';

COMMENT ON COLUMN incidents.from_wall_ns IS 'Its recording is shown from here';

COMMENT ON COLUMN incidents.to_wall_ns IS 'to here; null while that is not known.';
