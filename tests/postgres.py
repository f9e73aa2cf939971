"""PostgreSQL databases of one's own on this machine's server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

SERVER = "postgresql+psycopg://root@127.0.0.1:5432/{}"


@contextmanager
def own_database() -> Iterator[str]:
    """The address of an empty database, dropped at the end. Raises ``OperationalError``."""
    name = f"assistant_{uuid.uuid4().hex[:8]}"
    server = create_engine(SERVER.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield SERVER.format(name)
        finally:
            with server.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()
