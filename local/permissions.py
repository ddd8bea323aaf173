"""The functions' policies, enforced: access that template.yaml does not allow is denied here as by AWS.

Each function signs with an access key of its own, by which its statements are found. Covered are the actions that the
functions use; any other is denied. Conditions are not read: only the use of the KMS
key has one, and moto encrypts nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote

from local.place import ACCOUNT, REGION

Statements = list[dict[str, Any]]
_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/")
# Batches are allowed by the action for one.
_PLURAL = re.compile(r"Batch$")
_OBJECT_ACTIONS = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}


@dataclass(frozen=True)
class Access:
    """An action such as `s3:GetObject` on the ARN of a resource."""

    action: str
    resource: str


@dataclass(frozen=True)
class Denied:
    """An access that no statement allows."""

    service: str
    access: Access

    @property
    def body(self) -> bytes:
        """The answer's body, in the service's form."""
        message = f"not authorized to perform {self.access.action} on {self.access.resource}"
        if self.service == "s3":
            return f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>".encode()
        return json.dumps({"__type": "AccessDeniedException", "message": message}).encode()

    @property
    def content_type(self) -> str:
        return "application/xml" if self.service == "s3" else "application/x-amz-json-1.1"


class Permissions:
    """The statements of each access key; a key that is not named here may do everything."""

    def __init__(self) -> None:
        self._statements: dict[str, Statements] = {}

    def set(self, statements: Mapping[str, Statements]) -> None:
        self._statements = dict(statements)

    def refuse(self, environ: dict[str, Any]) -> Denied | None:
        """Return the first access of a WSGI request that is not allowed, None if all are."""
        found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not found or found[1] not in self._statements:
            return None
        service, statements = found[2], self._statements[found[1]]
        denied = (access for access in accesses(service, environ) if not _allowed(access, statements))
        return next((Denied(service, access) for access in denied), None)


def accesses(service: str, environ: dict[str, Any]) -> Iterator[Access]:
    """Return what a request would do."""
    if service == "s3":
        yield from _bucket_accesses(environ)
        return
    if service == "sns":  # speaks AWS's query protocol
        form = parse_qs(_body(environ).decode())
        yield Access(f"sns:{form['Action'][0]}", form.get("TopicArn", ["*"])[0])
        return
    action = f"{service}:{_PLURAL.sub('', environ.get('HTTP_X_AMZ_TARGET', '').rpartition('.')[2])}"
    body = _json_body(environ)
    if "QueueUrl" in body:
        yield Access(action, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{body['QueueUrl'].rpartition('/')[2]}")
    elif service == "events":
        for bus in {entry.get("EventBusName", "default") for entry in body.get("Entries", ())}:
            yield Access(action, f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}")
    elif service == "glue":
        # Glue asks for a table, its database and the catalogue (AWS Glue Developer Guide, "Data Catalog ARNs").
        database, table = body.get("DatabaseName"), body.get("TableName") or body.get("TableInput", {}).get("Name", "*")
        for resource in ("catalog", f"database/{database}", f"table/{database}/{table}"):
            yield Access(action, f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}")
    else:
        yield Access(action, body.get("SecretId", "*"))


def _bucket_accesses(environ: dict[str, Any]) -> Iterator[Access]:
    method, query = environ["REQUEST_METHOD"], parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    # WSGI decodes paths as Latin-1.
    bucket, _, key = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        yield Access("s3:ListBucketVersions" if "versions" in query else _bucket_action(method, query), arn)
        return
    action = "AbortMultipartUpload" if method == "DELETE" and "uploadId" in query else _OBJECT_ACTIONS[method]
    version = "Version" if "versionId" in query else ""
    if action in {"GetObject", "DeleteObject"}:
        action += version
    if "tagging" in query:
        action = f"{action.removesuffix('Version')}{version}Tagging"
    yield Access(f"s3:{action}", f"{arn}/{key}")
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        yield Access("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/').partition('?')[0]}")


def _bucket_action(method: str, query: Mapping[str, Any]) -> str:
    if method in {"GET", "HEAD"} and (method == "HEAD" or "list-type" in query or "prefix" in query or not query):
        return "s3:ListBucket"
    return f"s3:{method}:{'&'.join(query)}"


def _body(environ: dict[str, Any]) -> bytes:
    data: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(data)
    return data


def _json_body(environ: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(_body(environ) or b"{}")
    return body


def _allowed(access: Access, statements: Statements) -> bool:
    return any(
        _matches(access.action, statement["Action"]) and _matches(access.resource, statement["Resource"])
        for statement in statements
    )


def _matches(value: str, patterns: str | Iterable[str]) -> bool:
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in patterns)
