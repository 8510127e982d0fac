"""For the operators: liveness, readiness, metrics, and `security.txt`.

Every metric is read from the database, so that each process reports the same; response times are in
the proxy's log. Metrics and details are for this machine alone (Reliability 3).
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from appeals.operations import readiness
from appeals.queries.administration import health
from appeals.settings import Settings
from appeals.web.shared.request import act, is_local

blueprint = Blueprint("health", __name__)
SECURITY_CONTACT_LIFETIME = timedelta(days=30)
"""How long the contact in `security.txt` may be cached (`Expires`, RFC 9116)."""
READINESS_CACHE = "last_trial"
READINESS_TTL_SECONDS = 10.0
"""How long a result of `/health/ready` is cached: it is open to everybody, and a check writes a row
and a file."""


@dataclass(frozen=True)
class Readiness:
    """The result of one readiness check."""

    code: int
    status: str
    detail: dict[str, object]


@dataclass
class ReadinessCache:
    """The last readiness check of this process; one request renews it, the others wait."""

    lock: Lock = field(default_factory=Lock)
    ends: float = 0.0
    found: Readiness | None = None

    def find_readiness(self) -> Readiness:
        """Return the last check's result, or a new one where it has expired."""
        with self.lock:
            if self.found is None or time.monotonic() >= self.ends:
                self.found = _try_filing()
                self.ends = time.monotonic() + READINESS_TTL_SECONDS
            return self.found


blueprint.record(lambda setup: setup.app.extensions.update({READINESS_CACHE: ReadinessCache()}))


@blueprint.get("/health/live")
def live() -> Response:
    """Answer that the process is alive."""
    return jsonify(status="ok")


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Answer whether filing would work; to this machine also how the tasks are.

    A silent worker makes it "degraded", still with 200: filing needs no worker, so the website
    stays in service.
    """
    last: ReadinessCache = current_app.extensions[READINESS_CACHE]
    found = last.find_readiness()
    return jsonify(status=found.status, **(found.detail if is_local() else {})), found.code


def _try_filing() -> Readiness:
    files = readiness.try_writing_files(current_app.config["SETTINGS"].files_dir) or "ok"
    try:
        readiness.try_writing_rows(act())
        tasks = health.seconds_since_success(act())
        alarms = [name for name, rings in health.list_alarms(act(), tasks).items() if rings]
    except SQLAlchemyError as trouble:
        return Readiness(503, "unready", {"database": type(trouble).__name__, "files": files})
    detail: dict[str, object] = {"database": "ok", "files": files}
    if files != "ok":
        return Readiness(503, "unready", detail)
    detail |= {"alarms": alarms, "seconds_since_success": tasks}
    return Readiness(200, "degraded" if alarms else "ok", detail)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Export the metrics in Prometheus's text format, to this machine alone; else 404."""
    if not is_local():
        abort(404)
    registry = CollectorRegistry()
    ages = Gauge(
        "appeals_task_seconds_since_success", "Age of a task's last success", ["task"],
        registry=registry,
    )  # fmt: skip
    tasks = health.seconds_since_success(act())
    for task, seconds in tasks.items():
        ages.labels(task).set(seconds)
    alarms = Gauge("appeals_alarm", "1 while it rings", ["alarm"], registry=registry)
    for name, rings in health.list_alarms(act(), tasks).items():
        alarms.labels(name).set(rings)
    for name, (meaning, count) in health.count_conditions(act()).items():
        Gauge(name, meaning, registry=registry).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/.well-known/security.txt")
def security_contact() -> Response:
    """Serve `security.txt` (RFC 9116); 404 where no contact is set."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.security_contact is None:
        abort(404)
    said = {
        "Contact": settings.security_contact,
        "Expires": f"{datetime.now(UTC) + SECURITY_CONTACT_LIFETIME:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": "zh, en",
        "Canonical": f"{settings.base_url}{request.path}",
    }
    lines = "".join(f"{name}: {text}\n" for name, text in said.items())
    return Response(lines, mimetype="text/plain")
