"""What the arena tells a worker beside the event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# The member of an event that holds the orders, and the variable that names the function's own folder.
ORDERS = "_chaos"
FOLDER = "CHAOS_FUNCTION_FOLDER"


@dataclass
class Orders:
    """What happens to one delivery: `chaos` is told to the worker, the rest is done around it."""

    chaos: dict[str, Any] = field(default_factory=dict)
    overrun: bool = False
    twice: bool = False
