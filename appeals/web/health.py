"""For the operators: alive, ready, and figures of this process for Prometheus."""

import time

from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as written
from sqlalchemy.exc import SQLAlchemyError

from appeals.queries.health import seconds_since_success
from appeals.web.request import act

blueprint = Blueprint("health", __name__)
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "appeals_requests", "Answers by endpoint and status", ("endpoint", "status"), registry=REGISTRY
)
SECONDS = Histogram(
    "appeals_request_seconds", "Seconds to answer", ("endpoint",), registry=REGISTRY
)
TASKS = Gauge(
    "appeals_task_seconds_since_success", "Age of a task's last success", ("task",),
    registry=REGISTRY,
)  # fmt: skip


@blueprint.get("/health/live")
def live() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Say whether the database answers, and how long ago each task last succeeded."""
    try:
        tasks = seconds_since_success(act())
    except SQLAlchemyError:
        return jsonify(status="unready", database="unreachable"), 503
    return jsonify(status="ok", database="ok", seconds_since_success=tasks), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the figures of this process in Prometheus's text form."""
    for task, seconds in seconds_since_success(act()).items():
        TASKS.labels(task).set(seconds)
    return Response(written(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def install(app: Flask) -> None:
    """Count every answer."""
    app.before_request(_start)
    app.after_request(_count)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, str(response.status_code)).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response
