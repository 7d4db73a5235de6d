// The choices of a start: counts anew whenever a role changes. Without this file the same form works
// with its button.
"use strict";

const form = document.getElementById("choices");
let asking = null;

form.addEventListener("change", async () => {
  asking?.abort();
  asking = new AbortController();
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch("/", { method: "POST", body, signal: asking.signal });
    if (!response.ok) return;
    const shown = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of ["counts", "columns"]) {
      document.getElementById(id).replaceWith(shown.getElementById(id));
    }
  } catch (fault) {
    // A newer choice took over.
    if (fault.name !== "AbortError") throw fault;
  }
});
