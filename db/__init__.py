"""Everything that speaks SQL to PostgreSQL or commands to Redis. `Scope` is the only door for requests."""
