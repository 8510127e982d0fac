// The pages work without this file; it only makes their components quicker to use.
import { initAll } from "./govuk-frontend.min.js";
import { initAll as initAllCaseworking } from "./moj-frontend.min.js";

initAll();
initAllCaseworking();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
