// Shows one page where the city cannot be reached. That page and its stylesheet are all that is stored:
// never an appeal, never what somebody typed. A form that cannot be sent is left to the browser, which
// offers to send it once more.
const page = `/offline${location.search}`;
const style = "/static/build/theme.css"; // the build writes its hashed name
const name = `offline ${style} ${location.search}`;

// Asked for without cookies: the page of somebody who is nobody.
async function store() {
  const cache = await caches.open(name);
  await cache.addAll([page, style].map((address) => new Request(address, { credentials: "omit" })));
  await self.skipWaiting();
}

async function removeOthers() {
  for (const other of await caches.keys()) {
    if (other !== name) await caches.delete(other);
  }
}

async function answer(request) {
  try {
    return await fetch(request);
  } catch {
    const address = request.mode === "navigate" ? page : request.url;
    return (await caches.match(address, { ignoreVary: true })) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(store()));
self.addEventListener("activate", (event) => event.waitUntil(removeOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate" || request.url === new URL(style, location).href) {
    event.respondWith(answer(request));
  }
});
