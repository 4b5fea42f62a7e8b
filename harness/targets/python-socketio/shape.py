"""What the members of an operation or a middleware step may be. Anything else is "unsupported"."""


def anything(_):
    return True


def boolean(v):
    return isinstance(v, bool)


def string(v):
    return isinstance(v, str)


def count(v):
    return isinstance(v, int) and not isinstance(v, bool) and v >= 0


def mapping(v):
    return isinstance(v, dict)


def array(v):
    return isinstance(v, list)


def event(v):
    return array(v) and len(v) > 0 and string(v[0])


def namespace(v):
    return string(v) and v.startswith("/")


def one(*values):
    return lambda v: any(type(v) is type(known) and v == known for known in values)


def list_of(fits):
    return lambda v: array(v) and all(fits(item) for item in v)


def shape(required=None, optional=None):
    """Returns a check for an object that has all required members, maybe some of the optional ones, and no others."""
    required = required or {}
    known = {**required, **(optional or {})}
    return lambda v: (
        mapping(v)
        and all(name in v for name in required)
        and all(name in known and known[name](member) for name, member in v.items())
    )
