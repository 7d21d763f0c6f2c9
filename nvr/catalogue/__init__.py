"""The catalogue: what stands on disk and what people did, in SQLite or PostgreSQL. All SQL of the project lives here."""
