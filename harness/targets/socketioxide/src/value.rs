//! The values that events carry: of any shape, with binary in any place.

use std::fmt;

use rmpv::Value;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// All arguments of an event or an acknowledgement. The library takes a tuple for the list of arguments, and every other type for the first of them.
#[derive(Clone)]
pub struct Args(pub Vec<Value>);

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for arg in &self.0 {
            tuple.serialize_element(arg)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Args;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Args, A::Error> {
                let mut args = Vec::new();
                while let Some(arg) = seq.next_element()? {
                    args.push(arg);
                }
                Ok(Args(args))
            }
        }
        deserializer.deserialize_tuple(usize::MAX, Elements)
    }
}

/// Members of an object, in their order.
pub type Members = Vec<(Value, Value)>;

pub fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

pub fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::Array(items.into_iter().map(Into::into).collect())
}

/// The member of an object with that name.
pub fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let (_, found) = value.as_map()?.iter().rev().find(|(key, _)| key.as_str() == Some(name))?;
    Some(found)
}

/// Puts members into an object, in place of those with the same names.
pub fn merge(into: &mut Members, members: &Members) {
    for (name, value) in members {
        into.retain(|(known, _)| known != name);
        into.push((name.clone(), value.clone()));
    }
}

pub fn texts(value: &Value, name: &str) -> Vec<String> {
    let items = member(value, name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
