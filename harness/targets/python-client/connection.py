"""A connection of the library: one AsyncClient, with the namespaces that it was told."""

import asyncio
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import socketio

import value

UNDEFINED = {"$undef": 1}

# The library has these reasons only; for a connection that is lost, the last one, however it is lost.
REASONS = {"client disconnect": "io client disconnect", "server disconnect": "io server disconnect", "transport error": "connection lost"}

# The options of open that are arguments of the constructor, with what they are multiplied with.
SETTINGS = {
    "reconnection": ("reconnection", None), "reconnectionAttempts": ("reconnection_attempts", None), "randomizationFactor": ("randomization_factor", None),
    "reconnectionDelay": ("reconnection_delay", 0.001), "reconnectionDelayMax": ("reconnection_delay_max", 0.001), "timeout": ("request_timeout", 0.001),
}
OTHERS = {"transports", "upgrade", "path", "query", "auth", "forceNew", "multiplex", "autoConnect", "extraHeaders", "authFunction", "authDelay"}


class Unsupported(Exception):
    """What the library cannot do."""


class Place(NamedTuple):
    """What a URL says: where the server is, the namespace, and the query."""

    origin: str
    namespace: str
    query: str


def place(url):
    parts = urlsplit(url)
    return Place(f"{parts.scheme}://{parts.netloc}", parts.path or "/", parts.query)


class Connection:
    def __init__(self, where, opts, report, run):
        for name in opts:
            if name not in SETTINGS and name not in OTHERS:
                raise Unsupported("option " + name)
        settings = {}
        for name, (argument, factor) in SETTINGS.items():
            if name in opts:
                settings[argument] = opts[name] * factor if factor else opts[name]
        self.client = socketio.AsyncClient(handle_sigint=False, **settings)
        self.where, self.opts, self.report, self.run = where, opts, report, run
        self.key = self.key_of(where, opts)
        self.shareable = not opts.get("forceNew") and opts.get("multiplex") is not False
        self.labels = {}  # by namespace
        self.listeners = {}  # by namespace and event
        self.whens = {}  # by namespace and event: operations
        self.auth, self.query = opts.get("auth"), opts.get("query")
        self.asked = 0  # how often the library has asked for the credentials
        self.attempt = None  # the call of connect that is under way
        self.left = self.forgotten = False
        self.tasks = set()

    @staticmethod
    def key_of(where, opts):
        return where.origin, opts.get("path", "/socket.io").strip("/")

    def check_same(self, where, opts):
        """Refuses a further namespace whose options are not those of the connection, which has one set of them."""
        if where.query != self.where.query or opts != self.opts:
            raise Unsupported("options of its own for a namespace of a connection")

    def over(self):
        return self.left or self.client.eio.state == "disconnected" and not self.pending()

    def pending(self):
        """Whether the library is about to connect, first or again."""
        again = self.client._reconnect_task
        return self.attempt is not None and not self.attempt.done() or again is not None and not again.done()

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def add(self, label, namespace):
        self.labels[namespace] = label

        async def connected():
            self.tell(namespace, "connect", id=self.client.get_sid(namespace))
            await self.play(namespace, "connect")

        async def disconnected(reason):
            self.tell(namespace, "disconnect", reason=REASONS.get(reason, reason))
            await self.play(namespace, "disconnect")

        async def refused(*args):
            self.tell(namespace, "connect_error", **refusal(args))
            await self.play(namespace, "connect_error")

        self.client.on("connect", connected, namespace=namespace)
        self.client.on("disconnect", disconnected, namespace=namespace)
        self.client.on("connect_error", refused, namespace=namespace)

    def tell(self, namespace, ev, **members):
        if not self.forgotten:
            self.report(ev, sock=self.labels[namespace], **members)

    async def play(self, namespace, event):
        for op in self.whens.get((namespace, event), []):
            if not self.forgotten:
                await self.run(op)

    def listen(self, namespace, event, listener):
        if (namespace, event) in self.listeners:
            raise Unsupported("a second listener for an event")
        self.listeners[namespace, event] = listener
        self.handle(namespace, event)

    def when(self, namespace, event, ops):
        self.whens.setdefault((namespace, event), []).extend(ops)
        if event not in self.client.reserved_events:
            self.handle(namespace, event)

    def handle(self, namespace, event):
        """Registers the one function that the library calls for the event: the operations, and then the listener."""

        async def handler(*args):
            await self.play(namespace, event)
            listener = self.listeners.get((namespace, event))
            return await listener(*args) if listener else None

        name = int(event) if event.isdecimal() else event  # an event named 7 is not one named "7"
        self.client.on(name, handler, namespace=namespace)

    # What the library takes from functions, it asks for again with each connection.

    def url(self):
        query = parse_qsl(self.where.query, keep_blank_values=True) + list((self.query or {}).items())
        return self.where.origin + ("?" + urlencode(query, quote_via=quote) if query else "")

    async def credentials(self):
        if "authFunction" not in self.opts:
            return value.unpack(self.auth)
        await asyncio.sleep(self.opts.get("authDelay", 0) / 1000)
        values = self.opts["authFunction"]
        self.asked += 1
        return value.unpack(values[min(self.asked, len(values)) - 1])

    def transports(self):
        names = self.opts.get("transports")
        return names[:1] if names and self.opts.get("upgrade") is False else names

    def connect(self):
        if self.opts.get("autoConnect", True):
            self.attempt = self.start(self.make())

    async def make(self):
        """Makes the connection. What the library raises beside its own exceptions, the application does not expect."""
        try:
            await self.client.connect(
                self.url, headers=dict(self.opts.get("extraHeaders", {})), auth=self.credentials, transports=self.transports(), namespaces=list(self.labels),
                socketio_path=self.opts.get("path", "socket.io"), wait=False, retry=self.opts.get("reconnection", True),
            )
        except socketio.exceptions.SocketIOError:
            pass  # connect_error has said so
        except Exception as err:
            if not self.forgotten:
                self.report("uncaught", message=f"{type(err).__name__}: {err}")

    async def connect_again(self, namespace):
        if self.client.connected:
            if len(self.labels) > 1 and self.client.get_sid(namespace) is None:
                raise Unsupported("a further namespace over a connection that was made")
            await self.client.connect(self.url)  # it says what it thinks of it
        elif not self.pending():
            self.left = False
            self.attempt = self.start(self.make())

    async def leave(self, namespace):
        if len(self.labels) > 1:
            raise Unsupported("leaving one namespace of a connection")
        if self.attempt is not None and not self.attempt.done():
            raise Unsupported("leaving before there is a connection")
        self.left = True
        await self.client.shutdown()

    async def forget(self):
        self.forgotten = True
        for task in list(self.tasks):
            task.cancel()
        self.client.reconnection = False
        if self.client._reconnect_task is not None:
            self.client._reconnect_task.cancel()
        if self.client.eio.http is not None:
            await self.client.eio.http.close()


def refusal(args):
    """The members of connect_error for what the library hands over."""
    first = args[0] if args else ""
    if isinstance(first, dict):
        return {"message": str(first.get("message", "")), "data": value.pack(first["data"]) if "data" in first else UNDEFINED}
    return {"message": str(first), "data": UNDEFINED}
