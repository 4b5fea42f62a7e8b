package conformance;

import com.corundumstudio.socketio.AckRequest;
import com.corundumstudio.socketio.SocketIOClient;
import com.corundumstudio.socketio.SocketIONamespace;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** The operations of section 4 in one namespace. */
final class Operations {
  static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor();

  /** Says that the library has no means for an operation. */
  static final class Unsupported extends RuntimeException {}

  private record Operation(Shape shape, BiFunction<SocketIOClient, Map<String, Object>, Object> carryOut) {}

  private final App app;
  private final SocketIONamespace namespace;
  private final Emission emission;
  private final Map<String, Operation> operations = new HashMap<>();

  Operations(App app, SocketIONamespace namespace) {
    this.app = app;
    this.namespace = namespace;
    this.emission = new Emission(app, namespace);
    Shape none = new Shape(Map.of());
    Map<String, Predicate<Object>> matching = Map.of("via", Shape.one("nsp"), "to", Shape.TEXTS, "in", Shape.TEXTS);
    add("hello", none, (c, m) -> Map.of("contract", 1, "implementation", App.IMPLEMENTATION,
        "features", List.of("ack.timeout", "ack.broadcast", "declare", "fetch", "namespaces")));
    add("echo", new Shape(Map.of("value", Shape.ANY)), (c, m) -> m.get("value"));
    add("info", none, (c, m) -> info(c));
    add("rooms", none, (c, m) -> sorted(c.getAllRooms()));
    add("members", new Shape(Map.of(), Map.of("room", Shape.TEXT)), (c, m) -> sorted(clients(m).stream().map(Operations::id).toList()));
    add("namespaces", none, (c, m) -> sorted(app.server.getAllNamespaces().stream().map(n -> App.outside(n.getName())).toList()));
    add("join", new Shape(Map.of("rooms", Shape.TEXTS)), (c, m) -> nothing(() -> texts(m, "rooms").forEach(c::joinRoom)));
    add("leave", new Shape(Map.of("room", Shape.TEXT)), (c, m) -> nothing(() -> c.leaveRoom((String) m.get("room"))));
    add("set", new Shape(Map.of("data", Shape.OBJECT)), (c, m) -> nothing(() -> set(c, m)));
    add("disconnect", new Shape(Map.of(), Map.of("close", Shape.one(false))), (c, m) -> nothing(c::disconnect));
    add("declare", new Shape(Map.of("nsp", Shape.NAME)), (c, m) -> nothing(() -> app.declare((String) m.get("nsp"))));
    add("emit", Emission.SHAPE, emission::send);
    add("fetch", new Shape(Map.of(), matching), (c, m) -> fetch(m));
    add("batch", new Shape(Map.of("ops", Shape.OBJECTS)), this::batch);
  }

  private void add(String name, Shape shape, BiFunction<SocketIOClient, Map<String, Object>, Object> carryOut) {
    operations.put(name, new Operation(shape, carryOut));
  }

  /** The handler of the event op. Who was sent away by the operation gets no reply. */
  @SuppressWarnings("unchecked")
  void handle(SocketIOClient client, List<Object> args, AckRequest ack) {
    Map<String, Object> request = args.size() == 1 && args.get(0) instanceof ObjectNode object ? App.JSON.convertValue(object, Map.class) : Map.of();
    if ("ack".equals(request.get("do")) && new Shape(Map.of("args", Shape.LIST), Map.of("times", Shape.COUNT, "wait", Shape.COUNT)).fits(request)) {
      acknowledge(request, ack);
      return;
    }
    reply(client, request).thenAccept(reply -> {
      if (!"disconnect".equals(request.get("do")) || !reply.containsKey("ok")) {
        ack.sendAckData(App.JSON.<JsonNode>valueToTree(reply));
      }
    });
  }

  private static void acknowledge(Map<String, Object> request, AckRequest ack) {
    List<Object> args = trees((List<?>) request.get("args"));
    Runnable call = () -> {
      for (int n = 0; n < (int) request.getOrDefault("times", 1); n++) {
        ack.sendAckData(args);
      }
    };
    int wait = (int) request.getOrDefault("wait", 0);
    if (wait == 0) {
      call.run();
    } else {
      CLOCK.schedule(call, wait, TimeUnit.MILLISECONDS);
    }
  }

