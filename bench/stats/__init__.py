"""Daily statistics against the ways we do not take, what counting costs who writes, and whether ten million notes are felt."""
