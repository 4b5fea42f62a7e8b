// Drives the reference server with the real Socket.IO clients: node main.js SIO-CONFORM [PATTERN]
// Prints a line for each client and way to connect, and what went wrong; ends with 1 if something did.
"use strict";

const { spawn } = require("node:child_process");
const readline = require("node:readline");
const { clients, ways, Session, within } = require("./client.js");
const checks = require("./checks.js");

// serve starts the server and resolves with its address.
async function serve(binary) {
  const args = ["serve", "--addr", "127.0.0.1:0", "--revisions", "4,5", "--ping-interval", "100ms", "--ping-timeout", "5s"];
  const server = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const line = await within("the server", new Promise((resolve, reject) => {
    readline.createInterface({ input: server.stdout }).once("line", resolve);
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  }));
  return { server, url: line.replace("listening on ", "") };
}

// run resolves with what is wrong, if anything.
async function run(check, client, way, url) {
  const sessions = [];
  const open = (credentials) => {
    const s = new Session(client, way, url, credentials);
    sessions.push(s);
    return s;
  };
  try {
    await check(open(), open);
    return null;
  } catch (err) {
    return err;
  } finally {
    sessions.forEach((s) => s.close());
  }
}

async function main(binary, pattern = "") {
  const { server, url } = await serve(binary);
  let passed = 0;
  let failed = 0;
  for (const client of clients) {
    for (const way of ways.filter((w) => (w.revision ?? client.revision) === client.revision)) {
      for (const [name, check] of Object.entries(checks)) {
        const title = `${client.version}, ${way.name}: ${name}`;
        if (!title.includes(pattern)) {
          continue;
        }
        const err = await run(check, client, way, url);
        if (err) {
          failed++;
          console.error(`FAIL ${title}\n${err.stack}`);
        } else {
          passed++;
        }
      }
      console.log(`${client.version}, ${way.name}: done`);
    }
  }
  server.kill();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main(process.argv[2], process.argv[3]);
