"""The roadmap tracker: milestones, indicators and decisions of a reform, from feed to board."""
