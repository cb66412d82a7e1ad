"""Calls to other machines. The only importer of httpx, httpcore and tenacity."""
