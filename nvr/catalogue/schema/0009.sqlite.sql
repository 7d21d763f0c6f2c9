-- Step 9: with which key an incident was opened by hand.

CREATE TABLE openings (
    opener_id VARCHAR(64) NOT NULL,
    idempotency_key VARCHAR(80) NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (opener_id, idempotency_key),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);
