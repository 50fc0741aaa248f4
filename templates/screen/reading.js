const word = (name) => document.getElementById("words").content.querySelector(`[data-${name}]`).textContent;
const make = (tag, name, text = "") => {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
};

// Charts: pointer and keys read the rows of the table below. A row stands at its own place of the
// axis of days, or at that of its number in the table.
const MONTH = 21; // rows
function readable(plot) {
  const rows = [...document.getElementById(plot.dataset.table).tBodies[0].rows]
    .map((row, n) => ({ row, place: Number(row.dataset.at ?? n) })).sort((one, other) => one.place - other.place);
  const heads = [...document.getElementById(plot.dataset.table).tHead.rows[0].cells].slice(1).map((one) => one.textContent);
  const [left, right, first, last] = plot.dataset.days.split(" ").map(Number);
  const svg = plot.querySelector("svg");
  const { width, height } = svg.viewBox.baseVal;
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  line.setAttribute("class", "cursor");
  const box = make("div", "reading");
  box.setAttribute("aria-live", "polite");
  plot.append(box);
  plot.tabIndex = 0;
  plot.setAttribute("aria-description", word("keys"));
  let at = null;
  const leave = () => { at = null; line.remove(); box.replaceChildren(); };
  const read = (place) => {
    at = Math.max(0, Math.min(rows.length - 1, place));
    const x = left + ((rows[at].place - first) / (last - first)) * (right - left);
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: 0, y2: height })) line.setAttribute(name, value);
    svg.append(line);
    const [day, ...values] = [...rows[at].row.cells].map((one) => one.textContent);
    box.replaceChildren(make("b", "", day), ...values.map((one, n) => make("div", "", `${heads[n]} ${one || "–"}`)));
    const scale = svg.getBoundingClientRect().width / width;
    const half = box.offsetWidth / 2;
    box.style.left = `${Math.max(half, Math.min(x * scale, width * scale - half))}px`;
  };
  plot.addEventListener("pointermove", ({ clientX }) => {
    const seen = svg.getBoundingClientRect();
    const x = ((clientX - seen.left) / seen.width) * width;
    const day = first + ((x - left) / (right - left)) * (last - first);
    const away = rows.map(({ place }) => Math.abs(place - day));
    read(away.indexOf(Math.min(...away)));
  });
  plot.addEventListener("pointerleave", () => { if (document.activeElement !== plot) leave(); });
  plot.addEventListener("blur", leave);
  plot.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? Number(plot.dataset.month ?? MONTH) : 1;
    const here = at ?? rows.length;
    const place = { ArrowLeft: here - step, ArrowRight: here + step, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Escape") leave();
    if (place === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    read(place);
  });
}
document.querySelectorAll("[data-days]").forEach(readable);
