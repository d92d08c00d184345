// The site's own script: small, and nothing on the site depends on it to work.
const tag = document.getElementById("site-script");

// htmx starts on DOMContentLoaded. One that arrives after it, while the page is not complete yet,
// would wait for ever and never read its settings: say it again.
let isParsed = false;
document.addEventListener("DOMContentLoaded", () => { isParsed = true; }, { once: true });
function startLateHtmx() {
  if (isParsed && document.readyState === "interactive") {
    document.dispatchEvent(new Event("DOMContentLoaded"));
  }
}

// School networks often block script hosts. If the CDN's htmx fails, or hangs for three
// seconds, the site's own copy takes over.
function loadLocalHtmx() {
  if (window.htmx || document.getElementById("htmx-local")) return;
  const script = document.createElement("script");
  script.id = "htmx-local";
  script.src = tag.dataset.htmxLocal;
  script.addEventListener("load", startLateHtmx);
  document.head.append(script);
}

const fromCdn = document.querySelector("script[integrity]");
if (fromCdn) {
  fromCdn.addEventListener("error", loadLocalHtmx);
  fromCdn.addEventListener("load", startLateHtmx);
  const alreadyFailed = performance
    .getEntriesByName(fromCdn.src)
    .some((entry) => entry.responseEnd > 0 && !window.htmx);
  if (alreadyFailed) loadLocalHtmx();
  setTimeout(loadLocalHtmx, 3000);
}

const { initAll } = await import(tag.dataset.govuk);
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// Scrolling tables must be reachable by keyboard, but only while they do scroll.
function letTablesScroll(root) {
  for (const box of root.querySelectorAll(".table-scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
letTablesScroll(document);

function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer && text) announcer.textContent = text;
}

// A region may say what changed (data-announce) and where the focus belongs (data-focus).
document.addEventListener("htmx:afterSettle", (event) => {
  const region = event.detail.elt;
  if (!region || !region.isConnected) return;
  initAll({ scope: region });
  letTablesScroll(document);
  announce((region.matches("[data-announce]") ? region : region.querySelector("[data-announce]"))?.dataset.announce);
  const target = region.querySelector(".govuk-error-summary, [data-focus]");
  // A page that comes whole says in its title that something is wrong: so does one that is mended.
  const title = document.title.replace(/^Error: /, "");
  document.title = document.querySelector("main .govuk-error-summary") ? `Error: ${title}` : title;
  if (target) {
    if (!target.hasAttribute("tabindex") && !target.matches("a, button, input, select, textarea")) {
      target.tabIndex = -1;
    }
    target.focus({ preventScroll: target.matches("button") });
  }
});

// A change that could not be sent says so inside its own region, until that region is saved. A
// region may say whose it is (data-unsaved) and what it shows (data-state); the page may count
// them (data-unsaved-count) and warn on the way out (data-warn-unsaved).
const unsaved = new Map();

function writeNote(id, entry) {
  const region = document.getElementById(id);
  if (!region) return;
  let note = document.getElementById(`not-saved-${id}`);
  if (!note) {
    note = document.createElement("p");
    note.id = `not-saved-${id}`;
    note.className = "govuk-error-message not-saved";
    note.tabIndex = -1;
    // A list may hold nothing but its items; inside an item the note stands below.
    if (region.matches("li")) region.append(note);
    else region.prepend(note);
  }
  note.textContent = entry.text;
}

function countUnsaved() {
  return [...unsaved.values()].filter((entry) => entry.isChange).length;
}

function showUnsaved() {
  for (const [id, entry] of unsaved) {
    const region = document.getElementById(id);
    // Drawn anew and different now: it had arrived, only the answer was lost.
    if (region && !entry.isKept && region.dataset.state !== entry.state) unsaved.delete(id);
    else writeNote(id, entry);
  }
  const count = countUnsaved();
  for (const place of document.querySelectorAll("[data-unsaved-count]")) {
    const [one, many] = place.dataset.unsavedCount.split("|");
    place.hidden = count === 0;
    place.textContent = count ? `${count} ${count === 1 ? one : many} not saved yet${place.dataset.unsavedMore ?? ""}` : "";
  }
  if (count > 0) return;
  document.getElementById("warn-unsaved")?.remove();
  for (const link of document.querySelectorAll("[data-warned]")) delete link.dataset.warned;
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    const region = event.detail.target?.closest?.("[id]") ?? document.getElementById("main");
    const refused = Boolean(event.detail.xhr?.status);
    const isChange = event.detail.requestConfig?.verb !== "get";
    const { unsaved: what, notSaved } = region.dataset;
    let text = "There is no connection. Try again when it is back.";
    if (notSaved) text = notSaved;
    else if (what) text = `${what} not saved. ${refused ? "Reload the page and try again." : "Tap again."}`;
    else if (refused) text = "That did not work. Reload the page and try again.";
    else if (isChange) text = "Not saved: there is no connection. Try again when it is back.";
    unsaved.set(region.id, { text, isChange, state: region.dataset.state });
    announce(text);
    showUnsaved();
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  const id = event.detail.target?.closest?.("[id]")?.id;
  if (!event.detail.successful || !unsaved.delete(id)) return;
  document.getElementById(`not-saved-${id}`)?.remove();
  showUnsaved();
});
document.addEventListener("htmx:afterSettle", showUnsaved);

