"""`python -m local.aws_server`: AWS on this machine (moto), in a process of its own.

Prints `{"port": N}` when it listens and ends when its stdin does.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeKey
from werkzeug.serving import make_server

from local.permissions import Permissions
from local.place import PERMISSIONS_PATH
from local.processes import end_with_stdin

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class PermissionsFirst:
    """Denies what the functions' policies do not allow; `PUT /_local/permissions` sets the policies."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._permissions = Permissions()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PERMISSIONS_PATH:
            self._permissions.set(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            start_response("200 OK", [("Content-Length", "0")])
            return []
        denied = self._permissions.refuse(environ)
        if denied is None:
            return self._application(environ, start_response)
        print(f"denied: {denied.access}", file=sys.stderr, flush=True)
        headers = [("Content-Type", denied.content_type), ("Content-Length", str(len(denied.body)))]
        start_response("403 Forbidden", headers)
        return [denied.body]


class OneConditionalWriteAtATime:
    """S3 decides conditional writes one after the other; moto looks and writes in two steps, and others run between."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        writes = environ["REQUEST_METHOD"] in {"PUT", "POST"}
        if writes and ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ):
            with self._lock:
                return self._application(environ, start_response)
        return self._application(environ, start_response)


def list_versions_without_content() -> None:
    """Keep moto from copying what is in every object, for good, each time somebody lists a bucket's versions.

    Its listing changes nothing of a copied object but which version is the latest, and sets that anew each time.
    """
    FakeKey.__deepcopy__ = lambda key, _memo: key  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    list_versions_without_content()
    moto = DomainDispatcherApplication(create_backend_app)
    application = PermissionsFirst(OneConditionalWriteAtATime(moto))
    server = make_server(arguments.host, arguments.port, application, threaded=True, request_handler=MotoRequestHandler)
    end_with_stdin()
    print(json.dumps({"port": server.port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
