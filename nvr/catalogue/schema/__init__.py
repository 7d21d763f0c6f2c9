"""The steps of the schema: ``NNNN.sqlite.sql`` and ``NNNN.postgresql.sql``, statements divided by empty lines. Never changed once released."""
