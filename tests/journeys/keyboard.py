"""The keys of one person who has no mouse; at each stop she must see where she is."""

from playwright.sync_api import Locator, Page

STOPS_MOST = 250
"""The longest list of 50 lines has three stops a line, and some before it."""
ARROWS_MOST = 12

STOP = """
target => {
  const here = document.activeElement;
  if (here === window.lastStop) return [here === target, true, ""];
  window.lastStop = here;
  const parts = [here, here.firstElementChild, here.nextElementSibling].filter(Boolean);
  const marks = () => parts.flatMap(part => [null, "::before"].map(which => {
    const style = getComputedStyle(part, which);
    const line = style.outlineStyle === "none" || style.outlineWidth === "0px"
      || style.outlineColor === "rgba(0, 0, 0, 0)" ? "none" : style.outline;
    return [line, style.boxShadow].join(" / ");
  })).join(" | ");
  const box = here.getBoundingClientRect();
  const [x, y] = [box.left + Math.min(box.width, 40) / 2, box.top + Math.min(box.height, 40) / 2];
  const uppermost = document.elementFromPoint(x, y);
  const onTop = parts.some(part => part.contains(uppermost));
  const focused = marks();
  here.blur();
  const left = marks();
  here.focus({preventScroll: true});
  return [here === target, onTop && focused !== left, here.outerHTML.slice(0, 200)];
}
"""
"""Asks of the focused element: is it the target, is it on top, with a line or shadow of its own?

The parts of a date field are stops in one element, which is asked once.
"""


class Keyboard:
    """Tab, arrows, Space, Enter and letters: nothing else works the page."""

    def __init__(self, page: Page) -> None:
        """Lay hands on the keyboard of a page."""
        self.page = page
        self.press = page.keyboard.press
        self.write = page.keyboard.type

    def to(self, target: Locator, *, back: bool = False) -> None:
        """Go from stop to stop, onward or back, until the target has the focus."""
        wanted = target.element_handle()
        passed = list[str]()
        for _ in range(STOPS_MOST):
            self.press("Shift+Tab" if back else "Tab")
            there, seen, here = self.page.evaluate(STOP, wanted)
            assert seen, f"the focus is not seen at {here}"
            if there:
                return
            passed.append(here)
        raise AssertionError(f"Tab never came to {target}, but last to {passed[-3:]}")

    def skip(self, *, to_moves: bool = False) -> None:
        """Leave the navigation behind by the skip link, on a case page also the case."""
        self.to(self.page.locator("a[href='#main']"))
        self.press("Enter")
        if to_moves:
            self.to(self.page.locator("a[href='#moves']"))
            self.press("Enter")

    def follow(self, target: Locator, *, back: bool = False) -> None:
        """Go to a link or a button and press it; the next page comes."""
        self.to(target, back=back)
        with self.page.expect_navigation():
            self.press("Enter")

    def fill(self, target: Locator, text: str) -> None:
        """Go to a field and write."""
        self.to(target)
        self.write(text)

    def turn_to(self, value: str, of: Locator) -> None:
        """Go to a list and turn it, from its top, to the value."""
        self.to(of)
        self.press("Home")
        for _ in range(ARROWS_MOST):
            if of.input_value() == value:
                return
            self.press("ArrowDown")
        raise AssertionError(f"the list has no {value}")

    def choose(self, value: str, of: Locator) -> None:
        """Go to a group of radio buttons, nothing of which is chosen, and go down to the value."""
        self.to(of.first)
        self.press("Space")
        for _ in range(ARROWS_MOST):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.press("ArrowDown")
        raise AssertionError(f"the group has no {value}")
