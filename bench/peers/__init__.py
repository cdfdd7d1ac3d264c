"""What CareNotes is compared with: servers that answer the same questions from the same database.

Each runs as a process of its own and reads from its environment PORT, DATABASE_URL, JWT_SECRET, and ROW_LEVEL_SECURITY: with
`on` a request is a transaction in which the token's tenant is set, and DATABASE_URL logs in as the role that policies bind.
"""
