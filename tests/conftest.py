"""What all tests share: a PostgreSQL database where there is a server."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

POSTGRES = "postgresql+psycopg://root@127.0.0.1:5432/{}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of its own, dropped at the end."""
    name = f"assistant_{uuid.uuid4().hex[:8]}"
    server = create_engine(POSTGRES.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        pytest.skip("no PostgreSQL at 127.0.0.1:5432 with trust for root: start one to run this")
    yield POSTGRES.format(name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
