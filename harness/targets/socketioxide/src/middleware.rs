//! The middlewares of sections 1 and 2. One that refuses says why in a text, and in nothing else; an event to a socket that is not admitted yet is not sent.

use std::time::Duration;

use rmpv::Value;
use socketioxide::extract::{SocketRef, TryData};

use crate::App;
use crate::client::{client, credentials, tag};
use crate::shape::{self, Check};
use crate::value::{list, member, merge};

type Verdict = Result<(), String>;

const STEPS: [(&str, Check); 6] = [
    ("wait", shape::count),
    ("join", shape::text),
    ("set", shape::object),
    ("disconnect", shape::no),
    ("reject", refusal),
    ("never", shape::yes),
];

fn refusal(v: &Value) -> bool {
    shape::fits(v, &[("message", shape::text)], &[])
}

fn unsupported() -> Verdict {
    Err("unsupported".to_owned())
}

/// The scripted middleware with that index.
pub async fn scripted(app: App, index: usize, socket: SocketRef, auth: TryData<Value>) -> Verdict {
    let auth = credentials(&socket, auth);
    let kept = client(&socket);
    trace(&mut kept.data.lock().unwrap(), index);
    app.log.record(tag(&socket), list(["middleware".into(), socket.ns().into(), Value::from(index)]));
    let none = Value::Array(Vec::new());
    let Some(scripts) = member(&auth, "mw").unwrap_or(&none).as_array() else { return unsupported() };
    let Some(script) = scripts.get(index).unwrap_or(&none).as_array() else { return unsupported() };
    for step in script {
        let Some([(name, value)]) = step.as_map().map(Vec::as_slice) else { return unsupported() };
        let name = name.as_str().unwrap_or_default();
        if !STEPS.iter().any(|(known, check)| *known == name && check(value)) {
            return unsupported();
        }
        carry_out(&socket, name, value).await?;
    }
    Ok(())
}

fn trace(data: &mut crate::value::Members, index: usize) {
    let before = data.iter().find(|(name, _)| name.as_str() == Some("trace")).and_then(|(_, list)| list.as_array().cloned());
    let mut trace = before.unwrap_or_default();
    trace.push(index.into());
    merge(data, &vec![("trace".into(), Value::Array(trace))]);
}

async fn carry_out(socket: &SocketRef, name: &str, value: &Value) -> Verdict {
    match name {
        "wait" => tokio::time::sleep(Duration::from_millis(value.as_u64().unwrap_or_default())).await,
        "join" => socket.join(value.as_str().unwrap_or_default().to_owned()),
        "set" => merge(&mut client(socket).data.lock().unwrap(), value.as_map().unwrap_or(&Vec::new())),
        "disconnect" => socket.clone().disconnect().map_err(|err| err.to_string())?,
        "reject" => return Err(member(value, "message").and_then(Value::as_str).unwrap_or_default().to_owned()),
        _ => std::future::pending().await,
    }
    Ok(())
}

/// The token check of /guarded.
pub async fn guard(socket: SocketRef, auth: TryData<Value>) -> Verdict {
    match member(&credentials(&socket, auth), "token").and_then(Value::as_str) {
        Some("secret") => Ok(()),
        _ => Err("not authorized".to_owned()),
    }
}

/// Refuses the names that the pattern of /dynamic-… matches and the contract does not: the patterns of the library know no digits.
pub async fn digits(socket: SocketRef) -> Verdict {
    let digits = socket.ns().trim_start_matches("/dynamic-");
    match digits.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(()),
        false => Err("Invalid namespace".to_owned()),
    }
}
