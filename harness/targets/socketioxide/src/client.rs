//! What the app knows of a socket: its handshake, its credentials and its data.

use std::sync::{Arc, Mutex};

use rmpv::Value;
use socketioxide::ProtocolVersion;
use socketioxide::extract::{SocketRef, TryData};

use crate::value::Members;

/// Of one socket in one namespace, kept in its extensions.
#[derive(Clone, Default)]
pub struct Client {
    pub auth: Arc<Mutex<Members>>,
    pub data: Arc<Mutex<Members>>,
}

/// Returns what is kept of the socket, from the first middleware or handler that asks for it on.
pub fn client(socket: &SocketRef) -> Client {
    socket.extensions.get().unwrap_or_else(|| {
        let fresh = Client::default();
        socket.extensions.insert(fresh.clone());
        fresh
    })
}

/// The parameters of the URL.
pub fn query(socket: &SocketRef) -> Vec<(String, String)> {
    let text = socket.req_parts().uri.query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

pub fn parameter(socket: &SocketRef, name: &str) -> Option<String> {
    query(socket).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

pub fn tag(socket: &SocketRef) -> Option<String> {
    parameter(socket, "tag")
}

/// The CONNECT payload, in revision 4 the parameter auth of the URL. The library does not hand out a namespace's own query.
pub fn credentials(socket: &SocketRef, auth: TryData<Value>) -> Value {
    let given = match socket.protocol() {
        ProtocolVersion::V5 => auth.0.ok(),
        ProtocolVersion::V4 if socket.ns() == "/" => parameter(socket, "auth").and_then(|text| serde_json::from_str(&text).ok()),
        ProtocolVersion::V4 => None,
    };
    given.filter(Value::is_map).unwrap_or(Value::Map(Vec::new()))
}
