"""Other engines read the Iceberg tables that core/lake writes, and it reads theirs.

    python3 tests/interop/iceberg.py build/native-debug/iceberg_write [FOLDER]

Prints what went wrong, what could not run, and closes with `N passed, N failed`.
"""

import datetime
import decimal
import importlib.util
import os
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

from outcome import check, finish, not_run, open_duckdb


def attempt(name, call):
    try:
        return call()
    except Exception as e:  # an engine that refuses the table is a failure by name
        check(name, False, f"{type(e).__name__}: {e}")
        return None


def field(name, kind, id, nullable=True):
    return pa.field(name, kind, nullable, {b"PARQUET:field_id": str(id).encode()})


SCHEMA = pa.schema(
    [
        field("id", pa.int64(), 1, False),
        field("day", pa.date32(), 2),
        field("name", pa.string(), 3),
        field("price", pa.decimal128(20, 2), 4),
        field("at", pa.timestamp("us", tz="UTC"), 5),
        field("score", pa.float64(), 6),
        field("flag", pa.bool_(), 7),
    ]
)
DELETES = pa.schema(
    [field("file_path", pa.string(), 2147483546, False), field("pos", pa.int64(), 2147483545, False)]
)
EPOCH = datetime.date(1970, 1, 1)


def rows(ids, day, name):
    return [
        {
            "id": i,
            "day": None if day is None else EPOCH + datetime.timedelta(days=day),
            "name": name,
            "price": None if i % 5 == 0 else decimal.Decimal(i * 137 - 5000) / 100,
            "at": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=i),
            "score": i / 4,
            "flag": i % 2 == 0,
        }
        for i in ids
    ]


class Table:
    """Files, a plan for iceberg_write, and the rows that each snapshot should show."""

    def __init__(self, folder, writer):
        self.folder, self.writer = folder, writer
        self.plan, self.live, self.expected = [], {}, []
        os.makedirs(f"{folder}/data")
        os.makedirs(f"{folder}/metadata")

    def snapshot(self, operation):
        if self.plan:
            self.expected.append({k: list(v) for k, v in self.live.items()})
        self.plan.append(f"snapshot {operation}")

    def data(self, file, ids, day, name):
        content = rows(ids, day, name)
        pq.write_table(pa.Table.from_pylist(content, SCHEMA), f"{self.folder}/data/{file}")
        self.live[file] = content
        self.plan.append(
            f"data {file} {len(content)} {'-' if day is None else day} {name or '-'} {min(ids)} {max(ids)}"
        )

    def deletes(self, file, target, positions, day, name):
        uri = f"file://{self.folder}/data/{target}"
        table = pa.Table.from_pylist([{"file_path": uri, "pos": p} for p in positions], DELETES)
        pq.write_table(table, f"{self.folder}/data/{file}")
        self.live[target] = [r for i, r in enumerate(self.live[target]) if i not in positions]
        self.plan.append(f"deletes {file} {len(positions)} {'-' if day is None else day} {name or '-'} 0 0")

    def remove(self, file):
        self.live.pop(file, None)
        self.plan.append(f"remove {file}")

    def write(self):
        self.expected.append(self.live)
        with open(f"{self.folder}/plan", "w") as f:
            f.write("\n".join(self.plan) + "\n")
        out = run(self.writer, "write", f"{self.folder}/plan", self.folder)
        self.created = [line.split()[1] for line in out.splitlines() if line.startswith("created")][0]
        self.snapshots = [line.split()[1:] for line in out.splitlines() if line.startswith("snapshot")]

    def rows_of(self, n):
        return sorted((r for part in self.expected[n].values() for r in part), key=lambda r: r["id"])


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{command[1]}: {result.stderr.strip()[:500]}")
    return result.stdout


def make(folder, writer):
    t = Table(folder, writer)
    t.snapshot("append")
    t.data("a.parquet", range(1, 101), 19000, "ada")
    t.data("b.parquet", range(101, 151), 19001, "grace")
    t.data("n.parquet", range(151, 161), None, None)
    t.snapshot("append")
    t.data("c.parquet", range(200, 230), -3, "edsger")
    t.snapshot("overwrite")
    t.data("d.parquet", range(300, 310), 19000, "ada")
    t.deletes("del1.parquet", "a.parquet", [0, 5, 99], 19000, "ada")
    t.deletes("del2.parquet", "n.parquet", [2], None, None)
    t.snapshot("delete")
    t.deletes("del3.parquet", "c.parquet", list(range(10)), -3, "edsger")
    t.snapshot("replace")
    kept = list(t.live["a.parquet"]) + list(t.live["d.parquet"])
    t.remove("a.parquet")
    t.remove("d.parquet")
    t.remove("del1.parquet")
    t.data("ad.parquet", [r["id"] for r in kept], 19000, "ada")
    t.snapshot("delete")
    t.remove("b.parquet")
    t.write()
    return t


