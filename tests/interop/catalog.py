"""Other engines use the REST catalog of a running Worker: PyIceberg writes, DuckDB and ClickHouse read,
iceberg-js asks.

    python3 tests/interop/catalog.py [NODE]

Starts `wrangler dev` by tests/interop/serve.mjs. Prints what went wrong, what could not run, and
closes with `N passed, N failed`.
"""

import os
import subprocess
import sys
import traceback

import server
from outcome import check, finish, not_run, open_duckdb, optional


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


def pyiceberg(url):
    import pyarrow as pa
    from pyiceberg.catalog.rest import RestCatalog
    from pyiceberg.exceptions import (
        CommitFailedException,
        NamespaceNotEmptyError,
        NoSuchTableError,
        TableAlreadyExistsError,
    )
    from pyiceberg.types import StringType

    # pyarrow's own S3 uploads parts of unknown length, which Wrangler's local endpoint refuses.
    io = "pyiceberg.io.fsspec.FsspecFileIO"
    catalog = RestCatalog("rest", **{"uri": f"{url}/catalog", "warehouse": "interop", "py-io-impl": io})
    catalog.create_namespace("shop", {"owner": "tests"})
    catalog.create_namespace(("shop", "eu"))
    check("namespaces", catalog.list_namespaces() == [("shop",)])
    check("nested", catalog.list_namespaces("shop") == [("shop", "eu")], catalog.list_namespaces("shop"))
    check("properties", catalog.load_namespace_properties("shop")["owner"] == "tests")

    def rows(ids):
        return pa.table({"id": pa.array(ids, pa.int64()), "name": [f"n{i}" for i in ids]})

    table = catalog.create_table("shop.orders", schema=rows([1]).schema)
    check("exists", catalog.table_exists("shop.orders"))
    check("exists already", raises(TableAlreadyExistsError, lambda: catalog.create_table("shop.orders", schema=rows([1]).schema)))
    check("not there", raises(NoSuchTableError, lambda: catalog.load_table("shop.nothing")))

    def ids():
        return sorted(catalog.load_table("shop.orders").scan().to_arrow()["id"].to_pylist())

    table.append(rows([1, 2, 3]))
    check("append", ids() == [1, 2, 3], ids())
    table.delete("id = 2")
    check("delete", ids() == [1, 3], ids())
    table.overwrite(rows([7, 8]))
    check("overwrite", ids() == [7, 8], ids())
    with table.update_schema() as update:
        update.add_column("note", StringType())
    table.append(rows([9]).append_column("note", pa.array(["x"])))
    read = catalog.load_table("shop.orders").scan().to_arrow().sort_by("id")
    check("schema evolution", read["note"].to_pylist() == [None, None, "x"], read)
    check("history", len(catalog.load_table("shop.orders").history()) >= 4)

    # Two writers from one base: the later is refused, loads again, and both rows are there.
    one, two = catalog.load_table("shop.orders"), catalog.load_table("shop.orders")
    extra = lambda i: rows([i]).append_column("note", pa.array(["w"]))
    one.append(extra(100))
    try:
        two.append(extra(101))
    except CommitFailedException:
        two.refresh()
        two.append(extra(101))
    check("two writers", ids() == [7, 8, 9, 100, 101], ids())

    with catalog.create_table_transaction("shop.eu.staged", schema=rows([1]).schema) as transaction:
        transaction.append(rows([5]))
    check("staged", catalog.load_table("shop.eu.staged").scan().to_arrow()["id"].to_pylist() == [5])
    check("not empty", raises(NamespaceNotEmptyError, lambda: catalog.drop_namespace("shop.eu")))
    catalog.rename_table("shop.eu.staged", "shop.moved")
    check("rename", sorted(catalog.list_tables("shop")) == [("shop", "moved"), ("shop", "orders")])
    location = catalog.load_table("shop.moved").metadata_location
    catalog.drop_table("shop.moved")
    catalog.register_table("shop.back", location)
    check("register", catalog.load_table("shop.back").scan().to_arrow()["id"].to_pylist() == [5])
    catalog.purge_table("shop.back")
    check("purge", not catalog.table_exists("shop.back"))
    catalog.drop_namespace("shop.eu")
    check("drop namespace", not catalog.namespace_exists("shop.eu"))


def duckdb(url):
    db = open_duckdb("avro", "httpfs", "iceberg")
    if db is None:
        return
    db.execute(f"ATTACH 'interop' AS lake (TYPE iceberg, ENDPOINT '{url}/catalog', AUTHORIZATION_TYPE 'none')")
    found = db.execute("SELECT id, note FROM lake.shop.orders ORDER BY id").fetchall()
    check("DuckDB reads", found == [(7, None), (8, None), (9, "x"), (100, "w"), (101, "w")], found)


def clickhouse(url):
    """ClickHouse takes the tables' names from the catalog and the files from the bucket, which it is told
    of: by what the loaded table says of storage it does not find a bucket below a path."""
    if optional("chdb") is None:
        return
    from chdb.session import Session

    session = Session()
    session.query("SET allow_experimental_database_iceberg = 1")
    session.query(
        f"CREATE DATABASE lake ENGINE = DataLakeCatalog('{url}/catalog/v1', 'local-lake', 'local-lake-secret')"
        f" SETTINGS catalog_type = 'rest', warehouse = 'interop', vended_credentials = 0,"
        f" storage_endpoint = '{url}/cdn-cgi/local/r2/s3/lake'"
    )
    found = session.query("SELECT id, note FROM lake.`shop.orders` ORDER BY id", "ArrowTable").to_pylist()
    wanted = [(7, None), (8, None), (9, "x"), (100, "w"), (101, "w")]
    check("ClickHouse reads", [(r["id"], r["note"]) for r in found] == wanted, found)
    session.close()


def iceberg_js(url):
    """Only the catalog: iceberg-js reads no files."""
    here = os.path.dirname(os.path.abspath(__file__))
    packages = os.path.join(here, "../../.deps/interop/npm")
    if not os.path.isdir(f"{packages}/node_modules/iceberg-js"):
        return not_run("iceberg-js: it is not installed")
    command = ["node", f"{here}/iceberg_js.mjs", os.path.abspath(packages), url]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        verdict, name = line.split(" ", 1)
        check(f"iceberg-js: {name}", verdict == "right")
    check("iceberg-js ends well", done.returncode == 0, done.stderr)


def with_tokens(url):
    import pyarrow as pa
    from pyiceberg.catalog.rest import RestCatalog

    def connect(credential):
        return RestCatalog("rest", uri=f"{url}/catalog", credential=credential)

    check("wrong secret", raises(Exception, lambda: connect("id:wrong")))
    check("no token", raises(Exception, lambda: RestCatalog("rest", uri=f"{url}/catalog")))
    catalog = connect("id:secret")
    catalog.create_namespace("n")
    catalog.create_table("n.t", schema=pa.schema([("id", pa.int64())]))
    check("granted token", catalog.list_tables("n") == [("n", "t")])


def run(node, variables, parts):
    with server.running(node, variables) as url:
        for part in parts:
            try:
                part(url)
            except Exception:
                check(part.__name__, False, traceback.format_exc())


def main():
    node = sys.argv[1] if len(sys.argv) > 1 else "node"
    run(node, ["DOSQL_LOCAL=1"], [pyiceberg, duckdb, clickhouse, iceberg_js])
    client = ["CATALOG_CLIENT_ID=id", "CATALOG_CLIENT_SECRET=secret", "CATALOG_TOKEN_KEY=key"]
    run(node, client, [with_tokens])
    finish()


main()
