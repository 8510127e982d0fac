// The wall reads itself anew each minute, and its clock runs. While no figures come the page stays and
// says of when they are; without scripts the browser reloads it.
const formatTime = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "Asia/Shanghai",
});
const retrySeconds = 15;
const timeoutSeconds = 20;
let clock;
let shownAt = 0; // the server time of the figures, and when they came here
let gotAt = 0;

function start() {
  clock = document.querySelector("[data-clock]");
  if (!clock) return;
  shownAt = Date.parse(clock.dateTime);
  gotAt = performance.now();
}

function tick() {
  if (clock) clock.textContent = formatTime.format(shownAt + performance.now() - gotAt);
}

function styleOf(page) {
  return page.querySelector("link[rel=stylesheet]")?.getAttribute("href");
}

async function read(address) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 1000 * timeoutSeconds);
  try {
    const answer = await fetch(address, { signal: stop.signal });
    if (!answer.ok) return null;
    if (answer.redirected) {
      location.assign(answer.url); // the session of a member of staff has ended
      return document;
    }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  } finally {
    clearTimeout(late);
  }
}

async function refresh(wall) {
  const isRead = wall.querySelector("details[open]"); // by somebody who looks at the table
  const page = isRead ? document : await read(wall.dataset.again);
  const fresh = page?.getElementById("wall");
  if (!fresh) {
    wall.querySelector("[data-lost]").hidden = false;
    setTimeout(refresh, 1000 * retrySeconds, wall);
  } else if (styleOf(page) !== styleOf(document)) {
    location.reload(); // another release: its styles and its script too
  } else {
    if (fresh !== wall) {
      const link = document.activeElement.getAttribute("href");
      wall.replaceWith(fresh);
      if (link) fresh.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
      document.title = page.title;
      start();
      tick();
    }
    follow(fresh);
  }
}

function follow(wall) {
  if (wall?.dataset.again) setTimeout(refresh, 1000 * Number(wall.dataset.seconds), wall);
}

start();
setInterval(tick, 1000);
follow(document.getElementById("wall"));
