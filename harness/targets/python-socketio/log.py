"""The log of the contract, section 5: what the connections with a tag went through, by tag."""

LIMIT = 10_000

_by_tag = {}
_size = 0


def record(query, entry):
    """Keeps an entry under the tag in the query of the handshake; without a tag it is not kept. Beyond the limit the oldest tags go."""
    global _size
    tag = query.get("tag")
    if tag is None:
        return
    _by_tag.setdefault(tag, []).append(entry)
    _size += 1
    while _size > LIMIT:
        _size -= len(_by_tag.pop(next(iter(_by_tag))))


def entries(tag):
    return list(_by_tag.get(tag, []))
