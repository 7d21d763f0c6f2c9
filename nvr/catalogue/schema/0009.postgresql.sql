-- Step 9: with which key an incident was opened by hand.

CREATE TABLE openings (
    opener_id VARCHAR(64) NOT NULL,
    idempotency_key VARCHAR(80) NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (opener_id, idempotency_key),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

COMMENT ON TABLE openings IS 'Incidents opened by hand or by a call, under the key of the request that opened them.';

COMMENT ON COLUMN openings.opener_id IS 'Who opened it: users.user_id.';

COMMENT ON COLUMN openings.idempotency_key IS 'Made by the opener''s screen: a repeat opens nothing.';

COMMENT ON COLUMN openings.incident_id IS 'What was opened.';
