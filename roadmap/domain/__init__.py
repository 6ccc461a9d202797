"""What is true, without I/O: entities, events, the changes that make them, calendar and text."""
