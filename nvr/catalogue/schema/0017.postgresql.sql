-- Step 17: where the cameras of incidents stood when each came to its incident.

CREATE TABLE incident_places (
    incident_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    sector TEXT NOT NULL,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    PRIMARY KEY (incident_id, camera_id)
);

COMMENT ON TABLE incident_places IS 'Where the cameras of incidents stood when each came to its incident, by the configuration of then; never changed.';

COMMENT ON COLUMN incident_places.incident_id IS 'The incident.';

COMMENT ON COLUMN incident_places.camera_id IS 'One of its cameras, also one that was taken off since.';

COMMENT ON COLUMN incident_places.number IS 'The camera''s number.';

COMMENT ON COLUMN incident_places.name IS 'What people called the place.';

COMMENT ON COLUMN incident_places.sector IS 'Patrol sector, or empty.';

COMMENT ON COLUMN incident_places.latitude IS 'Degrees, WGS 84; null where nothing was said.';

COMMENT ON COLUMN incident_places.longitude IS 'Degrees, WGS 84.';
