// Narrows the list; all that it shows is in the page already.
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
