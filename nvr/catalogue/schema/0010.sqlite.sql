-- Step 10: what is told outside the pages, until a channel took it, and how each channel is.

CREATE TABLE deliveries (
    delivery_id VARCHAR(64) NOT NULL,
    subject_id VARCHAR(64) NOT NULL,
    incident_id VARCHAR(64),
    alert_id VARCHAR(64),
    dispatch_id VARCHAR(64),
    recipient VARCHAR(16) NOT NULL,
    channels TEXT NOT NULL,
    position INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_wall_ns BIGINT NOT NULL,
    begun_wall_ns BIGINT NOT NULL,
    next_wall_ns BIGINT NOT NULL,
    missed TEXT NOT NULL,
    exhausted_wall_ns BIGINT,
    delivered_by TEXT NOT NULL,
    ended_wall_ns BIGINT,
    letter TEXT NOT NULL,
    PRIMARY KEY (delivery_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id),
    FOREIGN KEY(dispatch_id) REFERENCES dispatches (dispatch_id)
);

CREATE INDEX deliveries_of_alert ON deliveries (alert_id);

CREATE INDEX deliveries_of_dispatch ON deliveries (dispatch_id);

CREATE INDEX deliveries_waiting ON deliveries (created_wall_ns) WHERE ended_wall_ns IS NULL;

CREATE TABLE channels (
    name VARCHAR(40) NOT NULL,
    delivered_wall_ns BIGINT,
    failing_since_wall_ns BIGINT,
    fault_wall_ns BIGINT,
    fault TEXT NOT NULL,
    PRIMARY KEY (name)
);

ALTER TABLE dispatches ADD COLUMN delivery VARCHAR(16) NOT NULL DEFAULT '';

ALTER TABLE dispatches ADD COLUMN delivered_by TEXT NOT NULL DEFAULT '';

ALTER TABLE dispatches ADD COLUMN missed TEXT NOT NULL DEFAULT '[]';
