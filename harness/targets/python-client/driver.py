"""The client driver of docs/driver.md on python-socketio's AsyncClient: lines of JSON on standard input and output."""

import asyncio
import json
import sys
import threading
import time
from importlib.metadata import version

import socketio

import value
from connection import Connection, Unsupported, place

CAPABILITIES = ["binary", "reset", "when", "set", "throw", "timeout", "auth-function"]

connections = []  # in the order in which they were made, which numbers them
sockets = {}  # by label: the connection and the namespace
fresh = []  # connections of the operation at hand, which are still told their namespaces
write_lock = threading.Lock()


def write(line):
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    with write_lock:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()


def report(ev, **members):
    write({"ev": ev, "t": time.monotonic() * 1000, **members})


def find(op):
    if op["sock"] not in sockets:
        raise ValueError("there is no socket " + op["sock"])
    return sockets[op["sock"]]


async def hello(op):
    return {
        "driver": 1, "client": "python-socketio", "version": version("python-socketio"),
        "revisions": [5], "transports": ["polling", "websocket"], "capabilities": CAPABILITIES,
    }


async def open_(op):
    if op["sock"] in sockets:
        raise ValueError("the label is taken: " + op["sock"])
    where = place(op["url"])
    connection = shared(where, op["opts"])
    if connection is None:
        connection = Connection(where, op["opts"], report, inner)
        connections.append(connection)
        fresh.append(connection)
    sockets[op["sock"]] = connection, where.namespace
    connection.add(op["sock"], where.namespace)
    return {"mgr": connections.index(connection)}


def shared(where, opts):
    """The connection over which a namespace is joined, None where it gets one of its own."""
    if opts.get("forceNew") or opts.get("multiplex") is False:
        return None
    same = [c for c in connections if c.shareable and c.key == Connection.key_of(where, opts)]
    if not same or where.namespace in same[0].labels:
        return None
    if same[0] in fresh:
        same[0].check_same(where, opts)
        return same[0]
    if same[0].over():
        return None
    raise Unsupported("a further namespace over a connection that was made")


async def on(op):
    connection, namespace = find(op)
    reply = op.get("reply")

    async def listener(*args):
        if connection.forgotten:
            return None
        report("event", sock=op["sock"], name=op["event"], args=[value.pack(a) for a in args])
        return None if reply is None else tuple(value.unpack(v) for v in reply)

    if op.get("once"):
        raise Unsupported("once")
    connection.listen(namespace, op["event"], listener)


async def throw_on(op):
    connection, namespace = find(op)

    async def listener(*_):
        if not connection.forgotten:
            raise RuntimeError("thrown by the listener")

    connection.listen(namespace, op["event"], listener)


async def when(op):
    connection, namespace = find(op)
    connection.when(namespace, op["event"], op["ops"])


async def inner(op):
    """Runs an operation inside a listener."""
    try:
        await run(op)
    except Exception as err:
        report("op_error", message=str(err))


async def emit(op):
    connection, namespace = find(op)
    if op.get("volatile") or op.get("promise"):
        raise Unsupported("volatile" if op.get("volatile") else "promise")
    if connection.client.get_sid(namespace) is None:
        raise Unsupported("an event before the namespace is connected")  # the library raises an exception
    data = tuple(value.unpack(a) for a in op["args"])
    label = op.get("ack")
    if "timeout" in op:
        connection.start(call(connection, namespace, op, data))
        return
    callback = None
    if label is not None:

        def callback(*args):
            if not connection.forgotten:
                report("ack", sock=op["sock"], label=label, err=None, args=[value.pack(a) for a in args])

    await connection.client.emit(op["event"], data, namespace=namespace, callback=callback)


async def call(connection, namespace, op, data):
    """The library's form of an acknowledgement that has its time."""
    err, args = None, []
    try:
        got = await connection.client.call(op["event"], data, namespace=namespace, timeout=op["timeout"] / 1000)
        args = list(got) if isinstance(got, tuple) else [] if got is None else [got]
    except socketio.exceptions.TimeoutError:
        err = "timeout"
    if not connection.forgotten:
        report("ack", sock=op["sock"], label=op["ack"], err=err, args=[value.pack(a) for a in args])


async def connect(op):
    connection, namespace = find(op)
    await connection.connect_again(namespace)


async def disconnect(op):
    connection, namespace = find(op)
    await connection.leave(namespace)


async def state(op):
    connection, namespace = find(op)
    sid = connection.client.get_sid(namespace)
    return {"connected": sid is not None, "id": sid, "transport": connection.client.transport()}


async def set_(op):
    connection, _ = find(op)
    if "auth" in op:
        connection.auth = op["auth"]
    if "query" in op:
        connection.query = op["query"]


async def batch(op):
    return {"replies": [await attempt(one) for one in op["ops"]]}


async def reset(op):
    old = connections[:]
    connections.clear()
    sockets.clear()
    for connection in old:
        await connection.forget()


async def pause(op):
    await asyncio.sleep(op["ms"] / 1000)


OPS = {
    "hello": hello, "open": open_, "on": on, "throwOn": throw_on, "when": when, "emit": emit, "connect": connect, "disconnect": disconnect,
    "state": state, "set": set_, "batch": batch, "reset": reset, "pause": pause,
}


async def run(op):
    if op["op"] not in OPS:
        raise Unsupported("op " + op["op"])
    return await OPS[op["op"]](op)


async def attempt(op):
    """Runs an operation and returns its reply without the id."""
    try:
        return {"ok": True, **(await run(op) or {})}
    except Unsupported as err:
        return {"ok": False, "err": "unsupported: " + str(err)}
    except Exception as err:
        return {"ok": False, "err": f"{type(err).__name__}: {err}"}


async def handle(op):
    reply = await attempt(op)
    for connection in fresh:
        connection.connect()
    fresh.clear()
    write({"re": op["id"], **reply})


async def main():
    lines = asyncio.StreamReader(limit=32 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    pauses = set()
    while line := await lines.readline():
        op = json.loads(line)
        if op["op"] == "exit":
            return
        if op["op"] == "pause":
            task = asyncio.ensure_future(handle(op))
            pauses.add(task)
            task.add_done_callback(pauses.discard)
        else:
            await handle(op)


asyncio.run(main())
