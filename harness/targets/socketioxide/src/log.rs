//! The log of the contract, section 5: what the connections with a tag went through.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use rmpv::Value;

const TAGS: usize = 10_000;

/// The entries of the newest tags.
#[derive(Default)]
pub struct Log(Mutex<(HashMap<String, Vec<Value>>, VecDeque<String>)>);

impl Log {
    /// Keeps an entry under the tag; without a tag it is not kept.
    pub fn record(&self, tag: Option<String>, entry: Value) {
        let Some(tag) = tag else { return };
        let (by_tag, order) = &mut *self.0.lock().unwrap();
        if !by_tag.contains_key(&tag) {
            order.push_back(tag.clone());
        }
        by_tag.entry(tag).or_default().push(entry);
        if order.len() > TAGS
            && let Some(oldest) = order.pop_front()
        {
            by_tag.remove(&oldest);
        }
    }

    pub fn entries(&self, tag: &str) -> Vec<Value> {
        self.0.lock().unwrap().0.get(tag).cloned().unwrap_or_default()
    }
}
