"""Tickets on paper: QR codes and sheets to print. The only importer of reportlab, and of segno but for drawn guests."""
