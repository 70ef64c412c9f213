"""Spark with Iceberg reads a lake table by its metadata file, and creates, appends, overwrites and deletes
through the REST catalog of a running Worker, with the files in its bucket.

    python3 tests/interop/spark.py build/native-debug/lake_history [SOURCES STEPS SEED]

Needs Java 17 and the jars in .deps/interop/jars. Closes with `N passed, N failed`.
"""

import glob
import os
import shutil
import sys
import tempfile
import traceback

import history
import server
from outcome import check, finish, not_run, optional

HERE = os.path.dirname(os.path.abspath(__file__))
JARS = glob.glob(os.path.join(HERE, "../../.deps/interop/jars/*.jar"))
EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
CATALOG = {
    "": "org.apache.iceberg.spark.SparkCatalog",
    ".type": "rest",
    ".warehouse": "interop",
    ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    # Wrangler's local S3 endpoint keeps the frames of aws-chunked bodies as part of the file.
    ".s3.chunked-encoding-enabled": "false",
    # Spark would keep what it saw of a table that others write, too.
    ".cache-enabled": "false",
}


def start(url):
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.jars", ",".join(map(os.path.abspath, JARS)))
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": EXTENSIONS,
        # No checksum after the body: it would be sent in chunks.
        "spark.driver.extraJavaOptions": "-Daws.requestChecksumCalculation=WHEN_REQUIRED",
        **{f"spark.sql.catalog.lake{key}": value for key, value in CATALOG.items()},
        "spark.sql.catalog.lake.uri": f"{url}/catalog",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def reads(spark, snapshots):
    """The files of the history are local, and name each other so: hence no catalog here."""
    for snapshot in history.current_and_three(snapshots):
        for name, file, option in [
            (f"Spark {snapshot.id}", snapshot.metadata, {}),
            (f"Spark travels to {snapshot.id}", snapshots[-1].metadata, {"versionAsOf": str(snapshot.id)}),
        ]:
            try:
                frame = spark.read.format("iceberg").options(**option).load(f"file://{file}")
                rows = [row.asDict() for row in frame.collect()]
                history.compare(name, frame.columns, rows, snapshot.wanted)
            except Exception as e:
                check(name, False, f"{type(e).__name__}: {e}")


def writes(spark):
    def ids():
        return [row.id for row in spark.sql("SELECT id FROM lake.shop.orders ORDER BY id").collect()]

    spark.sql("CREATE NAMESPACE lake.shop")
    spark.sql("CREATE TABLE lake.shop.orders (id BIGINT, name STRING) USING iceberg TBLPROPERTIES ('format-version' = '2')")
    spark.sql("INSERT INTO lake.shop.orders VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    check("Spark appends", ids() == [1, 2, 3], ids())
    spark.sql("DELETE FROM lake.shop.orders WHERE id = 2")
    check("Spark deletes", ids() == [1, 3], ids())
    spark.sql("ALTER TABLE lake.shop.orders SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    spark.sql("INSERT INTO lake.shop.orders VALUES (4, 'd'), (5, 'e')")
    spark.sql("DELETE FROM lake.shop.orders WHERE id = 4")
    check("Spark deletes by position", ids() == [1, 3, 5], ids())
    spark.sql("ALTER TABLE lake.shop.orders ADD COLUMN note STRING")
    spark.sql("INSERT OVERWRITE lake.shop.orders VALUES (7, 'g', 'x'), (8, 'h', NULL)")
    check("Spark overwrites", ids() == [7, 8], ids())
    snapshots = spark.sql("SELECT snapshot_id FROM lake.shop.orders.snapshots ORDER BY committed_at").collect()
    check("Spark: snapshots", len(snapshots) == 5, len(snapshots))
    first = spark.sql(f"SELECT id FROM lake.shop.orders VERSION AS OF {snapshots[0].snapshot_id}").collect()
    check("Spark travels", sorted(row.id for row in first) == [1, 2, 3], first)


def beside_pyiceberg(spark, url):
    """Each reads what the other wrote, and writes on top of it."""
    if optional("pyiceberg") is None:
        return
    import pyarrow as pa
    from pyiceberg.catalog.rest import RestCatalog

    io = "pyiceberg.io.fsspec.FsspecFileIO"
    catalog = RestCatalog("rest", **{"uri": f"{url}/catalog", "warehouse": "interop", "py-io-impl": io})
    table = catalog.load_table("shop.orders")
    check("PyIceberg reads Spark's", sorted(table.scan().to_arrow()["id"].to_pylist()) == [7, 8])
    table.append(pa.table({"id": pa.array([9], pa.int64()), "name": ["i"], "note": ["p"]}))
    rows = spark.sql("SELECT id, note FROM lake.shop.orders ORDER BY id").collect()
    check("Spark reads PyIceberg's", [tuple(r) for r in rows] == [(7, "x"), (8, None), (9, "p")], rows)


def main(program, sources, steps, seed):
    if optional("pyspark") is None:
        return
    if shutil.which("java") is None:
        return not_run("Spark: there is no Java")
    if len(JARS) < 2:
        return not_run("Spark: Iceberg's jars are not there")
    with tempfile.TemporaryDirectory() as folder, server.running("node", ["DOSQL_LOCAL=1"]) as url:
        snapshots = history.make(program, sources, steps, seed, folder)
        spark = start(url)
        for part in [lambda: reads(spark, snapshots), lambda: writes(spark), lambda: beside_pyiceberg(spark, url)]:
            try:
                part()
            except Exception:
                check("Spark", False, traceback.format_exc())
        spark.stop()


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(sys.argv[1], *(arguments + [3, 3000, 1][len(arguments):]))
    finish()
