/* Fills the wall from /wall/api/wall.json and touches only what changed.
   Holds fetching, binding, paging, the clock, ages and the turning of scenes; where stages stand is
   stages.js's. Every number comes finished from the server; here only ages and the clock are
   computed, from the server's time. */
"use strict";
(() => {
  const FETCH_TIMEOUT_MS = 20000;
  const PAGE_MS = 10000;
  const SECOND = 1000;
  const RENEWED_AT_HOUR = 4;
  const state = {
    doc: null, etag: null, skew: 0, busy: false, isOffline: false, version: null,
    pages: new Map(), figures: new Map(), renewed: "",
  };
  const asked = (name) => new URLSearchParams(location.search).get(name) || "";
  const setting = (name) => asked(name) || (state.doc && state.doc[name]) || "";
  // The server's time, carried on by a clock that nobody sets: a screen's own may be wrong by hours
  // or be put right while the wall runs, and neither ages nor the turning of scenes may follow it.
  const now = () => performance.now() + state.skew;
  const byId = (id) => document.getElementById(id);

  function at(path) {
    return path.split(".").reduce((value, key) => (value == null ? value : value[key]), state.doc);
  }

  function setText(node, text) {
    const wanted = text == null ? "" : String(text);
    if (node && node.textContent !== wanted) node.textContent = wanted;
  }

  function setData(node, name, value) {
    if (!node) return;
    if (value == null || value === "") {
      if (name in node.dataset) delete node.dataset[name];
    } else if (node.dataset[name] !== String(value)) {
      node.dataset[name] = value;
    }
  }

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  function fit() {
    for (const stage of window.wallStages.placed(setting("layout"))) {
      setData(stage, "ready", "1");
      setData(stage, "empty", state.doc && state.doc.is_empty ? "1" : "");
    }
    if (state.doc) showScenes();
  }

  // --- time ------------------------------------------------------------------------------------
  function parts(instant, options) {
    const zone = state.doc.timezone;
    const locale = state.doc.lang === "en" ? "en-GB" : "zh-CN";
    return new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  }

  function clockText(instant) {
    return parts(instant, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false })
      .format(instant);
  }

  function dateText(instant) {
    const day = parts(instant, { year: "numeric", month: "long", day: "numeric" }).format(instant);
    return `${day} ${parts(instant, { weekday: "long" }).format(instant)}`;
  }

  function asOfText(asOf, instant) {
    const day = (one) => parts(one, { month: "2-digit", day: "2-digit" }).format(one);
    const clock = clockText(asOf);
    return day(asOf) === day(instant) ? clock : `${day(asOf)} ${clock}`;
  }

  function ageText(seconds) {
    const words = state.doc.words;
    const whole = Math.max(Math.floor(seconds), 0);
    if (whole < 60) return `${whole} ${words.second}`;
    if (whole < 3600) return `${Math.floor(whole / 60)} ${words.minute}`;
    if (whole < 2 * 86400) return `${Math.floor(whole / 3600)} ${words.hour}`;
    return `${Math.floor(whole / 86400)} ${words.day}`;
  }

  function freshness(source) {
    const doc = state.doc;
    const kind = source === "live" && doc.has_live ? "live" : "snapshot";
    const age = now() / SECOND - doc.as_of[kind];
    const interval = doc.intervals[kind];
    const level = age > doc.staleness.grey * interval ? "expired"
      : age > doc.staleness.amber * interval ? "late" : "fresh";
    return { age, level };
  }

  function showAge(box, source) {
    const { age, level } = freshness(source);
    const text = ageText(age);
    const words = state.doc.words;
    setText(box.querySelector(".age"), level === "fresh" ? text : fill(words[level], { age: text }));
    setData(box, "fresh", level);
  }

  function showTime() {
    if (!state.doc) return;
    const instant = new Date(now());
    for (const clock of document.querySelectorAll(".clock")) setText(clock, clockText(instant));
    setText(byId("date"), dateText(instant));
    renewDaily(instant);
    if (!state.doc.is_empty) {
      const newest = Math.max(state.doc.as_of.live, state.doc.as_of.snapshot);
      setText(byId("as-of"), asOfText(new Date(newest * SECOND), instant));
      for (const box of document.querySelectorAll("[data-tile]")) {
        showAge(box, (at(box.dataset.tile) || {}).source);
      }
      for (const box of document.querySelectorAll("[data-panel]")) showAge(box, box.dataset.source);
      for (const box of document.querySelectorAll(".card")) showAge(box, "snapshot");
    }
    showBanner();
    showAlarm();
  }

  function bannerText() {
    const words = state.doc.words;
    if (state.doc.is_empty) return words.no_snapshot;
    if (state.isOffline) return words.offline;
    if (state.doc.failure) return state.doc.failure;
    const { age, level } = freshness("snapshot");
    if (level === "expired") return fill(words.snapshot_old, { age: ageText(age) });
    return state.doc.stopped || "";
  }

  function showBanner() {
    const banner = byId("banner");
    const text = state.doc ? bannerText() : state.isOffline ? "连接不到服务 · Cannot reach the server" : "";
    setText(byId("banner-text"), text);
    if (banner.hidden !== !text) banner.hidden = !text;
    for (const stage of document.querySelectorAll(".stage")) {
      setData(stage, "quiet", state.isOffline ? "1" : "");
    }
  }

  // --- rows ------------------------------------------------------------------------------------
  function rowNode(row) {
    const node = document.createElement("div");
    node.className = "row";
    node.dataset.state = row.state;
    row.cells.forEach((cell, place) => {
      const span = document.createElement("span");
      span.textContent = cell.text;
      span.className = `clip${cell.style ? ` s-${cell.style}` : ""}`;
      node.append(span);
      if (place === 0 && row.bar != null) node.append(barNode(row.bar));
    });
    return node;
  }

  function barNode(share) {
    const bar = document.createElement("div");
    bar.className = "bar";
    const part = document.createElement("i");
    part.style.width = `${Math.round(share * 1000) / 10}%`;
    bar.append(part);
    return bar;
  }

  function plainNode(className, ...texts) {
    const node = document.createElement("div");
    node.className = className;
    for (const text of texts) {
      const span = document.createElement("span");
      span.textContent = text;
      node.append(span);
    }
    return node;
  }

  function pageOf(path, count, size) {
    const pages = Math.max(Math.ceil(count / size), 1);
    const page = Math.min(state.pages.get(path) || 0, pages - 1);
    state.pages.set(path, page);
    return { page, pages };
  }

  function rowNodes(box, panel) {
    const rows = panel.rows || [];
    const size = Number(box.dataset.page);
    if (!rows.length) return panel.empty ? [plainNode("empty", panel.empty), ...blanks(size - 1)] : [];
    if (!size || rows.length <= size) return [...rows.map(rowNode), ...blanks(size - rows.length)];
    const { page } = pageOf(box.dataset.rows, rows.length, size);
    const first = page * size;
    const shown = rows.slice(first, first + size);
    const place = fill(state.doc.words.page, { first: first + 1, last: first + shown.length, n: rows.length });
    const blank = blanks(size - shown.length);
    return [...shown.map(rowNode), ...blank, plainNode("pager", place, panel.more || "")];
  }

  function blanks(count) {
    return Array.from({ length: Math.max(count, 0) }, () => plainNode("row"));
  }

  function showRows(box) {
    const nodes = rowNodes(box, at(box.dataset.rows) || {});
    nodes.forEach((node, place) => {
      const old = box.children[place];
      if (!old) box.append(node);
      else if (!old.isEqualNode(node)) old.replaceWith(node);
    });
    while (box.children.length > nodes.length) box.lastElementChild.remove();
  }

  function turnPages() {
    if (!state.doc || document.hidden) return;
    for (const box of document.querySelectorAll("[data-rows]")) {
      const size = Number(box.dataset.page);
      const count = ((at(box.dataset.rows) || {}).rows || []).length;
      if (!size || count <= size) continue;
      const { page, pages } = pageOf(box.dataset.rows, count, size);
      state.pages.set(box.dataset.rows, (page + 1) % pages);
      showRows(box);
    }
  }

  // --- scenes ------------------------------------------------------------------------------------
  // One page turns its own scenes: a browser's playlist would lose full screen.
  const turning = { place: 0, since: performance.now(), isPaused: false };

  function scenes() {
    return (state.doc && state.doc.scenes) || [];
  }

  // What stands before the rotation: the scene of the address, else where an unaccepted report of
  // the first priority is seen.
  function urgentScene() {
    const all = scenes();
    const pinned = all.find((one) => one.id === asked("scene"));
    return pinned || (state.doc.alarm && (all.find((one) => one.id === "flow") || all[0]));
  }

  function showScenes() {
    if (!state.doc) return;
    const stages = [...document.querySelectorAll(".stage")];
    const shown = window.wallStages.shared(
      stages.length, scenes(), state.doc.spare_scenes || [], turning.place, urgentScene(),
    );
    stages.forEach((stage, place) => showScene(stage, shown[place] || { id: "overview", name: "" }));
    setData(byId("stage"), "paused", turning.isPaused ? "1" : "");
  }

  function showScene(stage, scene) {
    setData(stage, "scene", scene.id);
    setText(stage.querySelector(".scene-title"), fill(state.doc.title, { scene: scene.name }));
    const box = stage.querySelector(".cards");
    const nodes = (scene.cards || []).map(cardNode);
    nodes.forEach((node, place) => {
      const old = box.children[place];
      showAge(node, "snapshot");
      if (!old) box.append(node);
      else if (!old.isEqualNode(node)) old.replaceWith(node);
    });
    while (box.children.length > nodes.length) box.lastElementChild.remove();
  }

  function cardNode(card) {
    const node = plainNode("card");
    setData(node, "state", card.state);
    const head = plainNode("h", card.title, `${card.caption}${card.word ? ` · ${card.word}` : ""}`, "");
    head.lastChild.className = "age";
    node.append(head);
    if (!card.rows) {
      const value = plainNode("v", card.value, card.unit);
      setData(value, "size", card.size);
      node.append(value, ...card.lines.map((line) => plainNode("n", line)));
      if ((card.course || []).filter((one) => one != null).length > 1) node.append(courseNode(card.course));
      if (card.find) node.append(plainNode("find", card.find));
      return node;
    }
    const list = plainNode("rows groups");
    list.append(...card.rows.map(rowNode));
    if (card.empty) list.append(plainNode("empty", card.empty));
    node.append(plainNode("n", card.unit), list);
    if (card.more) node.append(plainNode("n more", card.more));
    return node;
  }

  // Twelve months as a line, from 0 up: its shape is the message, the numbers stand above.
  function courseNode(values) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 560 80");
    svg.setAttribute("class", "course");
    const most = Math.max(...values.filter((one) => one != null), 1e-9);
    const points = values.map((value, place) => (value == null ? null
      : [8 + (544 * place) / (values.length - 1), 74 - (66 * value) / most])).filter(Boolean);
    const line = document.createElementNS(svg.namespaceURI, "polyline");
    line.setAttribute("points", points.map((one) => one.map((x) => x.toFixed(1)).join(",")).join(" "));
    const last = document.createElementNS(svg.namespaceURI, "circle");
    const [x, y] = points[points.length - 1];
    for (const [name, value] of [["cx", x.toFixed(1)], ["cy", y.toFixed(1)], ["r", 6]]) last.setAttribute(name, value);
    svg.append(line, last);
    return svg;
  }

  function turn() {
    if (!state.doc || document.hidden) return;
    const isDue = performance.now() - turning.since >= state.doc.dwell_seconds * SECOND;
    if (isDue && !turning.isPaused) step(1);
  }

  function step(by) {
    const count = Math.max(scenes().length, 1);
    turning.place = (turning.place + by + count) % count;
    turning.since = performance.now();
    showScenes();
  }

  function onKey(event) {
    if (event.key === " ") turning.isPaused = !turning.isPaused;
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
    else return;
    event.preventDefault();
    turning.since = performance.now();
    showScenes();
  }

  function showAlarm() {
    const alarm = state.doc && state.doc.alarm;
    const box = byId("alarm");
    const age = alarm ? ageText(now() / SECOND - alarm.since) : "";
    setText(box, alarm ? `■ ${alarm.text} · ${age}` : "");
    if (box.hidden !== !alarm) box.hidden = !alarm;
  }

  // --- the whole view --------------------------------------------------------------------------
  function show() {
    setData(document.documentElement, "theme", setting("theme"));
    for (const node of document.querySelectorAll("[data-bind]")) setText(node, at(node.dataset.bind));
    for (const box of document.querySelectorAll("[data-tile]")) {
      const tile = at(box.dataset.tile) || {};
      setData(box, "state", tile.state);
      setData(box, "size", tile.size);
      setData(box, "absent", tile.label ? "" : "1");
    }
    setData(byId("strip"), "own", String(document.querySelectorAll(".tile.own:not([data-absent])").length));
    for (const box of document.querySelectorAll("[data-rows]")) showRows(box);
    document.documentElement.lang = state.doc.lang === "en" ? "en" : "zh-CN";
    fit();
    showTime();
  }

  function accept(doc) {
    if (state.version && state.version !== doc.version) {
      location.reload();
      return;
    }
    state.version = doc.version;
    // the first scene stays as long as the others, however slowly the page came up
    if (!state.doc) turning.since = performance.now();
    doc.refresh = ` · ${fill(doc.words.every_seconds, { n: doc.refresh_seconds })}`;
    state.doc = doc;
    show();
    drawFigures();
  }

  // Figures go straight to their graphs: Dash drops what a callback returns when the same callback
  // is asked for again meanwhile, as it is while a slow answer is awaited.
  function drawFigures() {
    for (const name of ["trend", "models"]) {
      const figure = at(`panels.${name}.figure`);
      const text = repainted(JSON.stringify(figure || null));
      if (!figure || state.figures.get(name) === text) continue;
      state.figures.set(name, text);
      window.dash_clientside.set_props(`figure-${name}`, { figure: JSON.parse(text) });
    }
  }

  // Figures come painted for the dark wall.
  function repainted(text) {
    if (setting("theme") !== "light") return text;
    return text.replace(/#[0-9A-F]{6}/gi, (colour) => state.doc.repainted[colour.toUpperCase()] || colour);
  }

  async function load() {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), FETCH_TIMEOUT_MS);
    try {
      const url = new URL("api/wall.json", location.href);
      if (asked("lang")) url.searchParams.set("lang", asked("lang"));
      const headers = state.etag ? { "If-None-Match": state.etag } : {};
      const sent = performance.now();
      const response = await fetch(url, { headers, cache: "no-store", signal: stop.signal });
      const clock = Number(response.headers.get("X-OpsPulse-Now"));
      if (clock) state.skew = clock - (sent + performance.now()) / 2;
      if (response.status === 304) return;
      if (!response.ok) throw new Error(`wall.json answered ${response.status}`);
      const doc = await response.json();
      state.etag = response.headers.get("ETag");
      accept(doc);
    } finally {
      clearTimeout(timer);
    }
  }

  async function refresh() {
    if (state.busy) return;
    state.busy = true;
    try {
      await load();
      state.isOffline = false;
      showTime();
    } catch (error) {
      state.isOffline = true;
      fit();
      showBanner();
    } finally {
      state.busy = false;
    }
  }

  // Once a day, at 04:00 of the hospital, everything drawn is given back and drawn again, within the
  // one document, so that a browser in full screen stays there.
  function renewDaily(instant) {
    const day = dateText(new Date(instant.getTime() - RENEWED_AT_HOUR * 3600 * SECOND));
    const isDue = state.renewed && state.renewed !== day;
    state.renewed = day;
    if (!isDue) return;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) window.Plotly.purge(plot);
    for (const stage of document.querySelectorAll(".stage.further")) stage.remove();
    for (const box of document.querySelectorAll(".cards, [data-rows]")) box.replaceChildren();
    state.pages.clear();
    show();
    resume();
  }

  // Dash keeps every earlier value of every property so that it could be undone, whole figures among
  // them: on a page that nobody leaves for months they are given up.
  function forget() {
    for (const store of window.dash_stores || []) store.getState().history.past.length = 0;
  }

  function onTick() {
    forget();
    refresh();
    return window.dash_clientside.no_update;
  }

  function resume() {
    if (document.hidden || !state.doc) return;
    state.etag = null;
    state.figures.clear();
    refresh();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { wall: { onTick } });
  addEventListener("resize", fit);
  document.addEventListener("visibilitychange", resume);
  setInterval(showTime, SECOND);
  setInterval(turnPages, PAGE_MS);
  setInterval(turn, SECOND);
  addEventListener("keydown", onKey);
})();
