"use strict";
// Text from messages only ever becomes text nodes here, never markup.

const CHANNELS = {
  "whatsapp": { name: "WhatsApp", label: "Phone number", hint: "With the country code: +353…" },
  "whatsapp-twilio": { name: "WhatsApp · Twilio", label: "Phone number", hint: "With the country code: +353…" },
  "instagram": { name: "Instagram", label: "Instagram id", hint: "The account-scoped id, digits." },
  "telegram": { name: "Telegram", label: "User id", hint: "Digits. Only a person can write first." },
  "sms": { name: "SMS", label: "Phone number", hint: "With the country code: +353…" },
};
const INVITES = {
  prospect: ["Write as a prospect would", "The bot answers as it would live.", ["hi! can i try tomorrow at 10?", "how much is a month?", "do you have yoga on thursday evening"]],
  staff: ["The staff group", "Leads, bookings and questions arrive here. Ask for them too.", ["/leads today", "/help", "agenda tomorrow"]],
  trainer: ["A trainer's own chat", "What a trainer sees and says between sessions.", ["agenda", "agenda tomorrow", "/help"]],
};
const ATTACHMENTS = {
  "Photo": { type: "image" }, "Voice note": { type: "voice" }, "Document": { type: "document", filename: "document.pdf" },
  "Location": { type: "location", latitude: 53.3472, longitude: -6.2543 },
};
const $ = (selector, root = document) => root.querySelector(selector);
const gym = new URLSearchParams(location.search).get("gym");
const ask = (path) => path + (state.gym ? (path.includes("?") ? "&" : "?") + "gym=" + encodeURIComponent(state.gym) : "");
const state = { gym: gym || "", name: "", channels: [], staff: {}, group: null, phones: [], clock: null };

