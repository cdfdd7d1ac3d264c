"""What PostgreSQL is told: settings for two cores and modest memory, who may connect, and the roles.

Nothing that a client sends may reach the log (it would hold clinical text): so only the server's own life is
logged (`log_min_messages = log` leaves out the errors of statements, which go to the client), and no
statement with it.
"""

from pathlib import Path

# Text is folded and compared the same everywhere by the built-in C.UTF-8. The C library's locale matters too,
# because pg_trgm asks that one what a letter is: under "C" no letter beyond ASCII could be searched for.
LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")

# Whoever can open the socket is trusted; the folder that it is in lets only the owner of the data through.
HBA = "local all all trust\n"

SETTINGS = """\
# Written at each start: settings of your own go into postgres.local.conf beside this file.
hba_file = {hba}
cluster_name = '{title}'
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = 5432
max_connections = 200
shared_preload_libraries = '{libraries}'

shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
jit = off

fsync = on
synchronous_commit = on
# Of the ways to compress, these programs have pglz alone, which costs more time than its bytes are worth.
wal_compression = off
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'

log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
{statements}
include = 'postgres.local.conf'
"""

# Utility statements are kept word for word, unlike queries, whose constants are left out.
STATEMENTS = "pg_stat_statements.track_utility = off\n"

# Every line may run again: a crash can come between any two.
ROLES = """
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(array['carenotes_owner', 'carenotes_app']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\\gexec
ALTER ROLE carenotes_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE carenotes_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
SELECT 'CREATE DATABASE carenotes OWNER carenotes_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'carenotes')
\\gexec
ALTER DATABASE carenotes OWNER TO carenotes_owner;
REVOKE ALL ON DATABASE carenotes, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE carenotes TO carenotes_app;
"""


def settings(data_dir: Path, sockets: Path, title: str, *, statements: bool) -> str:
    return SETTINGS.format(
        hba=_quoted(data_dir / "pg_hba.conf"),
        title=title,
        sockets=sockets,
        libraries="pg_stat_statements" if statements else "",
        statements=STATEMENTS if statements else "",
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("\\", "\\\\").replace("'", "''") + "'"
