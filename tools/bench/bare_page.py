"""The baseline for published pages: a bare Flask view that answers with a page of the same size."""

import os
from pathlib import Path

from flask import Flask

FILE_VARIABLE = "BARE_PAGE_FILE"


def create_app() -> Flask:
    """Make the application, whose only page is the file that the environment names."""
    page = Path(os.environ[FILE_VARIABLE]).read_text("utf-8")
    app = Flask(__name__)

    @app.get("/")
    def show_page() -> str:
        return page

    return app
