"use strict";
// The operations of the contract, section 4. An operation gets the socket that received it, its members, and the parent of its namespace.

const library = require("./library");
const { any, bool, string, count, one, list, object, event, shape } = require("./shape");

class Unsupported extends Error {}

const name = (v) => string(v) && v.startsWith("/");
const offers = (feature) => library.features.includes(feature);
const rooms = { to: list(string), in: list(string), ...(offers("except") && { except: list(string) }) };
const matching = { via: one("nsp"), ...rooms };

// narrow applies the rooms of m, each with a call of its own.
function narrow(operator, m) {
  for (const how of ["to", "in", "except"]) for (const room of m[how] ?? []) operator = operator[how](room);
  return operator;
}

module.exports = function operations(io, { record, entries, connected, credentials }) {
  function existing(nsp) {
    if (!library.namespaces(io).includes(nsp)) throw new Error(`namespace ${nsp} does not exist`);
    return io.of(nsp);
  }

  const senders = {
    socket: (socket) => socket,
    // What most applications write: socket.to(room) and socket.except(room); with "in" it is socket.broadcast.in(room).
    broadcast: (socket, m) => (m.to?.length || m.except?.length) && !m.in?.length ? socket : socket.broadcast,
    nsp: (socket, m) => existing(m.of ?? socket.nsp.name),
    server: () => io,
    parent(socket, m, parent) {
      if (!parent) throw new Error(`namespace ${socket.nsp.name} has no parent`);
      return parent;
    },
  };

  const flags = {
    volatile: (operator) => operator.volatile,
    compress: (operator) => operator.compress(true),
    uncompressed: (operator) => operator.compress(false),
    local: (operator) => operator.local,
  };

  function operator(socket, m, parent) {
    let op = narrow(senders[m.via](socket, m, parent), m);
    for (const flag of m.flags ?? []) op = flags[flag](op);
    if (m.discard) narrow(op, m.discard);
    return op;
  }

  function emit(socket, m, parent) {
    const toSocket = m.via === "socket";
    if (toSocket && (m.to || m.in || m.except || m.flags?.includes("local"))) throw new Unsupported();
    if (m.of !== undefined && m.via !== "nsp") throw new Unsupported();
    if (m.ack !== undefined) {
      // A parent namespace of socket.io sends nothing when an acknowledgement is asked for.
      if (m.times !== undefined || m.via === "parent" || !toSocket && !offers("ack.broadcast")) throw new Unsupported();
      return new Promise((resolve, reject) => {
        library.ask(operator(socket, m, parent), m.ack, m.args, (err, ...answers) => {
          record(socket.handshake.query, ["answered", socket.nsp.name]);
          const value = toSocket ? answers : answers[0];
          if (!err) return resolve(value);
          reject(Object.assign(new Error("timeout"), toSocket ? {} : { answers: value }));
        });
      });
    }
    for (let n = 0; n < (m.times ?? 1); n++) {
      const [named, ...args] = m.args;
      const numbered = m.times === undefined ? args : args.map((arg) => (arg === "<n>" ? n : arg));
      operator(socket, m, parent).emit(named, ...numbered);
    }
  }

  function declare(declared) {
    const nsp = io.of(declared);
    if (nsp.listenerCount("connection") === 0) nsp.on("connection", connected());
  }

  function batch(socket, m, parent) {
    // "ack" and "batch" inside a batch have no meaning.
    if (m.ops.some((op) => op?.do === "ack" || op?.do === "batch")) throw new Unsupported();
    return Promise.all(m.ops.map((op) => new Promise((resolve) => run(socket, op, resolve, parent))));
  }

  const describe = (s) => ({ id: s.id, rooms: library.rooms(s).sort(), data: s.data });
  const matched = (socket, m) => narrow(socket.nsp, m);

  const ops = new Map(Object.entries({
    hello: [shape({}), () => ({ contract: 1, implementation: library.implementation, features: library.features })],
    echo: [shape({ value: any }), (s, m) => m.value],
    info: [shape({}), (s) => ({
      id: s.id, nsp: s.nsp.name, auth: credentials(s), query: s.handshake.query, headers: s.handshake.headers, data: s.data, recovered: s.recovered ?? false,
    })],
    handshake: [shape({}), ({ handshake: { url, address, secure, xdomain, issued, time } }) => ({ url, address, secure, xdomain, issued, time })],
    rooms: [shape({}), (s) => library.rooms(s).sort()],
    members: [shape({}, { room: string }), (s, m) => library.members(s.nsp, m.room).sort()],
    namespaces: [shape({}), () => library.namespaces(io).sort()],
    log: [shape({ tag: string }), (s, m) => entries(m.tag)],

    join: [shape({ rooms: list(string) }), (s, m) => void s.join(m.rooms)],
    leave: [shape({ room: string }), (s, m) => void s.leave(m.room)],
    set: [shape({ data: object }), (s, m) => void (s.data = { ...s.data, ...m.data })],
    disconnect: [shape({}, { close: bool }), (s, m) => void s.disconnect(m.close)],
    declare: [shape({ nsp: (v) => string(v) && v !== "" }), (s, m) => declare(m.nsp)],

    emit: [shape({ via: (v) => Object.hasOwn(senders, v), args: event }, {
      ...rooms, of: name, flags: list((v) => Object.hasOwn(flags, v)), discard: shape({}, rooms), ack: count, times: count,
    }), emit],
    batch: [shape({ ops: list(object) }), batch],
    fetch: [shape({}, matching), async (s, m) =>
      (await matched(s, m).fetchSockets()).map(describe).sort((a, b) => (a.id < b.id ? -1 : 1))],
    "sockets-join": [shape({ rooms: list(string) }, matching), (s, m) => matched(s, m).socketsJoin(m.rooms)],
    "sockets-leave": [shape({ rooms: list(string) }, matching), (s, m) => matched(s, m).socketsLeave(m.rooms)],
    "sockets-disconnect": [shape({}, { close: bool, ...matching }), (s, m) => matched(s, m).disconnectSockets(m.close)],
  }));

  if (!offers("fetch")) ops.delete("fetch");
  if (!offers("sockets")) for (const how of ["join", "leave", "disconnect"]) ops.delete(`sockets-${how}`);

  // run carries an operation out and gives its reply to the callback, in the same turn if it can.
  function run(socket, request, reply, parent) {
    const { do: wanted, ...members } = object(request) ? request : {};
    const [fits, carryOut] = ops.get(wanted) ?? [];
    const done = (value) => reply({ ok: value ?? null });
    const failed = (err) =>
      reply(err instanceof Unsupported ? { error: "unsupported" } : { error: "failed", message: err.message, answers: err.answers });
    if (!fits?.(members)) return failed(new Unsupported());
    let value;
    try {
      value = carryOut(socket, members, parent);
    } catch (err) {
      return failed(err);
    }
    if (value instanceof Promise) value.then(done, failed);
    else done(value);
  }

  const acked = shape({ do: one("ack"), args: Array.isArray }, { times: count, wait: count });

  // The handler of the event "op".
  return (socket, parent) => (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const request = args.length === 1 ? args[0] : undefined;
    if (acked(request)) {
      const call = () => { for (let n = 0; n < (request.times ?? 1); n++) ack(...request.args); };
      return request.wait ? setTimeout(call, request.wait) : call();
    }
    // Who has left, or was sent away by the operation, gets no reply.
    run(socket, request, (reply) => { if (socket.connected) ack(reply); }, parent);
  };
};
