"""Whose table is this? The conventions under which a panel gives a printed regression table."""
