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
