"""The embedded servers and their users, killed at any instant."""

import contextlib
import random
import shutil
import subprocess
import time

import psutil
import pytest
import redis

from db.embedded import postgres, running
from tests.db.folders import PSQL, Folder, answers, kept, sql, until


def test_servers_of_a_killed_user_are_adopted(data: Folder) -> None:
    user = data.inside()
    postmaster, valkey = data.postmaster(), data.valkey.family.members()
    user.kill()
    user.wait()
    with running(data.path) as servers:
        assert (data.postmaster(), data.valkey.family.members()) == (postmaster, valkey)
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]
    assert not data.servers()


def test_a_killed_postmaster_comes_back_while_it_is_used(data: Folder, watchful: None) -> None:
    with running(data.path) as servers:
        sql(servers.admin_database_url, "UPDATE kept SET word = 'second'")
        killed = data.postmaster()
        killed.kill()
        until(lambda: (now := data.postgres.postmaster()) and now[0] != killed and now[1] == "ready")
        assert kept(servers.admin_database_url, servers.redis_url) == ["second", "first"]
    assert not data.servers()


def test_a_killed_valkey_comes_back_while_it_is_used(data: Folder, watchful: None) -> None:
    with running(data.path) as servers:
        client = redis.Redis.from_url(servers.redis_url)
        client.set("kept", "second")
        (killed,) = data.valkey.family.members()
        killed.kill()
        until(lambda: data.valkey.family.members() not in ([], [killed]) and data.valkey.family.alive())
        until(lambda: answers(client))
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "second"]
    assert not data.servers()


def test_all_killed_at_once(data: Folder) -> None:
    user = data.inside()
    for process in (psutil.Process(user.pid), data.postmaster(), *data.valkey.family.members()):
        process.kill()
    with running(data.path) as servers:
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]


def test_a_backend_too_busy_to_notice_that_its_postmaster_died(
    data: Folder, watchful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "APPEAR_SECONDS", 0.3)
    with running(data.path) as servers:
        busy = subprocess.Popen(
            [PSQL, "-Xq", "-d", servers.admin_database_url, "-c", "DO 'BEGIN LOOP END LOOP; END'"],
            stderr=subprocess.PIPE,
        )
        active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO%' AND state = 'active'"
        until(lambda: sql(servers.admin_database_url, active) == "1")
        killed = data.postmaster()
        killed.kill()
        until(lambda: (now := data.postgres.postmaster()) and now[0] != killed and now[1] == "ready")
        assert b"closed the connection" in busy.communicate(timeout=10)[1]
        assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]


def test_killed_at_any_instant_of_a_first_start(fresh: Folder) -> None:
    for instant in sorted(random.uniform(0.1, 1.3) for _ in range(7)):
        user = fresh.user()
        time.sleep(instant)
        user.kill()
        user.wait()
        if random.random() < 0.5:
            for process in fresh.servers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
    with running(fresh.path) as servers:
        assert sql(servers.database_url, "SELECT current_database()") == "carenotes"
        assert redis.Redis.from_url(servers.redis_url).ping()
    assert not fresh.servers()
    assert not list(fresh.path.glob("postgres.new-*"))


def test_lock_files_that_name_somebody_else(data: Folder) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        with running(data.path):
            lines = (data.path / "postgres" / "postmaster.pid").read_text().splitlines()
            socket_lock = (data.path / "sockets" / ".s.PGSQL.5432.lock").read_text().splitlines()
        (data.path / "sockets").mkdir(mode=0o700)
        for path, content in (
            ("postgres/postmaster.pid", lines),
            ("sockets/.s.PGSQL.5432.lock", socket_lock),
        ):
            (data.path / path).write_text("\n".join([str(stranger.pid), *content[1:]]) + "\n")
        with running(data.path) as servers:
            assert kept(servers.admin_database_url, servers.redis_url) == ["first", "first"]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_that_was_deleted_under_its_servers(data: Folder) -> None:
    user = data.inside()
    user.kill()
    user.wait()
    shutil.rmtree(data.path)
    with running(data.path) as servers:
        assert sql(servers.database_url, "SELECT 1") == "1"
        assert len(data.valkey.family.members()) == 1
    assert not data.servers()
