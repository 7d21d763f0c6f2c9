-- Step 17: where the cameras of incidents stood when each came to its incident.

CREATE TABLE incident_places (
    incident_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    sector TEXT NOT NULL,
    latitude DOUBLE,
    longitude DOUBLE,
    PRIMARY KEY (incident_id, camera_id)
);
