-- Step 18: a hold counts how often it was stored, so that its notes beside the recordings and a restored catalogue know which of them is newer.

ALTER TABLE holds ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

COMMENT ON COLUMN holds.version IS 'How often it was stored: of the catalogue and the notes beside the recordings, the higher one is newer.';
