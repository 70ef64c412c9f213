"""Databases of a running Worker stream to the lake; PyIceberg and DuckDB read it meanwhile and after.

    python3 tests/interop/stream.py [NODE] [STEPS SEED]

Random writes and schema changes over HTTP in three databases that feed one table, whose partition spec
and sort order a client of the catalog changes; the server is killed with SIGKILL now and then and started
anew on its state. Each time the stream has come to rest, readers must have exactly the databases' rows, and
files must be in their partitions and sorted. Closes with `N passed, N failed`.
"""

import datetime
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from outcome import check, finish, open_duckdb, optional

SOURCES = 3
TYPES = {"w": "TEXT", "n": "INTEGER", "d": "DATE"}
TRANSFORMS = {
    "w": ["identity", "bucket[4]", "truncate[6]"],
    "n": ["bucket[3]", "truncate[100000]"],
    "d": ["identity", "year", "month", "day"],
    "i": ["bucket[4]", "truncate[500]"],
}


def value(dice, column):
    if column[0] == "w":
        return f"'word {dice.randint(0, 99)}'"
    if column[0] == "d":
        return dice.choice(["NULL", f"'20{dice.randint(22, 23)}-0{dice.randint(1, 3)}-0{dice.randint(1, 2)}'"])
    return str(dice.randint(0, 10**6))


