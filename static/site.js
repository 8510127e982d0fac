// The pages work without this file; it only makes their components quicker to use.
import { initAll } from "./govuk-frontend.min.js";
import { initAll as initAllCaseworking } from "./moj-frontend.min.js";

initAll();
initAllCaseworking();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// One box chooses all the boxes of its form, and says whether all are chosen.
for (const part of document.querySelectorAll("[data-chooses-all]")) {
  const all = part.querySelector("input");
  const boxes = [...part.closest("form").querySelectorAll("tbody input[type=checkbox]")];
  const tell = () => (all.checked = boxes.every((box) => box.checked));
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  boxes.forEach((box) => box.addEventListener("change", tell));
  part.hidden = false;
  tell();
}

// A digit presses the button that names it, while the focus is in the list and not in a field.
for (const list of document.querySelectorAll("[data-keys]")) {
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input, select, textarea")) return;
    list.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}

// A part that says so shows itself anew, while somebody looks and works: a session still ends.
const A_WHILE = 25 * 60 * 1000;
let touched = Date.now();
for (const kind of ["pointerdown", "pointermove", "keydown"]) {
  addEventListener(kind, () => (touched = Date.now()), { passive: true });
}
for (const part of document.querySelectorAll("[data-anew]")) {
  const anew = async () => {
    const busy = part.contains(document.activeElement);
    if (document.hidden || busy || Date.now() - touched > A_WHILE) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  };
  setInterval(anew, 1000 * Number(part.dataset.anew));
}

// A field that is asked for some choices alone is hidden for the others.
for (const part of document.querySelectorAll("[data-shown-for]")) {
  const asked = part.closest("form").elements[part.dataset.shownFor];
  const values = part.dataset.values.split(" ");
  const show = () => (part.hidden = !values.includes(asked.value));
  asked.addEventListener("change", show);
  show();
}

// How many characters of a text are left, counted as the server does: an emoji of several is one.
const letters = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: "grapheme" });
const countCharacters = (text) => (letters ? [...letters.segment(text)] : [...text]).length;
for (const told of document.querySelectorAll("[data-counts]")) {
  const field = document.getElementById(told.dataset.counts);
  const most = Number(told.dataset.most);
  const tell = () => {
    const left = most - countCharacters(field.value.trim());
    told.textContent = (left < 0 ? told.dataset.over : told.dataset.left).replace("#", Math.abs(left));
    told.classList.toggle("count--over", left < 0);
    told.setAttribute("aria-live", left < most / 10 ? "polite" : "off");
  };
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, 300);
  });
  if (field.value) tell();
}
