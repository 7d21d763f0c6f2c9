-- Step 13: who called stands beside the time line, where it can be erased once its time is over.

CREATE TABLE callers (
    entry_id INTEGER NOT NULL,
    incident_id VARCHAR(64) NOT NULL,
    caller TEXT NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (entry_id),
    FOREIGN KEY(entry_id) REFERENCES timeline (entry_id),
    FOREIGN KEY(incident_id) REFERENCES incidents (incident_id)
);

CREATE INDEX callers_of_incident ON callers (incident_id);

INSERT INTO callers (entry_id, incident_id, caller, phone)
SELECT entry_id, incident_id, coalesce(json_extract(detail, '$.caller'), ''), coalesce(json_extract(detail, '$.phone'), '')
FROM timeline
WHERE kind = 'call' AND incident_id IS NOT NULL
AND coalesce(json_extract(detail, '$.caller'), json_extract(detail, '$.phone')) IS NOT NULL;

DROP TRIGGER timeline_no_update;

UPDATE timeline SET detail = json_remove(detail, '$.caller', '$.phone') WHERE kind = 'call';

CREATE TRIGGER timeline_no_update BEFORE UPDATE ON timeline
BEGIN
    SELECT RAISE(ABORT, 'rows of timeline are only ever added');
END;