async function call(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.error || "The simulator answered " + answer.status + ".");
  return value;
}
function toast(text) {
  const note = make("div", "toast", text);
  $("#toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}
const attempt = (act) => async (...given) => { try { await act(...given); } catch (error) { toast(error.message); } };
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
const kept = (key) => { try { return JSON.parse(localStorage.getItem("spotter." + state.gym + "." + key)); } catch { return null; } };
const keep = (key, value) => { try { localStorage.setItem("spotter." + state.gym + "." + key, JSON.stringify(value)); } catch { /* private window */ } };

// Time goes by the gym's clock, written with the offset in which the clock tells it.
function told(iso) {
  const zone = /([+-])(\d\d):(\d\d)$/.exec(state.clock ? state.clock.text : "");
  const minutes = zone ? (zone[1] === "-" ? -1 : 1) * (60 * zone[2] + Number(zone[3])) : 0;
  return new Date((typeof iso === "number" ? iso : Date.parse(iso)) + 60000 * minutes);
}
const pad = (number) => String(number).padStart(2, "0");
const hour = (iso) => { const at = told(iso); return pad(at.getUTCHours()) + ":" + pad(at.getUTCMinutes()); };
const day = (iso) => told(iso).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
async function readClock() {
  const answer = await call(ask("/clock"));
  state.clock = { text: answer.now, ahead: Date.parse(answer.now) - Date.now() };
  showClock();
}
function showClock() {
  if (!state.clock) return;
  const now = Date.now() + state.clock.ahead;
  const year = matchMedia("(max-width: 640px)").matches ? "" : " " + told(now).getUTCFullYear();
  $("#now").textContent = day(now) + year + ", " + hour(now);
  $("#now").dateTime = new Date(now).toISOString();
}

class Phone {
  constructor(kind, seat) {
    this.kind = kind;
    this.element = $("#phone-template").content.firstElementChild.cloneNode(true);
    this.log = $(".log", this.element);
    this.input = $("textarea", this.element);
    this.tab = make("button", "", "");
    this.tab.type = "button";
    this.tab.addEventListener("click", () => { this.element.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" }); this.unread(0); });
    this.unseen = 0;
    $(".composer", this.element).addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
      if (event.key === "Escape") this.answer(null);
    });
    this.input.addEventListener("input", () => this.grow());
    $(".quote button", this.element).addEventListener("click", () => this.answer(null));
    const attach = $(".attach", this.element);
    for (const [title, media] of Object.entries(ATTACHMENTS)) {
      const item = make("button", "", title);
      item.type = "button";
      item.addEventListener("click", attempt(async () => { attach.open = false; await this.post({ media }); }));
      $(".menu", attach).append(item);
    }
    attach.addEventListener("keydown", (event) => { if (event.key === "Escape") { attach.open = false; $("summary", attach).focus(); } });
    attach.addEventListener("focusout", (event) => { if (!attach.contains(event.relatedTarget)) setTimeout(() => { attach.open = false; }, 150); });
    this.sit(seat);
  }
  sit(seat) {
    Object.assign(this, { channel: seat.channel, address: seat.address, name: seat.name || "", messages: new Map() });
    this.element.dataset.channel = this.channel;
    const channel = CHANNELS[this.channel].name;
    const title = this.kind === "staff" ? state.group.title : state.name;
    $(".who strong", this.element).textContent = this.kind === "staff" ? "The staff group" : this.name || "Somebody";
    $(".where", this.element).textContent = { staff: channel + " group", trainer: channel + ", own chat" }[this.kind] || channel + " " + this.address;
    $(".title", this.element).textContent = title;
    $(".avatar", this.element).textContent = title.split(/\s+/).slice(0, 2).map((word) => [...word][0] || "").join("").toUpperCase();
    $(".state", this.element).textContent = this.rest();
    this.element.setAttribute("aria-label", (this.kind === "staff" ? "Staff group" : this.name || this.address) + " on " + channel);
    this.log.setAttribute("aria-label", "Messages");
    this.input.setAttribute("aria-label", "Message to " + title);
    this.input.placeholder = this.kind === "staff" ? "Message the group" : "Message";
    this.tab.textContent = { staff: "Staff", trainer: (this.name || "Trainer").split(" ")[0] }[this.kind] || (this.name || this.address).split(" ")[0];
    this.tab.setAttribute("aria-label", this.tab.textContent + ", " + channel);
    this.answer(null);
    this.pick();
    return this.load();
  }
  rest() { return this.kind === "staff" ? Object.keys(state.staff).length + " people and the bot" : "automated assistant"; }
  pick() {
    const place = $(".pick", this.element);
    place.replaceChildren();
    if (this.kind === "prospect") {
      const button = make("button", "", "Change");
      button.type = "button";
      button.setAttribute("aria-label", "Change who holds this phone");
      button.addEventListener("click", () => askWho(this));
      place.append(button);
      return;
    }
    const select = make("select");
    const label = make("label", "", this.kind === "staff" ? "as " : "");
    select.setAttribute("aria-label", this.kind === "staff" ? "Who speaks in the group" : "Whose chat");
    for (const [key, member] of Object.entries(state.staff)) select.append(new Option(member.name, key));
    select.value = this.kind === "staff" ? this.speaker || kept("speaker") || Object.keys(state.staff)[0] : this.address.replace("staff:", "");
    if (this.kind === "staff") this.speaker = select.value;
    select.addEventListener("change", () => {
      if (this.kind === "staff") { this.speaker = select.value; keep("speaker", select.value); return; }
      keep("trainer", select.value);
      this.sit({ channel: "telegram", address: "staff:" + select.value, name: state.staff[select.value].name });
    });
    label.append(select);
    place.append(label);
  }
  path(what) { return ask("/phones/" + this.channel + "/" + encodeURIComponent(this.address) + "/" + what); }
  async load() {
    // What comes by the stream while the list is on its way is newer than the list.
    const loading = this.loading = { address: this.address, taken: new Map() };
    const messages = await call(this.path("messages"));
    if (loading !== this.loading || loading.address !== this.address) return;
    this.loading = null;
    this.messages = new Map([...messages.map((message) => [message.id, message]), ...loading.taken]);
    this.draw();
  }
  take(message) {
    if (this.loading) this.loading.taken.set(message.id, message);
    const fresh = !this.messages.has(message.id);
    this.messages.set(message.id, message);
    if (fresh && message.from === "gym") {
      this.typing(0);
      if (this.tab.getAttribute("aria-current") !== "true") this.unread(this.unseen + 1);
    }
    const before = $('[data-id="' + CSS.escape(message.id) + '"]', this.log);
    const stays = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    if (fresh) this.draw(message.id);
    else if (before) before.replaceWith(this.line(message));
    if (stays || message.from === "me") this.log.scrollTop = this.log.scrollHeight;
  }
  unread(count) {
    this.unseen = count;
    if (count) this.tab.dataset.unread = count; else delete this.tab.dataset.unread;
  }
  draw(fresh) {
    const lines = [];
    let last = "";
    const messages = [...this.messages.values()];
    if (fresh && messages.length > 1 && day(messages.at(-1).at) === day(messages.at(-2).at)) {
      const line = this.line(messages.at(-1));
      line.classList.add("fresh");
      this.log.append(line);
      return;
    }
    for (const message of messages) {
      if (day(message.at) !== last) { last = day(message.at); lines.push(make("span", "day", last)); }
      lines.push(this.line(message));
    }
    this.log.replaceChildren(...(lines.length ? lines : [this.invite()]));
    this.log.scrollTop = this.log.scrollHeight;
  }
  invite() {
    const [title, text, examples] = INVITES[this.kind];
    const box = make("div", "invite");
    const choices = make("div");
    for (const example of examples) {
      const button = make("button", "", example);
      button.type = "button";
      button.addEventListener("click", () => { this.input.value = example; this.grow(); this.input.focus(); });
      choices.append(button);
    }
    box.append(make("h3", "", title), make("p", "", text), choices);
    return box;
  }
  line(message) {
    const line = make("div", "message " + message.from);
    line.dataset.id = message.id;
    const bubble = make("div", "bubble");
    if (message.sender) bubble.append(make("span", "sender", message.sender));
    const quoted = message.reply_to && this.messages.get(message.reply_to);
    if (quoted) {
      const quote = make("span", "quoted");
      quote.append(make("span", "", quoted.text || "(no text)"));
      bubble.append(quote);
    }
    if (message.media) bubble.append(...mediaOf(message.media));
    if (message.status === "deleted") bubble.append(make("span", "gone", "deleted")); else bubble.append(...wordsOf(message, this.channel));
    const meta = make("span", "meta", (message.edited ? "edited " : "") + hour(message.at));
    if (message.from === "me" && this.channel !== "sms") {
      const status = message.status === "read" ? "read" : message.status === "delivered" ? "delivered" : "sent";
      const ticks = make("span", "ticks " + status, status === "sent" ? "✓" : "✓✓");
      ticks.setAttribute("role", "img");
      ticks.setAttribute("aria-label", status);
      meta.append(ticks);
    }
    bubble.append(meta);
    line.append(bubble);
    if (message.reaction) line.append(make("span", "reaction", message.reaction));
    if (message.buttons.length) line.append(this.buttons(message));
    if (message.status !== "deleted" && this.channel !== "sms") {
      const answer = make("button", "answer", "↩");
      answer.type = "button";
      answer.title = "Answer this";
      answer.setAttribute("aria-label", "Answer this message");
      answer.addEventListener("click", () => { this.answer(message); this.input.focus(); });
      line.append(answer);
    }
    return line;
  }
  buttons(message) {
    const row = make("div", "buttons");
    for (const button of message.buttons) {
      const link = button.kind === "url";
      if (link && !/^https?:\/\//.test(button.url || "")) { row.append(make("span", "", button.title)); continue; }
      const element = make(link ? "a" : "button", "", button.title);
      if (button.description) element.append(make("small", "", button.description));
      if (link) { element.href = button.url; element.target = "_blank"; element.rel = "noopener noreferrer"; }
      else {
        element.type = "button";
        element.addEventListener("click", attempt(() => this.post({ tap: button.id || button.title })));
      }
      row.append(element);
    }
    return row;
  }
  answer(message) {
    this.quoting = message;
    $(".quote", this.element).hidden = !message;
    $(".quote span", this.element).textContent = message ? message.text || "(no text)" : "";
  }
  grow() { this.input.style.height = "auto"; this.input.style.height = Math.min(this.input.scrollHeight + 2, 112) + "px"; }
  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    const quoting = this.quoting;
    this.input.value = "";
    this.grow();
    this.answer(null);
    try { await this.post(quoting ? { text, reply_to: quoting.id } : { text }); }
    catch (error) { this.input.value = text; this.answer(quoting); toast(error.message); }
  }
  post(body) {
    if (this.kind === "staff") body.from = this.speaker;
    if (this.kind === "prospect" && this.name) body.name = this.name;
    return call(this.path("messages"), body);
  }
  typing(seconds) {
    clearTimeout(this.timer);
    const line = $(".state", this.element);
    line.classList.toggle("typing", seconds > 0);
    line.textContent = seconds > 0 ? "writing…" : this.rest();
    if (seconds > 0) this.timer = setTimeout(() => this.typing(0), seconds * 1000);
  }
}

function mediaOf(media) {
  const names = { image: "Photo", video: "Video", audio: "Audio", voice: "Voice note", document: "Document", sticker: "Sticker", location: "Location", contact: "Contact" };
  const parts = [];
  const safe = typeof media.url === "string" && /^(https?:\/\/|\/media\/)/.test(media.url);
  if (media.type === "image" && safe) {
    const image = make("img");
    image.src = media.url;
    image.alt = "Photo";
    image.referrerPolicy = "no-referrer";
    image.addEventListener("error", () => image.replaceWith(make("span", "media", "Photo")));
    return [image];
  }
  let title = names[media.type] || "File";
  if (media.filename) title = media.filename;
  if (media.type === "location") title += " " + media.latitude + ", " + media.longitude;
  if (media.type === "contact") title += " " + (media.name || media.phone || "");
  const box = make("span", "media");
  if (safe) {
    const link = make("a", "", title);
    link.href = media.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    box.append(link);
  } else box.textContent = title;
  parts.push(box);
  return parts;
}
function linked(text, into) {
  let rest = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g)) {
    into.append(text.slice(rest, found.index));
    const link = make("a", "", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    into.append(link);
    rest = found.index + found[0].length;
  }
  into.append(text.slice(rest));
}
function wordsOf(message, channel) {
  const whole = make("span");
  const tags = { bold: "strong", italic: "em", strikethrough: "s", underline: "u", code: "code", pre: "code" };
  let rest = 0;
  const piece = (from, until, tag) => {
    const part = tag ? make(tag) : make("span");
    linked(message.text.slice(from, until), part);
    whole.append(part);
    rest = until;
  };
  if (message.entities) {
    for (const entity of message.entities) {
      if (entity.offset < rest || !tags[entity.type]) continue;
      piece(rest, entity.offset);
      piece(entity.offset, entity.offset + entity.length, tags[entity.type]);
    }
  } else if (channel.startsWith("whatsapp")) {
    for (const found of message.text.matchAll(/(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])/g)) {
      piece(rest, found.index);
      piece(found.index + 1, found.index + found[0].length - 1, "strong");
      rest = found.index + found[0].length;
    }
  }
  piece(rest, message.text.length);
  return [whole];
}

