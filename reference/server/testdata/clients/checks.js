// What a client must see of the reference server. Each check has a connection of its own, or makes more with open.
"use strict";

const assert = require("node:assert");
const { within, event, ask, op } = require("./client.js");

const same = assert.deepStrictEqual;

// refused resolves with how a namespace was refused.
function refused(socket) {
  return within(`${socket.nsp} to be refused`, socket.refused);
}

// heard collects the events with a name that reach a socket.
function heard(socket, name) {
  const all = [];
  socket.on(name, (...args) => all.push(args));
  return all;
}

// fence resolves when a socket has seen all that was sent to it before.
function fence(socket) {
  return op(socket, { do: "echo", value: "fence" });
}

const checks = {
  async "namespaces share one connection"(session) {
    const sockets = await session.join("/", "/orders", "/users");
    for (const s of sockets) {
      const info = await op(s, { do: "info" });
      same([info.nsp, info.id], [s.nsp, s.id]);
    }
    const [root, orders, users] = sockets;
    users.disconnect();
    await fence(root);
    same(await op(orders, { do: "log", tag: "none" }), []);
    session.watch(users);
    users.connect();
    await within("/users to be joined again", users.joined);
    await fence(users);
  },

  async "credentials reach the namespace that they are for"(session) {
    const [root] = await session.join("/");
    const orders = session.socket("/orders", { k: [1, "ü,?&"] });
    const users = session.socket("/users");
    same(await within("/orders", orders.joined), { k: [1, "ü,?&"] });
    same(await within("/users", users.joined), {});
    same((await op(orders, { do: "info" })).auth, { k: [1, "ü,?&"] });
    same((await op(root, { do: "info" })).auth, {});
  },

  async "middlewares refuse with message and data"(session) {
    const [root] = await session.join("/");
    const reject = (error) => ({ mw: [[], [{ reject: error }]] });
    const data = { code: 7, list: ["x"] };
    same(await refused(session.socket("/orders", reject({ message: "no", data }))), session.refusal("no", data));
    same(await refused(session.socket("/users", reject({ message: "réfusé" }))), session.refusal("réfusé"));
    same(await refused(session.socket("/nope")), session.refusal("Invalid namespace"));

    const guarded = session.socket("/guarded");
    same(await refused(guarded), session.refusal("not authorized", { code: "TOKEN" }));
    session.give(guarded, { token: "secret" });
    session.watch(guarded);
    guarded.connect();
    same(await within("/guarded", guarded.joined), { token: "secret" });
    await fence(root);
  },

  async "rooms belong to one namespace"(session, open) {
    const [orders, users] = await session.join("/orders", "/users");
    const [other] = await open().join("/orders");
    await op(orders, { do: "join", rooms: ["r"] });
    await op(users, { do: "join", rooms: ["r"] });
    const [inOrders, inUsers, elsewhere] = [orders, users, other].map((s) => heard(s, "hi"));
    await op(other, { do: "emit", via: "nsp", to: ["r"], args: ["hi", "orders"] });
    await op(other, { do: "emit", via: "broadcast", args: ["hi", "all"] });
    await Promise.all([fence(orders), fence(users), fence(other)]);
    same([inOrders, inUsers, elsewhere], [[["orders"], ["all"]], [], []]);
  },

  async "dynamic namespaces"(session) {
    await session.join("/");
    const one = session.socket("/dynamic-1");
    const two = session.socket("/dynamic-2", { mw: [[{ wait: 20 }, { set: { k: 1 } }]] });
    await Promise.all([within("/dynamic-1", one.joined), within("/dynamic-2", two.joined)]);
    same((await op(two, { do: "info" })).data, { trace: [0, 1, 2], k: 1 });
    const [atOne, atTwo] = [heard(one, "hi"), heard(two, "hi")];
    await op(one, { do: "emit", via: "parent", args: ["hi"] });
    await Promise.all([fence(one), fence(two)]);
    same([atOne, atTwo], [[[]], [[]]]);

    same(await refused(session.socket("/dynamic-x")), session.refusal("Invalid namespace"));
    const forbidden = `/tenant-forbidden-${Math.random()}`;
    same(await refused(session.socket(forbidden, { tenant: { allow: false } })), session.refusal("Invalid namespace"));
    const slow = session.socket(`/tenant-${Math.random()}`, { tenant: { ms: 20 } });
    await within(slow.nsp, slow.joined);
    await fence(slow);
  },

  async "acknowledgements"(session) {
    const [root, orders] = await session.join("/", "/orders");
    for (const s of [root, orders]) {
      const reply = await within("an acknowledgement", new Promise((resolve) => s.emit("message-with-ack", 1, { a: [null] }, (...args) => resolve(args))));
      same(reply, [1, { a: [null] }]);
      s.on("question", (n, answer) => answer(n + 1, s.nsp));
      same(await op(s, { do: "emit", via: "socket", args: ["question", 1], ack: 5000 }), [2, s.nsp]);
      same(await op(s, { do: "emit", via: "nsp", to: [s.id], args: ["question", 2], ack: 5000 }), [3]);
      same(await ask(s, { do: "emit", via: "socket", args: ["nobody"], ack: 50 }), { error: "failed", message: "timeout" });
    }
    if (orders.timeout) {
      const never = { do: "ack", args: [], times: 0 };
      const error = await within("the time-out", new Promise((resolve) => orders.timeout(50).emit("op", never, resolve)));
      assert.match(error.message, /timed out/);
    }
    await fence(orders);
  },

  async "binary"(session) {
    const [root, orders] = await session.join("/", "/orders");
    const value = { a: [Buffer.from([1, 2, 255])], b: { empty: Buffer.alloc(0) }, text: "€😀" };
    for (const s of [root, orders]) {
      const back = event(s, "message-back");
      s.emit("message", value, Buffer.from("x"));
      same(plain(await back), plain([value, Buffer.from("x")]));
      const acked = await within("an acknowledgement", new Promise((resolve) => s.emit("message-with-ack", value, resolve)));
      same(plain(acked), plain(value));
      const [all] = [heard(s, "all")];
      await op(s, { do: "emit", via: "nsp", args: ["all", "before"] });
      await op(s, { do: "emit", via: "nsp", args: ["all", Buffer.from([4, 0, 255])] });
      await op(s, { do: "emit", via: "nsp", args: ["all", "behind"] });
      await fence(s);
      same(plain(all), plain([["before"], [Buffer.from([4, 0, 255])], ["behind"]]));
    }
  },

  async "heartbeat"(session) {
    const [root] = await session.join("/");
    for (let beats = 0; beats < 3; ) {
      const [packet] = await event(session.manager.engine, "packet");
      beats += packet.type === (session.revision === 4 ? "pong" : "ping");
    }
    await fence(root);
  },

  async "the server disconnects"(session) {
    const [root, orders, users] = await session.join("/", "/orders", "/users");
    let gone = event(orders, "disconnect");
    orders.emit("op", { do: "disconnect", close: false });
    same((await gone)[0], "io server disconnect");
    await Promise.all([fence(root), fence(users)]);
    gone = Promise.all([event(root, "disconnect"), event(users, "disconnect")]);
    root.emit("op", { do: "disconnect", close: true });
    same((await gone).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
  },

  async "reconnection"(session) {
    const sockets = await session.join("/", "/orders");
    const before = sockets.map((s) => s.id);
    await op(sockets[1], { do: "join", rooms: ["r"] });
    sockets.forEach((s) => session.watch(s));
    session.manager.engine.close();
    await Promise.all(sockets.map((s) => within(`${s.nsp} to be joined again`, s.joined)));
    for (const [i, s] of sockets.entries()) {
      assert.notStrictEqual(s.id, before[i]);
      same(await op(s, { do: "rooms" }), [s.id]);
    }
  },

  async "the main namespace refuses"(_, open) {
    const session = open({ mw: [[{ reject: { message: "not here" } }]] });
    const root = session.socket("/");
    const orders = session.socket("/orders");
    same(await refused(root), session.refusal("not here"));
    if (session.revision === 5) {
      await within("/orders", orders.joined);
      return;
    }
    // In revision 4 everybody passes the main namespace first. The refusal of an unknown one is the fence.
    const auth = heard(orders, "auth");
    same(await refused(session.socket("/nope")), session.refusal("Invalid namespace"));
    same([orders.connected, auth], [false, []]);
  },
};

// plain replaces binary, which is a Buffer or an ArrayBuffer, by its bytes.
function plain(value) {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return { bytes: [...Buffer.from(value)] };
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  }
  return value;
}

module.exports = checks;
