"""Where something moved, second by second, kept beside the video and for longer: see docs/design/motion-index.md."""
