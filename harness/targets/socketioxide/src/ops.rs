//! The operations of section 4.

use std::fmt::Display;

use rmpv::Value;
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::operators::BroadcastOperators;

use crate::App;
use crate::client::{client, query};
use crate::emission::{self, narrow};
use crate::shape::{self, Check};
use crate::value::{Args, list, member, merge, object, texts};

pub const IMPLEMENTATION: &str = "socketioxide 0.18.9";

const FEATURES: [&str; 11] = [
    "middleware", "dynamic.pattern", "except", "ack.timeout", "ack.broadcast", "fetch", "sockets", "volatile", "declare", "namespaces", "log",
];

pub enum Failure {
    /// The library has no means for the operation.
    Unsupported,
    Failed(String),
    /// Not everybody answered; the answers that came.
    TimedOut(Value),
}

impl Failure {
    pub fn new(message: impl Display) -> Self {
        Failure::Failed(message.to_string())
    }
}

pub type Reply = Result<Value, Failure>;

const MATCHING: [(&str, Check); 5] = [("via", nsp), ("to", shape::texts), ("in", shape::texts), ("except", shape::texts), ("close", shape::no)];

fn nsp(v: &Value) -> bool {
    v.as_str() == Some("nsp")
}

/// The members that an operation needs, beside "do", and those that it may have.
fn members(operation: &str) -> Option<(Vec<(&'static str, Check)>, &'static [(&'static str, Check)])> {
    let matching = &MATCHING[..4];
    Some(match operation {
        "hello" | "info" | "rooms" | "namespaces" => (vec![], &[]),
        "echo" => (vec![("value", shape::any)], &[]),
        "members" => (vec![], &[("room", shape::text)]),
        "log" => (vec![("tag", shape::text)], &[]),
        "join" => (vec![("rooms", shape::texts)], &[]),
        "leave" => (vec![("room", shape::text)], &[]),
        "set" => (vec![("data", shape::object)], &[]),
        "disconnect" => (vec![], &MATCHING[4..]),
        "declare" => (vec![("nsp", shape::name)], &[]),
        "batch" => (vec![("ops", shape::objects)], &[]),
        "fetch" => (vec![], matching),
        "sockets-join" | "sockets-leave" => (vec![("rooms", shape::texts)], matching),
        "sockets-disconnect" => (vec![], &MATCHING),
        _ => return None,
    })
}

fn known(operation: &str, m: &Value) -> bool {
    if operation == "emit" {
        return emission::fits(m);
    }
    members(operation).is_some_and(|(mut required, optional)| {
        required.push(("do", shape::text));
        shape::fits(m, &required, optional)
    })
}

/// The handler of the event op. Who is not connected any more gets no reply.
pub async fn handle(app: App, socket: SocketRef, args: Args, ack: AckSender) {
    let none = Value::Nil;
    let request = if let [request] = args.0.as_slice() { request } else { &none };
    if member(request, "do").and_then(Value::as_str) == Some("ack") && acknowledged(request) {
        return acknowledge(request, ack).await;
    }
    let reply = reply(run(&app, &socket, request).await);
    if socket.connected() {
        let _ = ack.send(&reply);
    }
}

/// The library acknowledges an event once at most.
fn acknowledged(request: &Value) -> bool {
    let once: Check = |v| v.as_u64().is_some_and(|n| n < 2);
    shape::fits(request, &[("do", shape::text), ("args", shape::array)], &[("times", once), ("wait", shape::count)])
}

async fn acknowledge(request: &Value, ack: AckSender) {
    if let Some(ms) = member(request, "wait").and_then(Value::as_u64) {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    }
    let args = member(request, "args").and_then(Value::as_array).cloned().unwrap_or_default();
    if member(request, "times").and_then(Value::as_u64) != Some(0) {
        let _ = ack.send(&Args(args));
    }
}

fn reply(result: Reply) -> Value {
    match result {
        Ok(value) => object([("ok", value)]),
        Err(Failure::Unsupported) => object([("error", "unsupported".into())]),
        Err(Failure::Failed(message)) => object([("error", "failed".into()), ("message", message.into())]),
        Err(Failure::TimedOut(answers)) => object([("error", "failed".into()), ("message", "timeout".into()), ("answers", answers)]),
    }
}

async fn run(app: &App, socket: &SocketRef, m: &Value) -> Reply {
    let operation = member(m, "do").and_then(Value::as_str).unwrap_or_default();
    if !known(operation, m) {
        return Err(Failure::Unsupported);
    }
    match operation {
        "emit" => emission::emit(app, socket, m).await,
        "batch" => batch(app, socket, m).await,
        "fetch" => Ok(list(sorted(&matched(app, socket, m)?).iter().map(describe))),
        "sockets-join" => done(matched(app, socket, m)?.join(texts(m, "rooms")).await),
        "sockets-leave" => done(matched(app, socket, m)?.leave(texts(m, "rooms")).await),
        "sockets-disconnect" => done(matched(app, socket, m)?.disconnect().await),
        "disconnect" => done(socket.clone().disconnect()),
        "hello" | "echo" | "info" | "rooms" | "members" | "namespaces" | "log" => ask(app, socket, operation, m),
        _ => change(app, socket, operation, m),
    }
}

fn done<E: Display>(result: Result<(), E>) -> Reply {
    result.map(|()| Value::Nil).map_err(Failure::new)
}

fn ask(app: &App, socket: &SocketRef, operation: &str, m: &Value) -> Reply {
    let operator = app.io.of(socket.ns()).ok_or(Failure::Unsupported)?;
    Ok(match operation {
        "hello" => object([("contract", 1.into()), ("implementation", IMPLEMENTATION.into()), ("features", list(FEATURES))]),
        "echo" => member(m, "value").cloned().unwrap_or(Value::Nil),
        "info" => info(socket),
        "rooms" => rooms(socket),
        "members" => match member(m, "room").and_then(Value::as_str) {
            Some(room) => ids(&operator.within(room.to_owned())),
            None => ids(&operator),
        },
        "namespaces" => {
            let mut names: Vec<_> = app.io.nsps().iter().map(|nsp| nsp.ns_path().to_owned()).collect();
            names.sort();
            list(names)
        }
        _ => Value::Array(app.log.entries(member(m, "tag").and_then(Value::as_str).unwrap_or_default())),
    })
}

fn change(app: &App, socket: &SocketRef, operation: &str, m: &Value) -> Reply {
    match operation {
        "join" => socket.join(texts(m, "rooms")),
        "leave" => texts_of(m, "room").into_iter().for_each(|room| socket.leave(room)),
        "set" => merge(&mut client(socket).data.lock().unwrap(), member(m, "data").and_then(Value::as_map).unwrap_or(&Vec::new())),
        _ => {
            // A namespace is declared with its handler, and one that a pattern matches would not get its parent's.
            let name = texts_of(m, "nsp").unwrap_or_default();
            if name.starts_with("/dynamic-") {
                return Err(Failure::Unsupported);
            }
            app.declare(name);
        }
    }
    Ok(Value::Nil)
}

fn texts_of(m: &Value, name: &str) -> Option<String> {
    member(m, name).and_then(Value::as_str).map(str::to_owned)
}

async fn batch(app: &App, socket: &SocketRef, m: &Value) -> Reply {
    let ops = member(m, "ops").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if ops.iter().any(|op| member(op, "ack").is_some() || matches!(texts_of(op, "do").as_deref(), Some("ack" | "batch"))) {
        return Err(Failure::Unsupported);
    }
    let mut replies = Vec::new();
    for op in ops {
        replies.push(reply(Box::pin(run(app, socket, op)).await));
    }
    Ok(Value::Array(replies))
}

fn info(socket: &SocketRef) -> Value {
    let headers = socket.req_parts().headers.iter().map(|(name, value)| (name.as_str().into(), String::from_utf8_lossy(value.as_bytes()).into_owned().into()));
    let query = query(socket).into_iter().map(|(name, value)| (name.into(), value.into()));
    let kept = client(socket);
    object([
        ("id", socket.id.to_string().into()),
        ("nsp", socket.ns().into()),
        ("auth", Value::Map(kept.auth.lock().unwrap().clone())),
        ("query", Value::Map(query.collect())),
        ("headers", Value::Map(headers.collect())),
        ("data", Value::Map(kept.data.lock().unwrap().clone())),
        ("recovered", false.into()),
    ])
}

fn matched(app: &App, socket: &SocketRef, m: &Value) -> Result<BroadcastOperators, Failure> {
    Ok(narrow(app.io.of(socket.ns()).ok_or(Failure::Unsupported)?, m))
}

fn sorted(operator: &BroadcastOperators) -> Vec<SocketRef> {
    let mut sockets = operator.clone().sockets();
    sockets.sort_by_key(|socket| socket.id.to_string());
    sockets
}

fn ids(operator: &BroadcastOperators) -> Value {
    list(sorted(operator).iter().map(|socket| socket.id.to_string()))
}

pub fn rooms(socket: &SocketRef) -> Value {
    let mut rooms: Vec<_> = socket.rooms().into_iter().map(String::from).collect();
    rooms.sort();
    list(rooms)
}


fn describe(socket: &SocketRef) -> Value {
    object([
        ("id", socket.id.to_string().into()),
        ("rooms", rooms(socket)),
        ("data", Value::Map(client(socket).data.lock().unwrap().clone())),
    ])
}
