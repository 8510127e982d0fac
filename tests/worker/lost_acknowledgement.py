"""The worker's application, in which one acknowledgement times out, as where Valkey hangs.

It happens once: the file that `LOST` names says that it did.
"""

import os
from pathlib import Path

from kombu.transport.redis import QoS
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.worker.impatient import app

acknowledge = QoS.ack


def lose_first(self: QoS, delivery_tag: str) -> None:
    lost = Path(os.environ["LOST"])
    if not lost.exists():
        lost.touch()
        raise RedisTimeoutError("Timeout reading from socket")
    acknowledge(self, delivery_tag)


QoS.ack = lose_first  # type: ignore[method-assign] # the fault that is put there

__all__ = ["app"]
