package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONObject;

/** Values of the driver protocol, section 2, in Jackson's classes, and what the library has for them, in those of org.json. */
final class Values {
  private Values() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  static JsonNode undefined() {
    return object().put("$undef", 1);
  }

  /** Returns a value of the library as one of the protocol. */
  static JsonNode pack(Object value) {
    if (value == null || value == JSONObject.NULL) {
      return JsonNodeFactory.instance.nullNode();
    }
    if (value instanceof byte[] bytes) {
      return object().put("$bin", Base64.getEncoder().encodeToString(bytes));
    }
    if (value instanceof JSONArray values) {
      ArrayNode packed = array();
      for (int i = 0; i < values.length(); i++) {
        packed.add(pack(values.opt(i)));
      }
      return packed;
    }
    if (value instanceof JSONObject members) {
      ObjectNode packed = object();
      for (Iterator<?> names = members.keys(); names.hasNext(); ) {
        String name = (String) names.next();
        packed.set(name, pack(members.opt(name)));
      }
      return packed;
    }
    if (value instanceof Boolean yes) {
      return JsonNodeFactory.instance.booleanNode(yes);
    }
    if (value instanceof Integer || value instanceof Long) {
      return JsonNodeFactory.instance.numberNode(((Number) value).longValue());
    }
    if (value instanceof Number number) {
      return JsonNodeFactory.instance.numberNode(number.doubleValue());
    }
    return JsonNodeFactory.instance.textNode(value.toString());
  }

  /** Returns the values from one on as an array of the protocol. */
  static ArrayNode pack(Object[] values, int from) {
    ArrayNode packed = array();
    for (int i = from; i < values.length; i++) {
      packed.add(pack(values[i]));
    }
    return packed;
  }

  /** Returns a value of the protocol as one of the library. */
  static Object unpack(JsonNode value) {
    if (value.isArray()) {
      JSONArray unpacked = new JSONArray();
      for (Object v : unpackAll(value)) {
        unpacked.put(v);
      }
      return unpacked;
    }
    if (value.isObject()) {
      return unpackObject(value);
    }
    if (value.isNull()) {
      return JSONObject.NULL;
    }
    if (value.isTextual()) {
      return value.textValue();
    }
    return value.isBoolean() ? value.booleanValue() : value.numberValue();
  }

  private static Object unpackObject(JsonNode value) {
    if (value.path("$bin").isTextual()) {
      return Base64.getDecoder().decode(value.get("$bin").textValue());
    }
    if (value.path("$undef").asInt() == 1) {
      return JSONObject.NULL;
    }
    Map<String, Object> members = new HashMap<>();
    value.fields().forEachRemaining(member -> members.put(member.getKey(), unpack(member.getValue())));
    return new JSONObject(members);
  }

  static Object[] unpackAll(JsonNode array) {
    List<Object> values = new ArrayList<>();
    array.forEach(value -> values.add(unpack(value)));
    return values.toArray();
  }
}
