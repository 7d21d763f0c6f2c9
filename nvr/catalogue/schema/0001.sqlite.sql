-- Step 1: the first schema. Each column is explained in nvr/catalogue/tables.py.

CREATE TABLE audit (
    audit_id INTEGER NOT NULL,
    wall_ns BIGINT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    address TEXT NOT NULL,
    action VARCHAR(64) NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (audit_id)
);

CREATE TABLE camera_history (
    observation_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    state VARCHAR(16) NOT NULL,
    wall_ns BIGINT NOT NULL,
    cause TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (observation_id)
);

CREATE INDEX camera_history_by_time ON camera_history (camera_id, wall_ns);

CREATE TABLE camera_states (
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    state VARCHAR(16) NOT NULL,
    since_wall_ns BIGINT NOT NULL,
    down_since_wall_ns BIGINT,
    cause TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (camera_id, stream)
);

CREATE TABLE changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    wall_ns BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    object_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    agency VARCHAR(16),
    body TEXT NOT NULL
);

CREATE INDEX changes_by_age ON changes (wall_ns);

CREATE TABLE counters (
    name VARCHAR(64) NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE gaps (
    gap_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    start_wall_ns BIGINT NOT NULL,
    end_wall_ns BIGINT NOT NULL,
    cause VARCHAR(16) NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (gap_id)
);

CREATE INDEX gaps_by_end ON gaps (camera_id, end_wall_ns);

CREATE INDEX gaps_covering ON gaps (camera_id, start_wall_ns);

CREATE TABLE incidents (
    incident_id VARCHAR(64) NOT NULL,
    number VARCHAR(24) NOT NULL,
    state VARCHAR(16) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    type_code VARCHAR(32) NOT NULL,
    priority INTEGER NOT NULL,
    note TEXT NOT NULL,
    occurred_wall_ns BIGINT NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    closed_wall_ns BIGINT,
    from_wall_ns BIGINT NOT NULL,
    to_wall_ns BIGINT,
    PRIMARY KEY (incident_id),
    UNIQUE (number)
);

CREATE INDEX incidents_by_state ON incidents (state, created_wall_ns);

CREATE INDEX incidents_of_camera ON incidents (camera_id, to_wall_ns);

CREATE TABLE journal_positions (
    worker VARCHAR(64) NOT NULL,
    file TEXT NOT NULL,
    offset_bytes BIGINT NOT NULL,
    PRIMARY KEY (worker)
);

CREATE TABLE segments (
    segment_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    epoch_ns BIGINT NOT NULL,
    start_wall_ns BIGINT NOT NULL,
    end_wall_ns BIGINT,
    path TEXT NOT NULL,
    codec VARCHAR(16) NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    size_bytes BIGINT,
    packets INTEGER,
    sha256 VARCHAR(64),
    recovered BOOLEAN NOT NULL,
    held BOOLEAN NOT NULL,
    deleting BOOLEAN NOT NULL,
    PRIMARY KEY (segment_id)
);

CREATE INDEX segments_covering ON segments (camera_id, stream, start_wall_ns);

CREATE INDEX segments_oldest ON segments (held, deleting, end_wall_ns);

CREATE INDEX segments_open_or_long ON segments (camera_id, stream, start_wall_ns) WHERE end_wall_ns IS NULL OR end_wall_ns - start_wall_ns > 7200000000000;

CREATE TABLE users (
    user_id VARCHAR(64) NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    full_name TEXT NOT NULL,
    role VARCHAR(16) NOT NULL,
    agency VARCHAR(16),
    cameras TEXT,
    password_hash TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    PRIMARY KEY (user_id),
    UNIQUE (name_key)
);

CREATE TABLE alerts (
    alert_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    zone TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    started_wall_ns BIGINT NOT NULL,
    decided_wall_ns BIGINT NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    last_wall_ns BIGINT NOT NULL,
    ongoing BOOLEAN NOT NULL,
    score DOUBLE NOT NULL,
    box_x DOUBLE NOT NULL,
    box_y DOUBLE NOT NULL,
    box_w DOUBLE NOT NULL,
    box_h DOUBLE NOT NULL,
    snapshot TEXT NOT NULL,
    count INTEGER NOT NULL,
    owner_id VARCHAR(64),
    owner_name TEXT,
    taken_wall_ns BIGINT,
    closed_wall_ns BIGINT,
    outcome VARCHAR(16),
    incident_id VARCHAR(64),
    PRIMARY KEY (alert_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

CREATE INDEX alerts_of_incident ON alerts (incident_id);

CREATE INDEX alerts_of_owner ON alerts (owner_id, state);

CREATE INDEX alerts_of_zone ON alerts (camera_id, zone, started_wall_ns);

CREATE INDEX alerts_queue ON alerts (state, priority, started_wall_ns);

CREATE TABLE dispatches (
    dispatch_id VARCHAR(64) NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    agency VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    note TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    received_wall_ns BIGINT,
    en_route_wall_ns BIGINT,
    on_scene_wall_ns BIGINT,
    closed_wall_ns BIGINT,
    sender_id VARCHAR(64) NOT NULL,
    idempotency_key VARCHAR(80) NOT NULL,
    PRIMARY KEY (dispatch_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

CREATE INDEX dispatches_by_state ON dispatches (agency, state, created_wall_ns);

CREATE INDEX dispatches_of_incident ON dispatches (incident_id);

CREATE UNIQUE INDEX dispatches_once ON dispatches (sender_id, idempotency_key);

CREATE TABLE sessions (
    token_hash VARCHAR(64) NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    csrf_token TEXT NOT NULL,
    terminal TEXT NOT NULL,
    address TEXT NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    last_wall_ns BIGINT NOT NULL,
    expires_wall_ns BIGINT NOT NULL,
    PRIMARY KEY (token_hash),
    FOREIGN KEY(user_id) REFERENCES users (user_id)
);

CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE movements (
    observation_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    zone TEXT NOT NULL,
    start_wall_ns BIGINT NOT NULL,
    end_wall_ns BIGINT,
    decided_wall_ns BIGINT NOT NULL,
    score DOUBLE NOT NULL,
    cells VARCHAR(144) NOT NULL,
    snapshot TEXT NOT NULL,
    alert_id VARCHAR(64),
    PRIMARY KEY (observation_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

CREATE INDEX movements_covering ON movements (camera_id, start_wall_ns);

CREATE INDEX movements_of_alert ON movements (alert_id);

CREATE INDEX movements_open_or_long ON movements (camera_id, start_wall_ns) WHERE end_wall_ns IS NULL OR end_wall_ns - start_wall_ns > 7200000000000;

CREATE TABLE timeline (
    entry_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    incident_id VARCHAR(64),
    alert_id VARCHAR(64),
    wall_ns BIGINT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    detail TEXT NOT NULL,
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

CREATE INDEX timeline_of_alert ON timeline (alert_id);

CREATE INDEX timeline_of_incident ON timeline (incident_id);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'rows of audit are only ever added');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'rows of audit are only ever added');
END;

CREATE TRIGGER timeline_no_update BEFORE UPDATE ON timeline
BEGIN
    SELECT RAISE(ABORT, 'rows of timeline are only ever added');
END;

CREATE TRIGGER timeline_no_delete BEFORE DELETE ON timeline
BEGIN
    SELECT RAISE(ABORT, 'rows of timeline are only ever added');
END;
