"use strict";
const root = document.documentElement;

// The theme: as the system has it unless the reader chose; remembered where the browser allows it.
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

