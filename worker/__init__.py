"""The Celery worker: delivery, the deadline sweep, counts, edition files, cleaning up."""
