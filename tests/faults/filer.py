"""The load: people who file, and send the same form again until an answer has come."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.browser import NO_ANSWER, SERVER_ERROR, Answer, Browser
from tests.faults.verdict import ClientLog

PEOPLE = 4
PAUSE = 0.15  # seconds, the mean between two filings of one person
FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0  # seconds before the same form is sent again
GIVES_UP = 300.0  # seconds after which nothing more can be hoped for
SEE_OTHER = 303
ONE_IN_FIVE = 0.2


class GaveUp(Exception):  # noqa: N818 - it says what happened
    """No answer came for a long time: the city did not rise again."""


class Person:
    """Files again and again from one browser, at whichever web server answers."""

    def __init__(self, name: str, addresses: list[str], log: ClientLog, seed: int) -> None:
        """Begin without having filed."""
        self.name = name
        self.addresses = addresses
        self.log = log
        self.dice = random.Random(f"{seed} {name}")  # noqa: S311 - repeatable, not secret
        self.browser = Browser()
        self.filed = 0

    def file_until(self, stop: threading.Event) -> None:
        """File, pause, and so on; the last filing is brought to its end."""
        try:
            while not stop.wait(self.dice.expovariate(1 / PAUSE)):
                self.file()
        except GaveUp as trouble:
            self.log.odd.append(str(trouble))

    def file(self) -> str:
        """File one appeal and look at its receipt; now and then press the button twice."""
        self.filed += 1
        mark = f"{self.name}-{self.filed}"
        page = self._insist(lambda at: self.browser.get(f"{at}/appeals/new"))
        form = {**page.hidden, **filing(mark)}
        self.log.attempted.add(mark)
        for _ in range(2 if self.dice.random() < ONE_IN_FIVE else 1):
            answer = self._insist(lambda at: self.browser.post(f"{at}/appeals/new", form))
            if answer.status != SEE_OTHER:
                self.log.odd.append(f"{mark}: {answer.status}")
                return mark
            self.log.acknowledged.add(mark)
        receipt = self._insist(lambda at: self.browser.get(f"{at}/appeals/receipt"))
        self.log.receipts[mark] = receipt.marked("appeal-number")
        return mark

    def _insist(self, ask: Callable[[str], Answer]) -> Answer:
        """Ask again, at any of the servers, until one answers with less than an error of its own.

        An error of a server is no acknowledgement; what it did is for the verdict to say.
        """
        wait, last = FIRST_WAIT, time.monotonic() + GIVES_UP
        while time.monotonic() < last:
            try:
                answer = ask(self.dice.choice(self.addresses))
            except NO_ANSWER:
                answer = None
            if answer is not None and answer.status < SERVER_ERROR:
                return answer
            self.log.unanswered += 1
            time.sleep(wait * self.dice.uniform(0.5, 1))
            wait = min(wait * 2, LONGEST_WAIT)
        raise GaveUp(f"{self.name} got no answer for {GIVES_UP:.0f} s")


def filing(mark: str) -> dict[str, str]:
    """Give what is typed into the form; the mark is its subject, and the address is its own."""
    return {
        "kind": "complaint",
        "category": "urban.vending",
        "subject": mark,
        "detail": f"{mark}: 夜里十一点以后还在摆摊。",
        "district": "370202",
        "contact_email": f"{mark}@example.org",
    }


@contextmanager
def file_appeals_while(addresses: list[str], log: ClientLog, seed: int) -> Iterator[None]:
    """Let people file while inside; at the end each brings her last filing to its end."""
    stop = threading.Event()
    people = [Person(f"load{seed}p{n}", addresses, log, seed) for n in range(PEOPLE)]
    threads = [threading.Thread(target=each.file_until, args=[stop]) for each in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
