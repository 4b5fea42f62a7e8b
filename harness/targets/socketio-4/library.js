"use strict";
// What the conformance app needs of this version of socket.io and another version does in another way. The other files are the same for every version.

const { Server } = require("socket.io");
const { dependencies } = require("./package.json");

const lost = Number(process.env.SIO_RECOVERY ?? 0);
const skipMiddlewares = process.env.SIO_RECOVERY_MIDDLEWARES !== "true";
const recovery = lost > 0 && { connectionStateRecovery: { maxDisconnectionDuration: lost, skipMiddlewares } };

module.exports = {
  implementation: `socket.io ${dependencies["socket.io"]}`,
  features: [
    "middleware", "middleware.twice", "dynamic.pattern", "dynamic.function", "parent", "except", "ack.timeout",
    "ack.broadcast", "fetch", "sockets", "volatile", "declare", "namespaces", "log", "log.answered", "handshake",
    ...(recovery ? ["recovery"] : []),
  ],

  start: (server, options) => new Server(server, { ...options, ...recovery }),

  // credentials returns the CONNECT payload, given the request of the handshake and what the library keeps of the CONNECT.
  credentials: (request, auth) => auth,

  namespaces: (io) => [...io._nsps.keys()],
  members: (nsp, room) => [...(room === undefined ? nsp.sockets.keys() : nsp.adapter.rooms.get(room) ?? [])],
  rooms: (socket) => [...socket.rooms],

  // ask sends with an acknowledgement and calls done with an error or none, and what came.
  ask: (operator, ms, args, done) => void operator.timeout(ms).emit(...args, done),
};
