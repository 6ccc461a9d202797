"""Measurements and torture of the tracker: never timed tests, always beside their targets."""
