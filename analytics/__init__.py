"""Looks at the pictures: decode, background model, zones, hysteresis, observations."""
