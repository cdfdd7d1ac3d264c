"""What goes in, and the work: resolvers take arguments and return database rows. They never import `schema`."""

# Strawberry must know an enum before an input uses it.
import resolvers.enums  # noqa: F401
