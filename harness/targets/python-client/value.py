"""Values of the driver protocol, section 2."""

import base64


def pack(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bin": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [pack(v) for v in value]
    if isinstance(value, dict):
        return {k: pack(v) for k, v in value.items()}
    return value


def unpack(value):
    if isinstance(value, list):
        return [unpack(v) for v in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$bin"), str):
        return base64.b64decode(value["$bin"])
    if value.get("$undef") == 1:
        return None
    return {k: unpack(v) for k, v in value.items()}
