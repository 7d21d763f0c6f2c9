-- Step 5: routing of alerts, scenes of several cameras, the shelf, terminals, shifts and hand-overs.

ALTER TABLE alerts ADD COLUMN cameras TEXT NOT NULL DEFAULT '[]';

ALTER TABLE alerts ADD COLUMN waiting_wall_ns BIGINT;

ALTER TABLE alerts ADD COLUMN shelved BOOLEAN NOT NULL DEFAULT 0;

ALTER TABLE alerts ADD COLUMN offer_user_id VARCHAR(64);

ALTER TABLE alerts ADD COLUMN offer_user_name TEXT;

ALTER TABLE alerts ADD COLUMN offer_until_wall_ns BIGINT;

ALTER TABLE alerts ADD COLUMN offered TEXT NOT NULL DEFAULT '[]';

ALTER TABLE alerts ADD COLUMN escalation INTEGER NOT NULL DEFAULT 0;

CREATE INDEX alerts_by_creation ON alerts (created_wall_ns);

CREATE TABLE alert_sources (
    alert_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    zone TEXT NOT NULL,
    started_wall_ns BIGINT NOT NULL,
    last_wall_ns BIGINT NOT NULL,
    ongoing BOOLEAN NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (alert_id, camera_id, zone),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

CREATE INDEX alert_sources_of_camera ON alert_sources (camera_id, last_wall_ns);

CREATE INDEX alert_sources_of_zone ON alert_sources (camera_id, zone, started_wall_ns);

CREATE TABLE shelvings (
    shelving_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    zone TEXT NOT NULL,
    since_wall_ns BIGINT NOT NULL,
    until_wall_ns BIGINT NOT NULL,
    starts INTEGER NOT NULL,
    ended_wall_ns BIGINT,
    ended_by TEXT,
    PRIMARY KEY (shelving_id)
);

CREATE INDEX shelvings_ended ON shelvings (ended_wall_ns);

CREATE INDEX shelvings_of_zone ON shelvings (camera_id, zone, since_wall_ns);

CREATE TABLE room_state (
    name VARCHAR(64) NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE terminals (
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    registered_by TEXT NOT NULL,
    registered_wall_ns BIGINT NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (token_hash)
);

CREATE TABLE duties (
    duty_id VARCHAR(64) NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    user_name TEXT NOT NULL,
    terminal TEXT NOT NULL,
    shift TEXT NOT NULL,
    from_wall_ns BIGINT NOT NULL,
    to_wall_ns BIGINT,
    PRIMARY KEY (duty_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id)
);

CREATE INDEX duties_by_time ON duties (from_wall_ns);

CREATE INDEX duties_open ON duties (to_wall_ns);

CREATE TABLE roster (
    shift VARCHAR(64) NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    post TEXT NOT NULL,
    level INTEGER NOT NULL,
    chief BOOLEAN NOT NULL,
    PRIMARY KEY (shift, user_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id)
);

CREATE TABLE handovers (
    handover_id VARCHAR(64) NOT NULL,
    shift VARCHAR(64) NOT NULL,
    to_shift VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    items TEXT NOT NULL,
    signed_by_id VARCHAR(64),
    signed_by TEXT,
    signed_wall_ns BIGINT,
    accepted_by TEXT,
    accepted_wall_ns BIGINT,
    PRIMARY KEY (handover_id)
);

CREATE INDEX handovers_by_state ON handovers (state, created_wall_ns);

CREATE INDEX handovers_of_shift ON handovers (shift);

INSERT INTO alert_sources (alert_id, camera_id, zone, started_wall_ns, last_wall_ns, ongoing, count)
SELECT alert_id, camera_id, zone, started_wall_ns, last_wall_ns, ongoing, count FROM alerts WHERE zone <> 'sistema' AND substr(zone, 1, 9) <> 'sistema: ';
