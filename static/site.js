// The pages work without this file; it only makes their components quicker to use.
import { initAll } from "./govuk-frontend.min.js";
import { initAll as initAllCaseworking } from "./moj-frontend.min.js";

initAll();
initAllCaseworking();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A digit presses the button that names it, while the focus is in the list and not in a field.
for (const list of document.querySelectorAll("[data-keys]")) {
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input, select, textarea")) return;
    list.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}
