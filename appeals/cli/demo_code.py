"""The code of made-up cities, which the production image does not contain."""

from collections.abc import Iterator
from contextlib import contextmanager

from appeals.domain.messages import message
from appeals.domain.refusals import not_now

PACKAGE = "appeals.demo"


@contextmanager
def refuse_without_demo_code() -> Iterator[None]:
    """Refuse (not now) a command whose import of the package inside this block fails."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith(PACKAGE):
            raise
        raise not_now(
            message(
                "Made-up appeals are not part of the production image: run this command from the "
                "source code."
            )
        ) from None
