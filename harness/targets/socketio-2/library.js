"use strict";
// What the conformance app needs of this version of socket.io and another version does in another way. The other files are the same for every version.

const Server = require("socket.io");
const Socket = require("socket.io/lib/socket");
const { dependencies } = require("./package.json");
const { object } = require("./shape");

// socket.io 2 shows the application one query, in which that of the URL and that of the namespace are mixed. Here the latter is kept by itself.
const { buildHandshake } = Socket.prototype;
Socket.prototype.buildHandshake = function (own) {
  return { ...buildHandshake.call(this, own), auth: own };
};

const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return object(value) ? value : {};
  } catch {
    return {};
  }
}

module.exports = {
  implementation: `socket.io ${dependencies["socket.io"]}`,
  features: [
    "middleware", "middleware.twice", "dynamic.pattern", "dynamic.function", "parent", "ack.timeout", "volatile", "declare", "namespaces", "log",
    "log.answered", "handshake",
  ],

  start: (server, options) => new Server(server, options),

  // credentials returns the JSON value of the query parameter auth: of the URL in the main namespace, of the namespace's own query in the others.
  credentials(request, auth, nsp) {
    return parsed((nsp === "/" ? request._query : auth)?.auth);
  },

  namespaces: (io) => Object.keys(io.nsps),
  members: (nsp, room) => Object.keys(room === undefined ? nsp.connected : own(nsp.adapter.rooms, room)?.sockets ?? {}),
  rooms: (socket) => Object.keys(own(socket.adapter.sids, socket.id) ?? {}),

  // ask sends with an acknowledgement and calls done with an error or none, and what came. socket.io 2 has no time-out of its own; what comes behind the
  // one here is dropped.
  ask(socket, ms, args, done) {
    let late = false;
    const timer = setTimeout(() => { late = true; done(new Error("timeout")); }, ms);
    socket.emit(...args, (...answer) => {
      if (late) return;
      clearTimeout(timer);
      done(null, ...answer);
    });
  },
};
