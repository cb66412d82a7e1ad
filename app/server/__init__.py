"""The server that kiosks sync to: HTTP in, a line called, HTTP out."""
