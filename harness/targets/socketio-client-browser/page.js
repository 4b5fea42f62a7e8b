// The client driver of docs/driver.md in a page, around the global io of the bundle: one line a message of the WebSocket /driver.

"use strict";

const capabilities = [
  "binary", "when", "set", "kill", "throw", "remember-upgrade", "force-base64", "manager-events", "reset", "once", "off", "event-state", "timestamps", "auth-function", "volatile", "any-in",
  "any-off", "any-out", "timeout", "promise", "ack-timeout", "retries", "recovery", "try-all-transports", "max-payload", "manager-ping", "event-active", "disconnect-details",
  "add-trailing-slash", "cookies", "sibling",
];

const options = [
  "transports", "upgrade", "path", "query", "auth", "forceNew", "multiplex", "autoConnect", "reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax",
  "randomizationFactor", "timeout", "extraHeaders", "authFunction", "authDelay", "ackTimeout", "retries", "tryAllTransports", "rememberUpgrade", "forceBase64", "timestampRequests",
  "timestampParam", "addTrailingSlash", "withCredentials",
];

const channel = new WebSocket(`ws://${location.host}/driver`);
let sockets = new Map(); // label -> {socket, opts, listeners, anyListeners}
let managers = [];

const write = (line) => channel.send(JSON.stringify(line));
const report = (ev, fields) => write({ ev, t: performance.now(), ...fields });
const uncaught = (err) => report("uncaught", { message: String(err && err.stack ? err.stack : err) });

function base64(bytes) {
  let text = "";
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text);
}

// pack turns a value of the library into one of the protocol.
function pack(value) {
  if (value === undefined) return { $undef: 1 };
  if (value instanceof ArrayBuffer) return { $bin: base64(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) return { $bin: base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  if (Array.isArray(value)) return value.map(pack);
  if (value instanceof Error) return { $error: value.message };
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pack(v)]));
  return value;
}

// unpack is the inverse of pack.
function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$bin === "string") return Uint8Array.from(atob(value.$bin), (c) => c.charCodeAt(0));
  if (value.$undef === 1) return undefined;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v)]));
}

function unsupported(what) {
  throw new Error("unsupported: " + what);
}

function find(label) {
  const entry = sockets.get(label);
  if (!entry) throw new Error("there is no socket " + label);
  return entry;
}

// live reports whether the socket is not forgotten.
const live = (label, entry) => sockets.get(label) === entry;

function translate(given) {
  const opts = { ...given };
  for (const name of Object.keys(opts)) if (!options.includes(name)) unsupported("option " + name);
  if (opts.extraHeaders && (opts.transports || ["websocket"]).includes("websocket")) unsupported("option extraHeaders over WebSocket");
  if (!opts.authFunction) return opts;
  const { authFunction: values, authDelay: delay } = opts;
  let calls = 0;
  opts.auth = (done) => {
    const value = unpack(values[Math.min(calls++, values.length - 1)]);
    if (delay) setTimeout(() => done(value), delay);
    else done(value);
  };
  delete opts.authFunction;
  delete opts.authDelay;
  return opts;
}

function managerOf(socket) {
  let n = managers.indexOf(socket.io);
  if (n >= 0) return n;
  n = managers.push(socket.io) - 1;
  for (const name of ["open", "close", "reconnect_attempt", "reconnect", "reconnect_error", "reconnect_failed", "ping"]) {
    socket.io.on(name, (arg) => managers[n] === socket.io && report("mgr", { mgr: n, name, arg: arg === undefined ? null : pack(arg) }));
  }
  return n;
}

const flags = (socket) => ({ connected: socket.connected, active: socket.active });

