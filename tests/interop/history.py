"""A random history of databases that feed a lake table, and whether a reader's rows are the sources'."""

import datetime
import decimal
import json
import math
import subprocess

from outcome import check


class Snapshot:
    def __init__(self, metadata, rows_path, id):
        self.metadata, self.id = metadata.removeprefix("file://"), int(id)
        with open(rows_path, encoding="utf-8") as f:
            self.wanted = f.read().splitlines()


def make(program, sources, steps, seed, folder):
    """Runs lake_history: the snapshots in order, each with its metadata file and the rows of the sources."""
    done = subprocess.run([program, str(seed), str(sources), str(steps), folder], capture_output=True, text=True)
    check("history", done.returncode == 0, done.stderr)
    print(f"seed {seed}, {sources} sources, {steps} steps: {done.stderr.strip()}")
    snapshots = [Snapshot(*line.split()[1:]) for line in done.stdout.splitlines()]
    check("snapshots", len(snapshots) >= 4, len(snapshots))
    return snapshots


def current_and_three(snapshots):
    """The current snapshot and three spread over the ones before it."""
    last = len(snapshots) - 1
    return [snapshots[i] for i in sorted({last, last * 3 // 4, last // 2, last // 4})]


def literal(column, text, value):
    """Whether a reader's value is what the source's quote() says, or null because it does not fit."""
    if text == "NULL":
        return value is None
    if text == "'odd one'" and column[0] != "w":
        return value is None
    if value is None:
        return False
    if column[0] == "d":
        return value == datetime.date.fromisoformat(text[1:-1])
    if column[0] == "b":
        return value is (text == "1")
    if column[0] == "p":
        return value == decimal.Decimal(text).quantize(decimal.Decimal("0.01"))
    if column[0] == "q":
        # A double to some readers.
        return math.isclose(value, float(text), rel_tol=1e-14) if isinstance(value, float) else value == decimal.Decimal(text)
    if column[0] == "r":
        return value == float(text)
    if text.startswith("'"):
        return value == text[1:-1]
    return value == int(text)


def difference(columns, rows, wanted):
    """What is wrong with the rows, or None. The sources' ids overlap: rows are matched by id and all values."""
    if len(rows) != len(wanted):
        return f"{len(rows)} rows instead of {len(wanted)}"
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
            return f"{row} is none of {candidates[:3]}"
        candidates.remove(max(matches, key=odd))
    return None


def compare(name, columns, rows, wanted):
    wrong = difference(columns, rows, wanted)
    check(name, wrong is None, wrong)
