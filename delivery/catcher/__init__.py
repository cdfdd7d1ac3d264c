"""A mail server for development: takes every mail, delivers none, and shows them."""
