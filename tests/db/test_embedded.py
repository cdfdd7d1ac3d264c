"""The embedded servers: started, shared, stopped, told to stop."""

import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest
import redis

from db.embedded import running, signals
from tests.db.folders import IS_ROOT, Folder, ended, folder, kept, sql, until


def test_first_start(fresh: Folder) -> None:
    with running(fresh.path) as servers:
        url = servers.admin_database_url
        assert sql(servers.database_url, "SELECT current_user, current_database()") == "carenotes_app|carenotes"
        for name, value in {
            "data_checksums": "on",
            "fsync": "on",
            "jit": "off",
            "listen_addresses": "",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "shared_preload_libraries": "pg_stat_statements",
            "synchronous_commit": "on",
            "TimeZone": "UTC",
        }.items():
            assert sql(url, f"SHOW {name}") == value, name
        valkey = redis.Redis.from_url(servers.redis_url, decode_responses=True)
        for name, value in {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }.items():
            assert valkey.config_get(name)[name] == value
        assert not [c for process in fresh.servers() for c in process.net_connections("inet")]
        sockets = fresh.path / "sockets"
        assert [stat.S_IMODE(p.stat().st_mode) for p in (fresh.path / "postgres", sockets)] == [0o700, 0o700]
        assert stat.S_IMODE(fresh.path.stat().st_mode) == (0o710 if IS_ROOT else 0o700)
    assert not fresh.servers()
    assert not sockets.exists()


def test_roles_can_do_no_more_than_they_should(data: Folder) -> None:
    with running(data.path) as servers:
        owner, app, admin = servers.migration_database_url, servers.database_url, servers.admin_database_url
        flags = "SELECT bool_or(rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)"
        assert sql(admin, f"{flags} FROM pg_roles WHERE rolname LIKE 'carenotes%'") == "f"
        for extension in ("pg_trgm", "btree_gin", "btree_gist"):
            sql(owner, f"CREATE EXTENSION {extension}")
        sql(owner, "CREATE TABLE notes (id int)")
        for refused in (
            "SELECT * FROM notes",
            "CREATE TABLE mine ()",
            "CREATE TEMP TABLE t ()",
            "CREATE ROLE r",
        ):
            with pytest.raises(RuntimeError, match="permission denied"):
                sql(app, refused)
        with pytest.raises(RuntimeError, match="permission denied"):
            sql(app.replace("/carenotes?", "/postgres?"), "SELECT 1")
        sql(admin, "CREATE ROLE stranger LOGIN")
        with pytest.raises(RuntimeError, match="permission denied for database"):
            sql(app.replace("carenotes_app", "stranger"), "SELECT 1")


def test_letters_beyond_ascii_are_letters(data: Folder) -> None:
    with running(data.path) as servers:
        sql(servers.migration_database_url, "CREATE EXTENSION pg_trgm")
        assert (
            sql(servers.database_url, "SELECT cardinality(show_trgm('éa')), 'ÉÖ' ILIKE 'éö', lower('ÅΣ')") == "3|t|åσ"
        )


def test_second_start_keeps_the_data(data: Folder) -> None:
    with running(data.path) as servers:
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]


def test_roles_are_made_again_where_a_start_was_cut_short(data: Folder) -> None:
    with running(data.path) as servers:
        sql(servers.admin_database_url, "REVOKE CONNECT ON DATABASE carenotes FROM carenotes_app")
        sql(servers.admin_database_url, "DROP ROLE carenotes_app")
    with running(data.path) as servers:
        assert sql(servers.database_url, "SELECT 1") == "1"


def test_a_long_and_odd_path(template: Path) -> None:
    with folder("odd, 'path' é " + "x" * 150) as odd:
        subprocess.run(["cp", "-a", template, odd.path], check=True)
        with running(odd.path) as servers:
            assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]
            sockets = Path(servers.redis_url.removeprefix("unix://").split("?")[0]).parent
            assert len(str(sockets)) < 60
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert not sockets.exists()


def test_nothing_that_a_client_sends_is_logged(data: Folder) -> None:
    with running(data.path) as servers:
        sql(
            servers.admin_database_url,
            "CREATE UNIQUE INDEX ON kept (word); INSERT INTO kept VALUES ('my secret')",
        )
        for refused in (
            "INSERT INTO kept VALUES ('my secret')",
            "SELECT 'my secret'::int",
            "DO 'BEGIN RAISE WARNING ''my secret''; END'; SELECT 1 / 0",
            "my secret",
        ):
            with pytest.raises(RuntimeError, match="my"):
                sql(servers.admin_database_url, refused)
    assert "secret" not in data.log()


def test_the_last_one_out_stops_the_servers(data: Folder) -> None:
    first = data.inside()
    postmaster = data.postmaster()
    second = data.inside()
    assert data.postmaster() == postmaster
    assert ended(first) == (0, "")
    assert data.postmaster() == postmaster
    assert len(data.valkey.family.members()) == 1
    assert ended(second) == (0, "")
    assert not data.servers()


def test_blocks_in_one_process(data: Folder) -> None:
    with running(data.path) as outer:
        with running(data.path) as inner:
            assert inner == outer
        assert sql(outer.database_url, "SELECT 1") == "1"
    assert not data.servers()


def test_threads_of_one_process_come_and_go(data: Folder) -> None:
    failures: list[Exception] = []

    def use() -> None:
        try:
            with running(data.path) as servers:
                assert sql(servers.database_url, "SELECT 1") == "1"
        except (RuntimeError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert not data.servers()


def test_first_starts_race(fresh: Folder) -> None:
    users = [fresh.user() for _ in range(4)]
    assert [ended(user) for user in users] == [(0, "")] * 4
    assert not fresh.servers()
    assert not list(fresh.path.glob("postgres.new-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_process_group_stops_in_order(data: Folder, number: signal.Signals) -> None:
    user = data.inside()
    assert os.getsid(data.postmaster().pid) != os.getsid(user.pid)
    os.killpg(user.pid, number)
    code, _ = ended(user)
    assert code == (-signal.SIGINT if number == signal.SIGINT else 128 + number)
    assert not data.servers()
    assert data.log().count("database system is shut down") == 2  # of which one is the template's


def test_a_second_interrupt_does_not_wait(data: Folder) -> None:
    user = data.inside()
    (backend,) = [p for p in data.postgres.family.members() if "checkpointer" in p.cmdline()[0]]
    backend.suspend()  # so that the shutdown hangs
    user.send_signal(signal.SIGINT)
    until(lambda: "received fast shutdown request" in data.log().split("ready to accept")[-1])
    user.send_signal(signal.SIGINT)
    assert ended(user)[0] == -signal.SIGINT
    assert not data.servers()
    with running(data.path) as servers:
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]


def test_a_handler_of_somebody_else_stays() -> None:
    terminate, hang_up = signal.signal(signal.SIGTERM, signal.SIG_IGN), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with signals.raised():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, terminate)
        signal.signal(signal.SIGHUP, hang_up)
