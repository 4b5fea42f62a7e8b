package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.socket.client.IO;
import io.socket.client.Manager;
import io.socket.client.Socket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** The client driver of docs/driver.md for socket.io-client: lines of JSON on standard input and output. */
public final class Driver {
  private static final String[] CAPABILITIES = {
    "binary", "reset", "when", "set", "throw", "timeout", "any-in", "any-out", "any-off", "once", "off", "sibling", "timestamps", "remember-upgrade", "manager-events", "event-state", "event-active"
  };
  private static final String[] MANAGER_EVENTS = {
    Manager.EVENT_OPEN, Manager.EVENT_CLOSE, Manager.EVENT_RECONNECT_ATTEMPT, Manager.EVENT_RECONNECT, Manager.EVENT_RECONNECT_ERROR, Manager.EVENT_RECONNECT_FAILED
  };

  private final Channel channel = new Channel();
  private final Timer timer = new Timer(true);
  private final Map<String, Entry> entries = new HashMap<>();
  private volatile List<Manager> managers = new ArrayList<>();
  private final List<Socket> waiting = new ArrayList<>(); // opened by the operation at hand, and connected behind it

  public static void main(String[] args) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Driver driver = new Driver();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> driver.channel.report("uncaught", Values.object().put("message", e.toString())));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      driver.handle(json.readTree(line));
    }
    System.exit(0); // the library's threads go on elsewhere
  }

  private void handle(JsonNode op) {
    if (op.get("op").textValue().equals("pause")) {
      timer.schedule(new TimerTask() {
        @Override
        public void run() {
          channel.write(Values.object().put("ok", true).<ObjectNode>set("re", op.get("id")));
        }
      }, op.get("ms").longValue());
      return;
    }
    ObjectNode reply = attempt(op).set("re", op.get("id"));
    waiting.forEach(Socket::connect);
    waiting.clear();
    channel.write(reply);
  }

  /** Carries out an operation and returns its reply without the id. */
  private ObjectNode attempt(JsonNode op) {
    try {
      ObjectNode reply = run(op);
      return (reply == null ? Values.object() : reply).put("ok", true);
    } catch (RuntimeException e) {
      return Values.object().put("ok", false).put("err", e instanceof Unsupported ? e.getMessage() : e.toString());
    }
  }

  private ObjectNode run(JsonNode op) {
    switch (op.get("op").textValue()) {
      case "hello" -> {
        return hello();
      }
      case "open" -> {
        return open(op);
      }
      case "sibling" -> {
        Socket socket = find(op.get("of").textValue()).socket.io().socket(op.get("namespace").textValue());
        return enter(op.get("sock").textValue(), socket, new IO.Options(), !socket.isActive());
      }
      case "batch" -> {
        return batch(op.get("ops"));
      }
      case "state" -> {
        return entry(op).show();
      }
      case "on" -> entry(op).on(op);
      case "off" -> entry(op).off(op);
      case "any" -> entry(op).any(op);
      case "offAny" -> entry(op).offAny(op);
      case "throwOn" -> entry(op).throwOn(op);
      case "when" -> when(op);
      case "emit" -> entry(op).emit(op);
      case "connect" -> entry(op).socket.connect();
      case "disconnect" -> entry(op).socket.disconnect();
      case "set" -> entry(op).set(op);
      case "reset" -> reset();
      case "exit" -> System.exit(0);
      default -> throw new Unsupported("op " + op.get("op").textValue());
    }
    return null;
  }

  private Entry entry(JsonNode op) {
    return find(op.get("sock").textValue());
  }

  private Entry find(String label) {
    Entry entry = entries.get(label);
    if (entry == null) {
      throw new IllegalArgumentException("there is no socket " + label);
    }
    return entry;
  }

  private static ObjectNode hello() {
    return Values.object().put("driver", 1).put("client", "socket.io-client-java").put("version", "2.1.2")
        .<ObjectNode>set("revisions", list(5)).<ObjectNode>set("transports", list("polling", "websocket")).set("capabilities", list((Object[]) CAPABILITIES));
  }

  private static ArrayNode list(Object... values) {
    ArrayNode list = Values.array();
    for (Object value : values) {
      list.add(Values.pack(value));
    }
    return list;
  }

  private ObjectNode open(JsonNode op) {
    JsonNode given = op.get("opts");
    IO.Options options = Options.of(given);
    return enter(op.get("sock").textValue(), IO.socket(URI.create(op.get("url").textValue()), options), options, given.path("autoConnect").asBoolean(true));
  }

  private ObjectNode enter(String label, Socket socket, IO.Options options, boolean connect) {
    if (entries.containsKey(label)) {
      throw new IllegalArgumentException("the label is taken: " + label);
    }
    entries.put(label, new Entry(label, socket, options, channel));
    if (connect) {
      waiting.add(socket);
    }
    return Values.object().put("mgr", number(socket.io()));
  }

  private int number(Manager manager) {
    List<Manager> known = managers;
    if (!known.contains(manager)) {
      int n = known.size();
      known.add(manager);
      for (String name : MANAGER_EVENTS) {
        manager.on(name, args -> tell(known, n, name, args));
      }
    }
    return known.indexOf(manager);
  }

  private void tell(List<Manager> known, int n, String name, Object... args) {
    Object arg = args.length == 0 ? null : args[0] instanceof Exception e ? e.toString() : args[0];
    synchronized (channel) {
      if (known == managers) {
        channel.report("mgr", Values.object().put("mgr", n).put("name", name).<ObjectNode>set("arg", Values.pack(arg)));
      }
    }
  }

  private ObjectNode batch(JsonNode ops) {
    ArrayNode replies = Values.array();
    for (int i = 0; i < ops.size(); i++) {
      replies.add(attempt(ops.get(i)));
    }
    return Values.object().set("replies", replies);
  }

  private void when(JsonNode op) {
    Entry entry = entry(op);
    JsonNode ops = op.get("ops");
    entry.socket.on(op.get("event").textValue(), args -> {
      for (int i = 0; i < ops.size() && !entry.forgotten; i++) {
        ObjectNode reply = attempt(ops.get(i));
        if (!reply.get("ok").booleanValue()) {
          channel.report("op_error", Values.object().put("message", reply.get("err").textValue()));
        }
      }
    });
  }

  private void reset() {
    synchronized (channel) {
      managers = new ArrayList<>();
    }
    entries.values().forEach(Entry::forget);
    entries.clear();
  }
}
