/* The aisle, played. Plain JavaScript, one file, no library and no network.
 *
 * The drawing is the poster that Python made: it is taken out of the <img>, and from
 * then on only attributes are set (see picture.css). `stateAt` and `look` are the same
 * functions as state_at in state.py and look in look.py, and are held to the same
 * cases. A rule that changes here changes there.
 */
(() => {
"use strict";

const DOOR = -1, REST = -2, NOBODY = -3, CLOSED = -4;
const WAITS = ["select", "poll", "epoll", "selector"];
const OVER = ["gone", "dead"];

/* --- from a scene and a time to a state (state.py) ----------------------------- */

function stateAt(scene, t) {
  const state = empty(scene);
  scene.moments.every((moment, index) => {
    if (moment.t > t) return false;
    apply(scene, state, moment);
    state.i = index;
    return true;
  });
  return state;
}

function empty(scene) {
  return {
    i: -1, now: null,
    pairs: scene.pairs.map(newPair),
    people: scene.people.map(() => ({ at: "chair", pose: "away" })),
    door: 0, lists: null, line: null, end: null, rest: [0, 0, 0], fault: 0,
  };
}

function newPair() {
  return {
    place: "away", tap: "off", level: 0, back: 0, early: 0, sent: 0, short: 0, shut: 0,
    lost: 0, said: "", r: 0, w: 0, x: 0, by: -1,
  };
}

function apply(scene, state, moment) {
  // Moments were left out here, so the scene carries the state itself.
  if (moment.k === "gap") Object.assign(state, structuredClone(moment.state));
  const person = moment.p ?? null;
  // Who has ended runs no line any more: the one where it ended is left standing.
  if (person !== null && !OVER.includes(state.people[person].pose)) {
    state.line = moment.at ?? (moment.k === "end" ? state.line : null);
  }
  if (moment.rest) state.rest = [...moment.rest];
  state.now = [moment.k, moment.c ?? null, person];
  const rule = RULES[moment.k];
  if (rule) rule(state, moment, scene);
}

/* An undrawn pair gets an object that nobody sees. */
const pairOf = (state, moment) => state.pairs[moment.c ?? -1] ?? newPair();

function stand(state, moment, pose, at) {
  const person = state.people[moment.p];
  // What a dying process still closes is no work any more.
  if (!person || OVER.includes(person.pose)) return;
  person.pose = pose;
  if (at !== null && at !== undefined) person.at = at;
}

function spot(moment) {
  if (moment.c === DOOR) return "door";
  return moment.c === REST ? "rest" : moment.c;
}

const remove = (pair) =>
  Object.assign(pair, { place: "gone", r: 0, w: 0, x: 0, short: 0 });

/* A client ends in one way: who has vanished or left does not do so again. */
function endOfTap(pair, how) {
  if (!["reset", "left"].includes(pair.tap)) pair.tap = how;
}

const setsOf = ({ r, w, x, more }) => ({ r, w, x, more });

const RULES = {
  connect(state, moment) {
    const pair = pairOf(state, moment);
    pair.tap = "open";
    // accept() may return before the client's own connect() does.
    if (pair.place === "away") pair.place = "door";
  },
  // Somebody whom the server has called. The call may not be noted yet.
  answer(state, moment) { pairOf(state, moment).tap = "open"; },
  // The server has called somebody itself: a pair that never stood at the door.
  dial(state, moment) {
    stand(state, moment, "work", spot(moment));
    const pair = pairOf(state, moment);
    pair.place = "aisle";
    if (pair.tap === "off" && !moment.under_way) pair.tap = "open";
  },
  fate(state, moment) {
    stand(state, moment, "work", spot(moment));
    if (moment.errno) pairOf(state, moment).tap = "reset";
  },
  pour(state, moment) {
    const pair = pairOf(state, moment);
    pair.level += moment.n;
    pair.said = moment.said ?? "";
  },
  hear(state, moment) {
    const pair = pairOf(state, moment);
    const taken = Math.min(pair.back, moment.n);
    pair.back -= taken;
    // Of a long sendall() much is heard before the call is over, and noted.
    pair.early += moment.n - taken;
  },
  level(state, moment) {
    for (const [number, level] of moment.levels) state.pairs[number].level = level;
  },
  half(state, moment) { endOfTap(pairOf(state, moment), "dry"); },
  leave(state, moment) { endOfTap(pairOf(state, moment), "left"); },
  reset(state, moment) {
    Object.assign(pairOf(state, moment), { tap: "reset", back: 0, early: 0 });
  },
  wait(state, moment) {
    if (moment.api === "sleep") return stand(state, moment, "nap");
    const failed = moment.failed ?? "";
    stand(state, moment, failed ? "fail" : moment.quick ? "ask" : "sit", "chair");
    state.pairs.forEach((pair, number) => {
      if (pair.by !== moment.p) return;
      // A flag that is no longer asked about is not looked at: it comes down.
      for (const kind of "rwx") if (!moment[kind].includes(number)) pair[kind] = 0;
    });
    if (!moment.r.includes(DOOR)) state.door = 0;
    state.lists = {
      p: moment.p, api: moment.api, timeout: moment.timeout,
      asked: setsOf(moment), back: null, failed,
    };
  },
  woke(state, moment) {
    if (moment.api === "sleep") return stand(state, moment, "stand");
    stand(state, moment, "stand", "chair");
    state.pairs.forEach((pair, number) => {
      const flags = {};
      for (const kind of "rwx") flags[kind] = Number(moment[kind].includes(number));
      if (flags.r || flags.w || flags.x || pair.by === moment.p) {
        Object.assign(pair, flags, { by: moment.p });
      }
    });
    state.door = Number(moment.r.includes(DOOR));
    if (state.lists) state.lists = { ...state.lists, back: setsOf(moment) };
  },
  // Who waits for a child stands at nobody's bucket.
  try(state, moment) {
    stand(state, moment, "wait", moment.child ? "chair" : spot(moment));
  },
  stood(state, moment) { stand(state, moment, "stand"); },
  accept(state, moment) {
    stand(state, moment, "work", "door");
    const pair = pairOf(state, moment);
    pair.place = "aisle";
    if (pair.tap === "off") pair.tap = "open";
    const queue = state.pairs.filter((other) => other.place === "door").length;
    // Level-triggered: the flag at the door is up as long as somebody stands there.
    if (queue + state.rest[0] === 0) state.door = 0;
  },
  recv(state, moment) {
    stand(state, moment, "work", spot(moment));
    const pair = pairOf(state, moment);
    if (moment.n === 0) {
      // End of file: there is nothing to scoop, and the flag stays up for ever.
      pair.level = 0;
      endOfTap(pair, "dry");
      return;
    }
    pair.level = moment.level ?? Math.max(0, pair.level - moment.n);
    if (pair.level === 0 && pair.tap === "open") pair.r = 0;
  },
  send(state, moment, scene) {
    stand(state, moment, "work", spot(moment));
    const pair = pairOf(state, moment);
    pair.sent += moment.n;
    pair.short = Number(moment.n < moment.ask);
    // Without the client's own account nobody knows what it has taken out again.
    if (scene.pairs[moment.c ?? REST]?.hears) {
      const heard = Math.min(pair.early, moment.n);
      pair.early -= heard;
      pair.back += moment.n - heard;
    }
  },
  shut(state, moment) {
    stand(state, moment, "work", spot(moment));
    pairOf(state, moment).shut = 1;
  },
  close(state, moment) {
    stand(state, moment, "work", spot(moment));
    // After fork() a pair belongs to several; it goes when the last one lets go.
    if (!moment.left) remove(pairOf(state, moment));
  },
  fail(state, moment) {
    stand(state, moment, "fail", spot(moment));
    const pair = pairOf(state, moment);
    if (WAITS.includes(moment.op)) {
      if (state.lists) state.lists = { ...state.lists, failed: moment.errno };
    } else if (moment.errno === "EAGAIN") {
      // The call itself has looked: no water in front, or no room behind.
      Object.assign(pair, moment.op === "recv" ? { r: 0, level: 0 } : { w: 0 });
    } else if (["ECONNRESET", "EPIPE"].includes(moment.errno) && pair.tap !== "left") {
      pair.tap = "reset";
    }
  },
  again(state, moment) {
    stand(state, moment, moment.pose, spot(moment));
    if (moment.r && state.lists) state.lists = { ...state.lists, back: setsOf(moment) };
  },
  born(state, moment) { stand(state, moment, "stand", "door"); },
  end(state, moment) {
    const how = moment.how ?? "";
    stand(state, moment, ["raised", "killed"].includes(how) ? "dead" : "gone");
    if (moment.p === 0) state.end = { how, error: moment.error ?? "", line: state.line };
    for (const number of moment.drop ?? []) remove(state.pairs[number]).lost = 1;
  },
  others(state, moment) { stand(state, moment, "work", "rest"); },
  fault(state) { state.fault = 1; },
};

/* --- from a state to what is shown (look.py) ----------------------------------- */

const FLOOR = 306, DOORSTEP = 222, CHAIR_X = 34, DOOR_X = 84, BESIDE = 14, FALLEN = 46;
const LINE = 11, BANDS = 8;
const NOT_YET = { sit: "no answer yet: asleep", ask: "the answer comes at once" };
const HIDDEN = ["away", "gone"];
const MARKS = {
  ask: "asks", wait: "waits", sit: "asleep", nap: "sleep()", spin: "no rest",
  gone: "gone", dead: "died",
};

function step(level) {
  let height = 0;
  while (level > 0 && height < BANDS) {
    height += 1;
    level = Math.floor(level / 4);
  }
  return height;
}

function amount(count) {
  if (count < 10000) return `${commas(count)} B`;
  if (count < 1000000) return `${Math.floor(count / 1000)} KB`;
  return `${Math.floor(count / 1e6)}.${Math.floor((count % 1e6) / 1e5)} MB`;
}

/* Not toLocaleString(): that follows the reader's country, and Python does not. */
const commas = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

function look(scene, state) {
  const pairs = state.pairs.map((pair, number) => lookPair(scene, state, pair, number));
  return {
    pairs,
    people: state.people.map((_, number) => lookPerson(scene, state, number)),
    door: { flag: state.door, text: queueText(state) },
    rest: restText(state.rest),
    answer: answerText(state),
    rows: rowsOf(pairs),
  };
}

function lookPair(scene, state, pair, number) {
  const here = state.now !== null && state.now[1] === number;
  const closed = pair.place === "gone";
  const level = pair.level ? amount(pair.level) : "empty";
  const back = pair.back ? amount(pair.back) : "empty";
  return {
    place: pair.place, tap: pair.tap, level: pair.level, step: step(pair.level),
    back: pair.back, backstep: step(pair.back),
    flag: [..."rwx"].filter((kind) => pair[kind]).join(""),
    short: pair.short, shut: pair.shut,
    now: here ? state.now[0] : "",
    said: here && state.now[0] === "pour" ? pair.said : "",
    amount: closed ? closedText(pair) : level,
    behind: closed || !scene.pairs[number].hears ? "" : back,
    sent: pair.sent ? amount(pair.sent) : "",
  };
}

/* Who closed a connection: the server, or the kernel, when the server ended. */
const closedText = (pair) => pair.lost ? "cut off" : "closed";

/* What select() has answered to its last question. */
function answerText(state) {
  const lists = state.lists;
  if (!lists) return "";
  if (lists.failed) return `failed: ${lists.failed}`;
  if (lists.back) {
    const { r, w, x, more } = lists.back;
    const found = r.length || w.length || x.length || more.some(Boolean);
    return found ? "returned those with a flag" : "returned nothing: time is up";
  }
  const { pose } = state.people[lists.p];
  if (OVER.includes(pose)) return "never answered: the server has ended";
  return NOT_YET[pose] ?? "the answer was only counted";
}

/* Which rows have values: a label without one only asks a question. */
function rowsOf(pairs) {
  const there = pairs.filter(({ place }) => place === "aisle" || place === "gone");
  return {
    unread: Number(there.length > 0),
    way: Number(there.some(({ behind }) => behind !== "")),
    sent: Number(there.some(({ sent }) => sent !== "")),
  };
}

function queueText(state) {
  const here = state.pairs.filter((pair) => pair.place === "door").length;
  const count = here + state.rest[0];
  return count ? `${count} waiting` : "";
}

function restText([door, aisle, gone]) {
  if (door + aisle + gone === 0) return "";
  return `Not drawn: ${door} at the door, ${aisle} in the aisle, ${gone} closed.`;
}

function lookPerson(scene, state, number) {
  const { at, pose } = state.people[number];
  const [x, y] = anchor(scene, at);
  const crowd = state.people.slice(0, number)
    .filter((other) => other.at === at && !HIDDEN.includes(other.pose)).length;
  const low = LINE * Math.min(crowd, 2);
  const fallen = pose === "dead" && at === "chair" ? FALLEN : 0;
  return { at, pose, x: x + BESIDE * crowd + fallen, y, low, mark: MARKS[pose] ?? "" };
}

function anchor(scene, at) {
  if (at === "chair") return [CHAIR_X, FLOOR];
  if (at === "door") return [DOOR_X, DOORSTEP];
  if (at === "rest") return [scene.columns.rest, FLOOR];
  return [scene.columns.x[at], FLOOR];
}

/* --- small helpers for the page ------------------------------------------------ */

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node && key !== "list") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const shape = document.createElementNS(space, "path");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  shape.setAttribute("d", path);
  picture.append(shape);
  return picture;
}

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

