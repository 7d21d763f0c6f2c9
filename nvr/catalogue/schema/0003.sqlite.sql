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

ALTER TABLE segments ADD COLUMN trimmed BOOLEAN NOT NULL DEFAULT 0;

CREATE INDEX segments_held ON segments (trimmed, end_wall_ns) WHERE held;

INSERT INTO holds (hold_id, camera_id, from_wall_ns, to_wall_ns, state, incident_id, reason, authority, created_by, created_wall_ns, asked_reason)
SELECT incident_id, camera_id, from_wall_ns, to_wall_ns, 'active', incident_id, number, '', created_by, created_wall_ns, '' FROM incidents;
