// Narrows the list and changes the colours; all that it shows is in the page already.
"use strict";
const root = document.documentElement;
const chosen = {
  get() { try { return localStorage.getItem("theme"); } catch { return null; } },
  set(theme) { try { localStorage.setItem("theme", theme); } catch { /* a private window */ } },
};
const switches = document.querySelector(".theme");
function dress(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const one of switches.children) one.setAttribute("aria-pressed", one.dataset.theme === (root.dataset.theme ?? "auto"));
}
switches.hidden = false;
switches.addEventListener("click", ({ target }) => {
  if (!target.dataset.theme) return;
  chosen.set(target.dataset.theme);
  dress(target.dataset.theme);
});
dress(chosen.get());

const filters = document.querySelector(".filters");
const rows = [...document.querySelectorAll(".issues tbody tr")];
filters.hidden = false;
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", () => {
  const words = document.getElementById("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = document.getElementById("state").value;
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = (state && row.dataset.state !== state) || !words.every((one) => text.includes(one));
    shown += !row.hidden;
  }
  document.getElementById("found").textContent = shown;
});
