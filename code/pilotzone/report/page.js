"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.getElementById("finder");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  const selects = all("#finder select");
  const articles = all("article");
  const claims = all("#claims-board tbody tr");

  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s‐-―-]+/g, " ");
  const listed = (value, list) => !value || list.split(" ").includes(value);

  // A long table is packed: its markup, compressed.
  async function unpacked(box) {
    const bytes = Uint8Array.from(atob(box.dataset.packed), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  async function unfold(box) {
    const holder = document.createElement("template");
    holder.innerHTML = await unpacked(box);
    // Somebody may have been faster.
    if (!box.isConnected) return;
    all("table[data-sortable]", holder.content).forEach(makeSortable);
    box.replaceWith(holder.content);
  }

  // What the search reads: the text of the page and of its packed tables, and words in the other
  // language.
  const texts = new Map(
    [...articles, ...claims].map((item) => [
      item,
      plain(`${item.dataset.search} ${item.textContent}`),
    ]),
  );
  let read = null;
  const readPacked = () =>
    (read ??= Promise.all(
      all("[data-packed]").map(async (box) => {
        const article = box.closest("article");
        const text = (await unpacked(box)).replace(/<[^>]+>/g, " ");
        texts.set(article, `${texts.get(article)} ${plain(text)}`);
      }),
    ).then(
      () => (form.dataset.read = "all"),
      () => (form.dataset.read = "page"),
    ));

  const SYNONYMS = JSON.parse(document.getElementById("synonyms").textContent);
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // Latin words of a group are found whole, Chinese ones anywhere.
  const whole = (phrase) =>
    /[a-z]/.test(phrase) ? `(?<![a-z])${escaped(phrase)}(?![a-z])` : escaped(phrase);
  const groups = SYNONYMS.map((group) => group.map(plain)).map((group) => [
    group,
    new RegExp(group.map(whole).join("|")),
  ]);

  // A query as conditions that a text has to meet, all of them.
  function conditions(query) {
    let rest = ` ${plain(query)} `;
    const met = [];
    const known = groups
      .flatMap(([group, pattern]) => group.map((phrase) => [phrase, pattern]))
      .sort(([one], [other]) => other.length - one.length);
    for (const [phrase, pattern] of known) {
      const asked = new RegExp(whole(phrase));
      if (!asked.test(rest)) continue;
      rest = rest.replace(asked, " ");
      met.push((text) => pattern.test(text));
    }
    for (const word of rest.split(" ").filter(Boolean)) met.push((text) => text.includes(word));
    return met;
  }

  const seen = (items) => items.filter((item) => !item.hidden).length;

  function filter() {
    const asked = conditions(search.value);
    const [group, study, verdict, role] = selects.map((select) => select.value);
    const found = (item) =>
      asked.every((met) => met(texts.get(item))) && listed(study, item.dataset.studies);
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
    openFound(asked.length > 0 || group || study || role);
    tell();
  }

  // While something is looked for, the groups that hold it are open.
  function openFound(looking) {
    for (const box of all("details.group")) {
      if (looking && !box.open && all("article:not([hidden])", box).length) {
        box.open = true;
        box.dataset.opened = "";
      } else if (!looking && "opened" in box.dataset) {
        box.open = false;
        delete box.dataset.opened;
      }
    }
  }

  function tell() {
    const none = seen(articles) + seen(claims) === 0;
    const numbers = {
      exhibits: seen(articles),
      all_exhibits: articles.length,
      claims: seen(claims),
      all_claims: claims.length,
    };
    const said = form.dataset.count.replace(/{(\w+)}/g, (_, name) => numbers[name]);
    count.textContent = none ? form.dataset.nothing : said;
    nothing.textContent = none ? form.dataset.nothing : "";
  }

  // What is looked for stands in the address, so that it can be sent and comes back.
  const fields = () => [search, ...selects];
  function remember() {
    const asked = new URLSearchParams();
    for (const { name, value } of fields()) if (value) asked.set(name, value);
    const query = asked.size ? `?${asked}` : location.pathname;
    history.replaceState(null, "", query + location.hash);
    document.getElementById("other").search = asked.toString();
  }

  function recall() {
    const asked = new URLSearchParams(location.search);
    for (const field of fields()) {
      field.value = asked.get(field.name) ?? "";
      // A choice that the page does not have is none.
      if (field.selectedIndex === -1) field.value = "";
    }
    document.getElementById("other").search = location.search;
  }

  async function look() {
    filter();
    if (!search.value.trim()) return;
    await readPacked();
    filter();
  }

  // A link to something that is filtered away or folded shows it.
  async function reveal() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = document.getElementById(name);
    if (!target) return;
    if (target.closest("[hidden]")) form.reset();
    if (target.matches("article, [id^=group], #sources")) {
      const box = target.querySelector("details") ?? target.closest("details");
      if (box) box.open = true;
    }
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
    }
    if (target.matches("[data-packed]")) await unfold(target);
    document.getElementById(name).scrollIntoView();
  }

  // A figure opens in full size over the page, with what the page holds.
  const dialog = document.querySelector("dialog");
  function enlarge(event) {
    event.preventDefault();
    const picture = event.currentTarget.querySelector("img").cloneNode();
    dialog.lastElementChild.replaceChildren(picture);
    dialog.setAttribute("aria-label", event.currentTarget.getAttribute("aria-label"));
    dialog.showModal();
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
      if (row.querySelector(".panel") || row.classList.contains("subhead")) continue;
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
  for (const picture of all("a.full")) picture.addEventListener("click", enlarge);
  for (const box of all("details")) {
    box.addEventListener("toggle", () => {
      for (const inner of box.open ? all(":scope > [data-packed]", box) : []) unfold(inner);
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    remember();
    look();
  });
  // The form is empty only after the event.
  form.addEventListener("reset", () => {
    for (const field of fields()) field.value = "";
    remember();
    filter();
  });
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  recall();
  look();
  if (location.hash) reveal();
})();
