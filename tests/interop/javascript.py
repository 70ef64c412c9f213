"""icebird reads a lake table by its metadata files; hyparquet and parquet-wasm read its Parquet files.

    python3 tests/interop/javascript.py build/native-debug/lake_history [SOURCES STEPS SEED]

The npm packages are in .deps/interop/npm. Closes with `N passed, N failed`.
"""

import base64
import datetime
import decimal
import glob
import json
import os
import subprocess
import sys
import tempfile

import history
from outcome import check, finish, not_run, optional

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = os.path.join(HERE, "../../.deps/interop/npm")


def read(reader, files):
    """What the reader says of each file, or None where it is not installed."""
    if not os.path.isdir(f"{PACKAGES}/node_modules/{reader}"):
        return not_run(f"{reader}: it is not installed")
    command = ["node", f"{HERE}/read_files.mjs", os.path.abspath(PACKAGES), reader, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    check(f"{reader} ends well", done.returncode == 0, done.stderr)
    # Not splitlines(): text may hold what else ends a line to Python.
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def value(column, said):
    """JSON has fewer types: 64-bit integers come as text, decimals as doubles."""
    if said is None:
        return None
    if column == "id" or column[0] == "n" or column == "pos":
        return int(said)
    if column[0] == "d":
        return datetime.date.fromisoformat(said[:10])
    if column[0] == "q":
        return float(said)
    if column[0] == "p":
        return decimal.Decimal(said).quantize(decimal.Decimal("0.01"))
    return said


def rows_of(answer):
    return [{c: value(c, row.get(c)) for c in answer["columns"]} for row in answer["rows"]]


def alike(said, wanted):
    """Whether rows are the same; long decimals as what doubles and an inexact division leave of them."""
    if len(said) != len(wanted):
        return False
    for a, b in zip(said, wanted):
        for column, value in b.items():
            if column[0] == "q" and value is not None and a[column] is not None:
                if abs(a[column] - float(value)) > 1e-12 * abs(float(value)):
                    return False
            elif a[column] != value:
                return False
    return True


def with_icebird(snapshots):
    for snapshot, answer in zip(snapshots, read("icebird", [s.metadata for s in snapshots]) or []):
        name = f"icebird {snapshot.id}"
        if "error" in answer:
            check(name, False, answer["error"])
        else:
            history.compare(name, answer["columns"], rows_of(answer), snapshot.wanted)


def with_files(files):
    """Data and position-delete files, against pyarrow."""
    parquet = optional("pyarrow.parquet")
    if parquet is None:
        return
    import pyarrow as pa

    wanted = {file: parquet.ParquetFile(file).read() for file in files}
    for file, answer in zip(files, read("hyparquet", files) or []):
        same = "error" not in answer and alike(rows_of(answer), wanted[file].to_pylist())
        check(f"hyparquet {os.path.basename(file)}", same, answer.get("error"))
    for file, answer in zip(files, read("parquet-wasm", files) or []):
        if "error" in answer:
            check(f"parquet-wasm {os.path.basename(file)}", False, answer["error"])
            continue
        said = pa.ipc.open_stream(base64.b64decode(answer["arrow"])).read_all()
        same = said.column_names == wanted[file].column_names and said.to_pylist() == wanted[file].to_pylist()
        check(f"parquet-wasm {os.path.basename(file)}", same)


def main(program, sources, steps, seed):
    with tempfile.TemporaryDirectory() as folder:
        snapshots = history.make(program, sources, steps, seed, folder)
        with_icebird(history.current_and_three(snapshots))
        files = sorted(glob.glob(f"{folder}/t/data/**/*.parquet", recursive=True))
        check("Parquet files", len(files) >= len(snapshots), len(files))
        with_files(files)


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(sys.argv[1], *(arguments + [3, 3000, 1][len(arguments):]))
    finish()
