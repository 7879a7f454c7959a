"use strict";
// Sends messages and shows the book. All text from people enters the page as text, never as markup.
const $ = (id) => document.getElementById(id);
const LIMIT = 500;
const EVERY = 3000; // ms between two looks at the book while the page is seen
let mine = [];      // written here, not yet read back from a follower
let shown = "";
let sending = false;

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The guestbook cannot be reached.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ? body.error.message : `The guestbook answered ${answer.status}.`);
  return body;
}

// The follower's copy; when no follower answers the leader's, and the page says so.
async function read() {
  try {
    return await call("api/entries");
  } catch {
    return await call("api/entries?from=leader");
  }
}

async function refresh() {
  try {
    const book = await read();
    const known = new Set(book.entries.map((entry) => entry.id));
    mine = mine.filter((entry) => !known.has(entry.id));
    show([...book.entries, ...mine], book.total + mine.length);
    $("from").textContent = book.from === "leader" ? "leader, as no follower answers," : book.from;
    $("pod").textContent = book.pod;
    if ($("status").classList.contains("bad")) say("");
  } catch (problem) {
    say(`The messages cannot be read: ${problem.message}`, true);
  }
}

function show(entries, total) {
  const now = entries.map((entry) => entry.id).join();
  $("total").textContent = `(${total})`;
  $("empty").hidden = entries.length > 0;
  if (now === shown) return;
  const before = new Set(shown.split(","));
  const items = entries.toReversed().map((entry) => item(entry, shown !== "" && !before.has(entry.id)));
  shown = now;
  $("entries").replaceChildren(...items);
}

function item(entry, isNew) {
  const text = document.createElement("p");
  text.textContent = entry.message;
  const when = document.createElement("time");
  when.dateTime = entry.at;
  when.className = "quiet";
  when.textContent = new Date(entry.at).toLocaleString();
  const box = document.createElement("li");
  box.classList.toggle("new", isNew);
  box.append(text, when);
  return box;
}

function say(text, bad = false) {
  $("status").classList.toggle("bad", bad);
  if ($("status").textContent !== text) $("status").textContent = text;
}

function complain(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
  $("message").setAttribute("aria-invalid", String(Boolean(text)));
}

function count() {
  $("left").textContent = LIMIT - [...$("message").value].length;
}

async function send() {
  const message = $("message").value.trim();
  say("");
  complain(message ? "" : "Please write a message first.");
  if (!message) return $("message").focus();
  sending = true;
  $("send").setAttribute("aria-disabled", "true");
  try {
    const kept = await call("api/entries", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message }),
    });
    mine.push(kept.entry);
    $("message").value = "";
    count();
    const copies = kept.acknowledged === 1 ? "1 follower has" : `${kept.acknowledged} followers have`;
    say(`Your message was kept. ${copies} a copy already.`);
    await refresh();
  } catch (problem) {
    complain(`Your message was not kept: ${problem.message}`);
  } finally {
    sending = false;
    $("send").removeAttribute("aria-disabled");
    $("message").focus();
  }
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!sending) send();
});
$("message").addEventListener("input", () => { count(); complain(""); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden && !sending) refresh(); }, EVERY);
refresh();
