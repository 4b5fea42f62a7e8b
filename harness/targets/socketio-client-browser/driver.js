// The client driver of docs/driver.md for socket.io-client in a browser: starts headless Chromium with a page that speaks the protocol over a WebSocket, and passes the lines on between that and
// its own standard input and output.

"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");
const readline = require("readline");
const { WebSocketServer } = require("ws");

const files = {
  "/": { file: path.join(__dirname, "page.html"), type: "text/html; charset=utf-8" },
  "/page.js": { file: path.join(__dirname, "page.js"), type: "text/javascript; charset=utf-8" },
  "/socket.io.min.js": { file: path.join(__dirname, "node_modules/socket.io-client/dist/socket.io.min.js"), type: "text/javascript; charset=utf-8" },
};

const flags = [
  "--headless=new", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--mute-audio",
  "--disable-background-networking", "--disable-component-update", "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

const profile = fs.mkdtempSync(path.join(os.tmpdir(), "sio-conform-browser-"));
let browser;

function serve(request, response) {
  const found = files[request.url];
  if (!found) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": found.type });
  fs.createReadStream(found.file).pipe(response);
}

function start(port) {
  const root = process.getuid && process.getuid() === 0 ? ["--no-sandbox"] : []; // as root it starts in no other way
  browser = spawn(process.env.CHROMIUM || "chromium", [...flags, ...root, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], { stdio: ["ignore", "ignore", "inherit"] });
  browser.on("error", (err) => {
    console.error("the browser does not start: " + err.message);
    end(1);
  });
  browser.on("exit", (code, signal) => {
    console.error("the browser ended: " + (signal || code));
    end(1);
  });
}

// end ends the browser, then removes its profile, and ends.
function end(code) {
  const leave = () => {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    process.exit(code);
  };
  if (!browser || browser.pid === undefined || browser.exitCode !== null || browser.signalCode !== null) {
    leave();
    return;
  }
  browser.removeAllListeners("exit");
  browser.on("exit", leave);
  browser.kill("SIGKILL");
}

// relay passes lines on. What comes before there is a page waits.
function relay(input, pages) {
  const waiting = [];
  let page;
  input.on("line", (line) => (page ? page.send(line) : waiting.push(line)));
  input.on("close", () => end(0));
  pages.once("connection", (socket) => {
    page = socket;
    for (const line of waiting) page.send(line);
    page.on("message", (line) => process.stdout.write(line + "\n"));
    page.on("close", () => end(1));
  });
}

process.on("SIGTERM", () => end(0));
process.on("SIGINT", () => end(0));
process.stdout.on("error", () => end(0));
const server = http.createServer(serve);
relay(readline.createInterface({ input: process.stdin, crlfDelay: Infinity }), new WebSocketServer({ server, path: "/driver", maxPayload: 32 << 20, perMessageDeflate: false }));
server.listen(0, "127.0.0.1", () => start(server.address().port));
