"""A child process that lets a long command use a second core.

The process is spawned, not forked: it shares no connection or lock. It ends when its parent closes
it or dies.
"""

import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, Self, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class BackgroundProcess(Generic[Question, Answer]):
    """Calls a function in another process; answers come in the order of the questions."""

    def __init__(self, make: Callable[..., Callable[[Question], Answer]], *known: object) -> None:
        """Start the process, where `make(*known)` returns the function; everything is pickled."""
        context = get_context("spawn")
        self.line, there = context.Pipe()
        self.process = context.Process(target=_answer_questions, args=(there,), daemon=True)
        self.process.start()
        there.close()  # so that reading fails once the child has ended
        self.line.send((make, known))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process; after an error without waiting for what it is doing."""
        self.line.close()
        if wrong is not None:
            self.process.terminate()
        self.process.join()

    def send_question(self, asked: Question) -> None:
        """Send a question; the process starts on it at once."""
        self.line.send(asked)

    def receive_answer(self) -> Answer:
        """Wait for the answer to the oldest unanswered question, or raise its error."""
        answer: Answer | BaseException = self.line.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _answer_questions(line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner gets it too, and ends this process
    with suppress(EOFError, BrokenPipeError):  # the owner has gone
        try:
            make, known = line.recv()
            do = make(*known)
            while True:
                line.send(do(line.recv()))
        except Exception as wrong:  # noqa: BLE001 - carried to the one who asked, raised there
            line.send(wrong)
