// One of the real clients, behind functions that are the same for all of them.
"use strict";

const assert = require("node:assert");

const clients = [
  { version: "2.5.0", module: "client-2", revision: 4 },
  { version: "3.1.3", module: "client-3", revision: 5 },
  { version: "4.8.4", module: "client-4", revision: 5 },
];

const ways = [
  { name: "polling", transports: ["polling"] },
  { name: "websocket", transports: ["websocket"] },
  { name: "upgrade", transports: ["polling", "websocket"] },
  { name: "polling base64", transports: ["polling"], forceBase64: true, revision: 4 },
  { name: "websocket base64", transports: ["websocket"], forceBase64: true, revision: 4 },
];

// patience bounds every wait, in milliseconds.
const patience = 10_000;

// within rejects when a promise takes too long.
function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// event resolves with the arguments of the next event.
function event(emitter, name) {
  return within(`the event ${name}`, new Promise((resolve) => emitter.once(name, (...args) => resolve(args))));
}

// A Session is one Manager of a client, that is one connection.
class Session {
  constructor(client, way, url, credentials = {}) {
    this.revision = client.revision;
    this.credentials = credentials;
    const options = { transports: way.transports, forceBase64: way.forceBase64, reconnectionDelay: 10, autoConnect: false };
    if (this.revision === 4) {
      options.query = { auth: JSON.stringify(credentials) };
    }
    this.manager = new (require(client.module).Manager)(url, options);
    this.upgraded = new Promise((resolve) => {
      this.manager.once("open", () => {
        if (way.name !== "upgrade") {
          return resolve();
        }
        this.manager.engine.once("upgrade", () => resolve());
      });
    });
  }

  // socket asks for a namespace. The promise joined resolves with the credentials that the app saw, and refused with how it refused.
  socket(name, credentials = name === "/" ? this.credentials : {}) {
    const socket = this.manager.socket(name, {});
    this.watch(socket);
    this.give(socket, credentials);
    socket.connect();
    return socket;
  }

  // give sets the credentials of the next attempt.
  give(socket, credentials) {
    if (this.revision !== 4) {
      socket.auth = credentials;
    } else if (socket.nsp !== "/") {
      socket.query = { auth: JSON.stringify(credentials) };
    }
  }

  // watch renews what a socket promises, for another attempt.
  watch(socket) {
    socket.joined = new Promise((resolve) => socket.once("auth", resolve));
    socket.refused = new Promise((resolve) => {
      if (this.revision === 4) {
        socket.once("error", (payload) => resolve(typeof payload === "string" ? { message: payload } : { data: payload }));
      } else {
        socket.once("connect_error", (err) => resolve({ message: err.message, ...(err.data === undefined ? {} : { data: err.data }) }));
      }
    });
  }

  // join asks for namespaces and waits for all of them.
  async join(...names) {
    const sockets = names.map((name) => this.socket(name));
    await Promise.all(sockets.map((s) => within(`${s.nsp} to be joined`, s.joined)));
    await within("the upgrade", this.upgraded);
    return sockets;
  }

  // refusal is what a client learns about an error of a middleware.
  refusal(message, data) {
    if (data === undefined) {
      return { message };
    }
    return this.revision === 4 ? { data } : { message, data };
  }

  close() {
    this.manager.reconnection(false);
    this.manager.engine?.close();
  }
}

// ask carries out an operation of the conformance app, and resolves with its reply.
function ask(socket, request) {
  return within(`the reply to ${JSON.stringify(request)}`, new Promise((resolve) => socket.emit("op", request, resolve)));
}

// op is ask for an operation that succeeds.
async function op(socket, request) {
  const reply = await ask(socket, request);
  assert.ok("ok" in reply, `${JSON.stringify(request)}: ${JSON.stringify(reply)}`);
  return reply.ok;
}

module.exports = { clients, ways, Session, within, event, ask, op };
