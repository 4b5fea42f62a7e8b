package conformance;

import com.corundumstudio.socketio.BroadcastAckCallback;
import com.corundumstudio.socketio.BroadcastOperations;
import com.corundumstudio.socketio.MultiTypeAckCallback;
import com.corundumstudio.socketio.MultiTypeArgs;
import com.corundumstudio.socketio.SocketIOClient;
import com.corundumstudio.socketio.SocketIONamespace;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The operation emit. The library has no flags and no exceptions but that of one client, and asks several clients with one argument only. */
final class Emission {
  static final Shape SHAPE = new Shape(
      Map.of("via", Shape.one("socket", "broadcast", "nsp", "server"), "args", Shape.EVENT),
      Map.of("of", Shape.NAME, "to", Shape.TEXTS, "in", Shape.TEXTS, "ack", Shape.COUNT, "times", Shape.COUNT));

  /** Says that not everybody answered in time. */
  static final class TimedOut extends RuntimeException {
    final transient List<Object> answers;

    TimedOut(List<Object> answers) {
      super("timeout");
      this.answers = answers;
    }
  }

  private final App app;
  private final SocketIONamespace namespace;

  Emission(App app, SocketIONamespace namespace) {
    this.app = app;
    this.namespace = namespace;
  }

  Object send(SocketIOClient client, Map<String, Object> m) {
    String via = (String) m.get("via");
    List<String> rooms = new ArrayList<>(Operations.texts(m, "to"));
    rooms.addAll(Operations.texts(m, "in"));
    boolean toSocket = via.equals("socket");
    if (toSocket && !rooms.isEmpty() || m.containsKey("of") && !via.equals("nsp") || m.containsKey("ack") && m.containsKey("times")) {
      throw new Operations.Unsupported();
    }
    List<?> items = (List<?>) m.get("args");
    String event = (String) items.get(0);
    List<Object> args = Operations.trees(items.subList(1, items.size()));
    if (m.get("ack") instanceof Integer ms) {
      return toSocket ? ask(client, event, args, ms) : askAll(client, via, operations(m, via, rooms), event, args, ms);
    }
    for (int n = 0; n < (int) m.getOrDefault("times", 1); n++) {
      Object[] numbered = numbered(args, n, m.containsKey("times"));
      switch (via) {
        case "socket" -> client.sendEvent(event, numbered);
        case "broadcast" -> operations(m, via, rooms).sendEvent(event, client, numbered);
        default -> operations(m, via, rooms).sendEvent(event, numbered);
      }
    }
    return null;
  }

  private BroadcastOperations operations(Map<String, Object> m, String via, List<String> rooms) {
    String[] names = rooms.toArray(String[]::new);
    if (via.equals("server")) {
      return names.length == 0 ? app.server.getBroadcastOperations() : app.server.getRoomOperations(names);
    }
    SocketIONamespace target = m.get("of") instanceof String of ? app.server.getNamespace(App.inside(of)) : namespace;
    if (target == null) {
      throw new IllegalArgumentException("namespace " + m.get("of") + " does not exist");
    }
    return names.length == 0 ? target.getBroadcastOperations() : target.getRoomOperations(names);
  }

  private static CompletableFuture<List<Object>> ask(SocketIOClient client, String event, List<?> args, int ms) {
    CompletableFuture<List<Object>> answer = new CompletableFuture<>();
    client.sendEvent(event, new MultiTypeAckCallback(App.ANYTHING) {
      @Override
      public void onSuccess(MultiTypeArgs result) {
        answer.complete(result.getArgs());
      }
    }, args.toArray());
    Operations.CLOCK.schedule(() -> answer.completeExceptionally(new TimedOut(null)), ms, TimeUnit.MILLISECONDS);
    return answer;
  }

  private static CompletableFuture<List<Object>> askAll(
      SocketIOClient client, String via, BroadcastOperations operations, String event, List<?> args, int ms) {
    if (args.size() != 1) {
      throw new Operations.Unsupported();
    }
    CompletableFuture<List<Object>> answer = new CompletableFuture<>();
    List<Object> answers = new ArrayList<>();
    BroadcastAckCallback<JsonNode> callback = new BroadcastAckCallback<>(JsonNode.class) {
      @Override
      protected void onClientSuccess(SocketIOClient one, JsonNode result) {
        synchronized (answers) {
          answers.add(result);
        }
      }

      @Override
      protected void onAllSuccess() {
        answer.complete(copy(answers));
      }
    };
    Operations.CLOCK.schedule(() -> answer.completeExceptionally(new TimedOut(copy(answers))), ms, TimeUnit.MILLISECONDS);
    if (via.equals("broadcast")) {
      operations.sendEvent(event, args.get(0), client, callback);
    } else {
      operations.sendEvent(event, args.get(0), callback);
    }
    return answer;
  }

  private static List<Object> copy(List<Object> answers) {
    synchronized (answers) {
      return new ArrayList<>(answers);
    }
  }

  private static Object[] numbered(List<?> args, int n, boolean wanted) {
    return args.stream().map(arg -> wanted && arg instanceof TextNode text && text.asText().equals("<n>") ? (Object) n : arg).toArray();
  }
}
