"use strict";
(() => {
  const form = document.getElementById("filter");
  const text = document.getElementById("text");
  const axis = document.getElementById("axis");
  const shown = document.getElementById("shown");
  const boxes = [...form.querySelectorAll("input[name=verdict]")];
  const areas = [...document.querySelectorAll(".area")];
  const scenarios = [...document.querySelectorAll(".scenario")].map((element) => ({
    element,
    results: [...element.querySelectorAll(".result")],
    words: null,
  }));
  const quiet = ["pass", "unsupported", "blocked", "skipped"];

  // wordsOf returns what the search looks through: all but transcripts and diagrams.
  function wordsOf(s) {
    if (s.words === null) {
      const parts = [...s.element.querySelectorAll(":scope > summary, .rule, .catches, .reason, .versus pre, h4")];
      s.words = parts.map((p) => p.textContent).join("\n").toLowerCase();
    }
    return s.words;
  }

  function filter() {
    const verdicts = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let results = 0;
    let count = 0;
    for (const s of scenarios) {
      const found = wanted.length === 0 || wanted.every((w) => wordsOf(s).includes(w));
      let any = false;
      for (const r of s.results) {
        const axes = r.dataset.x.split(",");
        const match = found && verdicts.has(r.dataset.v) && (axis.value === "" || axes.includes(axis.value));
        r.hidden = !match;
        any = any || match;
        results += match ? 1 : 0;
      }
      s.element.hidden = !any;
      count += any ? 1 : 0;
    }
    for (const a of areas) {
      a.hidden = !a.querySelector(".scenario:not([hidden])");
    }
    shown.value = `${count} of ${scenarios.length} scenarios, ${results} results`;
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

  function choose(verdict) {
    for (const b of boxes) {
      b.checked = verdict(b.value);
    }
    filter();
  }

  function reset() {
    text.value = "";
    axis.value = "";
    choose(() => true);
  }

  // step goes to the next failure in a direction, from the scenario that has the focus or is nearest to the top.
  function step(by) {
    const list = scenarios.map((s) => s.element).filter((e) => !e.hidden && "wrong" in e.dataset);
    if (list.length === 0) {
      return;
    }
    const here = list.indexOf(document.activeElement?.closest(".scenario"));
    let next = here + by;
    if (here < 0) {
      next = by > 0 ? Math.max(0, list.findIndex((e) => e.getBoundingClientRect().top > 0)) : list.length - 1;
    }
    show(list[(next + list.length) % list.length]);
  }

  let gone = null; // the scenario that was gone to last

  function show(scenario) {
    scenario.open = true;
    const settle = () => {
      scenario.querySelector("summary").focus({ preventScroll: true });
      scenario.scrollIntoView({ block: "start", behavior: "instant" });
    };
    // The browser's own way to a fragment may take the focus a frame later, and what came into view above may have another height than was assumed.
    const settleAgain = () => {
      const focus = document.activeElement;
      if (gone === scenario && (focus === document.body || scenario.contains(focus))) {
        settle();
      }
    };
    gone = scenario;
    settle();
    requestAnimationFrame(() => {
      settleAgain();
      requestAnimationFrame(settleAgain);
    });
  }

  // openTarget opens the scenario that the address names.
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.classList.contains("scenario")) {
      if (target.hidden) {
        reset();
      }
      show(target);
    }
  }

  // A scenario that is gone to stands below the filter, where that stays at the top.
  function keepClear() {
    const sticky = getComputedStyle(form).position === "sticky";
    document.documentElement.style.scrollPaddingTop = sticky ? `${form.offsetHeight + 8}px` : "";
  }

  form.addEventListener("submit", (e) => e.preventDefault());
  form.addEventListener("input", soon);
  document.getElementById("wrong").addEventListener("click", () => choose((v) => !quiet.includes(v)));
  document.getElementById("all").addEventListener("click", reset);
  document.getElementById("open").addEventListener("click", () => {
    for (const s of scenarios) {
      s.element.open = !s.element.hidden;
    }
  });
  document.getElementById("close").addEventListener("click", () => {
    for (const s of scenarios) {
      s.element.open = false;
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) {
      return;
    }
    if (e.key === "Escape" && form.contains(e.target)) {
      reset();
      return;
    }
    if (e.target.matches("input, select, textarea")) {
      return;
    }
    const keys = { "/": () => text.focus(), n: () => step(1), p: () => step(-1), Escape: reset };
    if (keys[e.key]) {
      e.preventDefault();
      keys[e.key]();
    }
  });
  document.addEventListener("click", (e) => {
    const link = e.target.closest('a[href^="#"]');
    if (link && document.getElementById(decodeURIComponent(link.hash.slice(1)))?.classList.contains("scenario")) {
      e.preventDefault(); // the browser's own way to a fragment takes the focus away
      history.pushState(null, "", link.hash);
      openTarget();
    }
  });
  addEventListener("hashchange", openTarget);

  form.hidden = false;
  new ResizeObserver(keepClear).observe(form);
  filter();
  openTarget();
})();
