"""For the operators: alive, ready, and the system's figures for Prometheus.

Every figure is read from the database, so that each process gives the same; how long answers
take stands in the log of the proxy. Both details are for this machine alone (Reliability 3).
"""

from flask import Blueprint, Response, abort, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from appeals.operations import readiness
from appeals.queries import health
from appeals.web.request import act, is_local

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Try what filing needs; on this machine, say how the work behind it goes too.

    A silent worker makes it "degraded", still with 200: filing needs no worker, and a website
    that is taken out of service for it would help nobody.
    """
    files = readiness.try_writing_files(current_app.config["SETTINGS"].files_dir) or "ok"
    try:
        readiness.try_writing_rows(act())
        tasks = health.seconds_since_success(act())
        alarms = [name for name, rings in health.alarms(act(), tasks).items() if rings]
    except SQLAlchemyError as trouble:
        return _told(503, "unready", database=type(trouble).__name__, files=files)
    if files != "ok":
        return _told(503, "unready", database="ok", files=files)
    return _told(
        200,
        "degraded" if alarms else "ok",
        database="ok",
        files=files,
        alarms=alarms,
        seconds_since_success=tasks,
    )


def _told(code: int, status: str, **detail: object) -> tuple[Response, int]:
    return jsonify(status=status, **(detail if is_local() else {})), code


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the figures in Prometheus's text form; to others there is no such page."""
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
    for name, rings in health.alarms(act(), tasks).items():
        alarms.labels(name).set(rings)
    for name, (meaning, count) in health.counts(act()).items():
        Gauge(name, meaning, registry=registry).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
