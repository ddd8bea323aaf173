"""Finds snapshots in a demo's folder or a copy of the graph bucket."""

from __future__ import annotations

import re
from pathlib import Path

from learning_graph.reports.snapshot import Snapshot, run_ids
from learning_graph.values.errors import ConfigurationError

RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def find_snapshot(given: str | None, folder: Path) -> Snapshot:
    """Return a snapshot: of a run in `folder`, of a folder with snapshots, or of the folder `graph/<run>` itself.

    Without `given` it is the newest in `folder`.

    Raises:
        ConfigurationError: there is none.
    """
    if given is not None and not RUN.fullmatch(given):
        path = Path(given)
        if RUN.fullmatch(path.resolve().name):
            return Snapshot.open(path.resolve().parent.parent, path.resolve().name)
        folder, given = path, None
    root = bucket_folder(folder)
    runs = run_ids(root)
    if not runs:
        raise ConfigurationError("--snapshot", f"{root / 'graph'} has no snapshot", resolution=_RESOLUTION)
    if given is not None and given not in runs:
        raise ConfigurationError("--snapshot", f"there is no run {given}", resolution=f"There are {', '.join(runs)}.")
    return Snapshot.open(root, given or runs[-1])


def bucket_folder(folder: Path) -> Path:
    """Return the folder that stands for the graph bucket: the given one, or `graph-bucket` in a demo's.

    Raises:
        ConfigurationError: there is no snapshot in either.
    """
    for candidate in (folder, folder / "graph-bucket"):
        if (candidate / "graph").is_dir():
            return candidate
    raise ConfigurationError("--snapshot", f"{folder} holds no folder graph/", resolution=_RESOLUTION)


_RESOLUTION = (
    "Run `make demo` first, or copy a bucket: aws s3 sync s3://$GRAPH_BUCKET copy --exclude 'runs/*';"
    " then add --snapshot copy."
)
