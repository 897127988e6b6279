"""The revisions and the models say the same, and every step can be taken back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import database_samples as samples
import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from ai_trading.core.errors import DatabaseError
from ai_trading.database import Base, DatabaseManager, migrate
from ai_trading.database.runs import load_run, store_run


def described(engine) -> dict[str, object]:
    """Return every table, as the database itself tells it."""
    found = inspect(engine)
    by_name = {
        table: {
            "columns": [
                {k: str(v) for k, v in column.items()}
                for column in found.get_columns(table)
            ],
            "key": found.get_pk_constraint(table),
            "foreign": found.get_foreign_keys(table),
            "checks": found.get_check_constraints(table),
            "unique": found.get_unique_constraints(table),
            "indexes": found.get_indexes(table),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }
    for parts in by_name.values():
        for part in ("foreign", "checks", "unique", "indexes"):
            parts[part] = sorted(parts[part], key=lambda row: str(row["name"]))
    return by_name


def test_the_models_need_no_further_migration(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_what_the_models_say_down_to_the_checks(database):
    migrated = described(database.engine)
    migrate.downgrade(database.engine, "base")

    Base.metadata.create_all(database.engine)

    assert migrated == described(database.engine)


def test_down_to_nothing_and_up_again(database):
    before = described(database.engine)

    migrate.downgrade(database.engine, "base")
    assert described(database.engine) == {}
    migrate.upgrade(database.engine)

    assert described(database.engine) == before


def test_a_run_of_the_first_tables_is_kept_on_the_way_up_and_down(database):
    result = samples.make_result()
    store_run(database, replace(result, incidents=result.incidents[:0]))

    migrate.downgrade(database.engine, "0001")
    migrate.upgrade(database.engine)

    again = load_run(database, result.run_id)
    assert len(again.order_terms) == 0  # what no table held on the way
    for name in ("orders", "fills", "account"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))


def test_the_terms_of_orders_go_with_their_table_and_nothing_else_does(database):
    result = samples.make_result()
    store_run(database, result)

    migrate.downgrade(database.engine, "0004")
    assert "order_terms" not in inspect(database.engine).get_table_names()
    migrate.upgrade(database.engine)

    again = load_run(database, result.run_id)
    assert len(again.order_terms) == 0
    for name in ("orders", "fills", "account", "incidents"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))


def test_charges_become_entries_and_lose_what_their_table_cannot_hold(database):
    result = samples.make_result()
    store_run(database, result)
    kept = result.charges[result.charges["kind"] < 2].copy()
    kept["rest"] = 0
    assert 0 < len(kept) < len(result.charges)

    migrate.downgrade(database.engine, "0006")
    assert "run_entries" not in inspect(database.engine).get_table_names()
    migrate.upgrade(database.engine)

    assert "run_charges" not in inspect(database.engine).get_table_names()
    np.testing.assert_array_equal(load_run(database, result.run_id).charges, kept)


def test_the_sizes_of_orders_are_lost_on_the_way_down_and_nothing_else_is(database):
    result = samples.make_result()
    store_run(database, result)
    assert result.order_terms["minimum"].any()
    assert result.order_terms["all_or_none"].any()

    migrate.downgrade(database.engine, "0005")
    migrate.upgrade(database.engine)

    again = load_run(database, result.run_id).order_terms
    before = result.order_terms.copy()
    for name in ("minimum", "all_or_none"):
        before[name] = 0
    np.testing.assert_array_equal(again, before)


def test_what_the_first_tables_cannot_hold_is_left_behind_on_the_way_down(database):
    result = samples.make_result()
    fills = result.fills.copy()
    fills["quantity"][:3] *= -1
    fills["order_id"][3:5] = 0
    store_run(database, replace(result, fills=fills))

    migrate.downgrade(database.engine, "0001")
    migrate.upgrade(database.engine)

    again = load_run(database, result.run_id)
    np.testing.assert_array_equal(again.fills, fills[5:])
    assert len(again.incidents) == 0


def test_a_second_start_changes_nothing(database):
    before = database.get_connection_info()["revision"]

    database.initialize()

    assert database.get_connection_info()["revision"] == before == migrate.head()


def test_a_database_of_a_newer_version_is_refused(url):
    with DatabaseManager(url).initialize() as manager, manager.get_session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseError, match="newer version wrote it"):
        DatabaseManager(url).connect()


def test_a_failed_upgrade_leaves_the_schema_as_it_was(empty):
    with empty.engine.begin() as connection:
        # The last table the first revision would create is already there.
        connection.execute(text("CREATE TABLE fills (id INTEGER PRIMARY KEY)"))

    with pytest.raises(DatabaseError, match="create or upgrade"):
        empty.initialize()

    assert inspect(empty.engine).get_table_names() == ["fills"]


def test_processes_that_start_together_take_turns(url):
    code = (
        "import sys\n"
        "from ai_trading.database import DatabaseManager\n"
        "with DatabaseManager(sys.argv[1]).initialize() as manager:\n"
        "    print(manager.get_connection_info()['revision'])\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]

    told = [process.communicate(timeout=120) for process in started]

    assert [out.strip() for out, _ in told] == [migrate.head()] * 4, told


def test_alembic_on_its_own_is_told_where_to_go():
    from alembic import command

    with pytest.raises(DatabaseError, match="not the alembic command"):
        command.upgrade(migrate.alembic_config(), "head")


def test_the_next_revision_is_drafted_with_our_types(database, tmp_path):
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE equity_points"))

    path = migrate.draft(database.engine, "bring the equity back", tmp_path)

    drafted = path.read_text()
    compile(drafted, str(path), "exec")
    assert "from ai_trading.database.types import ExactDecimal" in drafted
    assert 'sa.Column("cash", ExactDecimal(6)' in drafted.replace("'", '"')
    assert 'sa.Column("timestamp_ns", sa.BigInteger()' in drafted.replace("'", '"')
    assert f"down_revision = '{migrate.head()}'" in drafted
