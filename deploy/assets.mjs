// Makes static/build/ from the theme and the installed components; whole or not at all.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { compile, compileString } from "sass";

const half = "static/build.half";
const govuk = "node_modules/govuk-frontend/dist/govuk";

rmSync(half, { recursive: true, force: true });
mkdirSync(half, { recursive: true });
const theme = compile("static/theme.scss", {
  loadPaths: [".", "node_modules"],
  quietDeps: true,
  // What the components warn of is for their makers; what our own theme does wrong is shown.
  logger: { warn: (text, { stack }) => stack?.startsWith("node_modules/") || console.error(text) },
  style: "compressed",
});
// The classes of charts and drawings alone, for the charts of a PDF and the icons; the colours by name,
// for what is no stylesheet.
const fromTokens = (text, style) => compileString(text, { loadPaths: ["."], style }).css;
for (const part of ["charts", "drawings"]) {
  const plain = `@use "static/tokens" with ($follows-system: false); @use "static/${part}";`;
  writeFileSync(`${half}/${part}.css`, fromTokens(plain, "compressed"));
}
const listed = fromTokens(
  '@use "static/tokens" as *; @each $name, $pair in $colours { .#{$name} { light-dark: $pair; } }',
  "expanded",
);
const colours = {};
for (const [, name, light, dark] of listed.matchAll(/\.([\w-]+) \{\s+light-dark: (#\w+), (#\w+);/g)) {
  colours[name] = { light, dark };
}
writeFileSync(`${half}/colours.json`, JSON.stringify(colours, null, 2));
// Each file's name says its content, so a browser keeps it for ever; pages find it by manifest.json.
const named = {};
function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  named[name] = name.replace(/(\.[^.]+)$/, `.${hash}$1`);
  writeFileSync(`${half}/${named[name]}`, content);
}
write("govuk-frontend.min.js", readFileSync(`${govuk}/govuk-frontend.min.js`));
for (const script of ["citizen.js", "receipt.js", "site.js", "supported.js", "wall.js"]) {
  const source = readFileSync(`static/${script}`, "utf8");
  write(script, source.replace(/from "\.\/([\w.-]+)"/g, (_, imported) => `from "./${named[imported]}"`));
}
write("theme.css", theme.css);
write("wall.css", compile("static/_wall.scss", { style: "compressed" }).css);
write("service-worker.js", readFileSync("static/service-worker.js", "utf8").replace("theme.css", named["theme.css"]));
for (const picture of readdirSync("static").filter((file) => /\.(svg|png)$/.test(file))) {
  write(picture, readFileSync(`static/${picture}`));
}
writeFileSync(`${half}/manifest.json`, JSON.stringify(named, null, 2));
// Compressed once here: the website sends these to every browser that accepts them.
for (const file of readdirSync(half).filter((name) => /\.(css|js|svg)$/.test(name))) {
  const content = readFileSync(`${half}/${file}`);
  writeFileSync(`${half}/${file}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${half}/${file}.br`, brotliCompressSync(content));
}
rmSync("static/build", { recursive: true, force: true });
renameSync(half, "static/build");
