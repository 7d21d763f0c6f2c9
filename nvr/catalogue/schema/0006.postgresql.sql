-- Step 6: what is wrong with what each camera sends, and was.

CREATE TABLE picture_states (
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    aspect VARCHAR(16) NOT NULL,
    condition VARCHAR(16) NOT NULL,
    since_wall_ns BIGINT NOT NULL,
    detail TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (camera_id, stream, aspect)
);

CREATE TABLE picture_history (
    observation_id VARCHAR(64) NOT NULL,
    camera_id VARCHAR(64) NOT NULL,
    stream VARCHAR(8) NOT NULL,
    aspect VARCHAR(16) NOT NULL,
    condition VARCHAR(16) NOT NULL,
    since_wall_ns BIGINT NOT NULL,
    wall_ns BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (observation_id)
);

CREATE INDEX picture_history_by_time ON picture_history (camera_id, wall_ns);

COMMENT ON TABLE picture_states IS 'What is wrong with what each camera sends.';

COMMENT ON COLUMN picture_states.camera_id IS 'The camera.';

COMMENT ON COLUMN picture_states.stream IS 'main or sub.';

COMMENT ON COLUMN picture_states.aspect IS 'picture, frame_rate or bit_rate.';

COMMENT ON COLUMN picture_states.condition IS 'black, blinded, covered, defocused, frozen, turned, slow, fast, thin or fat; empty while it is well.';

COMMENT ON COLUMN picture_states.since_wall_ns IS 'Since when.';

COMMENT ON COLUMN picture_states.detail IS 'The figures that decided, in words.';

COMMENT ON COLUMN picture_states.snapshot IS 'Picture, relative to the snapshots folder, or empty.';

COMMENT ON TABLE picture_history IS 'Every change of it: part of the proof of camera health.';

COMMENT ON COLUMN picture_history.observation_id IS 'Made by the worker; a change that is told twice stands here once.';

COMMENT ON COLUMN picture_history.camera_id IS 'The camera.';

COMMENT ON COLUMN picture_history.stream IS 'main or sub.';

COMMENT ON COLUMN picture_history.aspect IS 'picture, frame_rate or bit_rate.';

COMMENT ON COLUMN picture_history.condition IS 'black, blinded, covered, defocused, frozen, turned, slow, fast, thin or fat; empty while it is well.';

COMMENT ON COLUMN picture_history.since_wall_ns IS 'Since when it was so.';

COMMENT ON COLUMN picture_history.wall_ns IS 'When that was decided.';

COMMENT ON COLUMN picture_history.detail IS 'The figures that decided, in words.';
