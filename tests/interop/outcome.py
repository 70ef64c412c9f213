"""What the scripts of this folder share: counting checks, naming what cannot run, DuckDB with extensions."""

import importlib
import os
import sys

DETAIL_CHARACTERS = 2000

_passed = _failed = 0
_not_run = []


def check(name, is_ok, detail=""):
    global _passed, _failed
    if is_ok:
        _passed += 1
    else:
        _failed += 1
        print(f"FAILED {name} {detail}"[:DETAIL_CHARACTERS])


def not_run(what):
    _not_run.append(what)


def optional(name):
    """The module, or None where it is not installed: that is told at the end."""
    try:
        return importlib.import_module(name)
    except ImportError as e:
        not_run(f"{name}: {e}")
        return None


def open_duckdb(*extensions):
    """A connection with these extensions from their Python packages, or None as `optional`. Times are UTC."""
    duckdb = optional("duckdb")
    packages = [optional(f"duckdb_extension_{extension}") for extension in extensions]
    if duckdb is None or None in packages:
        return None
    db = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    db.execute("SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
    for extension, package in zip(extensions, packages):
        folder = os.path.join(os.path.dirname(package.__file__), "extensions", f"v{duckdb.__version__}")
        db.execute(f"LOAD '{folder}/{extension}.duckdb_extension'")
    return db


def finish():
    """Ends the program: what did not run, then `N passed, N failed`."""
    for what in _not_run:
        print(f"not run: {what}")
    print(f"{_passed} passed, {_failed} failed")
    sys.exit(1 if _failed else 0)
