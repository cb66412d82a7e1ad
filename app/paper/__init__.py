"""Tickets on paper: QR codes and sheets to print. The only importer of segno and reportlab."""
