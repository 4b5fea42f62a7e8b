"""The operations of the contract, section 4."""

import asyncio
from importlib.metadata import version
from inspect import isawaitable

import log
from shape import anything, array, count, event, list_of, mapping, namespace, one, shape, string

FEATURES = ["middleware", "ack.timeout", "declare", "log"]


class Unsupported(Exception):
    pass


ROOMS = {"to": list_of(string), "in": list_of(string)}


class Operations:
    def __init__(self, sio, auths, data, query, declare):
        self.sio, self.auths, self.data, self.query, self.declare_namespace = sio, auths, data, query, declare
        emission = {**ROOMS, "of": namespace, "flags": list_of(one("local")), "ack": count, "times": count}
        self.known = {
            "hello": (shape(), self.hello),
            "echo": (shape({"value": anything}), self.echo),
            "info": (shape(), self.info),
            "rooms": (shape(), self.rooms),
            "members": (shape({}, {"room": string}), self.members),
            "log": (shape({"tag": string}), self.log),
            "join": (shape({"rooms": list_of(string)}), self.join),
            "leave": (shape({"room": string}), self.leave),
            "set": (shape({"data": mapping}), self.set),
            # The library has no call that disconnects a socket and closes its connection.
            "disconnect": (shape({}, {"close": one(False)}), self.disconnect),
            "declare": (shape({"nsp": namespace}), self.declare),
            "emit": (shape({"via": one("socket", "broadcast", "nsp", "server"), "args": event}, emission), self.emit),
            "batch": (shape({"ops": list_of(mapping)}), self.batch),
        }
        self.acked = shape({"do": one("ack"), "args": array}, {"times": one(1), "wait": count})

    async def handle(self, sid, nsp, args):
        """Handles the event "op" and returns the arguments of its acknowledgement. The library acknowledges when the handler returns: once, and never not."""
        request = args[0] if len(args) == 1 else None
        if self.acked(request):
            await asyncio.sleep(request.get("wait", 0) / 1000)
            return tuple(request["args"])
        reply = await self.run(sid, nsp, request)
        # Who has left, or was sent away by the operation, gets no reply.
        return reply if self.sio.manager.is_connected(sid, nsp) else self.sio.not_handled

    async def run(self, sid, nsp, request):
        """Carries an operation out and returns its reply."""
        reply = await self.begin(sid, nsp, request)
        return await reply if isawaitable(reply) else reply

    async def begin(self, sid, nsp, request):
        """Carries an operation out and returns its reply, or what waits for it when a client has to answer first."""
        members = dict(request) if mapping(request) else {}
        do = members.pop("do", None)
        fits, carry_out = self.known.get(do, (None, None)) if string(do) else (None, None)
        try:
            if fits is None or not fits(members):
                raise Unsupported
            value = await carry_out(sid, nsp, members)
            return value if isawaitable(value) else {"ok": value}
        except Unsupported:
            return {"error": "unsupported"}
        except Exception as err:
            return {"error": "failed", "message": str(err)}

    async def hello(self, sid, nsp, m):
        return {"contract": 1, "implementation": f"python-socketio {version('python-socketio')}", "features": FEATURES}

    async def echo(self, sid, nsp, m):
        return m["value"]

    async def info(self, sid, nsp, m):
        environ = self.sio.get_environ(sid, namespace=nsp)
        return {
            "id": sid,
            "nsp": nsp,
            "auth": self.auths[nsp, sid],
            "query": self.query(environ),
            "headers": {name.decode(): value.decode() for name, value in environ["asgi.scope"]["headers"]},
            "data": self.data[nsp, sid],
            "recovered": False,
        }

    async def rooms(self, sid, nsp, m):
        return sorted(self.sio.rooms(sid, namespace=nsp))

    async def members(self, sid, nsp, m):
        return sorted(member for member, _ in self.sio.manager.get_participants(nsp, m.get("room")))

    async def log(self, sid, nsp, m):
        return log.entries(m["tag"])

    async def join(self, sid, nsp, m):
        for room in m["rooms"]:
            await self.sio.enter_room(sid, room, namespace=nsp)

    async def leave(self, sid, nsp, m):
        await self.sio.leave_room(sid, m["room"], namespace=nsp)

    async def set(self, sid, nsp, m):
        self.data[nsp, sid].update(m["data"])

    async def disconnect(self, sid, nsp, m):
        await self.sio.disconnect(sid, namespace=nsp)

    async def declare(self, sid, nsp, m):
        self.declare_namespace(m["nsp"])

    async def emit(self, sid, nsp, m):
        to_socket = m["via"] == "socket"
        if to_socket and any(name in m for name in ["to", "in", "flags"]) or "of" in m and m["via"] != "nsp":
            raise Unsupported
        if "ack" in m and ("times" in m or not to_socket):
            raise Unsupported
        name, *args = m["args"]
        if "ack" in m:
            return await self.ask(sid, nsp, name, args, m["ack"] / 1000)
        for n in range(m.get("times", 1)):
            numbered = args if "times" not in m else [n if arg == "<n>" else arg for arg in args]
            await self.sio.emit(name, tuple(numbered), **self.addressed(sid, nsp, m))

    def addressed(self, sid, nsp, m):
        """Returns the arguments of the library's emit that say to whom."""
        if m["via"] == "socket":
            return {"to": sid, "namespace": nsp}
        whole = {"broadcast": nsp, "nsp": m.get("of", nsp), "server": "/"}[m["via"]]
        if whole not in self.sio.handlers:
            raise ValueError(f"namespace {whole} does not exist")
        rooms = [*m.get("to", []), *m.get("in", [])]
        return {"to": rooms or None, "namespace": whole, "skip_sid": sid if m["via"] == "broadcast" else None}

    async def ask(self, sid, nsp, name, args, seconds):
        """Sends with an acknowledgement and returns what waits for it, in the manner of the library's call, which gives a null and no argument as the same."""
        answer = asyncio.get_running_loop().create_future()

        def answered(*values):
            if not answer.done():
                answer.set_result(list(values))

        async def wait():
            try:
                return {"ok": await asyncio.wait_for(answer, seconds)}
            except asyncio.TimeoutError:
                return {"error": "failed", "message": "timeout"}

        await self.sio.emit(name, tuple(args), to=sid, namespace=nsp, callback=answered)
        return asyncio.ensure_future(wait())

    async def batch(self, sid, nsp, m):
        if any(op.get("do") in ("ack", "batch") for op in m["ops"]):
            raise Unsupported
        begun = [await self.begin(sid, nsp, op) for op in m["ops"]]
        return [await reply if isawaitable(reply) else reply for reply in begun]
