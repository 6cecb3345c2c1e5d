"""The append-only store on PostgreSQL: appends, reads, migrations, the quarantine and the server itself."""
