"use strict";
// What the conformance app needs of this version of socket.io and another version does in another way. The other files are the same for every version.

const { Server } = require("socket.io");
const { dependencies } = require("./package.json");

module.exports = {
  implementation: `socket.io ${dependencies["socket.io"]}`,
  features: [
    "middleware", "middleware.twice", "dynamic.pattern", "dynamic.function", "parent", "ack.timeout", "volatile", "declare", "namespaces", "log",
    "log.answered", "handshake",
  ],

  start: (server, options) => new Server(server, options),

  // credentials returns the CONNECT payload, given the request of the handshake and what the library keeps of the CONNECT.
  credentials: (request, auth) => auth,

  namespaces: (io) => [...io._nsps.keys()],
  members: (nsp, room) => [...(room === undefined ? nsp.sockets.keys() : nsp.adapter.rooms.get(room) ?? [])],
  rooms: (socket) => [...socket.rooms],

  // ask sends with an acknowledgement and calls done with an error or none, and what came. socket.io 3 has no time-out of its own; what comes behind the
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
