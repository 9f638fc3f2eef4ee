// Draws the ledger and keeps it: a line is found by its id, only what differs is changed, and text is set as text alone.
// The browser reads this file once. Only mount.js is sent again with each change of the lines.
const style = new CSSStyleSheet();
style.replaceSync(CSS);
window.drawLedger = (given) => drawAll(given, style);
window.drawLedger.code = new URL(import.meta.url).pathname.split("/").pop();
function drawAll({ data, parentElement, setTriggerValue }, style) {
  const page = data[0], root = parentElement.querySelector(".ledger"), grid = root.querySelector(".grid");
  const kept = (root.kept ??= { nodes: new Map(), lines: [], open: new Set(), at: 0, stick: true });
  if (+page.at < kept.at) return;                       // the first calls can arrive in the wrong order
  kept.at = +page.at;
  const error = root.querySelector(".error"), sheets = root.getRootNode().adoptedStyleSheets;
  try {                                                 // an error thrown from here removes the ledger for good
    if (!sheets.includes(style)) root.getRootNode().adoptedStyleSheets = [...sheets, style];
    const lines = atFirst(page, kept);
    patch({ ...page, lines }, grid, kept);
    if (lines !== page.lines) requestAnimationFrame(() => requestAnimationFrame(() => {
      if (kept.at !== +page.at) return;
      takeOutAbove(grid, kept);
      patch(page, grid, kept);
    }));
    listen(grid, kept, setTriggerValue);
    copyLive(page, grid, kept);
    countDown(grid, kept);
    error.hidden = true;                                // as in the HTML: a rule of the style sheet would hide the empty alert too late
  } catch (problem) { write(error, "The ledger could not be drawn. " + problem); error.hidden = false; }
  if (!page.live) write(root.querySelector(".said"), page.say ?? "");      // read aloud once it is complete
}
// While the newest line is followed, what comes, goes or changes above the first line in view waits until the lines below are
// drawn: if both happened in one frame, all lines would jump.
function atFirst({ lines, of }, kept) {
  if (of !== kept.of || !kept.stick) return lines;
  const places = new Map(lines.map(({ id }, place) => [id, place]));
  const at = firstInView(kept, places), first = places.get(kept.lines[at]?.id);
  if (at < 0 || JSON.stringify(kept.lines.slice(0, at)) === JSON.stringify(lines.slice(0, first))) return lines;
  return [...kept.lines.slice(0, at).filter(({ id }) => !(places.get(id) >= first)), ...lines.slice(first)];
}
function firstInView({ lines, nodes }, places = nodes) {
  const inView = (node) => node.offsetTop + node.offsetHeight > node.parentElement.scrollTop;
  return lines.findIndex(({ id, type }) => type === "item" && places.has(id) && inView(nodes.get(id)));
}
// Chromium takes a line out of view, whose height changes while the ledger scrolls, for one that was in view and moved: it counted
// a shift of half the screen. A line that is put in again has not moved.
function takeOutAbove(grid, kept) {
  const focused = grid.getRootNode().activeElement;
  for (const { id } of kept.lines.slice(0, firstInView(kept))) {
    const node = kept.nodes.get(id);
    if (!node.contains(focused)) node.remove();
  }
}
// Characters that cannot be seen arrive as \ue000 code \ue001 name \ue002: no stored text holds these three by itself.
function write(node, text = "") {
  if (node.kept === text) return;
  node.kept = text;
  if (!text.includes("\ue000")) { node.textContent = text; return; }
  node.textContent = "";
  for (const part of text.split(/(\ue000[^\ue002]*\ue002)/)) {
    if (part[0] !== "\ue000") { node.append(part); continue; }
    const [code, name] = part.slice(1, -1).split("\ue001");
    node.append(Object.assign(document.createElement("i"), { className: "invisible", textContent: code, title: name }));
  }
}
function make(tag, className, role) {
  const node = Object.assign(document.createElement(tag), { className });
  if (role) node.setAttribute("role", role);
  return node;
}
// A part that comes later than others has its place among them: what a cause means is below the cause.
const ORDER = ["not-stored", "made", "state", "left", "when", "size", "pretty", "cause", "risk", "next", "means", "what", "rest"];
function put(node, part) {
  const place = ({ classList: [name] }) => ORDER.indexOf(name), at = place(part);
  node.insertBefore(part, [...node.children].find((other) => place(other) > at) ?? null);
  return part;
}
function part(node, className, tag = "span") {
  return node.querySelector(`:scope > .${className}`) ?? put(node, make(tag, className));
}
function fill(node, className, text, tag) {             // a part that is there only while it has words
  const found = node.querySelector(`:scope > .${className}`);
  if (text) write(found ?? put(node, make(tag ?? "span", className)), text); else found?.remove();
}
function patch(page, grid, kept) {
  const { lines } = page, last = lines.at(-1)?.id, scroller = grid;
  const [, row, , , why] = grid.firstElementChild.children;
  write(row.lastElementChild, page.columns); write(why.lastElementChild, page.explains);
  const items = lines.filter((line) => line.type === "item");
  // It becomes less tall after the lines are drawn: in one frame, the tools that come into view and the lines would jump.
  const fit = () => grid.classList.toggle("after-step", kept.after);
  kept.after = page.after === "step";
  if (kept.after && kept.lines.length) requestAnimationFrame(() => requestAnimationFrame(fit)); else fit();
  grid.classList.toggle("unexplained", items.length > 0 && !items.some((line) => line.why || line.returned || line.sent));
  const focused = grid.getRootNode().activeElement, before = focused?.closest?.("[data-id]")?.dataset.id;
  // In another session all lines are new: a turn without a session has a line in each, and the old one would jump to its place.
  if (page.of !== kept.of) { for (const node of kept.nodes.values()) node.remove(); kept.nodes.clear(); kept.of = page.of; }
  const gone = new Map(kept.nodes);
  for (const { id } of lines) gone.delete(id);
  let place = grid.firstElementChild;
  for (const line of lines) {
    let node = kept.nodes.get(line.id) ?? adopt(line, gone, kept) ?? newLine(line);
    kept.nodes.set(line.id, node); node.dataset.id = line.id;
    if (place.nextElementSibling !== node) place.after(node);
    place = node;
    if (page.open === line.id && kept.opened !== page.open) kept.open.add(line.id);
    draw(node, line, kept.open.has(line.id), page);
  }
  for (const [id, node] of gone) { node.remove(); kept.nodes.delete(id); kept.open.delete(id); }
  if (last !== kept.last) { kept.last = last; kept.stick = page.top !== "1"; if (!kept.stick) scroller.scrollTop = 0; }
  if (!kept.nodes.has(kept.here) || !focused || !grid.contains(focused)) kept.here = kept.nodes.has(kept.here) && before ? kept.here : last;
  for (const [id, node] of kept.nodes) reach(node, id === kept.here);
  if (before && !grid.contains(focused)) (kept.nodes.get(before) ?? kept.nodes.get(kept.here))?.focus();
  measureHeads(grid);
  follow(grid, kept);
  if (page.open && kept.opened !== page.open) { kept.nodes.get(page.open)?.scrollIntoView({ block: "nearest" }); kept.stick = false; }
  kept.opened = page.open; kept.lines = lines;
}
// What was said and not yet stored becomes the line of its row: the node stays, and so does what a reader has selected.
function adopt(line, gone, kept) {
  for (const [id, node] of gone) {
    if (id[0] !== "p" || node.line.type !== line.type || node.line.kind !== line.kind) continue;
    gone.delete(id); kept.nodes.delete(id);
    if (kept.here === id) kept.here = line.id;
    return node;
  }
}
function newLine(line) {
  const node = make("div", "", "row");
  node.setAttribute("aria-level", line.type === "item" ? 2 : 1);
  const names = { item: ["chat", "row", "returned", "sent", "why"], turn: ["title", "facts"], note: ["words"], more: ["words"], guide: ["chat", "row", "read"] };
  for (const name of names[line.type]) node.append(make("span", name, "gridcell"));
  if (line.type === "item") {
    const badge = make("b", "kind", "img"), stored = node.children[1];
    node.children[0].append(badge, make("span", "bubble"));
    for (const name of ["mark", "key", "of", "lane", "data"]) stored.append(make("span", name));
  }
  return node;
}
function draw(node, line, open, page) {
  node.line = line; node.told ||= Boolean(line.returned || line.sent || line.why);
  node.className = `line ${line.type} ${line.look ?? ""} ${node.told ? "told" : ""} ${open ? "open" : ""} ${line.id === page.open ? "current" : ""}`;
  if (line.type === "item") drawItem(node, line, open);
  else if (line.type === "turn") {
    const [title, facts] = node.children;
    write(title, line.text); write(facts, line.facts);
    node.setAttribute("aria-selected", String(line.look === "chosen"));
  } else if (line.type === "guide") {
    for (const cell of node.children) write(cell, line[cell.className]);
  } else {
    const words = node.firstElementChild;
    fill(words, "what", line.text, line.type === "note" ? "strong" : "span"); fill(words, "rest", line.rest);
  }
  if (line.id === page.open) node.setAttribute("aria-current", "true"); else node.removeAttribute("aria-current");
}
function drawItem(node, line, open) {
  const [chat, row, returned, sent, why] = node.children, [badge, bubble] = chat.children;
  node.setAttribute("aria-expanded", String(open));
  node.style.setProperty("--k", `var(--kind-${line.colour})`);
  write(badge, line.letter); badge.setAttribute("aria-label", line.kind);
  write(bubble, line.text || "(empty)"); bubble.classList.toggle("none", !line.text);
  fill(chat, "length", line.said);
  const [mark, key, of, lane, data] = row.children;
  write(mark, line.mark); mark.ariaLabel = line.look?.split(" ")[0] ?? ""; write(key, line.key ?? ""); write(of, line.of ?? ""); write(lane, line.lane ?? "");
  write(data, open && line.pretty === "1" && node.pretty ? pretty(line.data) : line.data ?? "");
  row.classList.toggle("without", !line.data && !line.key);
  fill(row, "not-stored", line.none);
  fill(row, "when", open ? line.when : ""); fill(row, "size", open ? line.size : "");
  fill(row, "made", line.made); fill(row, "state", line.state);
  left(row, line); tools(node, row, line, open);
  for (const long of [bubble, data]) {                  // one that is taller than its place: the keys scroll it
    if (open && long.scrollHeight > long.clientHeight + 1) long.tabIndex = 0; else long.removeAttribute("tabindex");
  }
  yesNo(returned, line.returned); yesNo(sent, line.sent);
  fill(why, "cause", line.why); fill(why, "risk", line.risk); fill(why, "next", line.next); fill(why, "means", open ? line.means : "");
}
function yesNo(cell, value = "") {
  cell.dataset.is = value === "yes" || value === "no" ? value : value ? "numbers" : "";
  write(cell, value);
}
function pretty(text) { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } }
function tools(node, row, line, open) {
  let button = row.querySelector(":scope > .pretty");
  if (!open || line.pretty !== "1") { button?.remove(); return; }
  if (!button) {
    button = Object.assign(make("button", "pretty"), { type: "button" });
    button.onclick = (event) => {
      event.stopPropagation(); node.pretty = !node.pretty; drawItem(node, node.line, true); node.scrollIntoView({ block: "nearest" });
    };
    put(row, button);
  }
  write(button, node.pretty ? "As stored" : "Pretty JSON");
}
// Time that runs out: the server says what is left, the browser counts.
function left(row, line) {
  if (!line.left) { row.querySelector(":scope > .left")?.remove(); return; }
  const node = part(row, "left");
  if (node.told !== line.left) { node.told = line.left; node.until = performance.now() + 1000 * line.left; node.over = line.over; tick(node); }
}
function tick(node) {
  const left = (node.until - performance.now()) / 1000;
  write(node, left > 0 ? `readable, ${Math.floor(left)} s left` : node.over);
  node.classList.toggle("up", left <= 0);
}
function countDown(grid, kept) {
  if (kept.clock || !grid.querySelector(".left")) return;
  kept.clock = setInterval(() => {
    const all = grid.querySelectorAll(".left");
    if (!grid.isConnected || !all.length) { clearInterval(kept.clock); kept.clock = 0; }
    all.forEach(tick);
  }, 1000);
}
// All heads stick in the same place. A head of several lines would stick out below the next head, so it scrolls away. The heads
// before it scroll away too: they would stay above its lines.
function measureHeads(grid) {
  const heads = [...grid.querySelectorAll(".turn")], last = heads.map((head) => head.clientHeight > 36).lastIndexOf(true);
  heads.forEach((head, at) => head.classList.toggle("tall", at <= last));
  coverHeads(grid);
}
// The head that sticks shows no half of its words while the next one moves over it.
function coverHeads(grid) {
  const heads = [...grid.querySelectorAll(".turn")].filter((head) => head.checkVisibility()), boxes = heads.map((head) => head.getBoundingClientRect());
  heads.forEach((head, at) => head.classList.toggle("covered", boxes[at + 1]?.top < boxes[at].bottom - 4));
}
function reach(node, here) {
  node.tabIndex = here ? 0 : -1;
  for (const button of node.querySelectorAll("button")) button.tabIndex = here ? 0 : -1;
}
// The projector view leaves out lines.
function lineAt(node, way) {
  do node = node[way]; while (node && !node.checkVisibility());
  return node;
}
function follow(grid, kept) { if (kept.stick) grid.scrollTop = grid.scrollHeight; }
function listen(grid, kept, setTriggerValue) {
  const go = (node) => {
    const before = kept.nodes.get(kept.here);
    if (before) reach(before, false);
    kept.here = node.dataset.id; reach(node, true); node.focus({ preventScroll: true }); node.scrollIntoView({ block: "nearest" });
  };
  const choose = (node, open = !node.classList.contains("open")) => {
    const { type } = node.line, { id } = node.dataset;
    if (type === "note" || type === "guide" || id[0] === "p") return;
    if (type !== "more") { kept.open[open ? "add" : "delete"](id); node.classList.toggle("open", open); }
    if (type !== "item") { measureHeads(grid); go(node); setTriggerValue("chosen", id); return; }
    drawItem(node, node.line, open); go(node);
    setTriggerValue("chosen", (open ? "open " : "close ") + id);
  };
  grid.onclick = ({ target }) => {                        // "Range": the reader is selecting text
    const node = target.closest("[data-id]");
    if (node && getSelection().type !== "Range") choose(node);
  };
  grid.onkeydown = (event) => {
    const node = event.target.closest("[data-id]"), { key } = event;
    if (!node || event.target !== node) return;             // a button, or a long value that the keys scroll
    const to = { ArrowDown: lineAt(node, "nextElementSibling"), ArrowUp: lineAt(node, "previousElementSibling"),
      Home: grid.children[1], End: grid.lastElementChild }[key];
    const open = node.classList.contains("open"), item = node.line.type === "item";
    if (to?.dataset.id) go(to);
    else if (key === "Enter" || key === " " || (item && key === (open ? "ArrowLeft" : "ArrowRight"))) choose(node);
    else return;
    event.preventDefault();
  };
  grid.onscroll = () => {                                 // a change of size scrolls too: that is not the reader
    if (kept.tall === grid.clientHeight && kept.wide === grid.clientWidth) kept.stick = grid.scrollHeight - grid.scrollTop - kept.tall < 40;
    coverHeads(grid);
  };
  kept.size ??= new ResizeObserver(() => { kept.tall = grid.clientHeight; kept.wide = grid.clientWidth; measureHeads(grid); follow(grid, kept); });
  kept.size.observe(grid);
}
function copyLive({ live }, grid, kept) {
  kept.watch?.disconnect();
  const stop = document.querySelector('[class*="st-key-stop-"] button');
  if (stop) stop.onblur = () => requestAnimationFrame(() => {     // it is hidden when nothing runs any more
    if (!stop.checkVisibility() && document.activeElement === document.body) document.querySelector('[data-testid="stChatInputTextArea"]')?.focus();
  });
  const copy = () => {
    const node = kept.nodes.get(live), said = document.querySelector(".st-key-live-text"), phase = document.querySelector(".st-key-live-phase");
    if (!node) return;
    if (said?.textContent) write(node.querySelector(".bubble"), said.textContent);
    if (phase?.textContent) fill(node.querySelector(".why"), "cause", phase.textContent);
    follow(grid, kept);
  };
  kept.watch = new MutationObserver(() => { if (grid.isConnected) copy(); else kept.watch.disconnect(); });
  if (live) { kept.watch.observe(document.body, { childList: true, characterData: true, subtree: true }); copy(); }
}
