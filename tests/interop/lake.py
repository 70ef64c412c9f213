"""Databases with random histories feed a lake table; other engines read every snapshot of it.

    python3 tests/interop/lake.py build/native-debug/lake_history [SOURCES STEPS SEED]

The rows must be those of the sources at that time. Closes with `N passed, N failed`.
"""

import sys
import tempfile

import history
from outcome import check, finish, open_duckdb, optional


def main(program, sources, steps, seed):
    pyiceberg = optional("pyiceberg")
    with tempfile.TemporaryDirectory() as folder:
        snapshots = history.make(program, sources, steps, seed, folder)
        db = open_duckdb("avro", "iceberg")
        for snapshot in snapshots:
            if pyiceberg:
                from pyiceberg.table import StaticTable

                table = StaticTable.from_metadata(snapshot.metadata)
                got = table.scan().to_arrow()
                history.compare(f"pyiceberg {snapshot.id}", got.column_names, got.to_pylist(), snapshot.wanted)
                summary = table.current_snapshot().summary
                total = int(summary["total-records"]) - int(summary["total-position-deletes"])
                check(f"total records {snapshot.id}", total == len(snapshot.wanted), str(summary))
                positions = any(k.startswith("dolake.source.") for k in summary.additional_properties)
                check(f"source positions {snapshot.id}", positions)
            if db:
                result = db.sql(f"SELECT * FROM iceberg_scan('{snapshot.metadata}')")
                names = result.columns
                rows = [dict(zip(names, r)) for r in result.fetchall()]
                history.compare(f"duckdb {snapshot.id}", names, rows, snapshot.wanted)
        # The last metadata file shows the earlier snapshots, too: as many rows as there were then.
        if pyiceberg and snapshots:
            from pyiceberg.table import StaticTable

            table = StaticTable.from_metadata(snapshots[-1].metadata)
            for snapshot in snapshots[::3]:
                count = table.scan(snapshot_id=snapshot.id).to_arrow().num_rows
                check(f"time travel to {snapshot.id}", count == len(snapshot.wanted))


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(sys.argv[1], *(arguments + [3, 3000, 1][len(arguments):]))
    finish()
