"""The server's database: schema, migrations, engine profiles, and what is read and written in one transaction each."""
