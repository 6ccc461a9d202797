"""Anchors: where they are written, and what the log is held against."""