// People

function invented(channel) {
  const digits = (count) => Array.from({ length: count }, () => Math.floor(Math.random() * 10)).join("");
  if (channel === "telegram") return "7" + digits(8);
  return channel === "instagram" ? "10" + digits(14) : "+35385" + digits(7);
}
const form = () => $("#person-form").elements;
function showChannel(fresh) {
  const { channel, address } = form();
  $("#address-label").textContent = CHANNELS[channel.value].label;
  $("#address-hint").textContent = CHANNELS[channel.value].hint;
  if (fresh) address.value = invented(channel.value);
}
async function askWho(phone, fresh) {
  const { channel, name, address } = form();
  channel.replaceChildren(...state.channels.map((key) => new Option(CHANNELS[key].name, key)));
  channel.value = phone.channel;
  name.value = fresh ? "" : phone.name;
  address.value = fresh ? invented(phone.channel) : phone.address;
  showChannel(false);
  $("#person-title").textContent = fresh ? "A new prospect" : "Who holds this phone?";
  askWho.phone = phone;
  $("#person").showModal();
  name.focus();
  const known = (await call(ask("/phones"))).filter((other) => !other.address.startsWith("staff") && other.messages).slice(-6).reverse();
  $("#known").replaceChildren(...(known.length ? [make("span", "", "Or one of these")] : []), ...known.map((other) => {
    const button = make("button", "", (other.name || other.address) + " · " + CHANNELS[other.channel].name);
    button.type = "button";
    button.addEventListener("click", () => { $("#person").close(); seat(phone, other); });
    return button;
  }));
}
const seat = attempt(async (phone, who) => {
  keep("seat" + state.phones.indexOf(phone), { channel: who.channel, address: who.address, name: who.name });
  await phone.sit(who);
  phone.element.scrollIntoView({ inline: "center", block: "nearest" });
  phone.input.focus({ preventScroll: true });
});

