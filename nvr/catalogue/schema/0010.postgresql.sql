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

COMMENT ON TABLE deliveries IS 'Outbox: what is told to agencies, supervisor and chief, written in the transaction of the act it tells of.';

COMMENT ON COLUMN deliveries.delivery_id IS 'Sortable id; the message''s idempotency key at every try.';

COMMENT ON COLUMN deliveries.subject_id IS 'The incident or alert in whose order it goes.';

COMMENT ON COLUMN deliveries.incident_id IS 'The incident, where there is one.';

COMMENT ON COLUMN deliveries.alert_id IS 'The alert, where it is about one that nobody takes.';

COMMENT ON COLUMN deliveries.dispatch_id IS 'The dispatch that it tells of.';

COMMENT ON COLUMN deliveries.recipient IS 'An agency''s code, supervisor or chief.';

COMMENT ON COLUMN deliveries.channels IS 'JSON list of the channels, in the order in which they are tried.';

COMMENT ON COLUMN deliveries.position IS 'Which of them it is at.';

COMMENT ON COLUMN deliveries.tries IS 'How many there were on it.';

COMMENT ON COLUMN deliveries.state IS 'waiting, delivered, answered or given_up.';

COMMENT ON COLUMN deliveries.created_wall_ns IS 'When it was to be sent.';

COMMENT ON COLUMN deliveries.begun_wall_ns IS 'When the time of the channel that it is at began.';

COMMENT ON COLUMN deliveries.next_wall_ns IS 'It is not tried before that.';

COMMENT ON COLUMN deliveries.missed IS 'JSON list of the channels that were given up, each with its reason.';

COMMENT ON COLUMN deliveries.exhausted_wall_ns IS 'When the last channel was given up.';

COMMENT ON COLUMN deliveries.delivered_by IS 'The channel that took it, or empty.';

COMMENT ON COLUMN deliveries.ended_wall_ns IS 'When it was delivered, answered or given up.';

COMMENT ON COLUMN deliveries.letter IS 'JSON of what is told, as it was when it was to be sent.';

COMMENT ON TABLE channels IS 'How each channel is.';

COMMENT ON COLUMN channels.name IS 'As in cameras.yaml; board/pnp for the board of pnp.';

COMMENT ON COLUMN channels.delivered_wall_ns IS 'When it last took something.';

COMMENT ON COLUMN channels.failing_since_wall_ns IS 'When the first try failed since then; null while none has.';

COMMENT ON COLUMN channels.fault_wall_ns IS 'When a try last failed.';

COMMENT ON COLUMN channels.fault IS 'Why, in words without secrets, or empty.';

COMMENT ON COLUMN dispatches.delivery IS 'missed or undelivered, delivered once a channel took it, or empty.';

COMMENT ON COLUMN dispatches.delivered_by IS 'The channel that took it, or empty.';

COMMENT ON COLUMN dispatches.missed IS 'JSON list of the channels that did not, each with its reason.';
