"""The kiosk's own SQLite: its journal and its manifest. The only importer of sqlite3 and sqlite_utils."""