// Faults

const shares = ["duplicate", "reorder", "rate_limit", "server_error", "timeout_after_accept"];
async function showFaults(answer) {
  const faults = answer || await call("/faults");
  const fields = $("#faults-form").elements;
  fields.delay_ms.value = faults.delay_ms;
  for (const name of shares) fields[name].value = Math.round(faults[name] * 100);
  fields.blocked.value = faults.blocked.join(", ");
  const on = faults.delay_ms || faults.blocked.length || faults.only.length || shares.some((name) => faults[name]);
  $("#faults-on").hidden = !on;
  $("#open-faults").toggleAttribute("data-on", Boolean(on));
  const { all } = await call("/stats");
  const refused = Object.values(all.refused).reduce((sum, count) => sum + count, 0);
  $("#counts").textContent = "So far: " + all.received + " written by people, " + all.accepted + " sent by the gym, " + refused + " refused, " + all.webhooks.posted + " webhooks posted, " + all.webhooks.retried + " tried again.";
}
const openFaults = attempt(async (open) => {
  if (open) await showFaults(); // before it shows: nobody's first words may be overwritten
  $("#faults").hidden = !open;
  $("#open-faults").setAttribute("aria-expanded", String(open));
  (open ? $("#faults-form").elements.delay_ms : $("#open-faults")).focus();
});

