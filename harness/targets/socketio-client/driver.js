// The client driver of docs/driver.md for socket.io-client 2, 3 and 4. The argument says which: node driver.js 4.
// With --connect HOST:PORT it speaks the protocol over that TCP connection instead of its standard input and output.

"use strict";

const net = require("net");
const readline = require("readline");

const major = process.argv[2] || "4";
const io = require("socket.io-client-" + major);
const clientVersion = require("socket.io-client-" + major + "/package.json").version;
const revision = major === "2" ? 4 : 5;

const ofAll = ["binary", "when", "set", "kill", "throw", "remember-upgrade", "force-base64", "manager-events", "reset", "once", "off", "event-state", "timestamps"];
const since3 = [...ofAll, "auth-function", "volatile", "any-in", "any-off"];
const capabilities = {
  2: ofAll,
  3: since3,
  4: [...since3, "any-out", "timeout", "promise", "ack-timeout", "retries", "recovery", "try-all-transports", "max-payload",
    "manager-ping", "event-active", "disconnect-details", "add-trailing-slash", "cookies", "sibling"],
}[major];

const has = (capability) => capabilities.includes(capability);

// The options of open, and the capability that some need.
const options = {
  transports: "", upgrade: "", path: "", query: "", auth: "", forceNew: "", multiplex: "", autoConnect: "", reconnection: "", reconnectionAttempts: "",
  reconnectionDelay: "", reconnectionDelayMax: "", randomizationFactor: "", timeout: "", extraHeaders: "",
  authFunction: "auth-function", authDelay: "auth-function", ackTimeout: "ack-timeout", retries: "retries", tryAllTransports: "try-all-transports",
  rememberUpgrade: "remember-upgrade", forceBase64: "force-base64", timestampRequests: "timestamps", timestampParam: "timestamps",
  addTrailingSlash: "add-trailing-slash", withCredentials: "cookies",
};

let channel;
let sockets = new Map(); // label -> {socket, options}
let managers = [];

function write(line) {
  channel.write(JSON.stringify(line) + "\n");
}

function report(ev, fields) {
  write({ ev, t: Number(process.hrtime.bigint() / 1000n) / 1000, ...fields });
}

// pack turns a value of the library into one of the protocol.
function pack(value) {
  if (value === undefined) return { $undef: 1 };
  if (Buffer.isBuffer(value)) return { $bin: value.toString("base64") };
  if (value instanceof ArrayBuffer) return { $bin: Buffer.from(value).toString("base64") };
  if (ArrayBuffer.isView(value)) return { $bin: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  if (Array.isArray(value)) return value.map(pack);
  if (value instanceof Error) return { $error: value.message };
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pack(v)]));
  return value;
}

// unpack is the inverse of pack.
function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$bin === "string") return Buffer.from(value.$bin, "base64");
  if (value.$undef === 1) return undefined;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v)]));
}

class Unsupported extends Error {}

function need(capability) {
  if (!has(capability)) throw new Unsupported("unsupported: " + capability);
}

function find(label) {
  const entry = sockets.get(label);
  if (!entry) throw new Error("there is no socket " + label);
  return entry;
}

// entryOf returns the socket's own label only while the socket is not forgotten.
function live(label, entry) {
  return sockets.get(label) === entry;
}

function translate(given) {
  const opts = {};
  for (const [name, value] of Object.entries(given || {})) {
    if (!(name in options)) throw new Unsupported("unsupported: option " + name);
    if (options[name]) need(options[name]);
    opts[name] = value;
  }
  if (opts.auth !== undefined && revision === 4) throw new Unsupported("unsupported: option auth");
  if (opts.authFunction) {
    const values = opts.authFunction;
    const delay = opts.authDelay || 0;
    let calls = 0;
    opts.auth = (done) => {
      const value = unpack(values[Math.min(calls++, values.length - 1)]);
      if (delay) setTimeout(() => done(value), delay);
      else done(value);
    };
    delete opts.authFunction;
    delete opts.authDelay;
  }
  return opts;
}

