//! The operation emit.

use std::time::Duration;

use futures_util::StreamExt;
use rmpv::Value;
use socketioxide::AckError;
use socketioxide::extract::SocketRef;
use socketioxide::operators::BroadcastOperators;

use crate::App;
use crate::ops::{Failure, Reply};
use crate::shape::{self, Check};
use crate::value::{Args, list, member, texts};

const OPTIONAL: [(&str, Check); 8] = [
    ("of", shape::name),
    ("to", shape::texts),
    ("in", shape::texts),
    ("except", shape::texts),
    ("flags", flags),
    ("discard", rooms),
    ("ack", shape::count),
    ("times", shape::count),
];

fn via(v: &Value) -> bool {
    matches!(v.as_str(), Some("socket" | "broadcast" | "nsp" | "server"))
}

fn flags(v: &Value) -> bool {
    v.as_array().is_some_and(|flags| flags.iter().all(|flag| matches!(flag.as_str(), Some("volatile" | "local"))))
}

fn rooms(v: &Value) -> bool {
    shape::fits(v, &[], &[("to", shape::texts), ("in", shape::texts), ("except", shape::texts)])
}

pub fn fits(m: &Value) -> bool {
    let has = |name| member(m, name).is_some();
    let to_socket = is_to_socket(m);
    shape::fits(m, &[("do", shape::text), ("via", via), ("args", shape::event)], &OPTIONAL)
        && !(to_socket && (has("to") || has("in") || has("except") || has("discard") || texts(m, "flags").contains(&"local".to_owned())))
        && !(has("of") && member(m, "via").and_then(Value::as_str) != Some("nsp"))
        && !(has("ack") && has("times"))
}

fn is_to_socket(m: &Value) -> bool {
    member(m, "via").and_then(Value::as_str) == Some("socket")
}

pub async fn emit(app: &App, socket: &SocketRef, m: &Value) -> Reply {
    let Some([name, args @ ..]) = member(m, "args").and_then(Value::as_array).map(Vec::as_slice) else { return Err(Failure::Unsupported) };
    let name = name.as_str().unwrap_or_default();
    if let Some(ms) = member(m, "ack").and_then(Value::as_u64) {
        let args = Args(args.to_vec());
        let within = Duration::from_millis(ms);
        return match is_to_socket(m) {
            true => ask(socket, within, name, &args).await,
            false => ask_all(operator(app, socket, m)?, within, name, &args).await,
        };
    }
    let times = member(m, "times").and_then(Value::as_u64);
    for n in 0..times.unwrap_or(1) {
        let args = Args(args.iter().map(|arg| if times.is_some() && arg.as_str() == Some("<n>") { n.into() } else { arg.clone() }).collect());
        send(app, socket, m, name, &args).await?;
    }
    Ok(Value::Nil)
}

async fn send(app: &App, socket: &SocketRef, m: &Value, name: &str, args: &Args) -> Result<(), Failure> {
    if !is_to_socket(m) {
        return operator(app, socket, m)?.emit(name, args).await.map_err(Failure::new);
    }
    match texts(m, "flags").is_empty() {
        true => socket.emit(name, args).map_err(Failure::new),
        false => socket.volatile().emit(name, args).map_err(Failure::new),
    }
}

fn operator(app: &App, socket: &SocketRef, m: &Value) -> Result<BroadcastOperators, Failure> {
    let start = match member(m, "via").and_then(Value::as_str) {
        Some("broadcast") => socket.broadcast(),
        Some("server") => app.io.of("/").ok_or(Failure::Unsupported)?,
        _ => {
            let name = member(m, "of").and_then(Value::as_str).unwrap_or(socket.ns());
            app.io.of(name).ok_or_else(|| Failure::new(format!("namespace {name} does not exist")))?
        }
    };
    let mut operator = narrow(start, m);
    for flag in texts(m, "flags") {
        operator = if flag == "local" { operator.local() } else { operator.volatile() };
    }
    if let Some(discard) = member(m, "discard") {
        drop(narrow(operator.clone(), discard));
    }
    Ok(operator)
}

/// Applies the rooms of m, each with a call of its own.
pub fn narrow(mut operator: BroadcastOperators, m: &Value) -> BroadcastOperators {
    for room in texts(m, "to") {
        operator = operator.to(room);
    }
    for room in texts(m, "in") {
        operator = operator.within(room);
    }
    for room in texts(m, "except") {
        operator = operator.except(room);
    }
    operator
}

async fn ask(socket: &SocketRef, within: Duration, name: &str, args: &Args) -> Reply {
    let answer = socket.timeout(within).emit_with_ack::<_, Args>(name, args).map_err(Failure::new)?;
    match answer.await {
        Ok(Args(answer)) => Ok(Value::Array(answer)),
        Err(AckError::Timeout) => Err(Failure::new("timeout")),
        Err(err) => Err(Failure::new(err)),
    }
}

async fn ask_all(operator: BroadcastOperators, within: Duration, name: &str, args: &Args) -> Reply {
    let answers = operator.timeout(within).emit_with_ack::<_, Args>(name, args).await.map_err(Failure::new)?;
    let (came, missing): (Vec<_>, Vec<_>) = answers.map(|(_, answer)| answer).collect::<Vec<_>>().await.into_iter().partition(Result::is_ok);
    let came = list(came.into_iter().flatten().map(|Args(answer)| answer.into_iter().next().unwrap_or(Value::Nil)));
    match missing.is_empty() {
        true => Ok(came),
        false => Err(Failure::TimedOut(came)),
    }
}
