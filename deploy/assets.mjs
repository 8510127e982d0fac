// Makes static/build/ from the theme and the installed components; whole or not at all.
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { compile } from "sass";

const half = "static/build.half";
const govuk = "node_modules/govuk-frontend/dist/govuk";
const moj = "node_modules/@ministryofjustice/frontend/moj";

rmSync(half, { recursive: true, force: true });
mkdirSync(half, { recursive: true });
const theme = compile("static/theme.scss", {
  loadPaths: [".", "node_modules"],
  quietDeps: true,
  // What the components warn of is for their makers; what our own theme does wrong is shown.
  logger: { warn: (text, { stack }) => stack?.startsWith("node_modules/") || console.error(text) },
  style: "compressed",
});
writeFileSync(`${half}/theme.css`, theme.css);
// The charts' classes alone, for the charts of a PDF.
writeFileSync(`${half}/charts.css`, compile("static/_charts.scss", { style: "compressed" }).css);
cpSync(`${govuk}/govuk-frontend.min.js`, `${half}/govuk-frontend.min.js`);
cpSync(`${moj}/moj-frontend.min.js`, `${half}/moj-frontend.min.js`);
cpSync(`${moj}/assets/images`, `${half}/images`, {
  recursive: true,
  filter: (path) => !/crest|crown|logo|favicon|moj-apple|moj-open/i.test(path),
});
for (const script of ["citizen.js", "site.js", "supported.js"]) {
  cpSync(`static/${script}`, `${half}/${script}`);
}
// Packed once here: the website sends these to every browser that unpacks (appeals/web/static_files.py).
for (const file of readdirSync(half).filter((name) => /\.(css|js)$/.test(name))) {
  writeFileSync(`${half}/${file}.gz`, gzipSync(readFileSync(`${half}/${file}`), { level: 9 }));
}
rmSync("static/build", { recursive: true, force: true });
renameSync(half, "static/build");
