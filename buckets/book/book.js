/* The search of the book, the keyboard's reach, and paper. A page can be read without. */
"use strict";

(() => {
  const MOST = 20;
  const AROUND = 60;
  const up = document.body.dataset.up;
  const form = document.getElementById("search");
  const ask = document.getElementById("ask");
  const told = document.getElementById("told");
  const found = document.getElementById("found");
  let last = "";

  /* The words lie in a script of their own, which comes when somebody asks first. */
  const withWords = (act) => {
    if (window.bookWords) return act();
    if (document.querySelector("script[data-words]")) return undefined;
    const script = document.createElement("script");
    script.dataset.words = "";
    script.src = `${up}assets/words.js`;
    script.addEventListener("load", () => look());
    document.head.append(script);
    return undefined;
  };

  /* A title counts more than a text, and a whole word more than a part of one. */
  const rank = (one, words) => {
    const title = one.title.toLowerCase();
    const text = one.text.toLowerCase();
    let sum = 0;
    for (const word of words) {
      const places = text.split(word).length - 1;
      if (title.includes(word)) sum += 20;
      else if (!places) return 0;
      sum += Math.min(places, 5);
    }
    return sum;
  };

  /* Some words around the first place where it stands. */
  const around = (one, words) => {
    const text = one.text;
    const at = text.toLowerCase().indexOf(words.find((word) =>
      text.toLowerCase().includes(word)) ?? "");
    const begin = Math.max(0, text.indexOf(" ", at - AROUND) + 1);
    const end = at + 2 * AROUND;
    return `${begin ? "… " : ""}${text.slice(begin, end)}${end < text.length ? " …" : ""}`;
  };

  const item = (one, words) => {
    const entry = document.createElement("li");
    const link = document.createElement("a");
    link.href = up + one.place;
    link.textContent = one.title;
    const line = document.createElement("span");
    line.textContent = around(one, words);
    entry.append(link, line);
    return entry;
  };

  const look = () => {
    const words = ask.value.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = words.join(" ");
    if (asked === last) return;
    last = asked;
    found.replaceChildren();
    told.textContent = "";
    if (!words.length) return;
    const hits = window.bookWords
      .map((one) => [rank(one, words), one])
      .filter(([sum]) => sum)
      .sort(([one], [other]) => other - one);
    told.textContent = hits.length
      ? `${hits.length} place${hits.length > 1 ? "s" : ""}`
        + (hits.length > MOST ? `, the best ${MOST} of them:` : ":")
      : "Nothing in the course has all these words.";
    for (const [, one] of hits.slice(0, MOST)) found.append(item(one, words));
  };

  const clear = () => { ask.value = ""; withWords(look); };

  form.hidden = false;
  ask.addEventListener("focus", () => withWords(look));
  ask.addEventListener("input", () => withWords(look));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.querySelector("a")?.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { clear(); ask.focus(); }
  });
  // A link into the page that is open already leads away from the list.
  found.addEventListener("click", (event) => {
    if (event.target.closest("a")) clear();
  });

  /* What scrolls sideways can be scrolled from the keyboard, and nothing else stops it. */
  const reach = () => {
    for (const block of document.querySelectorAll(".highlight pre, pre.out, .rich")) {
      if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
      else block.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);

  /* Paper cannot unfold. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
})();
