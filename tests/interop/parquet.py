"""Other engines read the Parquet files that core/lake writes: every value, statistics, page indexes.

    python3 tests/interop/parquet.py build/native-debug/parquet_write [FOLDER]
    python3 tests/interop/parquet.py build/native-release/parquet_write --bench LINES TYPES [compact]

The second form times the writer beside DuckDB on one thread, with zstd, on the same rows: lines of
'|'-separated values, a letter (I, R or T) a column. Closes with `N passed, N failed`.
"""

import datetime
import decimal
import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import parquet_readers
from outcome import check, finish, optional
from parquet_readers import DIGITS, SCALES

EPOCH = datetime.datetime(1970, 1, 1)


def plain(name, value):
    """A reader's value in the form of our JSON."""
    if value is None:
        return None
    if name in SCALES:
        return str(int(DIGITS.scaleb(value, SCALES[name])))
    if name == "day":
        return (value - EPOCH.date()).days
    if name in ("at", "atz"):
        gap = value.replace(tzinfo=None) - EPOCH
        return (gap.days * 86400 + gap.seconds) * 1_000_000 + gap.microseconds
    if name == "bytes":
        return bytes(value).hex()
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value
    if isinstance(value, dict):
        return {k: plain(k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain("", v) for v in value]
    return value


def same(a, b):
    if isinstance(a, float) and isinstance(b, (int, float)):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def compare(name, names, rows, wanted):
    if len(rows) != len(wanted):
        return check(name, False, f"{len(rows)} rows instead of {len(wanted)}")
    for r, (row, want) in enumerate(zip(rows, wanted)):
        for column, value, right in zip(names, row, want):
            value = plain(column, value)
            if isinstance(right, int) and isinstance(value, float):
                right = float(right)
            if not same(value, right):
                return check(name, False, f"row {r}, {column}: {value!r} instead of {right!r}")
    check(name, True)


def read_all(writer, folder):
    duckdb, pyarrow, polars = optional("duckdb"), optional("pyarrow"), optional("polars")
    files = []
    for seed, rows, groups in [(1, 3000, 1), (2, 1500, 2), (3, 1, 1), (4, 0, 1), (5, 20000, 3), (6, 701, 1), (8, 3000, 1)]:
        path, lines = os.path.join(folder, f"t{seed}.parquet"), os.path.join(folder, f"t{seed}.json")
        done = subprocess.run([writer, "types", str(seed), str(rows), str(groups), path, lines], capture_output=True, text=True)
        check(f"write {seed}", done.returncode == 0, done.stderr)
        with open(lines, encoding="utf-8") as f:
            wanted = [json.loads(line) for line in f]
        if pyarrow:
            read_pyarrow(seed, path, wanted)
        if duckdb:
            read_duckdb(duckdb, seed, path, wanted)
        if polars:
            frame = polars.read_parquet(path)
            compare(f"polars {seed}", frame.columns, frame.rows(), wanted)
        files.append((seed, path, wanted))
    parquet_readers.read_all(files, compare)


def read_pyarrow(seed, path, wanted):
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, page_checksum_verification=False)
    table = file.read()
    rows = list(zip(*[c.to_pylist() for c in table.columns])) if table.num_rows else []
    compare(f"pyarrow {seed}", table.column_names, rows, wanted)
    ids = [int(f.metadata[b"PARQUET:field_id"]) for f in table.schema]
    check(f"pyarrow field ids {seed}", ids == [*range(1, 17), 18, 21], ids)
    check(f"pyarrow metadata {seed}", file.metadata.metadata.get(b"iceberg.schema") == b"{}")
    check(f"pyarrow created by {seed}", file.metadata.created_by.startswith("DoLake version"))
    row = 0
    for g in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(g)
        part = table.slice(row, group.num_rows)
        row += group.num_rows
        for i in range(16):
            chunk = group.column(i)
            column = part.column(chunk.path_in_schema.split(".")[0]) if i < 15 else None
            stats = chunk.statistics
            if column is None or not stats:
                continue
            name = f"statistics {seed}/{g} {chunk.path_in_schema}"
            check(name + " nulls", stats.null_count == column.null_count, f"{stats.null_count} {column.null_count}")
            if stats.has_min_max and chunk.path_in_schema not in ("single", "real", "bytes", "d38", "d18", "d9"):
                low, high = pc.min_max(column).as_py().values()
                ok = stats.min == low and stats.max == high
                if isinstance(low, str):
                    ok = low.startswith(stats.min) and (stats.max == high or stats.max > high)
                check(name, ok, f"{stats.min} {stats.max} for {low} {high}")
            # An offset index always, a column index unless there are NaNs.
            check(name + " offset index", chunk.has_offset_index)
            check(name + " column index", chunk.has_column_index or chunk.path_in_schema in ("single", "real"))


def literal(column, value):
    """A value of our JSON in DuckDB's SQL."""
    if column == "day":
        return f"(DATE '1970-01-01' + {value})"
    if column == "at":
        return f"make_timestamp({value})"
    if column in SCALES:
        return f"{decimal.Decimal(value).scaleb(-SCALES[column], DIGITS):f}::DECIMAL({column[1:]},{SCALES[column]})"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"'{value}'::DOUBLE" if isinstance(value, float) else str(value)


