"""GraphQL over HTTP, health, pages and logs: what stands between a socket and the schema."""
