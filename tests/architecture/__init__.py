"""Tests of the project's shape: who may know whom, what `core` may touch, what the repository may hold."""
