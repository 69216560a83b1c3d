"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.querySelector("form");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const selects = all("form select");
  const articles = all("article");
  const claims = all("#claims-board tbody tr");

  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const texts = new Map([...articles, ...claims].map((item) => [item, plain(item.dataset.search)]));
  const listed = (value, list) => !value || list.split(" ").includes(value);

  function filter() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const [group, study, verdict, role] = selects.map((select) => select.value);
    const found = (item) =>
      words.every((word) => texts.get(item).includes(word)) && listed(study, item.dataset.studies);
    for (const claim of claims) {
      claim.hidden = !found(claim) || !listed(verdict, claim.dataset.verdict);
    }
    for (const article of articles) {
      const { group: stands, roles } = article.dataset;
      article.hidden = !found(article) || !listed(group, stands) || !listed(role, roles);
      const entry = document.querySelector(`nav [data-for="${article.id}"]`);
      if (entry) entry.hidden = article.hidden;
    }
    for (const section of all("main section[data-group]")) {
      section.hidden = !all("article, #claims-board tbody tr", section).some((item) => !item.hidden);
    }
    const seen = (items) => items.filter((item) => !item.hidden).length;
    count.textContent =
      `${seen(articles)} of ${articles.length} exhibits, ${seen(claims)} of ${claims.length} claims`;
  }

  // A link to something that is filtered away or folded shows it.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) form.reset();
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
    }
    target.scrollIntoView();
  }

  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const NUMBER = /^[[(<]?(-?\d[\d,]*(?:\.\d+)?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?/;

  // The number that a cell prints, or its text; null where it prints none.
  function key(row, column) {
    const cell = row.cells[column];
    if (!cell) return null;
    const text = (cell.dataset.value ?? cell.textContent).trim().replaceAll("−", "-");
    if (text === "" || text === "—") return null;
    const found = NUMBER.exec(text);
    if (!found) return text;
    const power = [...(found[2] ?? "")]
      .map((sign) => (sign === "⁻" ? "-" : SUPERSCRIPTS.indexOf(sign)))
      .join("");
    return Number(`${found[1].replaceAll(",", "")}e${power || 0}`);
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), "en", { numeric: true });
  }

  // Lines that belong to the one above start with a dot and move with it.
  function blocks(body) {
    const made = [];
    for (const row of body.rows) {
      if (row.querySelector(".panel")) continue;
      const label = row.querySelector("th[scope=row]");
      if (made.length && label && label.textContent.startsWith("·")) made.at(-1).push(row);
      else made.push([row]);
    }
    return made;
  }

  function sort(table, printed, column, direction) {
    [...table.tBodies].forEach((body, at) => {
      let ordered = printed[at];
      if (direction !== "none") {
        const sign = direction === "ascending" ? 1 : -1;
        const keyed = ordered.map((block) => [key(block[0], column), block]);
        keyed.sort(([one], [other]) => {
          if (one === null || other === null) return (one === null) - (other === null);
          return sign * compare(one, other);
        });
        ordered = keyed.map(([, block]) => block);
      }
      body.append(...ordered.flat());
    });
  }

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  function makeSortable(table) {
    const printed = [...table.tBodies].map(blocks);
    const headings = all("th[scope=col]", table.tHead.rows[table.tHead.rows.length - 1]);
    for (const heading of headings) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const direction = NEXT[heading.getAttribute("aria-sort")];
        for (const other of headings) other.setAttribute("aria-sort", "none");
        heading.setAttribute("aria-sort", direction);
        sort(table, printed, heading.cellIndex, direction);
      });
    }
  }

  all("table[data-sortable]").forEach(makeSortable);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  // The form is empty only after the event.
  form.addEventListener("reset", () => {
    for (const field of [search, ...selects]) field.value = "";
    filter();
  });
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  filter();
  if (location.hash) reveal();
})();