/* Poses in which nobody works. */
const RESTS = ["sit", "nap", "wait", "away", "gone", "dead"];

/* Some five round times from 0 to `length`, in microseconds. */
function hours(length) {
  const rough = Math.max(1, length / 5), size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * size >= rough) * size;
  return Array.from({ length: Math.floor((length * 0.97) / step) + 1 }, (_, n) => n * step);
}

function brief(micros) {
  if (micros >= 1e6) return `${micros / 1e6} s`;
  return micros >= 1e3 ? `${micros / 1e3} ms` : `${micros} µs`;
}

function clock(micros) {
  if (micros >= 1e6) return `${(micros / 1e6).toFixed(3)} s`;
  return `${(micros / 1e3).toFixed(micros < 1e5 ? 2 : 1)} ms`;
}

/* At the moment of a fault, before anybody has asked which it is. */
const ASK = "▽ Here something is wrong. What?";

const ENDED = {
  returned: "returned after", raised: "died on", exited: "exited on", killed: "was killed on",
};

/* Keys that remain the page's while the player has the focus. */
const PASSED_ON = /^(Tab|F\d+)$/;

/* Where a function or a class of the cell begins. */
const HEAD = /^(async\s+def|def|class)\s/;

/* Long names have no spaces; after a dot or a bracket they may be broken, too. */
const breakable = (text) =>
  text.split(/(?<=[([.](?![ )\]]))/).flatMap((part, at) => at ? [make("wbr"), part] : [part]);

