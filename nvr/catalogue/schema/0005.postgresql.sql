-- Step 5: routing of alerts, scenes of several cameras, the shelf, terminals, shifts and hand-overs.

ALTER TABLE alerts ADD COLUMN cameras TEXT NOT NULL DEFAULT '[]';

ALTER TABLE alerts ADD COLUMN waiting_wall_ns BIGINT;

ALTER TABLE alerts ADD COLUMN shelved BOOLEAN NOT NULL DEFAULT FALSE;

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

COMMENT ON TABLE alert_sources IS 'Which zones of which cameras an alert''s movements were in.';

COMMENT ON COLUMN alert_sources.alert_id IS 'The alert.';

COMMENT ON COLUMN alert_sources.camera_id IS 'A camera that saw its scene.';

COMMENT ON COLUMN alert_sources.zone IS 'The zone that moved there.';

COMMENT ON COLUMN alert_sources.started_wall_ns IS 'First movement there.';

COMMENT ON COLUMN alert_sources.last_wall_ns IS 'End of the newest movement there, or its start while it goes on.';

COMMENT ON COLUMN alert_sources.ongoing IS 'Whether a movement there goes on.';

COMMENT ON COLUMN alert_sources.count IS 'How many movements there.';

COMMENT ON TABLE shelvings IS 'Zones that chattered and were put to rest for a while.';

COMMENT ON COLUMN shelvings.shelving_id IS 'Sortable id.';

COMMENT ON COLUMN shelvings.camera_id IS 'The camera of the zone that chatters.';

COMMENT ON COLUMN shelvings.zone IS 'The zone.';

COMMENT ON COLUMN shelvings.since_wall_ns IS 'From when its new alerts stay out of the queue.';

COMMENT ON COLUMN shelvings.until_wall_ns IS 'Until when at the latest.';

COMMENT ON COLUMN shelvings.starts IS 'How often it began to move in the minute before.';

COMMENT ON COLUMN shelvings.ended_wall_ns IS 'When it ended; null while it is in force.';

COMMENT ON COLUMN shelvings.ended_by IS 'Who ended it, or `sistema` where it ran out.';

COMMENT ON TABLE room_state IS 'The room as it is now: who is there, whose cameras are which, flood. One row, as last told to the screens.';

COMMENT ON COLUMN room_state.name IS 'What it is, e.g. `room`.';

COMMENT ON COLUMN room_state.body IS 'JSON.';

COMMENT ON TABLE terminals IS 'The room''s seats: a browser that was registered is known again whoever logs in at it.';

COMMENT ON COLUMN terminals.number IS '1 to 12, as it stands on the desk.';

COMMENT ON COLUMN terminals.name IS 'What people call it.';

COMMENT ON COLUMN terminals.token_hash IS 'SHA-256 of the cookie that its browser keeps, hexadecimal; the cookie is kept nowhere.';

COMMENT ON COLUMN terminals.registered_by IS 'Who registered it.';

COMMENT ON COLUMN terminals.registered_wall_ns IS 'When.';

COMMENT ON TABLE duties IS 'Who was at which terminal in which shift.';

COMMENT ON COLUMN duties.duty_id IS 'Sortable id.';

COMMENT ON COLUMN duties.user_id IS 'Who.';

COMMENT ON COLUMN duties.user_name IS 'His name as it was then.';

COMMENT ON COLUMN duties.terminal IS 'Where.';

COMMENT ON COLUMN duties.shift IS 'In which shift, e.g. 2026-11-26/07-15.';

COMMENT ON COLUMN duties.from_wall_ns IS 'From when he was at the desk.';

COMMENT ON COLUMN duties.to_wall_ns IS 'Until when; null while he is.';

COMMENT ON TABLE roster IS 'Who is to work in which shift.';

COMMENT ON COLUMN roster.shift IS 'The shift, e.g. 2026-11-26/07-15.';

COMMENT ON COLUMN roster.user_id IS 'Who works in it.';

COMMENT ON COLUMN roster.post IS 'Where, or as what: a terminal, chief of the shift, field.';

COMMENT ON COLUMN roster.level IS '1 learning, 2 the rule, 3 experienced: decides what is offered to him first.';

COMMENT ON COLUMN roster.chief IS 'Whether he is the chief of the shift.';

COMMENT ON TABLE handovers IS 'What one shift left to the next.';

COMMENT ON COLUMN handovers.handover_id IS 'Sortable id.';

COMMENT ON COLUMN handovers.shift IS 'The shift that leaves.';

COMMENT ON COLUMN handovers.to_shift IS 'The shift that comes.';

COMMENT ON COLUMN handovers.state IS 'draft, signed or accepted.';

COMMENT ON COLUMN handovers.created_wall_ns IS 'When it was begun.';

COMMENT ON COLUMN handovers.created_by IS 'Who began it.';

COMMENT ON COLUMN handovers.items IS 'JSON list of what is handed over, and who accepted it when.';

COMMENT ON COLUMN handovers.signed_by_id IS 'Who signed it.';

COMMENT ON COLUMN handovers.signed_by IS 'His name.';

COMMENT ON COLUMN handovers.signed_wall_ns IS 'When.';

COMMENT ON COLUMN handovers.accepted_by IS 'Who accepted the last of it.';

COMMENT ON COLUMN handovers.accepted_wall_ns IS 'When.';

COMMENT ON COLUMN alerts.cameras IS 'JSON list of the neighbours that saw the same scene.';

COMMENT ON COLUMN alerts.waiting_wall_ns IS 'Since when it waits anew; null: since it was stored.';

COMMENT ON COLUMN alerts.shelved IS 'On the shelf of a chattering source: not in the queue.';

COMMENT ON COLUMN alerts.offer_user_id IS 'Before whom it stands now.';

COMMENT ON COLUMN alerts.offer_user_name IS 'His name.';

COMMENT ON COLUMN alerts.offer_until_wall_ns IS 'Until when.';

COMMENT ON COLUMN alerts.offered IS 'JSON list of the user ids that had their turn in this round.';

COMMENT ON COLUMN alerts.escalation IS '0 nobody, 1 next operator, 2 supervisor, 3 chief of the shift.';

COMMENT ON COLUMN changes.kind IS 'alert, incident, dispatch, camera, shelving, room or handover.';

COMMENT ON COLUMN changes.camera_id IS 'Its camera: decides who may see the change; empty for what is of no camera.';

INSERT INTO alert_sources (alert_id, camera_id, zone, started_wall_ns, last_wall_ns, ongoing, count)
SELECT alert_id, camera_id, zone, started_wall_ns, last_wall_ns, ongoing, count FROM alerts WHERE zone <> 'sistema' AND substr(zone, 1, 9) <> 'sistema: ';