def probe(db, seed, path, column, there, values):
    """Bloom filters never leave out what is there, and mostly what is not."""
    def excluded(text):
        return [r[0] for r in db.sql(f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{path}', '{column}', {text})").fetchall()]

    check(f"bloom filter {seed} {column}", not all(excluded(there)), there)
    strange = {"real": "1234.56789", "day": "DATE '2300-01-01'", "at": "make_timestamp(123456789012345)", "word": "'strange'"}
    missing = "'strange'" if column.startswith("text") else strange.get(column, "987654321")
    if missing not in values:
        asked = excluded(missing)
        check(f"bloom filter {seed} {column}, not there", sum(asked) * 2 >= len(asked), asked)


def read_duckdb(duckdb, seed, path, wanted):
    db = duckdb.connect()
    db.sql("SET TimeZone = 'UTC'")
    result = db.sql(f"SELECT * FROM read_parquet('{path}')")
    names = result.columns
    compare(f"duckdb {seed}", names, [list(r) for r in result.fetchall()], wanted)
    if not wanted:
        return
    for column in ("id", "small", "big", "real", "d9", "d18", "d38", "day", "at", "word", 'text with "quotes"'):
        i = names.index(column)
        values = [w[i] for w in wanted if w[i] not in (None, "NaN")]
        if not values:
            continue
        value = values[len(values) // 2]
        text = literal(column, value)
        column = '"' + column.replace('"', '""') + '"'
        got = db.sql(f"SELECT count(*) FROM read_parquet('{path}') WHERE {column} = {text}").fetchone()[0]
        check(f"duckdb filter {seed} {column}", got == values.count(value), f"{got} instead of {values.count(value)}")
        # It has no filters on decimals of its own, and asks ours for other bytes.
        if names[i] not in SCALES:
            probe(db, seed, path, names[i], text, [literal(names[i], v) for v in values])
    schema = {r[1]: r for r in db.sql(f"SELECT * FROM parquet_schema('{path}')").fetchall()}
    check(f"duckdb schema {seed}", [schema[n][2] for n in ("id", "day")] == ["INT64", "INT32"] and schema["d38"][3] == "16" and schema["d38"][9] == 9, schema["d38"])
    encodings = db.sql(f"SELECT path_in_schema, encodings, compression FROM parquet_metadata('{path}')").fetchall()
    words = [e for p, e, _ in encodings if p == "word"]
    used = {e for _, encodings, _ in encodings for e in encodings.split(", ")}
    if len(wanted) > 100:
        check(f"duckdb DELTA_BINARY_PACKED {seed}", ("DELTA_BINARY_PACKED" in used) == (seed % 3 > 0), used)
        # Snappy and a dictionary may be smaller.
        check(f"duckdb BYTE_STREAM_SPLIT {seed}", "BYTE_STREAM_SPLIT" in used if seed == 8 else seed % 3 > 1 or "BYTE_STREAM_SPLIT" not in used, used)
    check(f"duckdb dictionary {seed}", len(wanted) < 100 or all("RLE_DICTIONARY" in e for e in words), words)


def bench(writer, lines, types, *options):
    duckdb = importlib.import_module("duckdb")
    with tempfile.TemporaryDirectory() as folder:
        db = duckdb.connect()
        db.sql("SET threads = 1")
        names = {"I": "BIGINT", "R": "DOUBLE", "T": "VARCHAR"}
        columns = ", ".join(f"'c{i}': '{names[t]}'" for i, t in enumerate(types))
        db.sql(f"CREATE TABLE t AS SELECT * FROM read_csv('{lines}', delim='|', header=false, quote='', columns={{{columns}}})")
        ratios = []
        for _ in range(3):
            ours = os.path.join(folder, "ours.parquet")
            told = subprocess.run([writer, "bench", types, lines, ours, *options], capture_output=True, text=True, check=True).stdout.split()
            theirs = os.path.join(folder, "duckdb.parquet")
            start = time.perf_counter()
            db.sql(f"COPY t TO '{theirs}' (FORMAT parquet, COMPRESSION zstd)")
            took = (time.perf_counter() - start) * 1000
            ratios.append((float(told[0]) / took, int(told[1]) / os.path.getsize(theirs)))
            print(f"ours {float(told[0]):8.1f} ms {int(told[1]):12,} bytes   duckdb {took:8.1f} ms {os.path.getsize(theirs):12,} bytes   time {ratios[-1][0]:.2f}x size {ratios[-1][1]:.3f}x")
        equal = db.sql(f"SELECT count(*) FROM (SELECT * FROM t EXCEPT ALL SELECT * FROM read_parquet('{ours}'))").fetchone()[0]
        check("duckdb reads the same rows", equal == 0, equal)
        time_ratio, size_ratio = sorted(ratios)[1]
        check("encode time at most 2x DuckDB's", time_ratio <= 2, f"{time_ratio:.2f}")
        check("size at most 1.1x DuckDB's", size_ratio <= 1.1, f"{size_ratio:.3f}")


if __name__ == "__main__":
    if "--bench" in sys.argv:
        at = sys.argv.index("--bench")
        bench(sys.argv[1], *sys.argv[at + 1:])
    elif len(sys.argv) > 2:
        read_all(sys.argv[1], sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as work:
            read_all(sys.argv[1], work)
    finish()
