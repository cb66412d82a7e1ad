"""Calls to other machines. The only importer of httpx and tenacity."""