class Server:
    """serve.mjs on a state that outlives it."""

    def __init__(self, node, state):
        self.node, self.state = node, state
        self.start()

    def start(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen(
            [self.node, os.path.join(here, "serve.mjs"), f"--state={self.state}", "DOSQL_LOCAL=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        self.group = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)

    def kill(self):
        os.killpg(self.group, signal.SIGKILL)
        self.process.kill()
        self.process.wait(30)

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def query(self, db, sql):
        return self.ask("POST", f"/db/{db}/query", {"sql": sql})["rows"]


class Source:
    def __init__(self, server, number):
        self.server, self.name = server, f"source{number}"
        self.next_id = 1
        self.run("CREATE TABLE t (id INTEGER PRIMARY KEY, w0 TEXT, n0 INTEGER, d0 DATE)")
        self.run("INSERT INTO t SELECT -value, 'old ' || value, value, '1969-12-31' FROM generate_series(1, 200)")
        server.ask("POST", f"/db/{self.name}/stream", {"namespace": "shop", "tables": ["t"]})

    def run(self, sql):
        return self.server.query(self.name, sql)

    def write(self, dice, columns):
        ids = dice.randint(-200, max(1, self.next_id))
        kind = dice.random()
        if kind < 0.5:
            values = ", ".join(value(dice, c) for c in columns[1:])
            many = dice.choice([1, 1, 1, 40])
            rows = ", ".join(f"({self.next_id + i}, {values})" for i in range(many))
            self.next_id += many
            self.run(f"INSERT OR IGNORE INTO t ({', '.join(columns)}) VALUES {rows}")
        elif kind < 0.85:
            column = dice.choice(columns[1:])
            self.run(f"UPDATE t SET {column} = {value(dice, column)} WHERE id BETWEEN {ids} AND {ids + dice.choice([0, 0, 9])}")
        else:
            self.run(f"DELETE FROM t WHERE id = {ids}")


def change_schema(sources, dice, columns, number):
    """The same in all, as a deployment makes it."""
    kind = dice.randint(0, 3)
    if kind == 0 or len(columns) < 4:
        columns.append(f"{dice.choice('wnd')}{number}")
        default = dice.choice(["", f" DEFAULT {value(dice, columns[-1])}"])
        sql = f"ALTER TABLE t ADD COLUMN {columns[-1]} {TYPES[columns[-1][0]]}{default}"
    elif kind == 1:
        old = dice.choice(columns[1:])
        columns[columns.index(old)] = f"{old[0]}{number}"
        sql = f"ALTER TABLE t RENAME COLUMN {old} TO {old[0]}{number}"
    elif kind == 2:
        sql = f"ALTER TABLE t DROP COLUMN {columns.pop(dice.randint(1, len(columns) - 1))}"
    else:
        types = ", ".join(f"{c} {TYPES[c[0]]}" for c in columns[1:])
        sql = (
            f"BEGIN; CREATE TABLE fresh (id INTEGER PRIMARY KEY, {types}); INSERT INTO fresh SELECT {', '.join(columns)} FROM t;"
            " DROP TABLE t; ALTER TABLE fresh RENAME TO t; COMMIT"
        )
    for source in sources:
        source.run(sql)


def change_layout(server, dice, count):
    """Another default spec, of none or `count` fields, or sort order, as a client of the catalog sets it."""
    path = "/catalog/v1/main/namespaces/shop/tables/t"
    metadata = server.ask("GET", path)["metadata"]
    schema = next(s for s in metadata["schemas"] if s["schema-id"] == metadata["current-schema-id"])
    usable = [f for f in schema["fields"] if f["name"][0] in TRANSFORMS and f["name"] != "_overflow"]
    chosen = dice.sample(usable, dice.choice([0, count, count]))
    fields = [{"source-id": f["id"], "transform": dice.choice(TRANSFORMS[f["name"][0]])} for f in chosen]
    if dice.random() < 0.6:
        for field in fields:
            field["name"] = f"p_{field['source-id']}_{field['transform']}"
        updates = [
            {"action": "add-spec", "spec": {"fields": fields}},
            {"action": "set-default-spec", "spec-id": -1},
        ]
    else:
        for field in fields:
            field["direction"] = dice.choice(["asc", "desc"])
            field["null-order"] = dice.choice(["nulls-first", "nulls-last"])
        updates = [
            {"action": "add-sort-order", "sort-order": {"order-id": 1, "fields": fields}},
            {"action": "set-default-sort-order", "sort-order-id": -1},
        ]
    server.ask("POST", path, {"requirements": [], "updates": updates})


def at_rest(server, sources):
    """Until the lake has confirmed all that was written."""
    end = time.time() + 60
    while time.time() < end:
        states = [server.ask("GET", f"/db/{s.name}/stream")["tables"][0] for s in sources]
        if any(s["state"] == "failed" for s in states):
            return f"{states}"
        if not any(s["behind"] for s in states):
            return None
        time.sleep(0.1)
    return f"not within a minute: {states}"


def main(node, steps, seed):
    dice = random.Random(seed)
    print(f"seed {seed}, {steps} steps")
    with tempfile.TemporaryDirectory() as state:
        server = Server(node, state)
        try:
            follow(server, dice, steps)
        finally:
            server.stop()
    finish()


def follow(server, dice, steps):
    sources = [Source(server, n) for n in range(SOURCES)]
    columns = ["id", "w0", "n0", "d0"]
    extra = 0  # rows that another engine appended
    layouts = 0
    # ClickHouse takes no tables of some specs whose numbers of fields differ (README.md).
    count = dice.randint(1, 2)
    at_rest(server, sources)
    for step in range(1, steps + 1):
        try:
            dice.choice(sources).write(dice, columns)
        except OSError as error:
            raise RuntimeError(f"step {step}") from error
        if dice.randint(0, 39) == 0:
            change_schema(sources, dice, columns, step)
        if dice.randint(0, 19) == 0:
            change_layout(server, dice, count)
            layouts += 1
        if dice.randint(0, 99) == 0:
            server.kill()
            server.start()
        if step % max(1, steps // 4) == 0:
            trouble = at_rest(server, sources)
            check(f"step {step}: the stream comes to rest", trouble is None, trouble)
            extra = compare(server, sources, columns, step, extra)
    table = server.ask("GET", "/catalog/v1/main/namespaces/shop/tables/t")
    replaced = sum(s["summary"]["operation"] == "replace" for s in table["metadata"]["snapshots"])
    check(f"specs and orders changed {layouts} times", layouts > 0 or steps < 60)
    check("files were compacted on the way", replaced > 0 or steps < 60, "no snapshot replaces files")


def compare(server, sources, columns, step, extra):
    dates = [c[0] == "d" for c in columns]
    wanted = [
        tuple(datetime.date.fromisoformat(v) if date and v is not None else v for v, date in zip(row, dates))
        for s in sources
        for row in s.run(f"SELECT {', '.join(columns)} FROM t")
    ]
    pyiceberg = optional("pyiceberg")
    if pyiceberg:
        import pyarrow as pa
        from pyiceberg.catalog.rest import RestCatalog

        io = "pyiceberg.io.fsspec.FsspecFileIO"
        catalog = RestCatalog("rest", **{"uri": f"{server.url}/catalog", "warehouse": "main", "py-io-impl": io})
        table = catalog.load_table("shop.t")
        got = table.scan(row_filter="id < 1000000000").to_arrow().select(columns).to_pylist()
        same(f"step {step}: pyiceberg", [tuple(r[c] for c in columns) for r in got], wanted)
        layout(f"step {step}: files", table, columns)
        # Another engine writes between our flushes: nothing of either is lost.
        table.append(pa.Table.from_pylist([{"id": 10**9 + step}], table.schema().as_arrow()))
        extra += 1
        # But it may not rewrite files whose rows the stream knows by their places. Where a compaction comes
        # between, PyIceberg itself gives up: then again, when it is over.
        for _ in range(5):
            try:
                catalog.load_table("shop.t").delete("id = 10 or id = -10 or id = 50")
                refused = not any(row[0] in (10, -10, 50) for row in wanted)
            except Exception as error:
                refused = "fed by a stream" in str(error)
                if "Deleted data files were found" in str(error):
                    time.sleep(2)
                    continue
            break
        check(f"step {step}: a rewrite is refused", refused)
        found = len(catalog.load_table("shop.t").scan(row_filter="id >= 1000000000").to_arrow())
        check(f"step {step}: appended rows", found == extra, f"{found} instead of {extra}")
    db = open_duckdb("avro", "iceberg", "httpfs")
    if db is not None:
        db.execute(f"ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '{server.url}/catalog', AUTHORIZATION_TYPE 'none')")
        got = db.execute(f"SELECT {', '.join(columns)} FROM lake.shop.t WHERE id < 1000000000").fetchall()
        same(f"step {step}: duckdb", got, wanted)
    chdb = optional("chdb")
    if chdb is not None:
        from chdb.session import Session

        session = Session()
        session.query("SET allow_experimental_database_iceberg = 1")
        session.query(
            f"CREATE DATABASE lake ENGINE = DataLakeCatalog('{server.url}/catalog/v1', 'local-lake', 'local-lake-secret')"
            " SETTINGS catalog_type = 'rest', warehouse = 'main', vended_credentials = 0,"
            f" storage_endpoint = '{server.url}/cdn-cgi/local/r2/s3/lake'"
        )
        found = session.query(f"SELECT {', '.join(columns)} FROM lake.`shop.t` WHERE id < 1000000000", "ArrowTable")
        same(f"step {step}: clickhouse", [tuple(r[c] for c in columns) for r in found.to_pylist()], wanted)
        session.close()
    return extra


def layout(name, table, columns):
    """Each file's rows are those of its partition, and in its order; deletes are of their files' partitions."""
    import pyarrow.parquet as pq

    schema, odd, partitions, sorted_files = table.schema(), [], {}, 0
    specs, orders = table.specs(), table.sort_orders()
    entries = [
        (m, e)
        for m in table.current_snapshot().manifests(table.io)
        for e in m.fetch_manifest_entry(table.io)
    ]
    key = lambda f: (f.spec_id, repr(f.partition))
    for _, e in entries:
        if e.data_file.content == 0:
            partitions[e.data_file.file_path] = key(e.data_file)
    for manifest, e in entries:
        file = e.data_file
        if "/data/dolake-" not in file.file_path:
            continue
        with table.io.new_input(file.file_path).open() as stream:
            rows = pq.read_table(stream).to_pylist()
        if file.content != 0:
            paths = {r["file_path"] for r in rows}
            odd += [p for p in paths if partitions.get(p, key(file)) != key(file)]
            continue
        names = {}
        with table.io.new_input(file.file_path).open() as stream:
            for f in pq.read_schema(stream):
                names[int(f.metadata[b"PARQUET:field_id"])] = f.name

        def transformed(field):
            if field.source_id not in names or not any(f.field_id == field.source_id for f in schema.fields):
                return None
            kind = schema.find_field(field.source_id).field_type
            apply = field.transform.transform(kind)
            stored = lambda v: (v - datetime.date(1970, 1, 1)).days if isinstance(v, datetime.date) else v
            return [apply(stored(r[names[field.source_id]])) for r in rows]

        for i, field in enumerate(specs[manifest.partition_spec_id].fields):
            values = transformed(field)
            if values is None:
                continue
            said = file.partition[i]
            said = (said - datetime.date(1970, 1, 1)).days if isinstance(said, datetime.date) else said
            if any(v != said for v in values):
                odd.append((file.file_path, field, said, values[:5]))
        if file.sort_order_id:
            sorted_files += 1
            keys = []
            for field in orders[file.sort_order_id].fields:
                values = transformed(field)
                if values is None:
                    break
                keys.append((values, field.direction.value == "desc", field.null_order.value == "nulls-last"))

            def before(a, b):
                for values, descending, nulls_last in keys:
                    x, y = values[a], values[b]
                    if x == y:
                        continue
                    if x is None or y is None:
                        return (y is None) == nulls_last
                    x, y = (v.encode() if isinstance(v, str) else v for v in (x, y))
                    return (x > y) == descending
                return True

            odd += [(file.file_path, r) for r in range(len(rows) - 1) if not before(r, r + 1)]
    print(f"  {len(entries)} files, {len(set(partitions.values()))} partitions, {sorted_files} sorted")
    check(name, not odd, odd[:3])


def same(name, rows, wanted):
    def order(row):
        return [(value is not None, str(type(value)), value if value is not None else 0) for value in row]

    rows, wanted = sorted(rows, key=order), sorted(wanted, key=order)
    odd = next(((a, b) for a, b in zip(rows, wanted) if a != b), None)
    check(name, rows == wanted, f"{len(rows)} rows, {len(wanted)} wanted; first difference {odd}")


if __name__ == "__main__":
    args = sys.argv[1:]
    node = args.pop(0) if args and not args[0].isdigit() else "node"
    main(node, int(args[0]) if args else 400, int(args[1]) if len(args) > 1 else random.randrange(10**6))