  /** Carries an operation out and gives its reply, at once if it can. */
  CompletableFuture<Map<String, Object>> reply(SocketIOClient client, Map<String, Object> request) {
    Operation operation = operations.get(String.valueOf(request.get("do")));
    try {
      if (operation == null || !operation.shape().fits(request)) {
        throw new Unsupported();
      }
      Object value = operation.carryOut().apply(client, request);
      CompletableFuture<?> future = value instanceof CompletableFuture<?> f ? f : CompletableFuture.completedFuture(value);
      return future.handle((result, error) -> error == null ? ok(result) : failed(error));
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(failed(e));
    }
  }

  private static Map<String, Object> ok(Object value) {
    return Collections.singletonMap("ok", value);
  }

  private static Map<String, Object> failed(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof Unsupported) {
      return Map.of("error", "unsupported");
    }
    Map<String, Object> reply = new LinkedHashMap<>(Map.of("error", "failed", "message", String.valueOf(cause.getMessage())));
    if (cause instanceof Emission.TimedOut late && late.answers != null) {
      reply.put("answers", late.answers);
    }
    return reply;
  }

  @SuppressWarnings("unchecked")
  private Object batch(SocketIOClient client, Map<String, Object> m) {
    List<CompletableFuture<Map<String, Object>>> replies = new ArrayList<>();
    for (Map<String, Object> op : (List<Map<String, Object>>) m.get("ops")) {
      if ("batch".equals(op.get("do")) || "ack".equals(op.get("do")) || op.containsKey("ack")) {
        throw new Unsupported();
      }
      replies.add(reply(client, op));
    }
    return replies.stream().map(CompletableFuture::join).toList();
  }

  private Map<String, Object> info(SocketIOClient client) {
    Map<String, String> query = new TreeMap<>();
    client.getHandshakeData().getUrlParams().forEach((name, values) -> query.put(name, values.get(0)));
    Map<String, String> headers = new TreeMap<>();
    client.getHandshakeData().getHttpHeaders().forEach(header -> headers.put(header.getKey().toLowerCase(), header.getValue()));
    return Map.of("id", id(client), "nsp", App.outside(namespace.getName()), "auth", App.credentials(client),
        "query", query, "headers", headers, "data", data(client), "recovered", false);
  }

  private List<Map<String, Object>> fetch(Map<String, Object> m) {
    return clients(m).stream().sorted(Comparator.comparing(Operations::id))
        .map(c -> Map.<String, Object>of("id", id(c), "rooms", sorted(c.getAllRooms()), "data", data(c))).toList();
  }

  /** The clients in the rooms that m names, or all of the namespace. */
  private Collection<SocketIOClient> clients(Map<String, Object> m) {
    List<String> rooms = new ArrayList<>(texts(m, "to"));
    rooms.addAll(texts(m, "in"));
    if (m.get("room") instanceof String room) {
      rooms.add(room);
    }
    return rooms.isEmpty() ? namespace.getAllClients() : namespace.getRoomOperations(rooms.toArray(String[]::new)).getClients();
  }

  @SuppressWarnings("unchecked")
  private static void set(SocketIOClient client, Map<String, Object> m) {
    Map<String, Object> data = new HashMap<>(data(client));
    data.putAll((Map<String, Object>) m.get("data"));
    client.set("data", data);
  }

  private static Map<String, Object> data(SocketIOClient client) {
    Map<String, Object> data = client.get("data");
    return data == null ? Map.of() : data;
  }

  /** Returns the values as trees, of which the library leaves nothing out; of maps it leaves out the members that are null. */
  static List<Object> trees(List<?> values) {
    List<Object> trees = new ArrayList<>();
    values.forEach(value -> trees.add(App.JSON.valueToTree(value)));
    return trees;
  }

  private static Object nothing(Runnable action) {
    action.run();
    return null;
  }

  static String id(SocketIOClient client) {
    return client.getSessionId().toString();
  }

  @SuppressWarnings("unchecked")
  static List<String> texts(Map<String, Object> m, String name) {
    return (List<String>) m.getOrDefault(name, List.of());
  }

  private static List<String> sorted(Collection<String> names) {
    return names.stream().sorted().toList();
  }
}
