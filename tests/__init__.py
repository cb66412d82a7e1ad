"""Doubts everything the project promises; a package, so that no installed folder called `tests` is taken for it."""
