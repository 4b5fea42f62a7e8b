package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.socket.client.IO;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The options of open. */
final class Options {
  private Options() {}

  /** Returns the library's options for those of the protocol. autoConnect is the caller's. */
  static IO.Options of(JsonNode given) {
    IO.Options options = new IO.Options();
    given.fields().forEachRemaining(option -> set(options, option.getKey(), option.getValue()));
    return options;
  }

  private static void set(IO.Options options, String name, JsonNode value) {
    switch (name) {
      case "autoConnect" -> {}
      case "transports" -> options.transports = texts(value).toArray(new String[0]);
      case "upgrade" -> options.upgrade = value.booleanValue();
      case "path" -> options.path = value.textValue();
      case "query" -> options.query = query(value);
      case "auth" -> options.auth = auth(value);
      case "forceNew" -> options.forceNew = value.booleanValue();
      case "multiplex" -> options.multiplex = value.booleanValue();
      case "reconnection" -> options.reconnection = value.booleanValue();
      case "reconnectionAttempts" -> options.reconnectionAttempts = value.intValue();
      case "reconnectionDelay" -> options.reconnectionDelay = value.longValue();
      case "reconnectionDelayMax" -> options.reconnectionDelayMax = value.longValue();
      case "randomizationFactor" -> options.randomizationFactor = value.doubleValue();
      case "timeout" -> options.timeout = value.longValue();
      case "rememberUpgrade" -> options.rememberUpgrade = value.booleanValue();
      case "timestampRequests" -> options.timestampRequests = value.booleanValue();
      case "timestampParam" -> options.timestampParam = value.textValue();
      case "extraHeaders" -> options.extraHeaders = headers(value);
      default -> throw new Unsupported("option " + name);
    }
  }

  static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  /** Returns the query as the library takes it: encoded, in one text. */
  static String query(JsonNode members) {
    List<String> parts = new ArrayList<>();
    members.fields().forEachRemaining(member -> parts.add(encode(member.getKey()) + "=" + encode(member.getValue().asText())));
    return String.join("&", parts);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Returns the credentials, which are texts for the library. */
  static Map<String, String> auth(JsonNode members) {
    Map<String, String> auth = new HashMap<>();
    members.fields().forEachRemaining(member -> {
      if (!member.getValue().isTextual()) {
        throw new Unsupported("credentials that are no texts");
      }
      auth.put(member.getKey(), member.getValue().textValue());
    });
    return auth;
  }

  private static Map<String, List<String>> headers(JsonNode members) {
    Map<String, List<String>> headers = new HashMap<>();
    members.fields().forEachRemaining(member -> headers.put(member.getKey(), List.of(member.getValue().textValue())));
    return headers;
  }
}