// Another script keeps a region's change until it is sent, and says so; no text once it is.
document.addEventListener("region:unsaved", (event) => {
  const { id, text } = event.detail;
  if (text) unsaved.set(id, { text, isChange: true, isKept: true });
  else if (unsaved.delete(id)) document.getElementById(`not-saved-${id}`)?.remove();
  showUnsaved();
});

// Marks that wait on this device must not be forgotten with the page they were made on.
function listKept() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(`marks ${tag.dataset.user} `));
  } catch {
    return [];
  }
}
for (const key of listKept()) {
  const address = key.split(" ")[2];
  if (address === window.location.pathname) continue;
  const line = document.createElement("p");
  line.className = "govuk-inset-text";
  const link = document.createElement("a");
  link.className = "govuk-link";
  link.href = address;
  link.textContent = "Open the register to send them";
  line.append("Marks you made on this device are not saved yet. ", link, ".");
  document.getElementById("main").prepend(line);
}

// The first click on a way out that leaves changes behind warns; the second goes.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-warn-unsaved]");
  if (!link || link.dataset.warned || countUnsaved() === 0) return;
  event.preventDefault();
  link.dataset.warned = "yes";
  const warning = document.createElement("p");
  warning.id = "warn-unsaved";
  warning.className = "govuk-error-message";
  warning.tabIndex = -1;
  warning.textContent = link.dataset.warnUnsaved;
  link.before(warning);
  announce(warning.textContent);
  // A search may have put the row out of sight.
  (document.querySelector(".not-saved") ?? warning).focus();
});

// A form that saves itself (data-self-saving) tries again by itself. When the sign-in has ended the
// page stays as it is: sending it by hand signs the person in and brings back what they typed.
const selfSaving = "[data-self-saving]";
function saveAgain() {
  for (const form of document.querySelectorAll(selfSaving)) window.htmx?.trigger(form, "again");
}
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.elt.matches?.(selfSaving)) setTimeout(saveAgain, 8000);
  });
}
window.addEventListener("online", saveAgain);
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, target, xhr } = event.detail;
  if (xhr.status !== 401 || !elt.matches?.(selfSaving)) return;
  event.preventDefault();
  unsaved.set(target.id, { text: target.dataset.signedOut, isChange: true, state: target.dataset.state });
  showUnsaved();
});

// What was typed in the last second would be gone with the page: send it on the way out.
const notYetSaved = new Set();
function selfSavingOf(element) {
  return [...document.querySelectorAll(selfSaving)]
    .find((form) => element?.closest?.(form.dataset.hxInclude));
}
for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const form = selfSavingOf(event.target);
    if (form) notYetSaved.add(form);
  });
}
document.addEventListener("htmx:beforeRequest", (event) => notYetSaved.delete(event.detail.elt));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of notYetSaved) {
    fetch(form.action, {
      method: "POST",
      body: new FormData(document.querySelector(form.dataset.hxInclude)),
      headers: { "HX-Request": "true" },
      keepalive: true,
    }).catch(() => {});
  }
  notYetSaved.clear();
});

// A long form is not given to a dead connection (data-ask-first says what answers on a live one):
// the browser would show its own page instead, and what was typed would seem gone.
async function isLineUp(address) {
  try {
    return (await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(6000) })).ok;
  } catch {
    return false;
  }
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset?.askFirst) return;
  notYetSaved.delete(selfSavingOf(form));
  if (form.dataset.lineIsUp) return;
  event.preventDefault();
  const { submitter } = event;
  document.getElementById("held-back")?.remove();
  if (await isLineUp(form.dataset.askFirst)) {
    form.dataset.lineIsUp = "yes";
    form.requestSubmit(submitter);
    delete form.dataset.lineIsUp;
    return;
  }
  const note = document.createElement("p");
  note.id = "held-back";
  note.className = "govuk-error-message";
  note.tabIndex = -1;
  note.textContent = "There is no connection, so nothing was sent. Keep this page open and try again when it is back.";
  (submitter ?? form.lastElementChild).before(note);
  announce(note.textContent);
  note.focus();
});

// The button that was pressed says so until the answer is there.
document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.detail.requestConfig.triggeringEvent?.submitter;
  if (!button || event.detail.requestConfig.verb === "get") return;
  button.classList.add("is-saving");
  event.detail.xhr.addEventListener("loadend", () => button.classList.remove("is-saving"));
});

// A page taken from the browser's own history may show places that are gone: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
