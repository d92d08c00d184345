// Marks that have not reached the site yet: kept in this browser, and sent until they have. What is
// kept is numbers of people and the mark, no names. Without a store, "Tap again" stays as it is.
const sheet = document.getElementById("kept-marks");
const { kept: key, address } = sheet.dataset;
const RETRY = 8000;
const onTheWay = new Set();
let isSending = false;
// Somebody has tapped since the last request went out.
let isThere = false;
let again;

function read() {
  return JSON.parse(localStorage.getItem(key) ?? "[]");
}

function write(taps) {
  if (taps.length) localStorage.setItem(key, JSON.stringify(taps));
  else localStorage.removeItem(key);
}

function drop(tapId) {
  const before = read();
  const gone = before.find((tap) => tap.tap_id === tapId);
  write(before.filter((tap) => tap.tap_id !== tapId));
  if (gone && !read().some((tap) => tap.person_id === gone.person_id)) tell(gone.person_id, "");
}

function tell(personId, text) {
  const detail = { id: `row-${personId}`, text };
  document.dispatchEvent(new CustomEvent("region:unsaved", { detail }));
}

// Only what waits is said: a tap that is on its way for the first time has its answer in a moment.
function show() {
  for (const tap of read()) {
    if (onTheWay.has(tap.tap_id)) continue;
    tell(tap.person_id, `${tap.label}: not saved yet`);
  }
}

function say(text) {
  const line = document.createElement("p");
  line.className = "govuk-error-message";
  line.textContent = text;
  sheet.append(line);
  document.getElementById("announcer").textContent = text;
}

// A second tap while the first one waits follows it: it replaces what that one says.
function keep(tap) {
  const taps = read();
  const last = taps.findLast((one) => one.person_id === tap.person_id);
  if (last?.kind === tap.kind) return;
  const follows = last ? { tap_id: `${tap.tap_id.slice(0, 40)}-${Date.now().toString(36)}`, replaces: last.kind } : {};
  write([...taps, { ...tap, ...follows }]);
}

function onTap(event) {
  const { elt, parameters, triggeringEvent } = event.detail;
  if (!elt.matches?.(".reg__marks")) return;
  const { tap_id, person_id, replaces, kind, other } = parameters;
  const label = triggeringEvent?.submitter?.dataset.says ?? "Mark";
  const mustFollow = read().some((one) => one.person_id === person_id);
  keep({ tap_id, person_id, replaces, kind: other || kind, label, at: Date.now() });
  if (!mustFollow) {
    onTheWay.add(tap_id);
    return;
  }
  event.preventDefault();
  isThere = true;
  send();
}

// The row is swapped by now, and the event's own element is what it stood in: the request knows.
function onAnswer(event) {
  const { xhr, requestConfig } = event.detail;
  if (!requestConfig.elt.matches?.(".reg__marks")) return;
  const tapId = requestConfig.parameters.tap_id;
  onTheWay.delete(tapId);
  if (xhr.status === 200 || xhr.status === 422) drop(tapId);
  else sendLater();
  // After the page's own script has said what it makes of it.
  setTimeout(show);
  if (read().length) send();
}

function sendLater() {
  clearTimeout(again);
  again = setTimeout(send, RETRY);
}

async function send() {
  if (isSending) return;
  isSending = true;
  try {
    let [tap] = read();
    while (tap && !onTheWay.has(tap.tap_id) && (await post(tap))) [tap] = read();
  } finally {
    isSending = false;
  }
  show();
  if (read().length) sendLater();
}

// One tap, and true where the next may follow. What the site could not look at stays.
async function post(tap) {
  const token = document.querySelector("[name=csrf_token]").value;
  const { tap_id, person_id, replaces, kind } = tap;
  const body = new URLSearchParams({ csrf_token: token, tap_id, person_id, replaces, kind });
  // What is sent again by itself keeps nobody signed in.
  const headers = { "HX-Request": "true", ...(isThere ? {} : { "X-Poll": "1" }) };
  isThere = false;
  let answer;
  let text;
  try {
    answer = await fetch(address, { method: "POST", body, headers, signal: AbortSignal.timeout(15000) });
    text = await answer.text();
  } catch {
    return false;
  }
  if (answer.status >= 500 || answer.status === 429) return false;
  const page = new DOMParser().parseFromString(text, "text/html");
  // A host has a page of its own for a site that is away: it knows of no register.
  if (answer.status === 404 && page.getElementById("message")?.dataset.status !== "404") return false;
  const row = page.getElementById(`row-${person_id}`);
  if (!row && answer.status !== 404) {
    // Signed out, or the page is too old to be believed.
    sheet.querySelector("[data-reload]").hidden = false;
    return false;
  }
  drop(tap_id);
  if (row) draw(row, answer.status === 422 ? tap : null);
  else refuse(tap);
  return true;
}

function refuse(tap) {
  const name = document.querySelector(`#row-${tap.person_id} b`)?.textContent ?? "Somebody";
  say(`${name} is not on this register any more, so “${tap.label}” was not saved.`);
}

function draw(row, refused) {
  const note = row.querySelector(".reg__note");
  const name = row.querySelector("b").textContent;
  const count = row.querySelector("#register-count");
  if (count) {
    count.removeAttribute("data-hx-swap-oob");
    document.getElementById("register-count").replaceWith(count);
  }
  const old = document.getElementById(row.id);
  if (refused && note) note.textContent = `Your mark “${refused.label}” was not saved. ${note.textContent}`;
  if (refused && note && !old) say(`${name}: ${note.textContent}`);
  if (!old) return;
  old.replaceWith(row);
  window.htmx?.process(row);
  document.getElementById("announcer").textContent = row.dataset.announce ?? "";
}

function start() {
  const count = document.querySelector("[data-unsaved-count]");
  count.dataset.unsavedMore = ", kept on this device and sent when the connection is back";
  document.addEventListener("htmx:configRequest", onTap);
  document.addEventListener("htmx:afterRequest", onAnswer);
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, () => setTimeout(show));
  }
  document.addEventListener("htmx:afterSettle", () => setTimeout(show));
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  show();
  send();
}

try {
  localStorage.setItem("marks", "1");
  localStorage.removeItem("marks");
  start();
} catch {
  sheet.dataset.hasNoStore = "yes";
}
