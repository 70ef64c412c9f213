"""ClickHouse (chdb) reads a lake table: by each metadata file, and earlier snapshots from the last one.

    python3 tests/interop/clickhouse.py build/native-debug/lake_history [SOURCES STEPS SEED]

Closes with `N passed, N failed`.
"""

import os
import sys
import tempfile

import history
from outcome import check, finish, optional


def read(session, name, snapshot, source, settings=""):
    """The rows, and count(*), which ClickHouse takes from the snapshot's summary."""
    try:
        result = session.query(f"SELECT * FROM {source} {settings}", "ArrowTable")
        history.compare(name, result.column_names, result.to_pylist(), snapshot.wanted)
        count = int(session.query(f"SELECT count(*) FROM {source} {settings}", "CSV").bytes())
        check(f"{name}: count(*)", count == len(snapshot.wanted), f"{count}, not {len(snapshot.wanted)}")
    except Exception as e:
        check(name, False, f"{type(e).__name__}: {e}")


def main(program, sources, steps, seed):
    if optional("chdb") is None:
        return
    from chdb.session import Session

    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory() as folder:
        snapshots = history.make(program, sources, steps, seed, folder)
        # It reads local files below the working folder only.
        os.chdir(folder)
        session = Session()
        for snapshot in history.current_and_three(snapshots):
            file = f"metadata/{os.path.basename(snapshot.metadata)}"
            source = f"icebergLocal('t', SETTINGS iceberg_metadata_file_path = '{file}')"
            read(session, f"ClickHouse {snapshot.id}", snapshot, source)
            # Without a metadata file it finds the last one by itself.
            travel = f"SETTINGS iceberg_snapshot_id = {snapshot.id}"
            read(session, f"ClickHouse travels to {snapshot.id}", snapshot, "icebergLocal('t')", travel)
        session.close()


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(sys.argv[1], *(arguments + [3, 3000, 1][len(arguments):]))
    finish()
