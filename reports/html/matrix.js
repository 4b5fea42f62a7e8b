"use strict";
(() => {
  const form = document.getElementById("filter");
  const text = document.getElementById("text");
  const apart = document.getElementById("apart");
  const shown = document.getElementById("shown");
  const areas = [...document.querySelectorAll("details.area")];
  const folds = [...document.querySelectorAll("main details")];
  const rows = [...document.querySelectorAll("tr.row")].map((element) => {
    const next = element.nextElementSibling;
    return { element, why: next?.classList.contains("why") ? next : null, scenario: element.closest("details.area") !== null, words: null };
  });

  function wordsOf(row) {
    if (row.words === null) {
      row.words = (element => element.textContent.toLowerCase())(row.element) + (row.why?.textContent.toLowerCase() ?? "");
    }
    return row.words;
  }

  function filter() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const match = (!apart.checked || "apart" in row.element.dataset) && wanted.every((w) => wordsOf(row).includes(w));
      row.element.hidden = !match;
      if (row.why) {
        row.why.hidden = !match;
      }
      count += match && row.scenario ? 1 : 0;
    }
    for (const a of areas) {
      a.hidden = !a.querySelector("tr.row:not([hidden])");
      a.open = a.open || wanted.length > 0;
    }
    shown.value = `${count} of ${rows.filter((r) => r.scenario).length} scenarios`;
  }

  let scheduled = false;
  function soon() {
    if (!scheduled) {
      scheduled = true;
      requestAnimationFrame(() => {
        scheduled = false;
        filter();
      });
    }
  }

  function reset() {
    text.value = "";
    apart.checked = false;
    filter();
  }

  // step goes to the next difference between implementations in a direction.
  let at = -1;
  function step(by) {
    const list = rows.filter((r) => r.scenario && "apart" in r.element.dataset && !r.element.hidden);
    if (list.length === 0) {
      return;
    }
    const here = list.findIndex((r) => r.element === rows[at]?.element);
    const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : (here + by + list.length) % list.length];
    at = rows.indexOf(next);
    show(next.element);
    const why = next.why?.querySelector("details");
    if (why) {
      why.open = true;
      why.querySelector("summary").focus({ preventScroll: true });
    }
  }

  function show(element) {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    element.scrollIntoView({ block: "center", behavior: "instant" });
  }

  // openTarget shows what the address names.
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("details")) {
      if (target.closest("[hidden]")) {
        reset();
      }
      show(target);
    }
  }

  form.addEventListener("submit", (e) => e.preventDefault());
  form.addEventListener("input", soon);
  document.getElementById("open").addEventListener("click", () => {
    for (const f of folds) {
      f.open = true;
    }
  });
  document.getElementById("close").addEventListener("click", () => {
    for (const f of folds) {
      f.open = false;
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) {
      return;
    }
    if (e.key === "Escape") {
      reset();
      return;
    }
    if (e.target.matches("input[type=search]")) {
      return;
    }
    const keys = { "/": () => text.focus(), n: () => step(1), p: () => step(-1) };
    if (keys[e.key]) {
      e.preventDefault();
      keys[e.key]();
    }
  });
  addEventListener("hashchange", openTarget);

  form.hidden = false;
  filter();
  openTarget();
})();
