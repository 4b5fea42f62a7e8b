"""The conformance app of sio-conform (docs/contract.md, version 1) on python-socketio."""

import asyncio
import os
import socket
from urllib.parse import parse_qsl

import socketio
import uvicorn

import log
from ops import Operations
from shape import anything, array, count, event, mapping, one, shape, string

# Section 6: the options of a profile. A missing variable leaves the server's own default. The library has no time-out for a connection without a namespace, nor one for upgrades.
options = {}
if "SIO_PING_INTERVAL" in os.environ:
    options["ping_interval"] = int(os.environ["SIO_PING_INTERVAL"]) / 1000
if "SIO_PING_TIMEOUT" in os.environ:
    options["ping_timeout"] = int(os.environ["SIO_PING_TIMEOUT"]) / 1000
if "SIO_MAX_PAYLOAD" in os.environ:
    options["max_http_buffer_size"] = int(os.environ["SIO_MAX_PAYLOAD"])

sio = socketio.AsyncServer(async_mode="asgi", **options)
auths = {}  # credentials of the sockets, by namespace and id
data = {}  # of the sockets, by namespace and id; the sessions of the library outlive a socket


def query(environ):
    return dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))


# Section 2: the steps of a scripted middleware.


async def wait(sid, nsp, ms):
    await asyncio.sleep(ms / 1000)


async def join(sid, nsp, room):
    await sio.enter_room(sid, room, namespace=nsp)


async def emit(sid, nsp, args):
    await sio.emit(args[0], tuple(args[1:]), to=sid, namespace=nsp)


async def store(sid, nsp, members):
    data[nsp, sid].update(members)


async def disconnect(sid, nsp, _):
    await sio.disconnect(sid, namespace=nsp)


async def reject(sid, nsp, refusal):
    data = [refusal["data"]] if "data" in refusal else []
    raise socketio.exceptions.ConnectionRefusedError(refusal["message"], *data)


async def never(sid, nsp, _):
    await asyncio.get_running_loop().create_future()


STEPS = {
    "wait": (count, wait),
    "join": (string, join),
    "emit": (event, emit),
    "set": (mapping, store),
    "disconnect": (one(False), disconnect),  # the library has no call that disconnects a socket and closes its connection
    "reject": (shape({"message": string}, {"data": anything}), reject),
    "never": (one(True), never),
}


async def play(sid, nsp, script):
    """Carries out a script; an exception of the library is how it refuses."""
    if not array(script):
        raise unsupported()
    for step in script:
        if not mapping(step) or len(step) != 1:
            raise unsupported()
        [(name, value)] = step.items()
        fits, carry_out = STEPS.get(name, (None, None))
        if fits is None or not fits(value):
            raise unsupported()
        await carry_out(sid, nsp, value)


def unsupported():
    return socketio.exceptions.ConnectionRefusedError("unsupported")


async def scripted(index, sid, nsp, environ, auth):
    data[nsp, sid].setdefault("trace", []).append(index)
    log.record(query(environ), ["middleware", nsp, index])
    scripts = auth.get("mw", [])
    if not array(scripts):
        raise unsupported()
    await play(sid, nsp, scripts[index] if index < len(scripts) else [])


async def guard(sid, nsp, environ, auth):
    if auth.get("token") != "secret":
        raise socketio.exceptions.ConnectionRefusedError("not authorized", {"code": "TOKEN"})


def middleware(index):
    return lambda *args: scripted(index, *args)


SCRIPTED = [middleware(index) for index in range(3)]


# Section 1: the namespaces and their connection handler. The library asks it before it admits the client, and has none that it calls afterwards.


def serve(nsp, middlewares):
    async def connect(sid, environ, auth):
        auth = auth if mapping(auth) else {}
        auths[nsp, sid], data[nsp, sid] = auth, {}
        for admit in middlewares:
            await admit(sid, nsp, environ, auth)
        sio.start_background_task(connected, sid, environ, auth)

    async def connected(sid, environ, auth):
        log.record(query(environ), ["connection", nsp])
        await sio.emit("auth", auth, to=sid, namespace=nsp)

    async def disconnected(sid, reason):
        tags = query(sio.get_environ(sid, namespace=nsp))
        log.record(tags, ["disconnecting", nsp, reason, sorted(sio.rooms(sid, namespace=nsp))])
        log.record(tags, ["disconnect", nsp, reason])
        auths.pop((nsp, sid), None)
        data.pop((nsp, sid), None)

    async def message(sid, *args):
        await sio.emit("message-back", args, to=sid, namespace=nsp)

    async def message_with_ack(sid, *args):
        return args

    async def op(sid, *args):
        return await operations.handle(sid, nsp, args)

    sio.on("connect", connect, namespace=nsp)
    sio.on("disconnect", disconnected, namespace=nsp)
    sio.on("message", message, namespace=nsp)
    sio.on("message-with-ack", message_with_ack, namespace=nsp)
    sio.on("op", op, namespace=nsp)


def declare(nsp):
    if nsp not in sio.handlers:
        serve(nsp, [])


operations = Operations(sio, auths, data, query, declare)
for name in ["/", "/orders", "/users"]:
    serve(name, SCRIPTED)
serve("/custom", [])
serve("/guarded", [guard, *SCRIPTED])


class Server(uvicorn.Server):
    """Says where it listens when it does."""

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print(f"listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("SIO_PORT", "0"))), backlog=1024)
    app = socketio.ASGIApp(sio, socketio_path=os.environ.get("SIO_PATH", "/socket.io/").strip("/"))
    limit = {"ws_max_size": options["max_http_buffer_size"]} if "max_http_buffer_size" in options else {}
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False, timeout_graceful_shutdown=1, **limit)
    Server(config).run(sockets=[listener])


main()
