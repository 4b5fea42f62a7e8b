// A server for the tests of the reference client: node app.js DIR PORT [recovery],
// where DIR holds the socket.io to use. It prints its port when it listens.
"use strict";
const http = require("http");
const [dir, port, recovery] = process.argv.slice(2);
const socketio = require(require.resolve("socket.io", { paths: [dir] }));
const server = http.createServer();
const options = { pingInterval: 500, pingTimeout: 2000 };
if (recovery) options.connectionStateRecovery = {};
const io = socketio.Server ? new socketio.Server(server, options) : socketio(server, options);

function serve(socket) {
  const handshake = socket.handshake;
  socket.emit("hello", handshake.auth || null, handshake.query, handshake.headers["x-token"] || null);
  socket.on("message", (...args) => socket.emit("message-back", ...args));
  socket.on("ask", (...args) => args.pop()(...args));
  socket.on("question", (n) => socket.emit("answer me", n, (...args) => socket.emit("answered", ...args)));
  socket.on("mute", () => {});
  socket.on("flood", (n) => {
    for (let i = 0; i < n; i++) socket.emit("n", i);
  });
  socket.on("leave", () => socket.disconnect());
  socket.on("cut", () => socket.conn.close());
  socket.on("later", (ms) => setTimeout(() => nsp(socket).emit("missed", "what happened"), ms));
}

function nsp(socket) {
  return io.of(socket.nsp.name);
}

for (const name of ["/", "/a", "/b"]) io.of(name).on("connection", serve);
io.of("/admin").use((socket, next) => {
  const { token } = Object.assign({}, socket.handshake.query, socket.handshake.auth);
  if (token === "right") return next();
  const error = new Error("not authorized");
  error.data = { code: 1 };
  next(error);
});
io.of("/admin").on("connection", serve);

server.listen(Number(port), "127.0.0.1", () => console.log(server.address().port));
