// The capacity slider: asks the server what each place would bring while it moves. Without this
// file the same form works with its button.
"use strict";

for (const form of document.querySelectorAll("form[data-answer]")) {
  const slider = form.querySelector("input[type=range]");
  const shown = form.querySelector("output");
  const answer = document.getElementById(form.dataset.answer);
  let asking = null;

  form.classList.add("scripted");
  slider.addEventListener("input", async () => {
    shown.value = Number(slider.value).toLocaleString("en");
    asking?.abort();
    asking = new AbortController();
    try {
      const url = `${form.dataset.from}?per_month=${encodeURIComponent(slider.value)}`;
      const response = await fetch(url, { signal: asking.signal });
      if (!response.ok) return;
      const chosen = answer.querySelector("input[type=checkbox]")?.checked;
      answer.innerHTML = await response.text();
      const box = answer.querySelector("input[type=checkbox]");
      if (box && chosen) box.checked = true;
    } catch (fault) {
      // A newer move of the slider took over.
      if (fault.name !== "AbortError") throw fault;
    }
  });
}
