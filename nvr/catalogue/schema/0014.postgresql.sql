-- Step 14: words can be struck out of a time line, of an entry that says so, and of no other.

CREATE TABLE struck_entries (
    entry_id BIGINT NOT NULL,
    by_entry_id BIGINT NOT NULL,
    PRIMARY KEY (entry_id, by_entry_id),
    FOREIGN KEY(entry_id) REFERENCES timeline (entry_id),
    FOREIGN KEY(by_entry_id) REFERENCES timeline (entry_id)
);

COMMENT ON TABLE struck_entries IS 'Entries of time lines of which words were struck: the database lets nobody change another one.';

COMMENT ON COLUMN struck_entries.entry_id IS 'The entry of which words were struck.';

COMMENT ON COLUMN struck_entries.by_entry_id IS 'The entry that says by whom, when and why.';

COMMENT ON TABLE timeline IS 'What happened to an alert or incident; never changed once written, but for words that were struck.';

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.entry_id, NEW.incident_id, NEW.alert_id, NEW.wall_ns, NEW.actor, NEW.terminal, NEW.kind)
        IS NOT DISTINCT FROM (OLD.entry_id, OLD.incident_id, OLD.alert_id, OLD.wall_ns, OLD.actor, OLD.terminal, OLD.kind)
        AND strpos(NEW.detail, '[tachado]') > 0
        AND EXISTS (SELECT 1 FROM struck_entries WHERE struck_entries.entry_id = OLD.entry_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of timeline are only ever added';
END
$$;

DROP TRIGGER timeline_no_update ON timeline;

CREATE TRIGGER timeline_no_update BEFORE UPDATE ON timeline
FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
