-- Step 12: when each alert was first on an operator's screen.

CREATE TABLE alert_sightings (
    alert_id VARCHAR(64) NOT NULL,
    wall_ns BIGINT NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    terminal TEXT NOT NULL,
    PRIMARY KEY (alert_id),
    FOREIGN KEY(alert_id) REFERENCES alerts (alert_id)
);

COMMENT ON TABLE alert_sightings IS 'When each alert was first on an operator''s screen; pages say so, and it changes nothing of the alert.';

COMMENT ON COLUMN alert_sightings.alert_id IS 'The alert.';

COMMENT ON COLUMN alert_sightings.wall_ns IS 'When a page said first that its card is on the screen.';

COMMENT ON COLUMN alert_sightings.user_id IS 'Whose page that was.';

COMMENT ON COLUMN alert_sightings.terminal IS 'Where.';