function managerOf(socket) {
  let n = managers.indexOf(socket.io);
  if (n >= 0) return n;
  n = managers.push(socket.io) - 1;
  for (const name of ["open", "close", "reconnect_attempt", "reconnect", "reconnect_error", "reconnect_failed"]) {
    socket.io.on(name, (arg) => managers[n] === socket.io && report("mgr", { mgr: n, name, arg: pack(arg) }));
  }
  if (has("manager-ping")) socket.io.on("ping", () => managers[n] === socket.io && report("mgr", { mgr: n, name: "ping", arg: null }));
  return n;
}

// flags returns what a listener sees of its socket.
function flags(socket) {
  return has("event-active") ? { connected: socket.connected, active: socket.active } : { connected: socket.connected };
}

function watch(label, entry) {
  const { socket } = entry;
  const tell = (ev, fields) => live(label, entry) && report(ev, { sock: label, ...fields });
  socket.on("connect", () => tell("connect", { id: socket.id, recovered: !!socket.recovered, ...flags(socket) }));
  socket.on("disconnect", (reason, details) => tell("disconnect", {
    reason, id: socket.id === undefined ? null : socket.id, ...flags(socket), ...(details === undefined ? {} : { details: String(details.description || details.message) }),
  }));
  socket.on("connect_error", (err) => tell("connect_error", {
    message: err && err.message !== undefined ? String(err.message) : String(err), data: pack(err && err.data), ...flags(socket),
  }));
  if (revision === 4) socket.on("error", (data) => tell("error", { data: pack(data) }));
}

