"""The tests of real input are there where the data are: nothing of these files is the project's."""

import os
from pathlib import Path

REAL_DATA = Path(
    os.environ.get("APPEALS_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data"
)
"""The folder of real requests and messages; by default it stands beside the project."""

TESTS = ["test_real_input.py", "test_real_ratings.py", "test_real_similarity.py"]
collect_ignore = [] if REAL_DATA.is_dir() else TESTS
