// What makes the citizen's pages quicker to use; each of them works without.

const store = "typed:";

const chosen = (field) => field.type === "radio" || field.type === "checkbox";

// Whether a field no longer says what the server sent. Someone may type before this file has come:
// that is newer than anything kept, and stays.
function changed(field) {
  if (chosen(field)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const sent = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(sent, 0);
}

// What is typed stays in this tab until it is sent: a dropped connection or a wrong turn loses
// nothing. Files cannot be kept here; the server keeps the photos.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const fields = [...form.elements].filter(
    (field) => field.name && !["hidden", "file", "submit"].includes(field.type),
  );
  const keyOf = (field) => `${store}${form.dataset.keep}:${field.name}`;
  const keep = (field) =>
    sessionStorage.setItem(keyOf(field), !chosen(field) || field.checked ? field.value : "");
  const typed = new Set(fields.filter(changed).map((field) => field.name));
  for (const field of fields) {
    const kept = sessionStorage.getItem(keyOf(field));
    if (typed.has(field.name)) {
      if (field.type !== "radio" || field.checked) keep(field);
    } else if (kept !== null) {
      if (chosen(field)) field.checked = kept === field.value;
      else field.value = kept;
    }
    field.addEventListener("input", () => keep(field));
  }
}
if (document.querySelector("[data-sent]")) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(store)) sessionStorage.removeItem(key);
  }
}

// Topics are found while one types; the server searches, as it does without this.
for (const form of document.querySelectorAll("form[data-find]")) {
  let waiting = 0;
  form.elements.find.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const asked = new URLSearchParams(new FormData(form));
      const answer = await fetch(`${form.action}?${asked}`);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(form.dataset.find);
      if (found) document.getElementById(form.dataset.find).replaceChildren(...found.childNodes);
    }, 300);
  });
}

// Only the streets of the chosen district are offered.
const district = document.querySelector("form[data-keep] [name=district]");
if (district) {
  const street = district.form.elements.street;
  const groups = [...street.querySelectorAll("optgroup")];
  const narrow = () => {
    const name = district.value && district.selectedOptions[0].textContent;
    for (const group of groups) {
      const fits = !name || group.label === name;
      if (!fits && group.contains(street.selectedOptions[0])) street.value = "";
      if (fits) street.append(group);
      else group.remove();
    }
  };
  district.addEventListener("change", narrow);
  narrow();
}

// The receipt's picture leads here with number and code behind the #, which no server sees.
const follow = document.querySelector("form[data-follow]");
if (follow && location.hash.includes(".")) {
  const [number, code] = decodeURIComponent(location.hash.slice(1)).split(".");
  history.replaceState(null, "", location.pathname + location.search);
  follow.elements.number.value = number;
  follow.elements.code.value = code;
  follow.requestSubmit();
}
