"""The schema's history, one numbered step each."""

HEAD = "0029"
"""The newest step: a database that is there needs no migration."""
