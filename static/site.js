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
  if (target) {
    if (!target.hasAttribute("tabindex") && !target.matches("a, button, input, select, textarea")) {
      target.tabIndex = -1;
    }
    target.focus({ preventScroll: target.matches("button") });
  }
});

// A change that could not be sent says so where the person is looking, and nothing is lost.
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    const status = event.detail.xhr?.status;
    const text = status
      ? "That did not work. Reload the page and try again."
      : "Not saved: there is no connection. Try again when it is back.";
    announce(text);
    const region = event.detail.target?.closest?.("[id]") ?? document.getElementById("main");
    let note = document.getElementById("not-saved");
    if (!note) {
      note = document.createElement("p");
      note.id = "not-saved";
      note.className = "govuk-error-message";
    }
    note.textContent = text;
    region.before(note);
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.getElementById("not-saved")?.remove();
});

// A page taken from the browser's own history may show places that are gone: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
