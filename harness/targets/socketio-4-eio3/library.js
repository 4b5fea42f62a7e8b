"use strict";
// What the conformance app needs of this version of socket.io and another version does in another way. The other files are the same for every version.

const { Server } = require("socket.io");
const { dependencies } = require("./package.json");
const { object } = require("./shape");

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return object(value) ? value : {};
  } catch {
    return {};
  }
}

const lost = Number(process.env.SIO_RECOVERY ?? 0);
const skipMiddlewares = process.env.SIO_RECOVERY_MIDDLEWARES !== "true";
const recovery = lost > 0 && { connectionStateRecovery: { maxDisconnectionDuration: lost, skipMiddlewares } };

module.exports = {
  implementation: `socket.io ${dependencies["socket.io"]} with allowEIO3`,
  features: [
    "middleware", "middleware.twice", "dynamic.pattern", "dynamic.function", "parent", "except", "ack.timeout",
    "ack.broadcast", "fetch", "sockets", "volatile", "declare", "namespaces", "log", "log.answered", "handshake",
    ...(recovery ? ["recovery"] : []),
  ],

  start: (server, options) => new Server(server, { ...options, ...recovery, allowEIO3: true }),

  // credentials returns the CONNECT payload, given the request of the handshake and what the library keeps of the CONNECT. In revision 4 it is the JSON value of the query parameter auth: of
  // the URL in the main namespace, of the namespace's own query in the others.
  credentials(request, auth, nsp) {
    if (request._query.EIO !== "3") return auth;
    return parsed((nsp === "/" ? request._query : auth)?.auth);
  },

  namespaces: (io) => [...io._nsps.keys()],
  members: (nsp, room) => [...(room === undefined ? nsp.sockets.keys() : nsp.adapter.rooms.get(room) ?? [])],
  rooms: (socket) => [...socket.rooms],

  // ask sends with an acknowledgement and calls done with an error or none, and what came.
  ask: (operator, ms, args, done) => void operator.timeout(ms).emit(...args, done),
};
