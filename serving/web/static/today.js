// Keys for today's list: j and k move, a accepts, r sends back, Esc closes. Without this file the
// same answers are given with the mouse or with Tab.
"use strict";

const rows = [...document.querySelectorAll(".day tbody tr")];
const linkOf = (row) => row.querySelector("th a");
const here = () => rows.findIndex((row) => row.contains(document.activeElement));

function move(step) {
  const next = rows[Math.min(Math.max(here() + step, 0), rows.length - 1)];
  if (next) linkOf(next).focus();
}

function answer(kind) {
  const details = rows[here()]?.querySelector("details");
  if (!details) return;
  details.open = true;
  details.querySelector(`.verdict-${kind} select`).focus();
}

function close() {
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
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return close();
  // Letters belong to whoever is typing.
  if (event.target.closest("input, select, textarea")) return;
  const action = KEYS[event.key];
  if (!action || rows.length === 0) return;
  event.preventDefault();
  action();
});