function watch(label, entry) {
  const { socket } = entry;
  const tell = (ev, fields) => live(label, entry) && report(ev, { sock: label, ...fields });
  socket.on("connect", () => tell("connect", { id: socket.id, recovered: !!socket.recovered, ...flags(socket) }));
  socket.on("disconnect", (reason, details) => tell("disconnect", {
    reason, id: socket.id === undefined ? null : socket.id, ...flags(socket), ...(details === undefined ? {} : { details: String(details.description || details.message) }),
  }));
  socket.on("connect_error", (err) => tell("connect_error", { message: String(err.message), data: pack(err.data), ...flags(socket) }));
}

function enter(label, socket, opts) {
  const entry = { socket, opts, listeners: {}, anyListeners: {} };
  sockets.set(label, entry);
  watch(label, entry);
  return { mgr: managerOf(socket) };
}

const ops = {
  hello: () => ({ driver: 1, client: "socket.io-client in a browser", version: "4.8.4", revisions: [5], transports: ["polling", "websocket"], capabilities }),

  open(op) {
    if (sockets.has(op.sock)) throw new Error("the label is taken: " + op.sock);
    const opts = translate(op.opts);
    return enter(op.sock, io(op.url, opts), opts);
  },

  sibling(op) {
    if (sockets.has(op.sock)) throw new Error("the label is taken: " + op.sock);
    return enter(op.sock, find(op.of).socket.io.socket(op.namespace, {}), {});
  },

  on(op) {
    const entry = find(op.sock);
    const listener = (...args) => {
      if (!live(op.sock, entry)) return;
      const ack = typeof args[args.length - 1] === "function" ? args.pop() : null;
      report("event", { sock: op.sock, name: op.event, args: args.map(pack), ack: ack !== null });
      if (ack && op.reply) for (let i = 0; i < (op.times || 1); i++) ack(...op.reply.map(unpack));
    };
    entry.listeners[op.event] = listener;
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
    if (op.volatile) target = target.volatile;
    if (op.timeout !== undefined) target = target.timeout(op.timeout);
    const args = (op.args || []).map(unpack);
    const acknowledged = (err, values) => live(op.sock, entry) && report("ack", { sock: op.sock, label: op.ack, err: err ? String(err.message) : null, args: values.map(pack) });
    if (op.promise) {
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
    const { engine } = socket.io;
    return { connected: socket.connected, id: socket.id === undefined ? null : socket.id, active: socket.active, transport: engine && engine.transport ? engine.transport.name : null };
  },

  set(op) {
    const { socket } = find(op.sock);
    if (op.auth !== undefined) socket.auth = op.auth;
    if (op.query !== undefined) socket.io.opts.query = op.query;
  },

  kill(op) { find(op.sock).socket.io.engine.close(); },

  when(op) {
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
    const tell = (event, ...args) => {
      if (typeof args[args.length - 1] === "function") args.pop();
      if (live(op.sock, entry)) report(op.dir === "out" ? "any_out" : "any", { sock: op.sock, name: event, args: args.map(pack) });
    };
    entry.anyListeners[op.dir] = tell;
    if (op.dir === "out") entry.socket.onAnyOutgoing(tell);
    else entry.socket.onAny(tell);
  },

  offAny(op) {
    const { socket, anyListeners } = find(op.sock);
    if (op.dir === "out") socket.offAnyOutgoing(anyListeners.out);
    else socket.offAny(anyListeners.in);
  },

  throwOn(op) {
    const entry = find(op.sock);
    entry.socket.on(op.event, () => { if (live(op.sock, entry)) throw new Error("thrown by the listener"); });
  },

  batch: (op) => ({ replies: op.ops.map((inner) => attempt(inner)) }),

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

  exit() { channel.close(); },
};

function run(op) {
  if (!Object.prototype.hasOwnProperty.call(ops, op.op)) unsupported("op " + op.op);
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

channel.onmessage = ({ data }) => {
  const op = JSON.parse(data);
  if (op.op === "pause") setTimeout(() => write({ re: op.id, ok: true }), op.ms);
  else write({ re: op.id, ...attempt(op) });
};
window.addEventListener("error", (event) => uncaught(event.error || event.message));
window.addEventListener("unhandledrejection", (event) => uncaught(event.reason));
