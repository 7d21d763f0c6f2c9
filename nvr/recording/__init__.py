"""Packets to disk: fragmented MP4, the segmenter, the recorder and what follows a crash."""
