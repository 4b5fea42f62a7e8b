//! The conformance app of sio-conform (docs/contract.md, version 1) on socketioxide, behind axum.

mod client;
mod emission;
mod log;
mod middleware;
mod ops;
mod shape;
mod value;

use std::env;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use rmpv::Value;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};
use socketioxide::handler::{ConnectHandler, ConnectMiddleware};
use socketioxide::layer::SocketIoLayer;
use socketioxide::socket::DisconnectReason;
use socketioxide::{SocketIo, SocketIoBuilder};
use tokio::net::TcpListener;

use crate::client::{client, credentials, tag};
use crate::log::Log;
use crate::middleware::{digits, guard, scripted};
use crate::value::{Args, list};

/// What the handlers of a connection ask the library for.
type Arguments = (SocketRef, TryData<Value>);

/// The server and its log.
#[derive(Clone)]
pub struct App {
    pub io: SocketIo,
    pub log: Arc<Log>,
}

impl App {
    /// Gives a namespace its handlers, the first time.
    pub fn declare(&self, name: String) {
        if self.io.of(&name).is_none() {
            self.io.ns(name, self.connected());
        }
    }

    /// The connection handler of section 1.
    fn connected(&self) -> impl ConnectHandler<LocalAdapter, Arguments> + use<> {
        let app = self.clone();
        async move |socket: SocketRef, auth: TryData<Value>| serve(app, socket, auth)
    }

    /// The connection handler behind the three scripted middlewares. What is added last runs first.
    fn behind_scripts(&self) -> impl ConnectHandler<LocalAdapter, Arguments> + use<> {
        self.connected().with(script(self, 2)).with(script(self, 1)).with(script(self, 0))
    }
}

fn script(app: &App, index: usize) -> impl ConnectMiddleware<LocalAdapter, Arguments> + use<> {
    let app = app.clone();
    async move |socket: SocketRef, auth: TryData<Value>| scripted(app, index, socket, auth).await
}

fn serve(app: App, socket: SocketRef, auth: TryData<Value>) {
    let auth = credentials(&socket, auth);
    app.log.record(tag(&socket), list(["connection", socket.ns()]));
    *client(&socket).auth.lock().unwrap() = auth.as_map().cloned().unwrap_or_default();
    let _ = socket.emit("auth", &Args(vec![auth]));
    socket.on("message", async |socket: SocketRef, Data(args): Data<Args>| {
        let _ = socket.emit("message-back", &args);
    });
    socket.on("message-with-ack", async |Data(args): Data<Args>, ack: AckSender| {
        let _ = ack.send(&args);
    });
    let log = app.log.clone();
    socket.on("op", async move |socket: SocketRef, Data(args): Data<Args>, ack: AckSender| ops::handle(app, socket, args, ack).await);
    socket.on_disconnect(async move |socket: SocketRef, reason: DisconnectReason| gone(&log, &socket, reason));
}

/// The library has one handler for the end of a socket, which it calls while the socket still has its rooms.
fn gone(log: &Log, socket: &SocketRef, reason: DisconnectReason) {
    let entry = |event: &str| vec![event.into(), socket.ns().into(), named(reason).into()];
    log.record(tag(socket), list([entry("disconnecting"), vec![ops::rooms(socket)]].concat()));
    log.record(tag(socket), list(entry("disconnect")));
}

/// The name that the original has for a reason.
fn named(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::TransportClose => "transport close",
        DisconnectReason::MultipleHttpPollingError | DisconnectReason::TransportError => "transport error",
        DisconnectReason::PacketParsingError => "parse error",
        DisconnectReason::HeartbeatTimeout => "ping timeout",
        DisconnectReason::ClientNSDisconnect => "client namespace disconnect",
        DisconnectReason::ServerNSDisconnect => "server namespace disconnect",
        DisconnectReason::ClosingServer => "server shutting down",
    }
}

/// Section 6: the options of a profile. A missing variable leaves the server's own default.
fn options() -> SocketIoBuilder {
    let mut options = SocketIo::builder();
    if let Ok(path) = env::var("SIO_PATH") {
        options = options.req_path(path);
    }
    if let Some(ms) = number("SIO_PING_INTERVAL") {
        options = options.ping_interval(Duration::from_millis(ms));
    }
    if let Some(ms) = number("SIO_PING_TIMEOUT") {
        options = options.ping_timeout(Duration::from_millis(ms));
    }
    if let Some(ms) = number("SIO_CONNECT_TIMEOUT") {
        options = options.connect_timeout(Duration::from_millis(ms));
    }
    if let Some(ms) = number("SIO_UPGRADE_TIMEOUT") {
        options = options.upgrade_timeout(Duration::from_millis(ms));
    }
    if let (Some(bytes), Some(size)) = (number("SIO_MAX_PAYLOAD"), number("SIO_MAX_PAYLOAD")) {
        options = options.max_payload(bytes).ws_max_message_size(size);
    }
    options
}

fn number<T: FromStr>(variable: &str) -> Option<T> {
    env::var(variable).ok()?.parse().ok()
}

fn start() -> SocketIoLayer {
    let (layer, io) = options().build_layer();
    let app = App { io, log: Arc::default() };
    for name in ["/", "/orders", "/users"] {
        app.io.ns(name, app.behind_scripts());
    }
    app.io.ns("/custom", app.connected());
    app.io.ns("/guarded", app.behind_scripts().with(guard));
    app.io.dyn_ns("/dynamic-{digits}", app.behind_scripts().with(digits)).expect("the pattern is valid");
    layer
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let layer = start();
    let listener = TcpListener::bind(("127.0.0.1", number("SIO_PORT").unwrap_or(0))).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().layer(layer)).await
}
