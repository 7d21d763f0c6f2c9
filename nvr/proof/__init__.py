"""Proof that cameras recorded: what of each due second lies on disk, and why the rest does not. See docs/design/coverage.md."""
