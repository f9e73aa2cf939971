"""Alembic's entry: every table of every room, one database."""

from alembic import context

import hotline.tables
from kit.db import Base, Database
from kit.settings import Settings

assert hotline.tables
url = context.config.attributes.get("database_url") or Settings().resolved_database_url
database = Database(url)
with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter tables; Alembic rebuilds them.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
database.dispose()
