"""Databases with random histories feed a lake table; other engines read every snapshot of it.

    python3 tests/interop/lake.py build/native-debug/lake_history [SOURCES STEPS SEED]

The rows must be those of the sources at that time. Closes with `N passed, N failed`.
"""

import datetime
import decimal
import json
import subprocess
import sys
import tempfile

from outcome import check, finish, open_duckdb, optional


def literal(column, text, value):
    """Whether a reader's value is what the source's quote() says, or null because it does not fit."""
    if text == "NULL":
        return value is None
    if text == "'odd one'" and column[0] != "w":
        return value is None
    if column[0] == "d":
        return value == datetime.date.fromisoformat(text[1:-1])
    if column[0] == "b":
        return value is (text == "1")
    if column[0] == "p":
        return value == decimal.Decimal(text).quantize(decimal.Decimal("0.01"))
    if column[0] == "r":
        return value == float(text)
    if text.startswith("'"):
        return value == text[1:-1]
    return value == int(text)


def compare(name, columns, rows, wanted):
    """The sources' ids overlap: rows are matched by id and all their values."""
    if len(rows) != len(wanted):
        return check(name, False, f"{len(rows)} rows instead of {len(wanted)}")
    columns = [c for c in columns if c != "_overflow"]
    by_id = {}
    for line in wanted:
        values = line.split("|")
        by_id.setdefault(values[columns.index("id")], []).append(values)
    def odd(candidate):
        return sum(text == "'odd one'" and column[0] != "w" for column, text in zip(columns, candidate))

    for row in rows:
        values = [row[c] for c in columns]
        candidates = by_id.get(str(row["id"]), [])
        # What does not fit stands in the overflow; so may values of columns that are gone since.
        kept = list(json.loads(row["_overflow"] or "{}").values()).count("odd one")
        matches = [c for c in candidates if odd(c) <= kept and all(map(literal, columns, c, values))]
        if not matches:
            return check(name, False, f"{row} is none of {candidates[:3]}")
        candidates.remove(max(matches, key=odd))
    check(name, True)


def main(program, sources, steps, seed):
    pyiceberg = optional("pyiceberg")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, str(seed), str(sources), str(steps), folder], capture_output=True, text=True)
        check("history", done.returncode == 0, done.stderr)
        print(f"seed {seed}, {sources} sources, {steps} steps: {done.stderr.strip()}")
        snapshots = [line.split()[1:] for line in done.stdout.splitlines()]
        check("snapshots", len(snapshots) >= 4, len(snapshots))
        db = open_duckdb("avro", "iceberg")
        for metadata, rows_path, snapshot in snapshots:
            with open(rows_path, encoding="utf-8") as f:
                wanted = f.read().splitlines()
            if pyiceberg:
                from pyiceberg.table import StaticTable

                table = StaticTable.from_metadata(metadata)
                got = table.scan().to_arrow()
                compare(f"pyiceberg {snapshot}", got.column_names, got.to_pylist(), wanted)
                summary = table.current_snapshot().summary
                check(f"total records {snapshot}", int(summary["total-records"]) - int(summary["total-position-deletes"]) == len(wanted), str(summary))
                check(f"source positions {snapshot}", any(k.startswith("dolake.source.") for k in summary.additional_properties))
            if db:
                result = db.sql(f"SELECT * FROM iceberg_scan('{metadata[7:]}')")
                names = result.columns
                compare(f"duckdb {snapshot}", names, [dict(zip(names, r)) for r in result.fetchall()], wanted)
        # The last metadata file shows the earlier snapshots, too: as many rows as there were then.
        if pyiceberg and snapshots:
            from pyiceberg.table import StaticTable

            table = StaticTable.from_metadata(snapshots[-1][0])
            for _, rows_path, snapshot in snapshots[::3]:
                with open(rows_path, encoding="utf-8") as f:
                    count = len(f.read().splitlines())
                check(f"time travel to {snapshot}", table.scan(snapshot_id=int(snapshot)).to_arrow().num_rows == count)


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(sys.argv[1], *(arguments + [3, 3000, 1][len(arguments):]))
    finish()
