-- Step 11: what an incident gathers: versions of what is said of it, further cameras, persons, steps of its procedure, and the incident that it repeats.

ALTER TABLE incidents ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

ALTER TABLE incidents ADD COLUMN address TEXT NOT NULL DEFAULT '';

ALTER TABLE incidents ADD COLUMN duplicate_of_id VARCHAR(64);

CREATE INDEX incidents_duplicates ON incidents (duplicate_of_id);

CREATE TABLE incident_versions (
    incident_id VARCHAR(64) NOT NULL,
    version INTEGER NOT NULL,
    wall_ns BIGINT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    reason TEXT NOT NULL,
    type_code VARCHAR(32) NOT NULL,
    priority INTEGER NOT NULL,
    address TEXT NOT NULL,
    note TEXT NOT NULL,
    occurred_wall_ns BIGINT NOT NULL,
    PRIMARY KEY (incident_id, version)
);

CREATE TABLE incident_cameras (
    incident_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(32) NOT NULL,
    reason TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_wall_ns BIGINT NOT NULL,
    PRIMARY KEY (incident_id, camera_id)
);

CREATE TABLE incident_persons (
    person_id VARCHAR(64) NOT NULL,
    version INTEGER NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    role VARCHAR(16) NOT NULL,
    name TEXT NOT NULL,
    document_kind VARCHAR(16) NOT NULL,
    document_number VARCHAR(16) NOT NULL,
    phone VARCHAR(24) NOT NULL,
    statement TEXT NOT NULL,
    removed BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    wall_ns BIGINT NOT NULL,
    PRIMARY KEY (person_id, version),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

CREATE INDEX incident_persons_of_incident ON incident_persons (incident_id);

CREATE TABLE incident_steps (
    incident_id VARCHAR(64) NOT NULL,
    step VARCHAR(24) NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    terminal TEXT NOT NULL,
    wall_ns BIGINT NOT NULL,
    PRIMARY KEY (incident_id, step)
);

INSERT INTO incident_versions (incident_id, version, wall_ns, actor, terminal, reason, type_code, priority, address, note, occurred_wall_ns)
SELECT incident_id, 1, created_wall_ns, created_by, '', '', type_code, priority, '', note, occurred_wall_ns FROM incidents;

COMMENT ON COLUMN incidents.version IS 'The newest of its incident_versions, whose words stand here.';

COMMENT ON COLUMN incidents.address IS 'Where exactly, in words, or empty.';

COMMENT ON COLUMN incidents.duplicate_of_id IS 'The incident that is about the same thing and is gone on with.';

COMMENT ON COLUMN dispatches.agency IS 'Code of the agency, from the configuration.';

COMMENT ON TABLE openings IS 'Requests that opened an incident or added a call or a person to one, under their keys.';

COMMENT ON COLUMN openings.opener_id IS 'Who asked: users.user_id.';

COMMENT ON COLUMN openings.idempotency_key IS 'Made by the screen: a repeat does nothing.';

COMMENT ON COLUMN openings.incident_id IS 'The incident.';

COMMENT ON TABLE incident_versions IS 'What was said of an incident, each time anew; never changed.';

COMMENT ON COLUMN incident_versions.incident_id IS 'The incident.';

COMMENT ON COLUMN incident_versions.version IS 'From 1, without gaps.';

COMMENT ON COLUMN incident_versions.wall_ns IS 'When it was written.';

COMMENT ON COLUMN incident_versions.actor IS 'Who wrote it.';

COMMENT ON COLUMN incident_versions.terminal IS 'Where.';

COMMENT ON COLUMN incident_versions.reason IS 'Why it differs from the one before, or empty.';

COMMENT ON COLUMN incident_versions.type_code IS 'Kind of occurrence.';

COMMENT ON COLUMN incident_versions.priority IS '1 (now) to 3.';

COMMENT ON COLUMN incident_versions.address IS 'Where exactly, in words, or empty.';

COMMENT ON COLUMN incident_versions.note IS 'What happened.';

COMMENT ON COLUMN incident_versions.occurred_wall_ns IS 'When it happened.';

COMMENT ON TABLE incident_cameras IS 'Further cameras of incidents; who took one away stands on the time line.';

COMMENT ON COLUMN incident_cameras.incident_id IS 'The incident.';

COMMENT ON COLUMN incident_cameras.camera_id IS 'A camera beside its first one.';

COMMENT ON COLUMN incident_cameras.reason IS 'Why it belongs to it.';

COMMENT ON COLUMN incident_cameras.added_by IS 'Who said so.';

COMMENT ON COLUMN incident_cameras.added_wall_ns IS 'When.';

COMMENT ON TABLE incident_persons IS 'Persons of incidents, each time anew; never changed. The newest version counts.';

COMMENT ON COLUMN incident_persons.person_id IS 'Sortable id.';

COMMENT ON COLUMN incident_persons.version IS 'From 1, without gaps.';

COMMENT ON COLUMN incident_persons.incident_id IS 'The incident.';

COMMENT ON COLUMN incident_persons.role IS 'aggrieved, complainant, witness or detained.';

COMMENT ON COLUMN incident_persons.name IS 'Personal data: name, or empty.';

COMMENT ON COLUMN incident_persons.document_kind IS 'none, dni, ce or passport.';

COMMENT ON COLUMN incident_persons.document_number IS 'Personal data: its number, or empty.';

COMMENT ON COLUMN incident_persons.phone IS 'Personal data: telephone, or empty.';

COMMENT ON COLUMN incident_persons.statement IS 'Personal data: what is said of the person, or by it.';

COMMENT ON COLUMN incident_persons.removed IS 'Taken off the incident; what was said stays on record.';

COMMENT ON COLUMN incident_persons.reason IS 'Why it differs from the version before, or empty.';

COMMENT ON COLUMN incident_persons.actor IS 'Who wrote it.';

COMMENT ON COLUMN incident_persons.terminal IS 'Where.';

COMMENT ON COLUMN incident_persons.wall_ns IS 'When.';

COMMENT ON TABLE incident_steps IS 'Steps of incidents'' procedures that were ticked; all that was pressed stands on the time line.';

COMMENT ON COLUMN incident_steps.incident_id IS 'The incident.';

COMMENT ON COLUMN incident_steps.step IS 'Code of a step (alerts/occurrences.yaml).';

COMMENT ON COLUMN incident_steps.state IS 'done or not_applicable.';

COMMENT ON COLUMN incident_steps.reason IS 'Why it does not apply, or empty.';

COMMENT ON COLUMN incident_steps.actor IS 'Who said so.';

COMMENT ON COLUMN incident_steps.terminal IS 'Where.';

COMMENT ON COLUMN incident_steps.wall_ns IS 'When.';
