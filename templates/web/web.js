// Makes the page easier to read; all that it shows is in the page already.

// Lineage: a number opens its entry beside itself. One is open at a time.
let open = null;
function close(back) {
  if (!open) return;
  const { box, link } = open;
  open = null;
  box.remove();
  link.setAttribute("aria-expanded", "false");
  if (back) link.focus();
}
// What is known of a number, by head: the cells of its entry, then what its whole group shares.
function told(link) {
  const entry = document.getElementById(link.hash.slice(1));
  const group = entry.closest("section");
  const heads = entry === group ? [] : [...entry.closest("table").tHead.rows[0].cells];
  const own = heads.map((head, at) => [head.textContent, entry.cells[at].textContent]).filter(([, text]) => text);
  const shared = [...group.querySelector("dl").children].map((one) => one.tagName === "DT" && [one.textContent, one.nextElementSibling]);
  return { group, lines: new Map([...own, ...shared.filter(Boolean)]) };
}
const text = (told) => told?.textContent ?? told ?? "";
// The query of one number: the names in braces stand for cells of its entry.
const filled = (query, lines) => query.replace(/\{([^}]+)\}/g, (slot, head) => lines.has(head) ? text(lines.get(head)).replaceAll("'", "''") : slot);
function lineage(link) {
  close(false);
  const { group, lines } = told(link);
  const query = filled(text(lines.get(word("query"))), lines);
  const box = make("div", "lineage");
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", `${link.textContent} ${group.querySelector("h3").textContent}`);
  box.tabIndex = -1;
  box.append(make("p", "printed", link.textContent), group.querySelector("h3").cloneNode(true));
  const name = ["metric", "entity", "day"].map((one) => text(lines.get(word(one))));
  if (name[0]) box.append(make("p", "code", name.join("/")));
  const list = make("dl", "");
  const { p, v } = link.dataset; // what is printed is not the value, but something else of it
  if (p) list.append(make("dt", "", word(p)), make("dd", "", v));
  for (const [head, value] of lines) {
    const said = document.createElement("dd");
    if (head === word("query")) said.append(make("code", "", query));
    else said.append(...(value.childNodes ? value.cloneNode(true).childNodes : [value]));
    list.append(make("dt", "", head), said);
  }
  box.append(list);
  const actions = make("p", "actions");
  if (query && navigator.clipboard) {
    const copy = make("button", "", word("copy"));
    copy.addEventListener("click", () => navigator.clipboard.writeText(query).then(() => { copy.textContent += " ✓"; }, () => {}));
    actions.append(copy);
  }
  const shut = make("button", "", `${word("close")} (Esc)`);
  shut.addEventListener("click", () => close(true));
  actions.append(shut);
  box.append(actions);
  link.closest("ul, ol, dl, .scroll, p, h2, h3").after(box);
  const page = document.querySelector("main").getBoundingClientRect();
  const place = link.getBoundingClientRect();
  const widest = page.width - box.offsetWidth - 16;
  box.style.left = `${Math.max(16, Math.min(place.left - page.left, widest))}px`;
  box.style.top = `${place.bottom - page.top + 8}px`;
  link.setAttribute("aria-expanded", "true");
  open = { box, link };
  box.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest" });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.n");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (open && open.link === link) close(true);
    else lineage(link);
  } else if (open && !open.box.contains(event.target)) close(false);
});
document.addEventListener("keydown", ({ key }) => { if (key === "Escape") close(true); });
for (const link of document.querySelectorAll("a.n")) link.setAttribute("aria-expanded", "false");

// A figure of days that is wider than the screen shows the newest; another is moved by keys.
function newest(within) {
  for (const one of within.querySelectorAll("figure > .scroll")) {
    if (one.querySelector("[data-days]")) one.scrollLeft = one.scrollWidth;
    else if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
  }
}
newest(document);

// Phones: sections after the first are shut, with their finding as the line to open them by. What
// a link leads to is opened first. The style of wider screens and of paper shows all.
function fold(section, shut) {
  section.classList.toggle("shut", shut);
  const more = section.querySelector(":scope > .more");
  more.textContent = word(shut ? "open" : "fold");
  more.setAttribute("aria-expanded", !shut);
  if (!shut) newest(section);
}
for (const section of document.querySelectorAll("main > section:not(.front)")) {
  const more = make("button", "more");
  more.setAttribute("aria-describedby", section.querySelector("h2").id);
  more.addEventListener("click", () => fold(section, !section.classList.contains("shut")));
  section.querySelector("h2").after(more);
  fold(section, true);
}
const reveal = (hash) => {
  const section = hash && document.getElementById(decodeURIComponent(hash.slice(1)))?.closest("main > section.shut");
  if (section) fold(section, false);
};
document.addEventListener("click", ({ target }) => reveal(target.closest("a[href^='#']:not(.n)")?.hash), true);
addEventListener("hashchange", () => reveal(location.hash));
reveal(location.hash);

// Tables: a head sorts by its column, numbers by what they state; what is missing comes last.
function worth(cell) {
  const number = cell.querySelector("a.n");
  if (number) {
    const value = Number(number.dataset.v ?? text(told(number).lines.get(word("exact"))));
    if (Number.isFinite(value)) return value;
  }
  const day = cell.querySelector("time");
  if (day) return day.dateTime;
  return cell.querySelector(".missing") ? "" : cell.textContent.trim();
}
function compare(a, b) {
  if (a === "" || b === "") return (a === "") - (b === "");
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), root.lang);
}
function sort(head, column, body) {
  const down = head.getAttribute("aria-sort") !== "descending" && head.className !== "text" || head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = [...body.rows].map((row) => [worth(row.cells[column]), row]);
  const empty = ([key]) => key === "";
  keyed.sort((a, b) => empty(a) || empty(b) ? compare(a[0], b[0]) : (down ? -1 : 1) * compare(a[0], b[0]));
  body.append(...keyed.map(([, row]) => row));
}
for (const table of document.querySelectorAll("table[data-sorted]")) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (head.tagName !== "TH") return;
    const button = make("button", "", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => sort(head, column, table.tBodies[0]));
    head.replaceChildren(button);
  });
}
