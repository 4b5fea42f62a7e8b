"use strict";
// What the conformance app needs of this version of socket.io and another version does in another way. The other files are the same for every version.

const { Server } = require("socket.io");
const { dependencies } = require("./package.json");

module.exports = {
  implementation: `socket.io ${dependencies["socket.io"]}`,
  features: [
    "middleware", "middleware.twice", "dynamic.pattern", "dynamic.function", "parent", "except", "ack.timeout",
    "fetch", "sockets", "volatile", "declare", "namespaces", "log", "handshake",
  ],

  start: (server, options) => new Server(server, options),

  // credentials returns the CONNECT payload, given the request of the handshake and what the library keeps of the CONNECT.
  credentials: (request, auth) => auth,

  namespaces: (io) => [...io._nsps.keys()],
  members: (nsp, room) => [...(room === undefined ? nsp.sockets.keys() : nsp.adapter.rooms.get(room) ?? [])],
  rooms: (socket) => [...socket.rooms],

  // ask sends with an acknowledgement and calls done with an error or none, and what came. socket.io 4.0 has no time-out of its own.
  ask(socket, ms, args, done) {
    const timer = setTimeout(() => done(new Error("timeout")), ms);
    socket.emit(...args, (...answer) => {
      clearTimeout(timer);
      done(null, ...answer);
    });
  },
};
