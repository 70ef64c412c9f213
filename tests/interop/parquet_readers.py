"""ClickHouse, hyparquet, parquet-wasm and Spark read the files of all types that parquet.py has made."""

import base64
import decimal
import json
import os
import shutil

import javascript
from outcome import check, not_run, optional

# Columns before bytes and nested ones: ClickHouse would have bytes for texts, and knows no list that is null.
FLAT = 14
DIGITS = decimal.Context(prec=60)
SCALES = {"d9": 2, "d18": 4, "d38": 10}


def read_all(files, compare):
    for reader in [clickhouse, hyparquet, parquet_wasm, spark]:
        try:
            reader(files, compare)
        except Exception as e:
            causes = [line for line in str(e).splitlines() if line.startswith("Caused by")]
            check(reader.__name__, False, f"{type(e).__name__}: {causes} {e}")


def flat(wanted):
    return [row[:FLAT] for row in wanted]


def clickhouse(files, compare):
    if optional("chdb") is None:
        return
    from chdb.session import Session

    # It reads local files below the working folder only.
    before = os.getcwd()
    os.chdir(os.path.dirname(files[0][1]))
    session = Session()
    session.query("SET session_timezone = 'UTC', input_format_parquet_bloom_filter_push_down = 1")
    for seed, path, wanted in files:
        source = f"file('{os.path.basename(path)}', Parquet)"
        rows = session.query(f"SELECT * EXCEPT (bytes, tags, point, deep) FROM {source}", "ArrowTable")
        compare(f"ClickHouse {seed}", rows.column_names, [tuple(r.values()) for r in rows.to_pylist()], flat(wanted))
        for i, column in [(0, "id"), (2, "small"), (3, "big"), (12, "word")]:
            values = [row[i] for row in wanted if row[i] is not None]
            if values:
                value = values[len(values) // 3]
                text = "'" + json.dumps(value, ensure_ascii=False)[1:-1] + "'" if isinstance(value, str) else str(value)
                got = int(session.query(f"SELECT count() FROM {source} WHERE {column} = {text}", "CSV").bytes())
                check(f"ClickHouse filter {seed} {column}", got == values.count(value), f"{got}, not {values.count(value)}")
    session.close()
    os.chdir(before)


def hyparquet(files, compare):
    """Decimals are doubles to it, and what it says comes as JSON."""
    for (seed, _, wanted), said in zip(files, javascript.read("hyparquet", [path for _, path, _ in files]) or []):
        if "error" in said:
            check(f"hyparquet {seed}", False, said["error"])
            continue
        columns = ["id", "flag", "small", "big", "real", "word", 'text with "quotes"']
        at = [said["columns"].index(c) for c in columns]
        # -0.0 and NaN are not in JSON.
        rows = [[None if i == 5 and w[i] in ("NaN", 0.0) else w[i] for i in at] for w in wanted]
        numbers = {"id", "small", "big"}
        got = [[int(r[c]) if c in numbers and r[c] is not None else None if c == "real" and r[c] == 0 else r[c] for c in columns] for r in said["rows"]]
        compare(f"hyparquet {seed}", columns, got, rows)


def parquet_wasm(files, compare):
    if optional("pyarrow") is None:
        return
    import pyarrow as pa

    for (seed, _, wanted), said in zip(files, javascript.read("parquet-wasm", [path for _, path, _ in files]) or []):
        if "error" in said:
            check(f"parquet-wasm {seed}", False, said["error"])
            continue
        table = pa.ipc.open_stream(base64.b64decode(said["arrow"])).read_all()
        rows = list(zip(*[c.to_pylist() for c in table.columns])) if table.num_rows else []
        compare(f"parquet-wasm {seed}", table.column_names, rows, wanted)


def spark(files, compare):
    """By Spark's own reader, vectorized and not; filters by bloom filters."""
    if optional("pyspark") is None:
        return
    if shutil.which("java") is None:
        return not_run("Spark: there is no Java")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]")
    for name, value in {"ui.enabled": "false", "ui.showConsoleProgress": "false", "driver.memory": "1g", "driver.host": "127.0.0.1", "driver.bindAddress": "127.0.0.1", "sql.session.timeZone": "UTC"}.items():
        builder = builder.config(f"spark.{name}", value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    for seed, path, wanted in files:
        # Vectorized it refuses BYTE_STREAM_SPLIT.
        for vectorized in ("true", "false") if seed % 3 < 2 else ("false",):
            session.conf.set("spark.sql.parquet.enableVectorizedReader", vectorized)
            frame = session.read.parquet(path)
            rows = [tuple(row.asDict(recursive=True).values()) for row in frame.collect()]
            compare(f"Spark {seed}, vectorized: {vectorized}", frame.columns, rows, wanted)
            for i, column in [(0, "id"), (2, "small"), (3, "big"), (12, "word"), (6, "d9"), (7, "d18"), (8, "d38")]:
                values = [row[i] for row in wanted if row[i] is not None]
                if values:
                    value = values[len(values) // 3]
                    said = decimal.Decimal(value).scaleb(-SCALES[column], DIGITS) if column in SCALES else value
                    got = frame.filter(frame[column] == said).count()
                    check(f"Spark filter {seed} {column}", got == values.count(value), f"{got}, not {values.count(value)}")
    session.stop()