/* Rows of code are this high, and wrapped ones a multiple: then no line is cut. */
const ROW = 18;
const whole = (y) => Math.max(0, Math.floor(y / ROW) * ROW);

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const isDark = (colour) => {
  const [r, g, b] = (colour.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b > 140;
};

/* --- one player ---------------------------------------------------------------- */

class Player {
  constructor(root) {
    this.root = root;
    this.scene = JSON.parse(root.querySelector("script.ab-scene").textContent);
    this.last = this.scene.moments.length - 1;
    this.index = -1;
    this.timer = null;
    this.right = this.asked = 0;
    this.question = null;
    this.answered = new Set();
    this.banner = root.querySelector(".ab-banner");
    this.build();
    this.follow();
    this.predict(Boolean(this.scene.predict));
    this.show(Math.max(0, this.scene.open ?? 0));
    this.banner?.addEventListener("toggle", () => this.tell());
    this.tell();
    this.welcome();
  }

  /* It may open in the middle: what leads to where is said, and offered. */
  welcome() {
    const where = this.banner?.querySelector("summary span");
    if (where) where.textContent = "▽ above the slider marks where it shows. ";
    if (!this.scene.opened) return;
    const words = make("p", { className: "ab-opened" }, this.scene.opened);
    this.root.querySelector(".ab-body").before(words);
    const link = (text, index) => {
      const node = make("button", { type: "button", className: "ab-wide" }, text);
      node.addEventListener("click", () => this.jump(index));
      words.append(node, " ");
    };
    link("From the beginning", 0);
    const found = this.scene.lints.find(({ i }) => i !== this.index);
    if (found) link("To ▽", found.i);
  }

  /* The page may change its theme under us; only its text colour tells surely. */
  follow() {
    const paint = () => {
      const dark = isDark(getComputedStyle(this.root).color);
      this.root.dataset.theme = dark ? "dark" : "light";
    };
    paint();
    // The attribute of a theme may change before its style sheet has arrived.
    const watcher = new MutationObserver(() => { paint(); setTimeout(paint, 400); });
    for (const node of [document.documentElement, document.body]) {
      watcher.observe(node, { attributes: true });
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  }

  build() {
    const stage = this.root.querySelector(".ab-stage");
    this.svg = this.drawing(stage.querySelector("img"));
    stage.replaceChildren(this.svg);
    this.pairs = [...this.svg.querySelectorAll(".ab-pair")];
    this.people = [...this.svg.querySelectorAll(".ab-person")];
    this.say = make("p", { className: "ab-say", "aria-live": "polite" });
    this.clock = make("output", { className: "ab-clock" });
    this.lists = make("div", { className: "ab-lists" });
    this.code = make("div", { className: "ab-code" });
    this.note = make("span", { className: "ab-note" });
    // Another width wraps other lines.
    new ResizeObserver(() => this.reveal()).observe(this.code);
    this.ask = make("div", { className: "ab-ask", hidden: true });
    const left = make("div", { className: "ab-left" });
    stage.replaceWith(left);
    left.append(stage, this.ask, this.say, this.controls(), this.strip());
    const side = make("div", { className: "ab-side" }, this.lists, this.code);
    const body = make("div", { className: "ab-body" }, left, side);
    this.root.querySelector(".ab-slot").replaceWith(body);
    this.tables();
    new ResizeObserver(() => requestAnimationFrame(() => this.reserve())).observe(left);
    new ResizeObserver(() => this.reach(stage)).observe(stage);
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  /* What does not fit its place can be moved from the keyboard, and nothing else stops it. */
  reach(stage) {
    if (stage.scrollWidth > stage.clientWidth) {
      stage.tabIndex = 0;
      stage.setAttribute("role", "group");
      stage.setAttribute("aria-label", "The drawing; it moves sideways");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) stage.removeAttribute(name);
    }
  }

  /* The poster is an SVG in a data address: taken out, it can be moved. */
  drawing(image) {
    const text = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
    const page = new DOMParser().parseFromString(text, "image/svg+xml");
    const svg = document.importNode(page.documentElement, true);
    for (const part of svg.querySelectorAll("style, .ab-footer, .ab-ground")) {
      part.remove();
    }
    const height = svg.dataset.ground;
    svg.setAttribute("viewBox", `0 0 700 ${height}`);
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("role", "img");
    // The poster's own words are of one moment; these hold for all of them.
    svg.setAttribute("aria-label", "The aisle of buckets; its moment is told below");
    return svg;
  }

  controls() {
    const button = (name, label, act) => {
      const node = make("button", { type: "button", title: label }, icon(ICONS[name]));
      node.setAttribute("aria-label", label);
      node.dataset.act = name;
      node.addEventListener("click", act);
      return node;
    };
    this.playing = button("play", "Play", () => this.toggle());
    this.range = make("input", {
      type: "range", min: 0, max: Math.max(0, this.last), step: 1, value: 0,
    });
    this.range.setAttribute("aria-label", "Moment of the run");
    this.range.addEventListener("input", () => {
      this.pause();
      this.show(Number(this.range.value));
    });
    const track = make("div", { className: "ab-track" }, this.pins(), this.range);
    const row = make("div", { className: "ab-controls" },
      button("first", "To the beginning", () => this.jump(0)),
      button("back", "One step back", () => this.jump(this.index - 1)),
      this.playing,
      button("next", "One step on", () => this.forward()),
      button("last", "To the end", () => this.jump(this.last)),
      track, this.clock, this.speedBox(), this.predictButton());
    return row;
  }

  speedBox() {
    this.speed = make("select", { title: "Speed" });
    this.speed.setAttribute("aria-label", "Speed");
    for (const [value, text] of [[0.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]]) {
      this.speed.append(make("option", { value, selected: value === 1 }, text));
    }
    return this.speed;
  }

  predictButton() {
    this.guess = make("button", { type: "button", className: "ab-wide" }, "Predict");
    this.guess.title = "Stop before each change of flags and ask what comes next";
    this.guess.disabled = this.scene.asks.length === 0;
    this.guess.addEventListener("click", () => this.predict(!this.predicting));
    return this.guess;
  }

  /* Lints and the moment of failure, above the scrubber: a click goes there. */
  pins() {
    const pins = make("div", { className: "ab-pins" });
    const lints = this.scene.lints.map(({ i, name, text }) => [i, `${name}. ${text}`]);
    const faults = this.scene.moments.flatMap((moment, index) =>
      moment.k === "fault" ? [[index, this.scene.words[moment.say]]] : []);
    const found = new Map();
    for (const [index, text] of [...lints, ...faults]) {
      found.set(index, [...(found.get(index) ?? []), text]);
    }
    this.marks = [...found].sort(([one], [other]) => one - other)
      .map(([index, texts]) => this.pin(index, texts.join(" ")));
    pins.append(...this.marks);
    new ResizeObserver(() => this.spread(pins)).observe(pins);
    return pins;
  }

  pin(index, text) {
    const pin = make("button", { type: "button", className: "ab-pin" });
    pin.dataset.kind = this.scene.moments[index]?.k ?? "";
    pin.dataset.step = index;
    pin.dataset.text = text;
    pin.addEventListener("click", () => this.jump(index));
    return pin;
  }

  /* Two marks must not cover each other: they give way, and the slider shows where. */
  spread(pins) {
    const wide = pins.clientWidth, apart = 15;
    const places = this.marks.map((pin) =>
      (wide * pin.dataset.step) / Math.max(1, this.last));
    let edge = wide + 7;
    for (let n = places.length - 1; n >= 0; n -= 1) {
      edge = places[n] = Math.min(places[n], edge - apart);
    }
    edge = -7 - apart;
    places.forEach((place, n) => {
      edge = Math.max(place, edge + apart);
      this.marks[n].style.left = `${edge}px`;
    });
  }

  /* What was found is told when it is asked for; until then only where. */
  tell() {
    const open = !this.banner || this.banner.open;
    for (const pin of this.marks) {
      const { kind, step, text } = pin.dataset;
      const hidden = open || kind === "fault"
        ? text : `step ${Number(step) + 1}, where something is wrong`;
      pin.title = hidden;
      pin.setAttribute("aria-label", `Go to: ${hidden}`);
    }
    this.showWords(this.scene.moments[this.index]);
    this.reserve();
  }

  /* --- time ------------------------------------------------------------------- */

  share(t) {
    return (100 * t) / Math.max(1, this.scene.length);
  }

  /* The run by the clock: solid is work, a line is waiting, and each tick is a step.
     The slider above it goes by steps, or a microsecond could not be found in it. */
  strip() {
    this.hand = make("i", { className: "ab-hand" });
    const bar = make("div", { className: "ab-bar" }, this.stretches(), this.hand);
    bar.addEventListener("click", (event) => {
      const box = bar.getBoundingClientRect();
      const t = ((event.clientX - box.left) / box.width) * this.scene.length;
      const after = this.scene.moments.findIndex((moment) => moment.t > t);
      this.jump(after === -1 ? this.last : after - 1);
    });
    const scale = make("div", { className: "ab-scale" });
    for (const t of hours(this.scene.length)) {
      const mark = make("span", {}, t ? brief(t) : "0");
      mark.style.left = `${this.share(t)}%`;
      scale.append(mark);
    }
    const right = make("div", {}, bar, scale);
    const strip = make("div", { className: "ab-strip" }, make("span", {}, "time"), right);
    strip.setAttribute("aria-hidden", "true");
    strip.title = "The run by the clock. Solid: works. Line: waits or sleeps. Ticks: steps";
    return strip;
  }

  stretches() {
    const { moments, length } = this.scene, end = Math.max(1, length);
    const state = empty(this.scene), work = [], ticks = [], rest = [];
    moments.forEach((moment, index) => {
      apply(this.scene, state, moment);
      const until = moments[index + 1]?.t ?? length;
      const x = (1000 * moment.t) / end, wide = (1000 * (until - moment.t)) / end;
      ticks.push(`M${x.toFixed(2)} 0v5`);
      if (state.people.some(({ pose }) => !RESTS.includes(pose))) {
        work.push(`M${x.toFixed(2)} 6h${Math.max(wide, 0.8).toFixed(2)}v12h-${
          Math.max(wide, 0.8).toFixed(2)}z`);
      } else rest.push(`M${x.toFixed(2)} 12h${wide.toFixed(2)}`);
    });
    const picture = icon(work.join(""));
    picture.setAttribute("viewBox", "0 0 1000 18");
    picture.setAttribute("preserveAspectRatio", "none");
    const lines = picture.firstChild.cloneNode();
    lines.setAttribute("d", ticks.join(""));
    lines.setAttribute("class", "ab-ticks");
    const waits = lines.cloneNode();
    waits.setAttribute("d", rest.join(""));
    waits.setAttribute("class", "ab-ticks ab-rests");
    picture.append(lines, waits);
    return picture;
  }

  /* The table of all moments is long: it is made when somebody opens it. */
  tables() {
    const details = this.root.querySelector("details.ab-data");
    details?.addEventListener("toggle", () => {
      if (!details.open || details.querySelector(".ab-all")) return;
      const body = make("tbody");
      for (const moment of this.scene.moments) {
        const when = make("td", {}, clock(moment.t));
        const what = make("td", {}, this.scene.words[moment.say]);
        body.append(make("tr", {}, when, what));
      }
      const head = make("tr", {}, ...["time", "what happened"].map((text) =>
        make("th", { scope: "col" }, text)));
      const caption = make("caption", {}, "Every moment that is drawn");
      details.append(make("table", { className: "ab-all" }, caption,
        make("thead", {}, head), body));
    });
  }

  /* --- moving ------------------------------------------------------------------ */

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // The notebook has plans of its own: at an arrow VS Code leaves the output, and
    // at the Enter that presses a button it begins to edit the cell.
    if (!PASSED_ON.test(event.key)) event.stopPropagation();
    // The drawing, where it is wider than its place, is moved by the arrows.
    const own = event.target.closest("select, summary, table, .ab-stage");
    const pressed = event.key === " " && event.target.closest("button");
    if (own || pressed) return;
    const act = {
      " ": () => this.toggle(),
      ArrowRight: () => this.forward(),
      ArrowLeft: () => this.jump(this.index - 1),
      Home: () => this.jump(0),
      End: () => this.jump(this.last),
      Escape: () => this.leave(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /* Give the keyboard back: to the notebook or the page around, whose keys work again. */
  leave() {
    this.pause();
    document.activeElement.blur();
    this.root.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
  }

  toggle() {
    if (this.timer !== null) return this.pause();
    if (this.index >= this.last) this.show(0);
    this.play();
  }

  play() {
    if (this.stopHere()) return;
    this.mark("pause", "Pause");
    // A live region that speaks at every step would never finish a sentence.
    this.say.setAttribute("aria-live", "off");
    const tick = () => {
      if (this.index >= this.last) return this.pause();
      this.show(this.index + 1);
      if (this.stopHere()) return this.pause();
      this.wait(tick, this.dwell());
    };
    this.wait(tick, this.dwell() / 2);
  }

  /* The hand goes on while a step is shown: a second in which nothing moves passes, too. */
  wait(tick, ms) {
    const next = this.scene.moments[this.index + 1];
    this.timer = setTimeout(tick, ms);
    if (!next || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.hand.style.transition = `left ${Math.round(ms)}ms linear`;
    this.hand.style.left = `${this.share(next.t)}%`;
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.stay();
    this.mark("play", "Play");
    this.say.setAttribute("aria-live", "polite");
  }

  mark(name, label) {
    this.playing.replaceChildren(icon(ICONS[name]));
    this.playing.dataset.act = name;
    this.playing.title = label;
    this.playing.setAttribute("aria-label", label);
  }

  /* Steps follow each other evenly, a long wait lasts a little longer: in true time
     a run is all waiting, with everything of interest in a thousandth of it. */
  dwell() {
    const here = this.scene.moments[this.index], next = this.scene.moments[this.index + 1];
    const gap = here && next ? next.t - here.t : 0;
    const weight = gap > 1e6 ? 2 : gap > 5e4 ? 1.5 : 1;
    return (850 * weight) / Number(this.speed.value);
  }

  forward() {
    if (this.question) return this.ask.querySelector("button")?.focus();
    this.pause();
    if (!this.stopHere()) this.show(this.index + 1);
  }

  jump(index) {
    this.pause();
    this.show(index);
  }

  show(index) {
    this.index = Math.max(0, Math.min(this.last, index));
    if (this.question && this.question[0] !== this.index) this.endQuestion();
    const moment = this.scene.moments[this.index];
    const state = stateAt(this.scene, moment ? moment.t : 0);
    const shown = look(this.scene, state);
    this.paint(shown);
    this.showLists(state, shown.answer);
    this.showCode(state);
    this.showWords(moment);
    this.range.value = this.index;
    this.range.style.setProperty("--part", this.index / Math.max(1, this.last));
    const told = `step ${this.index + 1} of ${this.last + 1}, at ${clock(moment?.t ?? 0)}`;
    this.range.setAttribute("aria-valuetext", told);
    this.stay();
    this.root.dataset.index = this.index;
    this.root.dataset.time = moment ? moment.t : 0;
  }

  /* The hand stands where the step that is shown stands. */
  stay() {
    this.hand.style.transition = "none";
    this.hand.style.left = `${this.share(this.scene.moments[this.index]?.t ?? 0)}%`;
  }

  showWords(moment) {
    const failed = moment?.k === "fault";
    this.say.replaceChildren(...this.caption(this.index));
    this.say.classList.toggle("ab-failed", failed);
    const before = this.scene.moments[this.index - 1];
    this.clock.replaceChildren(
      make("b", {}, clock(moment?.t ?? 0)),
      make("span", {}, before ? `+${clock(moment.t - before.t)}` : "start"));
  }

  /* What happened, and what was found to be wrong there. */
  caption(index) {
    const moment = this.scene.moments[index];
    const found = this.scene.lints.find(({ i }) => i === index);
    const words = moment ? this.scene.words[moment.say] : "Nothing was recorded.";
    if (!found) return [words];
    const text = this.banner?.open ? found.text : ASK;
    return [words, " ", make("span", { className: "ab-found" }, text)];
  }

  /* Room for the longest words, or the buttons below would move while they are used. */
  reserve() {
    const probe = this.say.cloneNode();
    probe.removeAttribute("aria-live");
    probe.style.cssText =
      `position: absolute; visibility: hidden; width: ${this.say.offsetWidth}px`;
    this.say.after(probe);
    const size = (index) => this.caption(index).reduce(
      (sum, part) => sum + (part.textContent ?? part).length, 0);
    const all = this.scene.moments.map((moment, index) => [size(index), index]);
    // Bold words are wider; of the others only the longest need be measured.
    const bold = ({ k }) => k === "fault";
    const long = all.sort(([one], [other]) => other - one)
      .filter(([, index], rank) => rank < 4 || bold(this.scene.moments[index]));
    const heights = long.slice(0, 12).map(([, index]) => {
      probe.replaceChildren(...this.caption(index));
      probe.classList.toggle("ab-failed", bold(this.scene.moments[index]));
      return probe.offsetHeight;
    });
    probe.remove();
    this.say.style.minHeight = `${Math.max(0, ...heights)}px`;
  }

  paint(shown) {
    const attributes = "place tap level back flag short shut now".split(" ");
    shown.pairs.forEach((pair, number) => {
      const node = this.pairs[number];
      for (const name of attributes) node.dataset[name] = pair[name];
      for (const [bucket, height] of [
        [".ab-street .ab-bucket", pair.step],
        [".ab-inner .ab-bucket", pair.step],
        [".ab-inner .ab-bucket ~ .ab-bucket", pair.backstep],
      ]) node.querySelector(bucket).dataset.step = height;
      for (const name of ["amount", "behind", "sent"]) this.text(node, name, pair[name]);
      this.text(node, "doorstep", pair.amount);
      this.text(node, "said", pair.said.length > 24 ? `${pair.said.slice(0, 23)}…` : pair.said);
    });
    shown.people.forEach((person, number) => this.place(this.people[number], person));
    const door = this.svg.querySelector(".ab-door");
    door.dataset.flag = shown.door.flag;
    this.text(door, "queue", shown.door.text);
    this.text(this.svg, "rest", shown.rest);
    const full = Object.entries(shown.rows).filter(([, any]) => any);
    this.svg.dataset.rows = full.map(([name]) => name).join(" ");
  }

  text(node, name, text) {
    node.querySelector(`.ab-${name}`).textContent = text;
  }

  place(node, person) {
    node.dataset.at = person.at;
    node.dataset.pose = person.pose;
    node.setAttribute("transform", `translate(${person.x} ${person.y})`);
    // The same once more, because only a style moves smoothly.
    node.style.transform = `translate(${person.x}px, ${person.y}px)`;
    node.querySelector(".ab-pname").setAttribute("y", 11 + person.low);
    this.text(node, "mark", person.mark);
  }

  name(number) {
    if (number === DOOR) return "the door";
    if (number === NOBODY) return "nobody";
    if (number === CLOSED) return "a closed socket";
    return this.scene.pairs[number]?.name ?? "another";
  }

  /* --- beside the aisle -------------------------------------------------------- */

  showLists(state, answer) {
    const lists = state.lists;
    this.lists.hidden = !this.scene.selects;
    if (this.lists.hidden) return;
    if (!lists) return this.lists.replaceChildren(this.notYet());
    const timeout = lists.timeout === null || lists.timeout === undefined
      ? "no timeout" : `timeout ${lists.timeout} s`;
    const title = make("h4", {}, make("code", {}, `${lists.api}()`), ` asked, ${timeout}`);
    const rows = [["r", "read"], ["w", "write"], ["x", "except"]].map(([kind, word]) =>
      make("tr", {}, make("th", { scope: "row" }, word),
        make("td", {}, ...this.chips(lists, kind))));
    const words = make("p", {}, answer);
    words.classList.toggle("ab-failed", lists.failed !== "");
    this.lists.replaceChildren(title, make("table", {}, make("tbody", {}, ...rows)), words);
  }

  notYet() {
    const { api } = this.scene.moments.find(({ k, api }) => k === "wait" && api !== "sleep");
    return make("h4", {}, make("code", {}, `${api}()`), " has not been called yet");
  }

  chips(lists, kind) {
    const chips = lists.asked[kind].map((number) => {
      const up = lists.back !== null && lists.back[kind].includes(number);
      const chip = make("span", { className: "ab-chip" }, this.name(number));
      chip.dataset.up = Number(up);
      if (number === CLOSED) chip.dataset.bad = "1";
      if (up) chip.append(make("span", { className: "ab-sr" }, " (returned)"));
      return chip;
    });
    const more = lists.asked.more["rwx".indexOf(kind)];
    const back = lists.back?.more["rwx".indexOf(kind)] ?? 0;
    if (more) {
      const chip = make("span", { className: "ab-chip" },
        back ? `${back} of ${more} more` : `${more} more`);
      chip.dataset.up = Number(back > 0);
      chips.push(chip);
    }
    return chips.length ? chips : [make("span", { className: "ab-none" }, "nobody")];
  }

  /* The whole cell stands there, and scrolls to the line that runs. */
  showCode(state) {
    const [label, line] = state.line ?? [this.label ?? 0, 0];
    const name = this.scene.labels[label];
    this.code.hidden = name === undefined;
    if (label !== this.label) this.openCode(label);
    const ended = state.end !== null && same(state.end.line, state.line);
    const [first, last, inside] = this.scene.places[name]?.[line] ?? [line, line, ""];
    const how = ended ? ENDED[state.end.how] ?? "ended" : "";
    const within = inside && inside !== name ? `, in ${inside}` : "";
    const where = `${how} line ${line} of ${name}${within}`;
    this.code.dataset.line = line || "";
    this.code.firstChild.textContent = line === 0 ? name : where.trim();
    this.rows.forEach((row, index) => {
      // A statement may have several lines; the call stands on one of them.
      const runs = line > 0 && index + 1 >= first && index + 1 <= last;
      row.classList.toggle("ab-here", runs && !ended);
      row.classList.toggle("ab-last", runs && ended);
      row.classList.toggle("ab-part", runs && index + 1 !== line);
    });
    this.note.remove();
    this.here = this.rows[line - 1];
    if (this.here && ended && state.end.error) this.rows[last - 1].after(this.note);
    this.note.textContent = state.end?.error ?? "";
    this.part = [this.rows[first - 1], this.rows[last - 1]];
    this.reveal();
  }

  openCode(label) {
    this.label = label;
    const source = this.scene.sources[this.scene.labels[label]] ?? "";
    const lines = source === "" ? [] : source.trimEnd().split("\n");
    this.rows = lines.map((text, index) => {
      const inset = text.search(/\S|$/);
      // Spaces that do not break: else a long word would begin on a line of its own.
      const shown = "\u00a0".repeat(inset) + text.slice(inset);
      const row = make("span", { className: "ab-src" },
        make("i", {}, String(index + 1)), make("span", {}, ...breakable(shown)));
      // Where a long line is wrapped, the rest of it stands further in.
      row.style.setProperty("--inset", `${inset + 4}ch`);
      return row;
    });
    const head = make("h4");
    if (/^cell \d+$/.test(this.scene.labels[label])) {
      head.title = "The number that stands in brackets in the margin of that cell";
    }
    if (!lines.length) return this.code.replaceChildren(head);
    const pre = make("pre", { tabIndex: 0 }, ...this.rows);
    this.above = make("button", { type: "button", className: "ab-more" });
    this.below = make("button", { type: "button", className: "ab-more" });
    const turn = (rows) => { pre.scrollTop = whole(pre.scrollTop + rows * ROW); };
    this.above.addEventListener("click", () => turn(-18));
    this.below.addEventListener("click", () => turn(18));
    pre.addEventListener("scroll", () => this.hint());
    this.hints = make("div", { className: "ab-hints" }, this.above, this.below);
    this.code.replaceChildren(head, pre, this.hints);
  }

  /* How many lines lie out of sight: a line that is cut at the edge is one of them. */
  hint() {
    const pre = this.rows[0]?.parentElement;
    if (!pre) return;
    const low = pre.scrollTop + pre.clientHeight;
    const over = this.rows.filter((row) => row.offsetTop < pre.scrollTop - 2).length;
    const under = this.rows.filter(
      (row) => row.offsetTop + row.offsetHeight > low + 2).length;
    for (const [button, count, sign, where] of [
      [this.above, over, "▴", "above"], [this.below, under, "▾", "below"],
    ]) {
      button.textContent = count
        ? `${sign} ${count} more ${count === 1 ? "line" : "lines"} ${where}` : "";
      button.style.visibility = count ? "visible" : "hidden";
    }
    this.hints.hidden = pre.scrollHeight <= pre.clientHeight + 2;
  }

  /* Scroll the code, and nothing else, to the line; with its function's head, if both fit. */
  reveal() {
    const row = this.here && this.part[0], pre = row?.parentElement;
    this.hint();
    if (!pre) return;
    const next = this.note.isConnected ? this.note : this.part[1];
    const top = row.offsetTop, low = next.offsetTop + next.offsetHeight;
    if (top >= pre.scrollTop && low <= pre.scrollTop + pre.clientHeight) return;
    const above = this.rows.slice(0, this.rows.indexOf(row) + 1);
    const head = above.findLast((one) => HEAD.test(one.lastChild.textContent)) ?? row;
    pre.scrollTop = whole(low - head.offsetTop <= pre.clientHeight
      ? head.offsetTop : top - pre.clientHeight / 2);
  }

  /* --- predicting --------------------------------------------------------------- */

  predict(on) {
    this.predicting = on && this.scene.asks.length > 0;
    this.guess.setAttribute("aria-pressed", this.predicting);
    if (!this.predicting) this.endQuestion();
  }

  /* Is there a question at this moment? Then it is put, and the run stands still. */
  stopHere() {
    if (!this.predicting || this.answered.has(this.index)) return false;
    const question = this.scene.asks.find(([stop]) => stop === this.index);
    if (question) this.put(question);
    return Boolean(question);
  }

  put(question) {
    this.question = question;
    const state = stateAt(this.scene, this.scene.moments[this.index].t);
    const here = state.pairs.flatMap((pair, number) =>
      ["door", "aisle"].includes(pair.place) ? [number] : []);
    const choices = [...new Set([DOOR, ...here, ...(question[2] >= 0 ? [question[2]] : [])])];
    if (this.scene.selects) choices.push(NOBODY);
    const buttons = choices.map((number) => {
      const node = make("button", { type: "button", className: "ab-wide" }, this.name(number));
      node.dataset.choice = number;
      node.addEventListener("click", () => this.answer(number));
      return node;
    });
    const words = make("p", {}, this.scene.selects
      ? "Which bucket is next, when select() has answered?" : "Which bucket is next?");
    this.ask.replaceChildren(words, make("div", {}, ...buttons));
    this.ask.hidden = false;
    buttons[0].focus({ preventScroll: true });
  }

  answer(number) {
    const [stop, index, answer, up] = this.question;
    this.answered.add(stop);
    this.question = null;
    this.asked += 1;
    const right = number === answer;
    this.right += Number(right);
    this.show(index);
    const words = right ? `Yes: ${this.name(answer)}.` : this.consolation(number, answer, up);
    const score = `${this.right} of ${this.asked} so far.`;
    const on = make("button", { type: "button", className: "ab-wide" }, "Go on");
    on.addEventListener("click", () => { this.endQuestion(); this.play(); });
    this.ask.replaceChildren(make("p", {}, `${words} ${score}`), make("div", {}, on));
    this.ask.hidden = false;
    this.root.dataset.score = `${this.right}/${this.asked}`;
    on.focus({ preventScroll: true });
  }

  consolation(number, answer, up) {
    const real = answer === NOBODY
      ? "This time nobody is visited, although a flag is up." : `This time it is ${this.name(answer)}.`;
    const also = up.includes(number) ? ` The flag of ${this.name(number)} goes up as well.` : "";
    return real + also;
  }

  endQuestion() {
    this.question = null;
    this.ask.hidden = true;
    this.ask.replaceChildren();
  }
}

/* --- finding the players of a page ----------------------------------------------- */

/* A front end may run this script anywhere and more than once, so a root is found by
   its attribute and taken only once. */
function mount() {
  for (const root of document.querySelectorAll("[data-buckets-aisle]:not([data-on])")) {
    root.dataset.on = "1";
    root.bucketsPlayer = new Player(root);
  }
}

globalThis.bucketsAisle = { stateAt, look, mount };
if (typeof document !== "undefined") {
  mount();
  // A front end may put the output into its page after it ran the script.
  setTimeout(mount, 0);
}
})();
