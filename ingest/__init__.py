"""Pulls cameras: RTSP sessions, timestamps, and the simulated fleet. Never decodes."""