// Start

function listen() {
  const stream = new EventSource(ask("/events"));
  // After a gap nothing says what was missed, so everything is read again.
  stream.onopen = attempt(async () => { await Promise.all(state.phones.map((phone) => phone.load())); await readClock(); });
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    for (const phone of state.phones) {
      if (phone.channel !== told.channel || phone.address !== told.address) continue;
      if (told.message) phone.take(told.message);
      if (told.typing) phone.typing(told.typing);
      if (told.notice) toast(told.notice);
    }
  };
}
function showGyms(gyms) {
  const place = $("#gym");
  if (gyms.length < 2) { place.textContent = state.name; return; }
  const select = make("select");
  select.setAttribute("aria-label", "Gym");
  for (const entry of gyms) select.append(new Option(entry.name + (gyms.filter((other) => other.name === entry.name).length > 1 ? " (" + entry.gym + ")" : ""), entry.gym));
  select.value = state.gym;
  select.addEventListener("change", () => { location.search = "?gym=" + encodeURIComponent(select.value); });
  place.replaceChildren(select);
}
function watchTabs() {
  const mark = (phone) => {
    for (const other of state.phones) other.tab.setAttribute("aria-current", String(other === phone));
    phone.unread(0);
    if ($("#tabs").offsetParent) $("#tabs").scrollTo({ left: phone.tab.offsetLeft - 60, behavior: "smooth" });
  };
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) mark(state.phones.find((phone) => phone.element === entry.target));
  }, { root: $("#phones"), threshold: 0.6 });
  for (const phone of state.phones) watch.observe(phone.element);
}
async function start() {
  const gyms = await call("/gyms");
  $("#nobody").hidden = gyms.length > 0;
  $("#phones").hidden = gyms.length === 0;
  if (!gyms.length) { setTimeout(attempt(start), 2000); return; }
  const chosen = gyms.find((entry) => entry.gym === state.gym) || gyms[0];
  Object.assign(state, { gym: chosen.gym, name: chosen.name, channels: chosen.channels });
  showGyms(gyms);
  for (const account of await call(ask("/accounts"))) {
    if (account.channel === "telegram") Object.assign(state, { staff: account.staff, group: account.staff_group });
  }
  await readClock().catch(() => { $("#now").textContent = "clock not reachable"; });
  setInterval(showClock, 5000);
  const usual = ["whatsapp", "instagram"].map((key) => state.channels.includes(key) ? key : state.channels[0]);
  const names = ["Ana Silva", "Zoe Murphy"];
  const addresses = { "instagram": "1029384756601234", "telegram": "700100200" };
  usual.forEach((channel, index) => {
    const seat = kept("seat" + index);
    state.phones.push(new Phone("prospect", seat && state.channels.includes(seat.channel) ? seat : { channel, address: addresses[channel] || "+35385123456" + (7 + index), name: names[index] }));
  });
  const members = Object.keys(state.staff);
  if (state.group && members.length) state.phones.push(new Phone("staff", { channel: "telegram", address: "staff" }));
  if (members.length) {
    const key = members.includes(kept("trainer")) ? kept("trainer") : members.at(-1);
    state.phones.push(new Phone("trainer", { channel: "telegram", address: "staff:" + key, name: state.staff[key].name }));
  }
  $("#phones").append(...state.phones.map((phone) => phone.element));
  $("#tabs").append(...state.phones.map((phone) => phone.tab));
  watchTabs();
  listen();
  await showFaults();
}
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", attempt(async () => { await call(ask("/clock"), { advance: button.dataset.advance }); await readClock(); }));
}
$("#new-person").addEventListener("click", attempt(async () => { if (state.phones.length) await askWho(state.phones.find((phone) => phone.tab.getAttribute("aria-current") === "true" && phone.kind === "prospect") || state.phones[0], true); }));
$("#person-form").elements.channel.addEventListener("change", () => showChannel(true));
$("#person-cancel").addEventListener("click", () => $("#person").close());
$("#person-form").addEventListener("submit", () => {
  const { channel, name, address } = form();
  seat(askWho.phone, { channel: channel.value, name: name.value.trim(), address: address.value.trim() });
});
$("#open-faults").addEventListener("click", () => openFaults($("#faults").hidden));
$("#close-faults").addEventListener("click", () => openFaults(false));
$("#faults").addEventListener("keydown", (event) => { if (event.key === "Escape") openFaults(false); });
$("#faults-off").addEventListener("click", attempt(async () => showFaults(await call("/faults", { clear: true }))));
$("#faults-form").addEventListener("submit", attempt(async (event) => {
  event.preventDefault();
  const fields = $("#faults-form").elements;
  const wanted = { delay_ms: Number(fields.delay_ms.value), blocked: fields.blocked.value.split(",").map((entry) => entry.trim()).filter(Boolean) };
  for (const name of shares) wanted[name] = Number(fields[name].value) / 100;
  await showFaults(await call("/faults", wanted));
}));
attempt(start)();
