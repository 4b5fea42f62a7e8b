//! What the members of an operation or a middleware step may be. Anything else is "unsupported".

use rmpv::Value;

pub type Check = fn(&Value) -> bool;

pub fn any(_: &Value) -> bool {
    true
}

pub fn no(v: &Value) -> bool {
    v.as_bool() == Some(false)
}

pub fn yes(v: &Value) -> bool {
    v.as_bool() == Some(true)
}

pub fn text(v: &Value) -> bool {
    v.is_str()
}

pub fn name(v: &Value) -> bool {
    v.as_str().is_some_and(|name| name.starts_with('/'))
}

pub fn count(v: &Value) -> bool {
    v.is_u64()
}

pub fn object(v: &Value) -> bool {
    v.is_map()
}

pub fn array(v: &Value) -> bool {
    v.is_array()
}

pub fn texts(v: &Value) -> bool {
    v.as_array().is_some_and(|items| items.iter().all(text))
}

pub fn objects(v: &Value) -> bool {
    v.as_array().is_some_and(|items| items.iter().all(object))
}

pub fn event(v: &Value) -> bool {
    v.as_array().is_some_and(|items| items.first().is_some_and(text))
}

/// Whether the object has all required members, maybe some of the optional ones, and no others.
pub fn fits(v: &Value, required: &[(&str, Check)], optional: &[(&str, Check)]) -> bool {
    let Some(members) = v.as_map() else { return false };
    let known = |key: &Value, value: &Value| {
        required.iter().chain(optional).any(|(name, check)| key.as_str() == Some(*name) && check(value))
    };
    required.iter().all(|(name, _)| members.iter().any(|(key, _)| key.as_str() == Some(*name)))
        && members.iter().all(|(key, value)| known(key, value))
}
