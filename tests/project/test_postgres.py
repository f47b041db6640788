"""The PostgreSQL that tests get is real, fresh for each test, and reachable through SQLAlchemy."""

from __future__ import annotations

import sqlalchemy as sa


def test_maintenance_database_answers(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 130000


def _make_table_or_see_it(url: str) -> bool:
    engine = sa.create_engine(url)
    seen = sa.inspect(engine).has_table("left_behind")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS left_behind (name text)"))
        connection.execute(sa.text("INSERT INTO left_behind VALUES ('蓢头村 𬭊')"))
        assert connection.execute(sa.text("SELECT name FROM left_behind")).scalar_one() == "蓢头村 𬭊"
    engine.dispose()
    return seen


def test_each_test_has_its_own_database(postgres_database: str) -> None:
    assert not _make_table_or_see_it(postgres_database)


def test_the_next_one_sees_nothing_of_it(postgres_database: str) -> None:
    assert not _make_table_or_see_it(postgres_database)
