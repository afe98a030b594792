// Narrows the page down to a scope and a period, and draws the charts for the width that there is.
(() => {
  "use strict";
  const page = JSON.parse(document.getElementById("views").textContent);
  const drawn = new Map();
  const wanted = { scope: "/", days: page.days };

  const rowsOf = (chart) => chart.rows.map((row) => Object.fromEntries(row.map((value, at) => [chart.columns[at], value])));

  async function draw(figure) {
    const name = figure.dataset.chart;
    const about = page.charts[name];
    const rows = rowsOf({ columns: about.fields, rows: page.views[key()].charts[name] || [] });
    figure.hidden = rows.length === 0;
    figure.querySelector("figcaption").textContent = about.titles[wanted.days];
    const body = figure.querySelector("tbody");
    body.replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      for (const column of about.shown) line.insertCell().textContent = row[column] ?? "–";
      return line;
    }));
    if (figure.hidden) return;
    const target = figure.querySelector(".drawing");
    const specification = { ...about.specification, data: { name: "rows", values: rows } };
    if (about.each) specification.height = page.rowHeight * new Set(rows.map((row) => row[about.each])).size;
    const chart = await vegaEmbed(target, specification, { renderer: "svg", actions: false, logLevel: 1 });
    drawn.get(name)?.finalize();
    drawn.set(name, chart);
  }

  const key = () => `${wanted.scope}/${wanted.days}`;

  function narrow(list) {
    const [source, account] = split(wanted.scope);
    const most = Number(list.dataset.most);
    let shown = 0;
    let matching = 0;
    const rows = list.querySelectorAll("tbody > tr");
    for (const row of rows) {
      const fits = (!source || row.dataset.source === source) && (!account || row.dataset.account === account);
      matching += fits;
      row.hidden = !fits || (!list.dataset.all && (shown >= most || "quiet" in row.dataset));
      shown += !row.hidden;
    }
    let more = list.nextElementSibling?.matches(".more") ? list.nextElementSibling : null;
    if (!more) {
      more = document.createElement("button");
      more.type = "button";
      more.className = "more";
      more.addEventListener("click", () => { list.dataset.all = list.dataset.all ? "" : "1"; narrow(list); });
      list.after(more);
    }
    more.hidden = matching === shown && !list.dataset.all;
    more.textContent = list.dataset.all ? "Show fewer" : `Show all ${matching}`;
    list.hidden = matching === 0;
  }

  // On a phone the rows of a table are cards, which are no table to a screen reader unless they say so.
  function label(table) {
    if (table.classList.contains("cards") || table.closest(".scroll")) return;
    table.classList.add("cards");
    table.setAttribute("role", "table");
    const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    for (const row of table.rows) row.setAttribute("role", "row");
    for (const cell of table.tHead.rows[0].cells) cell.setAttribute("role", "columnheader");
    for (const row of table.tBodies[0].rows) {
      for (const [at, cell] of [...row.cells].entries()) {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        cell.dataset.label = headings[at];
      }
    }
  }

  // A source has no slash in its name; an account may.
  function split(scope) {
    const at = scope.indexOf("/");
    return [scope.slice(0, at), scope.slice(at + 1)];
  }

  async function show() {
    const view = page.views[key()];
    for (const place of document.querySelectorAll("[data-fragment]")) place.innerHTML = view.fragments[place.dataset.fragment];
    for (const table of document.querySelectorAll("main table")) label(table);
    for (const list of document.querySelectorAll(".list")) narrow(list);
    for (const text of document.querySelectorAll("[data-query]")) text.firstElementChild.textContent = page.queries[wanted.days][text.dataset.query];
    await Promise.all([...document.querySelectorAll("[data-chart]")].map(draw));
    document.documentElement.dataset.shown = key();
  }

  function remember() {
    history.replaceState(null, "", `#show=${encodeURIComponent(key())}`);
  }

  function recall() {
    const said = /^#show=(.+)$/.exec(location.hash);
    const asked = said && decodeURIComponent(said[1]);
    if (!asked || !page.views[asked]) return;
    const at = asked.lastIndexOf("/");
    wanted.scope = asked.slice(0, at);
    wanted.days = Number(asked.slice(at + 1));
  }

  recall();
  const form = document.querySelector(".filters");
  const scope = document.getElementById("scope");
  form.hidden = false;
  if (scope) scope.value = wanted.scope;
  for (const choice of form.elements.days) choice.checked = Number(choice.value) === wanted.days;
  form.addEventListener("change", async () => {
    if (scope) wanted.scope = scope.value;
    wanted.days = Number(form.elements.days.value);
    await show();
    remember();
    document.getElementById("changed").textContent =
      `Showing ${scope ? scope.selectedOptions[0].textContent : "everything"}, last ${wanted.days} days`;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
})();
