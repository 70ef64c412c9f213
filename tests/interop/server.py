"""`wrangler dev` by serve.mjs, for as long as it is needed."""

import contextlib
import os
import subprocess


@contextlib.contextmanager
def running(node, variables):
    """Its address."""
    here = os.path.dirname(os.path.abspath(__file__))
    command = [node, os.path.join(here, "serve.mjs"), *variables]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        if not url:
            raise RuntimeError("the server did not start")
        yield url
    finally:
        server.stdin.close()
        server.wait(30)
