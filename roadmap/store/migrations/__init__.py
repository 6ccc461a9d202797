"""Changes of the schema, by Alembic; the newest state is `roadmap.store.tables`."""
