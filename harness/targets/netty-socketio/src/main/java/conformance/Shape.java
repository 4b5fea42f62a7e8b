package conformance;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What the members of an operation may be. Anything else is "unsupported". */
record Shape(Map<String, Predicate<Object>> required, Map<String, Predicate<Object>> optional) {
  static final Predicate<Object> ANY = v -> true;
  static final Predicate<Object> TEXT = v -> v instanceof String;
  static final Predicate<Object> NAME = v -> v instanceof String name && name.startsWith("/");
  static final Predicate<Object> OBJECT = v -> v instanceof Map;
  static final Predicate<Object> LIST = v -> v instanceof List;
  static final Predicate<Object> TEXTS = v -> v instanceof List<?> list && list.stream().allMatch(TEXT);
  static final Predicate<Object> OBJECTS = v -> v instanceof List<?> list && list.stream().allMatch(OBJECT);
  static final Predicate<Object> COUNT = v -> v instanceof Integer n && n >= 0;
  static final Predicate<Object> EVENT = v -> v instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof String;

  Shape(Map<String, Predicate<Object>> required) {
    this(required, Map.of());
  }

  static Predicate<Object> one(Object... values) {
    return v -> List.of(values).contains(v);
  }

  boolean fits(Map<String, Object> members) {
    for (String name : required.keySet()) {
      if (!members.containsKey(name)) {
        return false;
      }
    }
    for (Map.Entry<String, Object> member : members.entrySet()) {
      Predicate<Object> check = required.getOrDefault(member.getKey(), optional.get(member.getKey()));
      boolean known = check != null && member.getValue() != null && check.test(member.getValue());
      if (!member.getKey().equals("do") && !known && check != ANY) {
        return false;
      }
    }
    return true;
  }
}
