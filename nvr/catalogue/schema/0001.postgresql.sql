-- Step 1: the first schema. Each column is explained in nvr/catalogue/tables.py.

CREATE TABLE audit (
    audit_id BIGINT NOT NULL,
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

COMMENT ON TABLE audit IS 'Who did what; rows are only ever added, and each seals those before it.';

COMMENT ON COLUMN audit.audit_id IS 'Counts from 1 without gaps.';

COMMENT ON COLUMN audit.wall_ns IS 'When.';

COMMENT ON COLUMN audit.actor IS 'Who.';

COMMENT ON COLUMN audit.terminal IS 'Where.';

COMMENT ON COLUMN audit.address IS 'From which address.';

COMMENT ON COLUMN audit.action IS 'What was done, e.g. login, alert.take.';

COMMENT ON COLUMN audit.object IS 'To what.';

COMMENT ON COLUMN audit.detail IS 'JSON object.';

COMMENT ON COLUMN audit.previous_hash IS 'hash of the row before; 64 zeros for the first.';

COMMENT ON COLUMN audit.hash IS 'SHA-256 over this row''s content and previous_hash.';

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

COMMENT ON TABLE camera_history IS 'Every change of a stream''s state: the proof of camera health.';

COMMENT ON COLUMN camera_history.observation_id IS 'Made by the ingest worker; a state that is reported twice stands here once.';

COMMENT ON COLUMN camera_history.camera_id IS 'The camera.';

COMMENT ON COLUMN camera_history.stream IS 'main or sub.';

COMMENT ON COLUMN camera_history.state IS 'connecting, online or offline.';

COMMENT ON COLUMN camera_history.wall_ns IS 'When.';

COMMENT ON COLUMN camera_history.cause IS 'Why, or empty.';

COMMENT ON COLUMN camera_history.detail IS 'What was seen, in words.';

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

COMMENT ON TABLE camera_states IS 'How each stream is now.';

COMMENT ON COLUMN camera_states.camera_id IS 'The camera.';

COMMENT ON COLUMN camera_states.stream IS 'main or sub.';

COMMENT ON COLUMN camera_states.state IS 'connecting, online or offline.';

COMMENT ON COLUMN camera_states.since_wall_ns IS 'When it came into this state.';

COMMENT ON COLUMN camera_states.down_since_wall_ns IS 'When it first failed since it was last online; null while it has not.';

COMMENT ON COLUMN camera_states.cause IS 'Why, one of the gap causes, or empty.';

COMMENT ON COLUMN camera_states.detail IS 'What was seen, in words.';

CREATE TABLE changes (
    seq BIGSERIAL NOT NULL,
    wall_ns BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    object_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    agency VARCHAR(16),
    body TEXT NOT NULL,
    PRIMARY KEY (seq)
);

CREATE INDEX changes_by_age ON changes (wall_ns);

COMMENT ON TABLE changes IS 'Outbox: written with the change of state itself, sent to the screens from here.';

COMMENT ON COLUMN changes.seq IS 'Order of commit.';

COMMENT ON COLUMN changes.wall_ns IS 'When.';

COMMENT ON COLUMN changes.kind IS 'alert, incident, dispatch or camera.';

COMMENT ON COLUMN changes.object_id IS 'Id of what changed.';

COMMENT ON COLUMN changes.camera_id IS 'Its camera: decides who may see the change.';

COMMENT ON COLUMN changes.agency IS 'Of a dispatch: the agency.';

COMMENT ON COLUMN changes.body IS 'JSON of the whole record after the change.';

CREATE TABLE counters (
    name VARCHAR(64) NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);

COMMENT ON TABLE counters IS 'Numbers without gaps: counted in the transaction that uses them.';

COMMENT ON COLUMN counters.name IS 'What is counted, e.g. incident-2026.';

COMMENT ON COLUMN counters.value IS 'Last number given out.';

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

COMMENT ON TABLE gaps IS 'Stretches in which a due stream was not recorded, with the reason.';

COMMENT ON COLUMN gaps.gap_id IS 'Made by the recorder.';

COMMENT ON COLUMN gaps.camera_id IS 'The camera.';

COMMENT ON COLUMN gaps.stream IS 'main or sub.';

COMMENT ON COLUMN gaps.start_wall_ns IS 'When recording stopped.';

COMMENT ON COLUMN gaps.end_wall_ns IS 'When it went on.';

COMMENT ON COLUMN gaps.cause IS 'link, camera, authentication, disk, software or planned.';

COMMENT ON COLUMN gaps.detail IS 'What was seen, in words.';

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

COMMENT ON TABLE incidents IS 'From an operator''s decision to its end.';

COMMENT ON COLUMN incidents.incident_id IS 'Sortable id.';

COMMENT ON COLUMN incidents.number IS 'N-2026-000123: without gaps in a year.';

COMMENT ON COLUMN incidents.state IS 'open or closed.';

COMMENT ON COLUMN incidents.camera_id IS 'The camera that showed it.';

COMMENT ON COLUMN incidents.type_code IS 'Kind of occurrence (alerts/occurrences.yaml).';

COMMENT ON COLUMN incidents.priority IS '1 (now) to 3.';

COMMENT ON COLUMN incidents.note IS 'The operator''s words.';

COMMENT ON COLUMN incidents.occurred_wall_ns IS 'When it happened.';

COMMENT ON COLUMN incidents.created_wall_ns IS 'When it was opened.';

COMMENT ON COLUMN incidents.created_by IS 'Who opened it.';

COMMENT ON COLUMN incidents.closed_wall_ns IS 'When it was closed.';

COMMENT ON COLUMN incidents.from_wall_ns IS 'Its recording is held from here';

COMMENT ON COLUMN incidents.to_wall_ns IS 'to here; null while that is not known.';

CREATE TABLE journal_positions (
    worker VARCHAR(64) NOT NULL,
    file TEXT NOT NULL,
    offset_bytes BIGINT NOT NULL,
    PRIMARY KEY (worker)
);

COMMENT ON TABLE journal_positions IS 'How far each worker''s journal has been taken up; written with the facts themselves.';

COMMENT ON COLUMN journal_positions.worker IS 'Whose journal.';

COMMENT ON COLUMN journal_positions.file IS 'The journal file read last.';

COMMENT ON COLUMN journal_positions.offset_bytes IS 'All before it has been taken up.';

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

COMMENT ON TABLE segments IS 'Recorded files.';

COMMENT ON COLUMN segments.segment_id IS 'Made by the recorder; sortable (RFC 9562 UUID version 7).';

COMMENT ON COLUMN segments.camera_id IS 'The camera, as named in cameras.yaml.';

COMMENT ON COLUMN segments.stream IS 'main or sub.';

COMMENT ON COLUMN segments.epoch_ns IS 'The run of the stream that it belongs to; 0 where unknown.';

COMMENT ON COLUMN segments.start_wall_ns IS 'Time of its first picture.';

COMMENT ON COLUMN segments.end_wall_ns IS 'End of its last picture; null while it is being written.';

COMMENT ON COLUMN segments.path IS 'File, relative to the recordings folder.';

COMMENT ON COLUMN segments.codec IS 'h264 or h265; empty where unknown.';

COMMENT ON COLUMN segments.width_px IS 'Picture width; 0 where unknown.';

COMMENT ON COLUMN segments.height_px IS 'Picture height; 0 where unknown.';

COMMENT ON COLUMN segments.size_bytes IS 'Size of the whole file; null while open.';

COMMENT ON COLUMN segments.packets IS 'How many pictures it holds; null while open.';

COMMENT ON COLUMN segments.sha256 IS 'SHA-256 of the whole file, hexadecimal; null while open.';

COMMENT ON COLUMN segments.recovered IS 'Whether it was closed at the start after a crash.';

COMMENT ON COLUMN segments.held IS 'Evidence of an incident: the janitor passes it by.';

COMMENT ON COLUMN segments.deleting IS 'The janitor has begun to delete its file; it is no longer shown.';

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

COMMENT ON TABLE users IS 'People.';

COMMENT ON COLUMN users.user_id IS 'Sortable id; never used again.';

COMMENT ON COLUMN users.name IS 'What he types to log in.';

COMMENT ON COLUMN users.name_key IS 'The name, normalised: two users can''t look alike.';

COMMENT ON COLUMN users.full_name IS 'What others see.';

COMMENT ON COLUMN users.role IS 'operator, supervisor, dispatcher, investigator or admin.';

COMMENT ON COLUMN users.agency IS 'Of a dispatcher: serenazgo or pnp.';

COMMENT ON COLUMN users.cameras IS 'JSON list of camera ids that he may see; null: all.';

COMMENT ON COLUMN users.password_hash IS 'Argon2id, encoded.';

COMMENT ON COLUMN users.enabled IS 'Whether he may log in.';

COMMENT ON COLUMN users.must_change_password IS 'The password was set by an admin.';

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
    score DOUBLE PRECISION NOT NULL,
    box_x DOUBLE PRECISION NOT NULL,
    box_y DOUBLE PRECISION NOT NULL,
    box_w DOUBLE PRECISION NOT NULL,
    box_h DOUBLE PRECISION NOT NULL,
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

COMMENT ON TABLE alerts IS 'Movements and faults that somebody must look at.';

COMMENT ON COLUMN alerts.alert_id IS 'Sortable id.';

COMMENT ON COLUMN alerts.camera_id IS 'The camera.';

COMMENT ON COLUMN alerts.zone IS 'Zone of the camera, or `sistema` for a fault of ours.';

COMMENT ON COLUMN alerts.priority IS '1 (now) to 3 (when there is time).';

COMMENT ON COLUMN alerts.state IS 'new, taken or closed.';

COMMENT ON COLUMN alerts.started_wall_ns IS 'First moving frame.';

COMMENT ON COLUMN alerts.decided_wall_ns IS 'The frame that decided.';

COMMENT ON COLUMN alerts.created_wall_ns IS 'When it was stored.';

COMMENT ON COLUMN alerts.last_wall_ns IS 'End of the newest movement, or its start while it goes on.';

COMMENT ON COLUMN alerts.ongoing IS 'Whether a movement of it goes on.';

COMMENT ON COLUMN alerts.score IS 'Peak score of its movements, 0..1.';

COMMENT ON COLUMN alerts.box_x IS 'Left edge of the strongest movement, 0..1.';

COMMENT ON COLUMN alerts.box_y IS 'Top edge, 0..1.';

COMMENT ON COLUMN alerts.box_w IS 'Width, 0..1.';

COMMENT ON COLUMN alerts.box_h IS 'Height, 0..1.';

COMMENT ON COLUMN alerts.snapshot IS 'Picture, relative to the snapshots folder, or empty.';

COMMENT ON COLUMN alerts.count IS 'How many movements were folded into it.';

COMMENT ON COLUMN alerts.owner_id IS 'Who took it.';

COMMENT ON COLUMN alerts.owner_name IS 'His name as it was then.';

COMMENT ON COLUMN alerts.taken_wall_ns IS 'When he took it.';

COMMENT ON COLUMN alerts.closed_wall_ns IS 'When it was closed.';

COMMENT ON COLUMN alerts.outcome IS 'incident, false_alarm, no_action or duplicate.';

COMMENT ON COLUMN alerts.incident_id IS 'The incident that came of it.';

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

COMMENT ON TABLE dispatches IS 'One agency sent to one incident.';

COMMENT ON COLUMN dispatches.dispatch_id IS 'Sortable id.';

COMMENT ON COLUMN dispatches.incident_id IS 'The incident.';

COMMENT ON COLUMN dispatches.camera_id IS 'Its camera.';

COMMENT ON COLUMN dispatches.agency IS 'serenazgo or pnp.';

COMMENT ON COLUMN dispatches.state IS 'sent, received, en_route, on_scene or closed.';

COMMENT ON COLUMN dispatches.note IS 'The operator''s words to the agency.';

COMMENT ON COLUMN dispatches.created_by IS 'Who sent it.';

COMMENT ON COLUMN dispatches.created_wall_ns IS 'When it was sent.';

COMMENT ON COLUMN dispatches.received_wall_ns IS 'Recibido.';

COMMENT ON COLUMN dispatches.en_route_wall_ns IS 'En camino.';

COMMENT ON COLUMN dispatches.on_scene_wall_ns IS 'En el lugar.';

COMMENT ON COLUMN dispatches.closed_wall_ns IS 'Cerrado.';

COMMENT ON COLUMN dispatches.sender_id IS 'User id of who sent it.';

COMMENT ON COLUMN dispatches.idempotency_key IS 'Made by the sender''s screen: a repeat sends nothing.';

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

COMMENT ON TABLE sessions IS 'Who is logged in.';

COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the cookie, hexadecimal; the cookie is kept nowhere.';

COMMENT ON COLUMN sessions.user_id IS 'Whose.';

COMMENT ON COLUMN sessions.csrf_token IS 'What changes must carry.';

COMMENT ON COLUMN sessions.terminal IS 'Where he sits.';

COMMENT ON COLUMN sessions.address IS 'Address that he came from.';

COMMENT ON COLUMN sessions.created_wall_ns IS 'When he logged in.';

COMMENT ON COLUMN sessions.last_wall_ns IS 'When he last did something.';

COMMENT ON COLUMN sessions.expires_wall_ns IS 'When it ends, whatever he does.';

CREATE TABLE movements (
    observation_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    zone TEXT NOT NULL,
    start_wall_ns BIGINT NOT NULL,
    end_wall_ns BIGINT,
    decided_wall_ns BIGINT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    cells VARCHAR(144) NOT NULL,
    snapshot TEXT NOT NULL,
    alert_id VARCHAR(64),
    PRIMARY KEY (observation_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

CREATE INDEX movements_covering ON movements (camera_id, start_wall_ns);

CREATE INDEX movements_of_alert ON movements (alert_id);

CREATE INDEX movements_open_or_long ON movements (camera_id, start_wall_ns) WHERE end_wall_ns IS NULL OR end_wall_ns - start_wall_ns > 7200000000000;

COMMENT ON TABLE movements IS 'Movements that outlasted the hysteresis.';

COMMENT ON COLUMN movements.observation_id IS 'Made by the analytics worker.';

COMMENT ON COLUMN movements.camera_id IS 'The camera.';

COMMENT ON COLUMN movements.zone IS 'Name of the zone that moved.';

COMMENT ON COLUMN movements.start_wall_ns IS 'First moving frame.';

COMMENT ON COLUMN movements.end_wall_ns IS 'Last moving frame; null while it goes on.';

COMMENT ON COLUMN movements.decided_wall_ns IS 'The frame that decided.';

COMMENT ON COLUMN movements.score IS 'Peak share of the zone''s cells that moved, 0..1.';

COMMENT ON COLUMN movements.cells IS 'Grid of 18 x 32 cells, packed, hexadecimal.';

COMMENT ON COLUMN movements.snapshot IS 'Picture, relative to the snapshots folder, or empty.';

COMMENT ON COLUMN movements.alert_id IS 'The alert that it was folded into.';

CREATE TABLE timeline (
    entry_id BIGSERIAL NOT NULL,
    incident_id VARCHAR(64),
    alert_id VARCHAR(64),
    wall_ns BIGINT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (entry_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

CREATE INDEX timeline_of_alert ON timeline (alert_id);

CREATE INDEX timeline_of_incident ON timeline (incident_id);

COMMENT ON TABLE timeline IS 'What happened to an alert or incident; never changed once written.';

COMMENT ON COLUMN timeline.entry_id IS 'Order of writing.';

COMMENT ON COLUMN timeline.incident_id IS 'The incident, where the entry is its own.';

COMMENT ON COLUMN timeline.alert_id IS 'The alert, where the entry is an alert''s; its incident shows it too.';

COMMENT ON COLUMN timeline.wall_ns IS 'When it happened.';

COMMENT ON COLUMN timeline.actor IS 'Who did it, or `sistema`.';

COMMENT ON COLUMN timeline.terminal IS 'Where.';

COMMENT ON COLUMN timeline.kind IS 'detected, alert_taken, dispatch_sent … (docs/design/api.md).';

COMMENT ON COLUMN timeline.detail IS 'JSON object of texts.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0];
END
$$;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of audit are only ever added');

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of audit are only ever added');

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of audit are only ever added');

CREATE TRIGGER timeline_no_update BEFORE UPDATE ON timeline
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of timeline are only ever added');

CREATE TRIGGER timeline_no_delete BEFORE DELETE ON timeline
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of timeline are only ever added');

CREATE TRIGGER timeline_no_truncate BEFORE TRUNCATE ON timeline
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows of timeline are only ever added');
