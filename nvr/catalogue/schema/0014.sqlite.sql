-- Step 14: words can be struck out of a time line, of an entry that says so, and of no other.

CREATE TABLE struck_entries (
    entry_id INTEGER NOT NULL,
    by_entry_id INTEGER NOT NULL,
    PRIMARY KEY (entry_id, by_entry_id),
    FOREIGN KEY(entry_id) REFERENCES timeline (entry_id),
    FOREIGN KEY(by_entry_id) REFERENCES timeline (entry_id)
);

DROP TRIGGER timeline_no_update;

CREATE TRIGGER timeline_no_update BEFORE UPDATE ON timeline
WHEN NOT (
    NEW.entry_id IS OLD.entry_id AND NEW.incident_id IS OLD.incident_id AND NEW.alert_id IS OLD.alert_id AND NEW.wall_ns IS OLD.wall_ns
    AND NEW.actor IS OLD.actor AND NEW.terminal IS OLD.terminal AND NEW.kind IS OLD.kind
    AND instr(NEW.detail, '[tachado]') > 0 AND EXISTS (SELECT 1 FROM struck_entries WHERE struck_entries.entry_id = OLD.entry_id)
)
BEGIN
    SELECT RAISE(ABORT, 'rows of timeline are only ever added');
END;
