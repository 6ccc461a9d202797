"""The tracker's DAGs: thin files, one call into `roadmap` a task."""