const ops = {
  hello() {
    return { driver: 1, client: "socket.io-client", version: clientVersion, revisions: [revision], transports: ["polling", "websocket"], capabilities };
  },

  open(op) {
    if (sockets.has(op.sock)) throw new Error("the label is taken: " + op.sock);
    const opts = translate(op.opts);
    const socket = io(op.url, opts);
    const entry = { socket, opts };
    sockets.set(op.sock, entry);
    watch(op.sock, entry);
    return { mgr: managerOf(socket) };
  },

  sibling(op) {
    need("sibling");
    if (sockets.has(op.sock)) throw new Error("the label is taken: " + op.sock);
    const entry = { socket: find(op.of).socket.io.socket(op.namespace, {}), opts: {} };
    sockets.set(op.sock, entry);
    watch(op.sock, entry);
    return { mgr: managerOf(entry.socket) };
  },

  on(op) {
    const entry = find(op.sock);
    const listener = (...args) => {
      if (!live(op.sock, entry)) return;
      const ack = typeof args[args.length - 1] === "function" ? args.pop() : null;
      report("event", { sock: op.sock, name: op.event, args: args.map(pack), ack: ack !== null });
      if (ack && op.reply) for (let i = 0; i < (op.times || 1); i++) ack(...op.reply.map(unpack));
    };
    entry.listeners = { ...entry.listeners, [op.event]: listener };
    if (op.once) entry.socket.once(op.event, listener);
    else entry.socket.on(op.event, listener);
  },

  off(op) {
    const { socket, listeners } = find(op.sock);
    socket.off(op.event, listeners[op.event]);
  },

  emit(op) {
    const entry = find(op.sock);
    let target = entry.socket;
    if (op.volatile) { need("volatile"); target = target.volatile; }
    if (op.timeout !== undefined) { need("timeout"); target = target.timeout(op.timeout); }
    const args = (op.args || []).map(unpack);
    const acknowledged = (err, values) => live(op.sock, entry) && report("ack", { sock: op.sock, label: op.ack, err: err ? String(err.message) : null, args: values.map(pack) });
    if (op.promise) {
      need("promise");
      target.emitWithAck(op.event, ...args).then((value) => acknowledged(null, [value]), (err) => acknowledged(err, []));
    } else if (op.ack === undefined) {
      target.emit(op.event, ...args);
    } else if (op.timeout !== undefined || entry.opts.ackTimeout || entry.opts.retries) {
      target.emit(op.event, ...args, (err, ...values) => acknowledged(err, values));
    } else {
      target.emit(op.event, ...args, (...values) => acknowledged(null, values));
    }
  },

  connect(op) { find(op.sock).socket.connect(); },
  disconnect(op) { find(op.sock).socket.disconnect(); },

  state(op) {
    const { socket } = find(op.sock);
    const engine = socket.io.engine;
    return {
      connected: socket.connected, id: socket.id === undefined ? null : socket.id, active: has("volatile") ? socket.active : undefined,
      transport: engine && engine.transport ? engine.transport.name : null,
    };
  },

  set(op) {
    need("set");
    const { socket } = find(op.sock);
    if (op.auth !== undefined) {
      if (revision === 4) throw new Unsupported("unsupported: option auth");
      socket.auth = op.auth;
    }
    if (op.query !== undefined) {
      socket.io.opts.query = op.query;
      if (revision === 4) socket.query = new URLSearchParams(op.query).toString();
    }
  },

  kill(op) { need("kill"); find(op.sock).socket.io.engine.close(); },

  when(op) {
    need("when");
    const entry = find(op.sock);
    entry.socket.on(op.event, () => {
      if (!live(op.sock, entry)) return;
      for (const inner of op.ops) {
        try { run(inner); } catch (err) { report("op_error", { message: String(err.message) }); }
      }
    });
  },

  any(op) {
    const entry = find(op.sock);
    const name = op.dir === "out" ? "any_out" : "any";
    need(op.dir === "out" ? "any-out" : "any-in");
    const tell = (event, ...args) => {
      if (typeof args[args.length - 1] === "function") args.pop();
      if (live(op.sock, entry)) report(name, { sock: op.sock, name: event, args: args.map(pack) });
    };
    entry.anyListeners = { ...entry.anyListeners, [op.dir]: tell };
    if (op.dir === "out") entry.socket.onAnyOutgoing(tell);
    else entry.socket.onAny(tell);
  },

  offAny(op) {
    const { socket, anyListeners } = find(op.sock);
    if (op.dir === "out") socket.offAnyOutgoing(anyListeners.out);
    else socket.offAny(anyListeners.in);
  },

  throwOn(op) {
    need("throw");
    const entry = find(op.sock);
    entry.socket.on(op.event, () => { if (live(op.sock, entry)) throw new Error("thrown by the listener"); });
  },

  batch(op) {
    return { replies: op.ops.map((inner) => attempt(inner)) };
  },

  reset() {
    const old = sockets;
    sockets = new Map();
    for (const { socket } of old.values()) {
      const manager = socket.io;
      manager.reconnection(false);
      manager.skipReconnect = true;
      socket.disconnect();
      if (manager.engine) manager.engine.close();
    }
    managers = [];
  },

  exit() { process.exit(0); },
};

function run(op) {
  if (!Object.prototype.hasOwnProperty.call(ops, op.op)) throw new Unsupported("unsupported: op " + op.op);
  return ops[op.op](op);
}

// attempt runs an op and returns its reply without the id.
function attempt(op) {
  try {
    return { ok: true, ...run(op) };
  } catch (err) {
    return { ok: false, err: String(err.message) };
  }
}

function handle(line) {
  const op = JSON.parse(line);
  if (op.op === "pause") {
    setTimeout(() => write({ re: op.id, ok: true }), op.ms);
    return;
  }
  write({ re: op.id, ...attempt(op) });
}

function serve(input) {
  process.on("uncaughtException", (err) => {
    if (err && err.code === "EPIPE") process.exit(0);
    report("uncaught", { message: String(err && err.stack ? err.stack : err) });
  });
  process.on("unhandledRejection", (err) => report("uncaught", { message: String(err && err.stack ? err.stack : err) }));
  readline.createInterface({ input, crlfDelay: Infinity }).on("line", handle).on("close", () => process.exit(0));
}

const at = process.argv.indexOf("--connect");
if (at > 0) {
  const [host, port] = process.argv[at + 1].split(":");
  channel = net.connect(Number(port), host, () => serve(channel));
} else {
  channel = process.stdout;
  serve(process.stdin);
}