def sorted_rows(arrow):
    return sorted(arrow.to_pylist(), key=lambda r: r["id"])


def with_pyiceberg(t):
    from pyiceberg.table import StaticTable

    table = StaticTable.from_metadata(t.snapshots[-1][1])
    empty = attempt("pyiceberg: empty table", lambda: len(StaticTable.from_metadata(t.created).scan().to_arrow()))
    check("pyiceberg: empty table", empty == 0)
    check("pyiceberg: metadata log", len(table.metadata.metadata_log) == len(t.snapshots))
    check("pyiceberg: snapshots", len(table.snapshots()) == len(t.snapshots))
    for n, (id, metadata) in enumerate(t.snapshots):
        wanted = t.rows_of(n)
        name = f"pyiceberg: snapshot {n + 1}"
        got = attempt(name, lambda: sorted_rows(table.scan(snapshot_id=int(id)).to_arrow()))
        if got is not None:
            check(name, got == wanted, f"{len(got)} rows, not {len(wanted)}")
        # The state that this commit's own metadata file shows.
        got = attempt(name, lambda: sorted_rows(StaticTable.from_metadata(metadata).scan().to_arrow()))
        if got is not None:
            check(f"{name}, its own metadata", got == wanted)
        summary = table.snapshot_by_id(int(id)).summary
        live = int(summary["total-records"]) - int(summary["total-position-deletes"])
        check(f"{name}: totals", live == len(wanted), f"{live}, not {len(wanted)}")
    wanted = t.rows_of(len(t.snapshots) - 1)
    for text, keep in [
        ("name == 'ada'", lambda r: r["name"] == "ada"),
        ("day == '2022-01-08'", lambda r: str(r["day"]) == "2022-01-08"),
        ("day is null", lambda r: r["day"] is None),
        ("day < '1970-01-01'", lambda r: r["day"] is not None and r["day"] < EPOCH),
        ("id > 305", lambda r: r["id"] > 305),
    ]:
        got = attempt(f"pyiceberg: {text}", lambda: sorted_rows(table.scan(row_filter=text).to_arrow()))
        if got is not None:
            check(f"pyiceberg: {text}", got == [r for r in wanted if keep(r)], f"{len(got)} rows")
    files = list(table.scan(row_filter="name == 'ada' and day == '2022-01-08'").plan_files())
    check("pyiceberg: partitions prune", len(files) == 1, str(len(files)))


def with_duckdb(t):
    db = open_duckdb("avro", "iceberg")
    empty = attempt("duckdb: empty table", lambda: db.execute(f"SELECT count(*) FROM iceberg_scan('{t.created}')").fetchone()[0])
    check("duckdb: empty table", empty == 0)
    for n, (id, metadata) in enumerate(t.snapshots):
        wanted = t.rows_of(n)
        for name, scan in [
            (f"duckdb: snapshot {n + 1}", f"iceberg_scan('{t.snapshots[-1][1]}', snapshot_from_id => {id})"),
            (f"duckdb: snapshot {n + 1}, its own metadata", f"iceberg_scan('{metadata}')"),
        ]:
            got = attempt(name, lambda: sorted_rows(db.execute(f"SELECT * FROM {scan}").to_arrow_table()))
            if got is not None:
                check(name, got == wanted, f"{len(got)} rows, not {len(wanted)}")
            count = attempt(name, lambda: db.execute(f"SELECT count(*) FROM {scan}").fetchone()[0])
            check(f"{name}: count", count == len(wanted), f"{count}, not {len(wanted)}")
    scan = f"iceberg_scan('{t.snapshots[-1][1]}')"
    for text in ["name = 'ada'", "day IS NULL", "day = DATE '2022-01-08'", "id > 305"]:
        got = attempt(text, lambda: db.execute(f"SELECT count(*) FROM {scan} WHERE {text}").fetchone()[0])
        whole = attempt(text, lambda: db.execute(f"SELECT count(*) FROM (SELECT * FROM {scan} OFFSET 0) WHERE {text}").fetchone()[0])
        check(f"duckdb: {text}", got == whole and got is not None, f"{got} {whole}")
    got = attempt("duckdb: iceberg_metadata", lambda: db.execute(f"SELECT count(*) FROM iceberg_metadata('{t.snapshots[-1][1]}')").fetchone())
    check("duckdb: iceberg_metadata", got is not None)


