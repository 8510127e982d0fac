// The pages work without this file; it only makes their components quicker to use.
import { initAll } from "./govuk-frontend.min.js";

initAll();

// What is typed stays in this tab until it is taken: a dropped connection, a session that has ended,
// the other language or a wrong turn loses nothing. Files cannot be kept here; the server keeps the
// photos. Nothing that one account typed is shown to another.
const store = "typed:";
const sentForm = "sent:";
const account = document.body.dataset.account ?? "";
const chosen = (field) => field.type === "radio" || field.type === "checkbox";

function forget(prefix) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  }
}

// Whether a field no longer says what the server sent. Someone may type before this file has come:
// that is newer than anything kept, and stays.
function changed(field) {
  if (chosen(field)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const sent = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(sent, 0);
}

if (document.querySelector("[data-sent]")) forget(store);
const taken = sessionStorage.getItem(sentForm);
if (taken && document.querySelector("[data-done]")) {
  forget(taken);
  sessionStorage.removeItem(sentForm);
}
// A form that only leads on to the sending, such as the sign-in, leaves open which was sent.
document.addEventListener("submit", (event) => {
  const { keep, between } = event.target.dataset;
  if (keep === undefined && between === undefined) sessionStorage.removeItem(sentForm);
});

// A form that has no draft yet is kept under a name of its own, until a page of its draft has come.
const begunForm = "begun:";
// What was sent, until a page has come. An answer is led to by a redirect, or has errors: where the
// form itself comes without, it was opened anew because no answer came.
const pendingForm = "pending:";
const pending = sessionStorage.getItem(pendingForm);
sessionStorage.removeItem(pendingForm);
const isAnswer = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
const hasErrors = document.querySelector(".govuk-error-summary");

function showAbove(button, note) {
  (button.closest(".govuk-button-group") ?? button).before(note);
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const prefix = `${store}${account}:${form.dataset.keep}:`;
  const { becomes } = form.dataset;
  const page = prefix + (form.elements.step?.value ?? "");
  const begun = sessionStorage.getItem(begunForm);
  if (begun && begun.split(" ")[0] === form.dataset.keep) {
    forget(begun.slice(begun.indexOf(" ") + 1));
    sessionStorage.removeItem(begunForm);
  }
  const fields = [...form.elements].filter(
    (field) => field.name && !["hidden", "file", "submit"].includes(field.type),
  );
  const keep = (field) =>
    sessionStorage.setItem(prefix + field.name, !chosen(field) || field.checked ? field.value : "");
  // A form that comes back says itself what was typed, and what the server added to it.
  const isBack = "back" in form.dataset;
  const typed = new Set(fields.filter(changed).map((field) => field.name));
  let isPutBack = false;
  for (const field of fields) {
    const kept = sessionStorage.getItem(prefix + field.name);
    if (isBack || typed.has(field.name)) {
      if (field.type !== "radio" || field.checked) keep(field);
    } else if (kept !== null) {
      if (chosen(field)) field.checked = kept === field.value;
      else field.value = kept;
      if (changed(field)) {
        field.closest("details")?.setAttribute("open", "");
        isPutBack = true;
      }
    }
    field.addEventListener("input", () => keep(field));
  }
  form.addEventListener("submit", () => {
    sessionStorage.setItem(sentForm, prefix);
    sessionStorage.setItem(pendingForm, page);
    if (becomes) sessionStorage.setItem(begunForm, `${becomes} ${prefix}`);
  });
  const isUnanswered = pending === page && !isAnswer && !hasErrors;
  const unanswered = isUnanswered && form.querySelector("template[data-unanswered]");
  const told = form.querySelector("template[data-put-back]");
  if (unanswered) {
    const buttons = form.querySelectorAll("button:not([type=button], [aria-hidden])");
    showAbove(buttons[buttons.length - 1], unanswered.content.cloneNode(true));
  } else if (isPutBack && told) {
    const shown = told.content.firstElementChild.cloneNode(true);
    told.after(shown);
    shown.querySelector("[data-empty]").addEventListener("click", () => {
      forget(prefix);
      form.reset();
      shown.remove();
    });
  }
}

// Without a network a form is not sent: the page stays, with what was typed, and says so. A browser
// may be wrong about its network, so pressed once more the form goes out.
const offlineNote = document.querySelector("template[data-offline]");
document.addEventListener("submit", (event) => {
  const isTold = document.querySelector("[data-offline-note]");
  if (navigator.onLine || isTold || !offlineNote || event.target.method !== "post") return;
  event.preventDefault();
  const note = offlineNote.content.firstElementChild.cloneNode(true);
  showAbove(event.submitter ?? event.target.lastElementChild, note);
  addEventListener("online", () => note.remove(), { once: true });
});

// An answer is saved on the server while it is typed, as a draft. What the server holds need not stay
// in the tab. What the tab still holds is newer than the draft that it was typed over: it is saved
// with the stamp of that draft, so that another machine's later draft is not overwritten.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const prefix = `${store}${account}:${form.dataset.keep}:`;
  const stamp = form.elements.draft;
  const told = form.querySelector("[data-draft-said]");
  let waiting = 0;
  let isSaving = false;
  let isNewer = false;
  const save = async () => {
    if (isSaving) return;
    isSaving = true;
    isNewer = false;
    const typed = new FormData(form);
    for (const field of form.querySelectorAll("[type=file]")) typed.delete(field.name);
    const headers = { Accept: "application/json" };
    const body = new URLSearchParams(typed);
    const answer = await fetch(form.dataset.draft, { method: "POST", headers, body }).catch(() => null);
    const saved = answer && !answer.redirected ? await answer.json().catch(() => null) : null;
    told.textContent = saved ? [saved.said, saved.other].filter(Boolean).join(" ") : told.dataset.failed;
    if (saved && answer.ok) {
      stamp.value = saved.stamp;
      if (isNewer) sessionStorage.setItem(`${prefix}draft`, saved.stamp);
      else forget(prefix);
    }
    isSaving = false;
    if (isNewer) later();
  };
  const later = () => {
    isNewer = true;
    sessionStorage.setItem(`${prefix}draft`, stamp.value);
    clearTimeout(waiting);
    waiting = setTimeout(save, 2000);
  };
  const over = sessionStorage.getItem(`${prefix}draft`);
  if (over !== null && !("back" in form.dataset)) stamp.value = over;
  if (over !== null || "back" in form.dataset) later();
  form.addEventListener("input", later);
  form.addEventListener("submit", () => clearTimeout(waiting));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// One box chooses all the boxes of its form, and says whether all are chosen.
for (const part of document.querySelectorAll("[data-chooses-all]")) {
  const all = part.querySelector("input");
  const fields = [...part.closest("form").elements];
  const boxes = fields.filter((field) => field.type === "checkbox" && field !== all);
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
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
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
  const from = part.dataset.anewFrom;
  const anew = async () => {
    const busy = part.contains(document.activeElement);
    if (document.hidden || busy || Date.now() - touched > A_WHILE) return;
    const answer = await fetch(from ?? location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    // What it waited for is done: the rest of the page is out of date too.
    if (fresh && from && !fresh.dataset.anew && !document.activeElement?.form) location.reload();
    else if (fresh) part.replaceChildren(...fresh.childNodes);
    if (fresh && !from && !fresh.dataset.anew) clearInterval(timer);
  };
  const timer = setInterval(anew, 1000 * Number(part.dataset.anew));
}

// A field that is asked for some choices alone is hidden for the others.
for (const part of document.querySelectorAll("[data-shown-for]")) {
  const asked = part.closest("form").elements[part.dataset.shownFor];
  const values = part.dataset.values.split(" ");
  const show = () => (part.hidden = !values.includes(asked.value));
  asked.addEventListener("change", show);
  show();
}

// Words typed here put what the server finds for them on top of a list, and choose the best.
for (const part of document.querySelectorAll("[data-topics]")) {
  const find = part.querySelector("input");
  const list = find.form.elements[part.dataset.fills];
  const search = async () => {
    const words = find.value.trim();
    const answer = await fetch(`${part.dataset.topics}?find=${encodeURIComponent(words)}`).catch(() => null);
    if (!answer?.ok || answer.redirected || words !== find.value.trim()) return;
    const { topics } = await answer.json();
    for (const group of list.querySelectorAll("optgroup")) {
      if (group.label === part.dataset.label) group.remove();
    }
    if (!topics.length) return;
    const group = document.createElement("optgroup");
    group.label = part.dataset.label;
    group.append(...topics.map(([code, label]) => new Option(label, code)));
    list.prepend(group);
    list.selectedIndex = 0;
    list.dispatchEvent(new Event("input", { bubbles: true }));
    list.dispatchEvent(new Event("change", { bubbles: true }));
  };
  part.querySelector("button").remove();
  let waiting = 0;
  find.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 250);
  });
}

