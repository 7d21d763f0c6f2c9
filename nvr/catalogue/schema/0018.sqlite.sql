-- Step 18: a hold counts how often it was stored, so that its notes beside the recordings and a restored catalogue know which of them is newer.

ALTER TABLE holds ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
