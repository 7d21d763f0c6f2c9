-- Step 13: who called stands beside the time line, where it can be erased once its time is over.

CREATE TABLE callers (
    entry_id BIGINT NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    caller TEXT NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (entry_id),
    FOREIGN KEY(entry_id) REFERENCES timeline (entry_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

CREATE INDEX callers_of_incident ON callers (incident_id);

COMMENT ON TABLE callers IS 'Who called, beside the entries of time lines, which are never changed: erased when its time is over.';

COMMENT ON COLUMN callers.entry_id IS 'The call''s entry.';

COMMENT ON COLUMN callers.incident_id IS 'The incident.';

COMMENT ON COLUMN callers.caller IS 'Personal data: name, or empty.';

COMMENT ON COLUMN callers.phone IS 'Personal data: telephone, or empty.';

INSERT INTO callers (entry_id, incident_id, caller, phone)
SELECT entry_id, incident_id, coalesce(detail::jsonb ->> 'caller', ''), coalesce(detail::jsonb ->> 'phone', '')
FROM timeline
WHERE kind = 'call' AND incident_id IS NOT NULL
AND coalesce(detail::jsonb ->> 'caller', detail::jsonb ->> 'phone') IS NOT NULL;

ALTER TABLE timeline DISABLE TRIGGER timeline_no_update;

UPDATE timeline SET detail = (detail::jsonb - 'caller' - 'phone')::text WHERE kind = 'call';

ALTER TABLE timeline ENABLE TRIGGER timeline_no_update;
