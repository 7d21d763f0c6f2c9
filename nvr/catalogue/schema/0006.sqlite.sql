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
