"""Test vectors: data, and what reads them."""
