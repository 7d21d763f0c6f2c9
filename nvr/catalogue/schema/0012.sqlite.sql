-- Step 12: when each alert was first on an operator's screen.

CREATE TABLE alert_sightings (
    alert_id VARCHAR(64) NOT NULL,
    wall_ns BIGINT NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    terminal TEXT NOT NULL,
    PRIMARY KEY (alert_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);
