"""The control room's foundations, recorder, store and composition root. Imports nothing (see docs/design/architecture.md)."""
