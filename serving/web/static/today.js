// Today's list with keys and a side panel. j and k move, Enter or a click shows the lead beside the
// list, a accepts, r sends back, x selects, Esc closes. Without this file a name leads to the card,
// and the same answers are given with the mouse or with Tab.
"use strict";

const rows = [...document.querySelectorAll(".day tbody tr")];
const panel = document.querySelector(".panel");
const body = panel.querySelector(".panel-body");
const linkOf = (row) => row.querySelector("th a");
let shown = null; // The row whose lead the panel shows.

const here = () => {
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  return at < 0 && shown ? rows.indexOf(shown) : at;
};

function move(step) {
  const next = rows[Math.min(Math.max(here() + step, 0), rows.length - 1)];
  if (!next) return;
  linkOf(next).focus();
  if (shown) show(next);
}

// The panel is the top of the card, as the card itself shows it.
async function show(row) {
  const link = linkOf(row);
  shown?.removeAttribute("aria-current");
  shown = row;
  row.setAttribute("aria-current", "true");
  panel.querySelector("[data-card]").href = link.href;
  panel.setAttribute("aria-label", link.textContent);
  panel.hidden = false;
  document.body.classList.add("with-panel");
  panel.setAttribute("aria-busy", "true");
  let parts;
  try {
    const answer = await fetch(link.href);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const card = new DOMParser().parseFromString(await answer.text(), "text/html");
    parts = [...card.querySelectorAll("[data-panel]")];
  } catch {
    parts = [document.createElement("p")];
    parts[0].textContent = panel.dataset.failed;
  }
  if (shown !== row) return; // Somebody moved on meanwhile.
  body.replaceChildren(...parts);
  for (const heading of body.querySelectorAll("h1")) {
    const second = document.createElement("h2");
    second.append(...heading.childNodes);
    heading.replaceWith(second);
  }
  const after = rows[rows.indexOf(row) + 1];
  const place = after ? `#${encodeURIComponent(linkOf(after).id.replace(/^lead-/, "show-"))}` : "";
  for (const next of body.querySelectorAll("input[name=next]")) {
    next.value = location.pathname + location.search + place;
  }
  panel.scrollTop = 0;
  panel.removeAttribute("aria-busy");
}

function hide() {
  const row = shown;
  shown = null;
  row.removeAttribute("aria-current");
  panel.hidden = true;
  body.replaceChildren();
  document.body.classList.remove("with-panel");
  linkOf(row).focus();
}

function answer(kind) {
  const within = shown ? body : rows[here()]?.querySelector("details");
  const field = within?.querySelector(`.verdict-${kind} select`);
  if (!field) return;
  if (!shown) within.open = true;
  field.focus();
}

function close() {
  if (shown) return hide();
  const open = document.querySelector(".day details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: () => answer("accepted"),
  r: () => answer("returned"),
  x: () => rows[here()]?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return close();
  // Letters belong to whoever is typing.
  if (event.target.closest("select, textarea, input:not([type=checkbox])")) return;
  const action = KEYS[event.key];
  if (!action || rows.length === 0) return;
  event.preventDefault();
  action();
});

for (const row of rows) {
  linkOf(row).addEventListener("click", (event) => {
    // A new tab is the card's.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(row);
  });
}

panel.querySelector("button").addEventListener("click", hide);

// After an answer in the panel the next lead follows in it.
const following = location.hash.startsWith("#show-")
  ? document.getElementById(`lead-${decodeURIComponent(location.hash.slice(6))}`)
  : null;
if (following) {
  following.focus();
  show(following.closest("tr"));
}
