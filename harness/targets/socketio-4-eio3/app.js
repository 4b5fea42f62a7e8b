"use strict";
// The conformance app of sio-conform (docs/contract.md, version 1) on socket.io. library.js has what differs between versions.

const { createServer } = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");
const library = require("./library");
const { bool, string, count, one, object, event, shape } = require("./shape");
const { record, entries } = require("./log");

// Section 6: the options of a profile. A missing variable leaves the server's own default.
const { env } = process;
const options = {};
if (env.SIO_PATH) options.path = env.SIO_PATH;
for (const [variable, option] of Object.entries({
  SIO_PING_INTERVAL: "pingInterval",
  SIO_PING_TIMEOUT: "pingTimeout",
  SIO_CONNECT_TIMEOUT: "connectTimeout",
  SIO_UPGRADE_TIMEOUT: "upgradeTimeout",
  SIO_MAX_PAYLOAD: "maxHttpBufferSize",
})) if (env[variable]) options[option] = Number(env[variable]);

const server = createServer((req, res) => res.writeHead(404).end());
const io = library.start(server, options);
const handler = require("./ops")(io, { record, entries, connected, credentials });

// An older socket.io admits CONNECTs whose data is no object: they count as having none.
function given(request, auth, nsp) {
  const credentials = library.credentials(request, auth, nsp);
  return object(credentials) ? credentials : {};
}

function credentials(socket) {
  return given(socket.request, socket.handshake.auth, socket.nsp.name);
}

// Section 1: the connection handler, with the parent of the namespace if it has one.
function connected(parent) {
  return (socket) => {
    const { query } = socket.handshake;
    const nsp = socket.nsp.name;
    socket.data ??= {};
    record(query, ["connection", nsp]);
    socket.emit("auth", credentials(socket));
    socket.on("message", (...args) => socket.emit("message-back", ...args.filter((arg) => typeof arg !== "function")));
    socket.on("message-with-ack", (...args) => {
      if (typeof args.at(-1) === "function") args.pop()(...args);
    });
    socket.on("op", handler(socket, parent));
    socket.on("disconnecting", (reason) => record(query, ["disconnecting", nsp, reason, library.rooms(socket).sort()]));
    socket.on("disconnect", (reason) => record(query, ["disconnect", nsp, reason]));
  };
}

// Section 2: the steps of a scripted middleware.
const steps = new Map(Object.entries({
  wait: [count, (socket, ms) => sleep(ms)],
  join: [string, (socket, room) => socket.join(room)],
  emit: [event, (socket, args) => socket.emit(...args)],
  set: [object, (socket, data) => void (socket.data = { ...socket.data, ...data })],
  disconnect: [bool, (socket, close) => socket.disconnect(close)],
}));
const ends = new Map(Object.entries({
  reject: [shape({ message: string }, { data: () => true }), (next, { message, data }) => next(refusal(message, data))],
  never: [one(true), () => {}],
  twice: [one(true), (next) => { next(); next(); }],
}));

const refusal = (message, data) => Object.assign(new Error(message), { data });

const unsupported = (next) => next(refusal("unsupported"));

// play carries out a script and returns how it ends: a function of next.
async function play(socket, script) {
  if (!Array.isArray(script)) return unsupported;
  for (const step of script) {
    const [[name, value] = [], ...others] = object(step) ? Object.entries(step) : [];
    const [fits, carryOut] = steps.get(name) ?? ends.get(name) ?? [];
    if (others.length > 0 || !fits?.(value)) return unsupported;
    if (ends.has(name)) return (next) => carryOut(next, value);
    try {
      await carryOut(socket, value);
    } catch {
      return unsupported; // a reserved event name, for instance
    }
  }
  return (next) => next();
}

const scripted = (index) => async (socket, next) => {
  socket.data ??= {};
  socket.data.trace = [].concat(socket.data.trace ?? [], index);
  record(socket.handshake.query, ["middleware", socket.nsp.name, index]);
  const scripts = credentials(socket).mw ?? [];
  (await play(socket, Array.isArray(scripts) ? scripts[index] ?? [] : scripts))(next);
};

function script(nsp) {
  for (const index of [0, 1, 2]) nsp.use(scripted(index));
  return nsp;
}

for (const name of ["/", "/orders", "/users"]) script(io.of(name)).on("connection", connected());
io.of("/custom").on("connection", connected());
const guarded = io.of("/guarded").use((socket, next) =>
  next(credentials(socket).token === "secret" ? undefined : refusal("not authorized", { code: "TOKEN" })));
script(guarded).on("connection", connected());

// Dynamic namespaces. The function of a parent is not told which connection asks: it is the one whose packet is being handled.
let asking;
io.engine.on("connection", (conn) => conn.prependListener("data", () => { asking = conn.request; }));

const decision = shape({}, { allow: bool, ms: count, error: string });

async function decide(name, auth, next) {
  if (!name.startsWith("/tenant-")) return next(null, false);
  record(asking._query, ["decide", name]);
  const tenant = given(asking, auth, name).tenant ?? {};
  if (!decision(tenant)) return next(new Error("unsupported"));
  if (tenant.ms) await sleep(tenant.ms);
  next(tenant.error === undefined ? null : new Error(tenant.error), tenant.allow ?? true);
}

for (const which of [/^\/dynamic-\d+$/, decide]) {
  const parent = script(io.of(which));
  parent.on("connection", connected(parent));
}

process.on("SIGTERM", () => process.exit(0));
server.listen(Number(env.SIO_PORT ?? 0), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
