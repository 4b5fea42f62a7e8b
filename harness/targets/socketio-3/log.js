"use strict";
// The log of the contract, section 5: what the connections with a tag went through, by tag.

const limit = 10_000;
const byTag = new Map();
let size = 0;

// record keeps an entry under the tag in the query of the handshake; without a tag it is not kept. Beyond the limit the oldest tags go.
function record({ tag }, entry) {
  if (typeof tag !== "string") return;
  if (!byTag.has(tag)) byTag.set(tag, []);
  byTag.get(tag).push(entry);
  size++;
  for (const [oldest, list] of byTag) {
    if (size <= limit) break;
    byTag.delete(oldest);
    size -= list.length;
  }
}

const entries = (tag) => [...(byTag.get(tag) ?? [])];

module.exports = { record, entries };