def with_fastavro(t):
    import json

    import fastavro

    with open(t.snapshots[-1][1]) as f:
        metadata = json.load(f)
    local = lambda uri: uri.removeprefix("file://")
    for snapshot in metadata["snapshots"]:
        with open(local(snapshot["manifest-list"]), "rb") as f:
            reader = fastavro.reader(f)
            manifests = list(reader)
        check("fastavro: list head", reader.metadata["sequence-number"] == str(snapshot["sequence-number"]))
        for m in manifests:
            check("fastavro: manifest length", os.path.getsize(local(m["manifest_path"])) == m["manifest_length"])
            with open(local(m["manifest_path"]), "rb") as f:
                reader = fastavro.reader(f)
                entries = list(reader)
            counts = [sum(e["status"] == s for e in entries) for s in (1, 0, 2)]
            stated = [m["added_files_count"], m["existing_files_count"], m["deleted_files_count"]]
            check("fastavro: file counts", counts == stated, f"{counts} {stated}")
            lines = [sum(e["data_file"]["record_count"] for e in entries if e["status"] == s) for s in (1, 0, 2)]
            stated = [m["added_rows_count"], m["existing_rows_count"], m["deleted_rows_count"]]
            check("fastavro: row counts", lines == stated, f"{lines} {stated}")
            nulls = any(e["data_file"]["partition"]["day"] is None for e in entries)
            check("fastavro: summaries", m["partitions"][0]["contains_null"] == nulls)
            check("fastavro: content", reader.metadata["content"] == ("deletes" if m["content"] else "data"))
            check("fastavro: field ids", reader.writer_schema["fields"][0]["field-id"] == 0)
            json.loads(reader.metadata["schema"])


def writes_of_pyiceberg(t):
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("c", uri=f"sqlite:///{t.folder}/catalog.db", warehouse=f"file://{t.folder}/warehouse")
    catalog.create_namespace("ns")
    table = catalog.register_table("ns.t", f"file://{t.snapshots[-1][1]}")

    def agree(name):
        location = table.metadata_location.removeprefix("file://")
        listed = [line.split(" ", 5) for line in run(t.writer, "list", location).splitlines()]
        theirs = sorted((f.file.file_path, f.file.record_count) for f in table.scan().plan_files())
        ours = sorted((path, int(n)) for content, _, n, _, _, path in listed if content == "0")
        check(f"{name}: files", ours == theirs, f"{ours} {theirs}")
        # Metadata parsed and written again shows the same table.
        copy = f"{t.folder}/copy.metadata.json"
        run(t.writer, "copy", location, copy)
        from pyiceberg.table import StaticTable

        again = StaticTable.from_metadata(copy)
        check(f"{name}: metadata copied", sorted_rows(again.scan().to_arrow()) == sorted_rows(table.scan().to_arrow()))
        check(f"{name}: metadata equal", again.metadata == table.metadata)

    agree("ours, registered")
    table.append(pa.Table.from_pylist(rows(range(500, 520), 19005, "barbara"), SCHEMA))
    agree("pyiceberg appended")
    table.delete("id >= 510 and id < 515")
    agree("pyiceberg deleted")
    check("pyiceberg: rows", len(table.scan().to_arrow()) == len(t.rows_of(len(t.snapshots) - 1)) + 15)
    with table.update_schema() as update:
        update.add_column("extra", __import__("pyiceberg.types", fromlist=["UUIDType"]).UUIDType())
        update.rename_column("score", "points")
    agree("pyiceberg evolved")


def main():
    writer = os.path.abspath(sys.argv[1])
    folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="iceberg-interop-")
    table = make(os.path.join(os.path.abspath(folder), "t"), writer)
    for modules, part in [
        (["pyiceberg"], with_pyiceberg),
        (["duckdb", "duckdb_extension_iceberg", "duckdb_extension_avro"], with_duckdb),
        (["fastavro"], with_fastavro),
        (["pyiceberg", "sqlalchemy"], writes_of_pyiceberg),
    ]:
        missing = [m for m in modules if importlib.util.find_spec(m) is None]
        if missing:
            not_run(f"{part.__name__} (no {', '.join(missing)})")
        else:
            attempt(part.__name__, lambda: part(table))
    finish()


main()
