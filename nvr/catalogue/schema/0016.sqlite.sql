-- Step 16: files that a hold's end let go although another hold, in another part of the same file, still needs them, are held anew.

UPDATE segments SET held = 1, trimmed = 0
WHERE segment_id IN (
    SELECT s.segment_id
    FROM holds AS h
    CROSS JOIN (SELECT 'main' AS stream UNION ALL SELECT 'sub') AS streams
    CROSS JOIN segments AS s
    WHERE h.state IN ('active', 'asked')
    AND EXISTS (
        SELECT 1 FROM holds AS ended
        WHERE ended.camera_id = h.camera_id AND ended.state IN ('released', 'expired')
        AND ended.from_wall_ns - 7200000000000 < coalesce(h.to_wall_ns, 9223372036854775807)
        AND coalesce(ended.to_wall_ns, 9223372036854775807) > h.from_wall_ns - 7200000000000
    )
    AND s.camera_id = h.camera_id AND s.stream = streams.stream
    AND s.start_wall_ns > h.from_wall_ns - 7200000000000
    AND s.start_wall_ns < coalesce(h.to_wall_ns, 9223372036854775807)
    AND s.end_wall_ns > h.from_wall_ns
    AND NOT s.held AND NOT s.deleting
);

UPDATE segments SET held = 1, trimmed = 0
WHERE (end_wall_ns IS NULL OR end_wall_ns - start_wall_ns > 7200000000000)
AND NOT held AND NOT deleting
AND EXISTS (
    SELECT 1 FROM holds AS h
    WHERE h.camera_id = segments.camera_id AND h.state IN ('active', 'asked')
    AND segments.start_wall_ns < coalesce(h.to_wall_ns, 9223372036854775807)
    AND coalesce(segments.end_wall_ns, 9223372036854775807) > h.from_wall_ns
);