// Similar appeals are looked for while one types; the server finds them, as its button does.
for (const part of document.querySelectorAll("[data-similar]")) {
  const form = part.closest("form");
  const fields = part.dataset.similar.split(" ");
  const read = () => fields.map((name) => form.elements[name].value.trim()).join("\n");
  let typed = read();
  const find = async () => {
    if (typed === read()) return;
    typed = read();
    const body = new FormData(form);
    body.set("similar", "1");
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || answer.redirected || typed !== read()) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  };
  part.nextElementSibling.remove();
  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target.name)) return;
    clearTimeout(waiting);
    waiting = setTimeout(find, 600);
  });
}

// A street brings the district that it is listed under.
for (const list of document.querySelectorAll("[data-brings]")) {
  const streets = list.querySelector("select");
  const districts = streets.form.elements[list.dataset.brings];
  streets.addEventListener("change", () => {
    const under = streets.selectedOptions[0]?.parentElement.label;
    const found = [...districts.options].find((option) => option.text === under);
    if (found) districts.value = found.value;
  });
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

// The slash leads to the search from anywhere but a field.
const search = document.getElementById("search");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !search) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// The folded pages of the header close when somebody goes on elsewhere, or presses Escape.
const more = document.querySelector(".site-more");
if (more) {
  const close = (event) => more.contains(event.target) || (more.open = false);
  document.addEventListener("click", close);
  document.addEventListener("focusin", close);
  more.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
  });
}

// Without a network the browser shows a page of ours, which the service worker stores.
const { worker } = document.documentElement.dataset;
if (worker && navigator.serviceWorker) {
  navigator.serviceWorker.register(worker, { scope: "/" }).catch(() => {}); // the pages work without
}
